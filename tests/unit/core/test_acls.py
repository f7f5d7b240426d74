"""The ACLs of each role, as commands."""

import shlex
from pathlib import Path

import pytest

from mcp_jobs.core.acls import Acl, Role, acls, command
from mcp_jobs.core.denied import Resource, denied
from mcp_jobs.core.names import Topics, claim_group, claim_id, settle_id
from mcp_jobs.entrypoints.acls import commands

TOPICS, GROUP = Topics("t", "t.outcomes", "t.dead-letters"), "g"


def test_a_prefix_covers_every_name_that_the_protocol_makes() -> None:
    prefixes = [(a.resource, a.name) for a in acls(Role.RUNNER, TOPICS, GROUP) if a.prefixed]
    for resource, name in [
        (Resource.GROUP, claim_group(GROUP, "uid")),
        (Resource.TRANSACTIONAL_ID, claim_id(GROUP, 17)),
        (Resource.TRANSACTIONAL_ID, settle_id(GROUP, 31)),
    ]:
        assert any(resource == of and name.startswith(prefix) for of, prefix in prefixes), name


def test_a_prefix_ends_with_a_dot_so_that_it_covers_no_other_group() -> None:
    assert all(a.name.endswith(".") for role in Role for a in acls(role, TOPICS, GROUP) if a.prefixed)


@pytest.mark.parametrize("role", Role)
def test_no_role_is_given_the_same_twice(role: Role) -> None:
    found = acls(role, TOPICS, GROUP)
    assert len(set(found)) == len(found)


def test_an_acl_becomes_the_arguments_of_kafkas_own_tool() -> None:
    acl = Acl("DESCRIBE_CONFIGS", Resource.GROUP, "g.job.", prefixed=True)
    assert shlex.split(command(acl, "User:CN=a b")) == [
        "--add", "--allow-principal", "User:CN=a b", "--operation", "DescribeConfigs", "--group", "g.job.",
        "--resource-pattern-type", "prefixed",
    ]  # fmt: skip


def test_one_user_for_all_roles_is_given_nothing_twice() -> None:
    lines = [line for line in commands(TOPICS, GROUP, list(Role), "User:all") if line[0] != "#"]
    assert len(set(lines)) == len(lines)
    assert len(lines) == len({a for role in Role for a in acls(role, TOPICS, GROUP)})


def test_without_a_user_each_role_has_its_own() -> None:
    lines = list(commands(TOPICS, GROUP, [Role.TRIGGER], None))
    assert lines[0] == "# trigger"
    assert all("--allow-principal User:mcp-jobs-trigger " in line for line in lines[1:])


def test_a_denial_names_operation_resource_and_cure() -> None:
    said = denied("WRITE", Resource.TRANSACTIONAL_ID, "g.claim.0")
    assert said.startswith("Kafka denies WRITE on the transactional id g.claim.0: allow it to the user")
    assert "`mcp-jobs acls`" in said


def test_the_documentation_has_every_acl_and_no_other() -> None:
    text = (Path(__file__).parents[3] / "docs" / "kafka-security.md").read_text(encoding="utf-8")
    topics = Topics("mcp-jobs", "mcp-jobs.outcomes", "mcp-jobs.dead-letters")
    wanted = [
        f"| {role} | {a.operation} | {a.resource.replace('-', ' ')} `{a.name}{'*' if a.prefixed else ''}` |"
        for role in Role
        for a in acls(role, topics, "mcp-jobs-runners")
    ]
    assert [line for line in text.splitlines() if line.startswith(tuple(f"| {r} |" for r in Role))] == wanted
