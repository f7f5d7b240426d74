"""Each role gets along with the ACLs that `mcp-jobs acls` prints, and with none of them less."""

import re
import uuid
from pathlib import Path

import pytest

from integration.claim.workload import Workload
from integration.security.duties import Mine, do, prepare
from integration.security.guarded import Guarded
from integration.security.logins import login
from mcp_jobs.core.acls import Acl, Role, acls
from mcp_jobs.core.names import Topics

TOPICS, GROUP = Topics("T", "T.outcomes", "T.dead-letters"), "G"
EACH = [(role, acl) for role in Role for acl in acls(role, TOPICS, GROUP)]


#: records of messages, outcomes and dead letters after each role has done its work
MADE = {
    Role.SUBMIT: [1, 0, 0],
    Role.RUNNER: [2, 2, 1],
    Role.HELPER: [4, 2, 1],
    Role.TRIGGER: [0, 0, 0],
    Role.OPERATOR: [4, 2, 1],
    Role.INIT: [0, 0, 0],
}


class Case:
    """A workload and a user of this test's own."""

    def __init__(self, company: Guarded, directory: Path, role: Role) -> None:
        name = uuid.uuid4().hex[:8]
        self.company, self.role, self.user = company, role, f"{role}-{name}"
        self.admin = Workload(company.broker.bootstrap_servers, f"t-{name}", 1, f"g-{name}")
        self.mine = Mine(
            self.admin.brokers,
            self.admin.topic,
            1,
            self.admin.group,
            login(company, directory, self.user, "OAUTHBEARER"),
        )
        prepare(role, self.admin)

    @property
    def acls(self) -> list[Acl]:
        return acls(self.role, self.admin.topics, self.admin.group)

    @property
    def made(self) -> list[int]:
        """How many records each topic has: messages, outcomes, dead letters."""
        topics = self.admin.topics
        return [len(self.admin.records(t)) for t in (topics.messages, topics.outcomes, topics.dead_letters)]

    def do(self, allowed: list[Acl]) -> list[str]:
        """Do the role's work with these ACLs; what was said."""
        if allowed:
            self.company.allow(self.user, allowed)
        return do(self.role, self.mine, self.admin)


@pytest.mark.parametrize("role", Role)
def test_a_role_needs_no_more_than_its_acls(company: Guarded, tmp_path: Path, role: Role) -> None:
    case = Case(company, tmp_path, role)

    said = case.do(case.acls)

    assert not [line for line in said if "denies" in line]
    assert case.made == MADE[role]


@pytest.mark.parametrize(("role", "acl"), EACH, ids=lambda value: str(value).replace("/", "-"))
def test_without_one_of_its_acls_a_role_says_which(
    company: Guarded, tmp_path: Path, role: Role, acl: Acl
) -> None:
    case = Case(company, tmp_path, role)
    place = acls(role, TOPICS, GROUP).index(acl)
    missing = case.acls[place]

    said = case.do([other for other in case.acls if other != missing])

    operation = "(READ|DESCRIBE)" if missing.operation == "DESCRIBE" else missing.operation
    name = re.escape(missing.name) + (r"\S*" if missing.prefixed else "")
    resource = missing.resource.replace("-", " ")
    assert re.search(f"Kafka denies {operation} on the {resource} {name}: ", "\n".join(said)), said
