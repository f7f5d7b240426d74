"""`mcp-jobs acls`: the ACLs that each part needs, as commands for Kafka's own kafka-acls.sh."""

from collections.abc import Iterator, Sequence

from mcp_jobs.core.acls import Role, acls, command
from mcp_jobs.core.names import Topics

_TOOL = 'kafka-acls.sh --bootstrap-server "$KAFKA_BROKERS"'


def commands(topics: Topics, group: str, roles: Sequence[Role], principal: str | None) -> Iterator[str]:
    """The lines of a shell script. Without `principal`, each role has a user of its own."""
    done = set()
    for role in roles:
        yield f"# {role}"
        user = principal or f"User:mcp-jobs-{role}"
        for acl in acls(role, topics, group):
            if (user, acl) not in done:
                done.add((user, acl))
                yield f"{_TOOL} {command(acl, user)}"
