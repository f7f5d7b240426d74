"""Keep a committed offset from expiring: write what it is once more, under the fence of its writers.

Kafka forgets an offset some days after it was last written (offsets.retention.minutes): the frontier of a
quiet partition, the entry of a Job that runs for a week. What is missing already is not guessed (rule R6).
"""

from dataclasses import dataclass

from mcp_jobs.core.entry import Committed
from mcp_jobs.core.fenced import Change, Fence, Look
from mcp_jobs.core.requests import Producer
from mcp_jobs.core.step import Ended, State, Step
from mcp_jobs.core.transaction import politely


@dataclass(frozen=True, slots=True)
class Rewrite(Change):
    """Write the committed offset of a partition once more. Ends as Kept or Missing.

    `patience`: how many waits a transaction found under way is given before it is fenced.
    """

    transactional_id: str
    group: str
    partition: int
    patience: int = 0

    def start(self) -> Step:
        return politely(self.writers(), self.patience, Fence(self))

    def writers(self) -> str:
        return self.transactional_id

    def target(self) -> tuple[str, int]:
        return self.group, self.partition

    def look(self, producer: Producer) -> Look:
        return Read(producer, self, self.group)

    def made(self, put: Committed) -> Ended:
        return Kept(put)


@dataclass(frozen=True, slots=True)
class Kept(Ended):
    """The offset was written once more."""

    committed: Committed


@dataclass(frozen=True, slots=True)
class Missing(Ended):
    """There is no offset to keep. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Read(Look):
    """What is it?"""

    def found(self, committed: Committed | None) -> State:
        return self.put(committed) if committed else self.leave(Missing())
