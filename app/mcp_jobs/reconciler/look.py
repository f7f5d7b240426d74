"""One look at a workload in Kafka: the claim groups first, then the frontiers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from mcp_jobs.core import names
from mcp_jobs.core.entry import Entry, Scope, decode
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.reconcile import unsettled
from mcp_jobs.core.requests import Ends, Offsets, ReadEnds, ReadOffsets, Rejected, Request
from mcp_jobs.reconciler.notices import Notices
from mcp_jobs.reconciler.ports import Asks, Kafka

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What was seen. `claims` are the claim groups by the uid of their Job; `state` is the main group's."""

    group: str
    topic_id: str
    state: str
    claims: Mapping[str, Offsets]
    frontiers: Offsets
    ends: Ends

    def held(self, scope: Scope) -> dict[str, list[tuple[int, Entry]]]:
        """The entries of a scope that have open messages, with their partition, by the uid of their Job."""
        held = {uid: list(unsettled(offsets, scope)) for uid, offsets in self.claims.items()}
        return {uid: entries for uid, entries in held.items() if entries}

    def entries(self, partition: int) -> Iterator[tuple[str, Entry]]:
        """The claims on a partition, of whatever scope, with the uid of their Job."""
        for uid, offsets in self.claims.items():
            found = offsets.get(partition)
            if found:
                yield uid, decode(found)

    @cached_property
    def claimed(self) -> Mapping[int, int]:
        """By partition, the offset behind the highest message of all claim entries, of whatever scope."""
        highest: dict[int, int] = {}
        for offsets in self.claims.values():
            for partition, committed in offsets.committed:
                last = decode(committed).offsets[-1]
                highest[partition] = max(highest.get(partition, 0), last + 1)
        return highest


def look(kafka: Kafka, group: str, notices: Notices) -> Snapshot:
    """Look; a later read shows no less than what an earlier one showed. Raises ProtocolError."""
    listed = kafka.groups.listed(group)
    prefix = names.claim_group(group, "")
    read = kafka.groups.read(name for name in listed if name.startswith(prefix))
    claims = {name.removeprefix(prefix): o for name, o in read.items() if _is_ours(name, o, notices)}
    notices.only("group/", {f"group/{name}" for name in read})
    return Snapshot(
        group=group,
        topic_id=kafka.topic_id,
        state=listed[group].state if group in listed else "",
        claims=claims,
        frontiers=expect(Offsets, kafka.messages, ReadOffsets(group)),
        ends=expect(Ends, kafka.messages, ReadEnds(starts=True)),
    )


def _is_ours(name: str, offsets: Offsets, notices: Notices) -> bool:
    """Whether the group holds claim entries. One that does not must not hold up the others."""
    try:
        for _, committed in offsets.committed:
            decode(committed)
    except ProtocolError as error:
        notices.begin(f"group/{name}", f"the group {name} is left alone: {error}")
        return False
    return True


def expect(kind: type[T], asks: Asks, request: Request) -> T:
    """The answer to a read. Raises ProtocolError where there is none."""
    asks.reset_waits()
    answer = asks.execute(request)
    if isinstance(answer, kind):
        return answer
    if isinstance(answer, Rejected):
        raise ProtocolError(answer.reason)
    raise ProtocolError(f"Kafka does not answer now ({type(request).__name__})")
