"""The first frontier of a partition: what an installation commits once, before anybody claims.

A plain commit could move the frontier of a partition back that somebody has claimed on meanwhile; this one is
made under the fence of the partition's claims and only where there is no frontier.
"""

from dataclasses import dataclass

from mcp_jobs.core import names
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.fenced import Change, Look
from mcp_jobs.core.requests import Producer
from mcp_jobs.core.step import Ended, State


@dataclass(frozen=True, slots=True)
class FirstFrontier(Change):
    """Commit `put` for a partition of `group` unless it has a committed offset. Ends as Present."""

    group: str
    partition: int
    put: Committed

    def writers(self) -> str:
        return names.claim_id(self.group, self.partition)

    def target(self) -> tuple[str, int]:
        return self.group, self.partition

    def look(self, producer: Producer) -> Look:
        return Check(producer, self, self.group)

    def made(self, put: Committed) -> Ended:
        return Present(put, created=True)


@dataclass(frozen=True, slots=True)
class Present(Ended):
    """The partition has a frontier. `created`: it had none before."""

    committed: Committed
    created: bool


@dataclass(frozen=True, slots=True)
class Check(Look):
    """Is there a frontier?"""

    change: FirstFrontier

    def found(self, committed: Committed | None) -> State:
        if committed:
            return self.leave(Present(committed, created=False))
        return self.put(self.change.put)
