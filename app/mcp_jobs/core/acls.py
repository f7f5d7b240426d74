"""The Kafka ACLs that each part of the platform needs, and not one more.

The operations are Kafka's (https://kafka.apache.org/documentation/#operations_resources_and_protocols).
The tests run each role with exactly these, and take each of them away in turn.
"""

import shlex
from dataclasses import dataclass
from enum import StrEnum

from mcp_jobs.core import names
from mcp_jobs.core.denied import Resource
from mcp_jobs.core.names import Topics, cancel_group, claim_group, claim_id, settle_id
from mcp_jobs.core.tally import metrics_group


class Role(StrEnum):
    """Who logs in to Kafka."""

    SUBMIT = "submit"  #: producers, `mcp-jobs submit` with --wait
    RUNNER = "runner"
    HELPER = "helper"  #: the admission helper's reconciler
    TRIGGER = "trigger"  #: KEDA's operator, which reads the lag
    OPERATOR = "operator"  #: `mcp-jobs status`, `show`, `cancel`, `dlq` and the like
    INIT = "init"  #: the chart's hook before the first message


@dataclass(frozen=True, slots=True)
class Acl:
    """One permission: an operation on a resource, or on all whose names start with `name`."""

    operation: str
    resource: Resource
    name: str
    prefixed: bool = False


def acls(role: Role, topics: Topics, group: str) -> list[Acl]:
    """What a role needs for one workload. READ and WRITE stand for DESCRIBE, too."""
    messages, outcomes, dead_letters = topics.messages, topics.outcomes, topics.dead_letters
    settle = [
        _topic("READ", messages),
        _topic("WRITE", outcomes),
        _topic("WRITE", dead_letters),
        Acl("READ", Resource.GROUP, group),
        _groups("READ", claim_group(group, "")),
        _ids(claim_id(group, 0)),
        _ids(settle_id(group, 0)),
    ]
    match role:
        case Role.SUBMIT:
            return [_topic("WRITE", messages), _topic("READ", outcomes)]
        case Role.RUNNER:
            return [
                *settle,
                _groups("DESCRIBE", cancel_group(group, 0)),
                _groups("READ", names.job_id_group(group, "")),  # with dedupeSeconds only
                _ids(names.job_id_id(group, 0)),
            ]
        case Role.HELPER:
            return [
                *settle,
                _topic("WRITE", messages),  # requeues
                _topic("READ", outcomes),  # counts them
                Acl("READ", Resource.GROUP, metrics_group(group)),
                _groups("DELETE", claim_group(group, "")),
            ]
        case Role.TRIGGER:
            return [_topic("DESCRIBE", messages), Acl("DESCRIBE", Resource.GROUP, group)]
        case Role.OPERATOR:
            return [
                *(_topic("READ", name) for name in (messages, outcomes, dead_letters)),
                _topic("WRITE", messages),  # redrives
                _topic("WRITE", outcomes),  # cancels what runs
                Acl("READ", Resource.GROUP, group),
                _groups("READ", claim_group(group, "")),
                _groups("READ", cancel_group(group, 0)),
                _groups("READ", names.dead_letter_group(group, 0)),
                _ids(claim_id(group, 0)),
                _ids(settle_id(group, 0)),
                _ids(names.dead_letter_id(group, 0)),
            ]
        case Role.INIT:
            return [
                *(_topic("CREATE", name) for name in (messages, outcomes, dead_letters)),
                _topic("READ", messages),
                _topic("DESCRIBE", outcomes),
                _topic("DESCRIBE", dead_letters),
                _topic("DESCRIBE_CONFIGS", messages),
                _topic("DESCRIBE_CONFIGS", dead_letters),
                Acl("READ", Resource.GROUP, group),
                _groups("DESCRIBE", claim_group(group, "")),
                _ids(claim_id(group, 0)),
            ]


def _topic(operation: str, name: str) -> Acl:
    return Acl(operation, Resource.TOPIC, name)


def _groups(operation: str, first: str) -> Acl:
    """Leave to do something with every group of a kind; `first` is number 0 of them, or none."""
    return Acl(operation, Resource.GROUP, first.removesuffix("0"), prefixed=True)


def _ids(first: str) -> Acl:
    """Leave to write with every transactional id of a kind; `first` is number 0 of them."""
    return Acl("WRITE", Resource.TRANSACTIONAL_ID, first.removesuffix("0"), prefixed=True)


def command(acl: Acl, principal: str) -> str:
    """The arguments of Kafka's kafka-acls.sh, but for how it reaches Kafka."""
    operation = acl.operation.title().replace("_", "")  # as that tool spells it
    words = ["--add", "--allow-principal", principal, "--operation", operation]
    words += [f"--{acl.resource}", acl.name]
    if acl.prefixed:
        words += ["--resource-pattern-type", "prefixed"]
    return shlex.join(words)
