"""What the claim protocol asks of Kafka and what it can be told: one request is one fault point.

Request versions are fixed (adapters/kafka/wire.py); the error codes behind `Fenced` and `Busy` are
listed there too.
"""

from dataclasses import dataclass
from enum import StrEnum

from mcp_jobs.core.entry import Committed
from mcp_jobs.core.log import Reading
from mcp_jobs.core.record import Output


@dataclass(frozen=True, slots=True)
class Producer:
    """A producer id and epoch under a transactional id: the right to write, until somebody fences it."""

    transactional_id: str
    id: int
    epoch: int


# --- requests ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadOffsets:
    """OffsetFetch, every partition named. `stable`: an undecided transaction shows as undecided (KIP-447)."""

    group: str
    stable: bool = True


@dataclass(frozen=True, slots=True)
class ReadEnds:
    """ListOffsets of every partition: its last stable offset, and with `starts` its log start."""

    starts: bool = False


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch, read committed: up to `limit` messages from `offset` on."""

    partition: int
    offset: int
    limit: int


@dataclass(frozen=True, slots=True)
class DescribeTransaction:
    """DescribeTransactions (KIP-664)."""

    transactional_id: str


@dataclass(frozen=True, slots=True)
class InitProducer:
    """InitProducerId without an expected epoch: fences every other holder of the id (KIP-98).

    Never with the expected epoch of KIP-360: the broker takes the previous epoch for a retry and gives
    the same one to two callers.
    """

    transactional_id: str


@dataclass(frozen=True, slots=True)
class AddGroup:
    """AddOffsetsToTxn."""

    producer: Producer
    group: str


@dataclass(frozen=True, slots=True)
class AddPartitions:
    """AddPartitionsToTxn for the partitions that `outputs` go to."""

    producer: Producer
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Produce:
    """Produce in the transaction. A partition gets its outputs as one batch."""

    producer: Producer
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class CommitOffset:
    """TxnOffsetCommit of one partition."""

    producer: Producer
    group: str
    partition: int
    committed: Committed


@dataclass(frozen=True, slots=True)
class EndTransaction:
    """EndTxn."""

    producer: Producer
    commit: bool


class WaitReason(StrEnum):
    """Why the protocol waits."""

    IDLE = "idle"  #: there is no message
    CONTENDED = "contended"  #: somebody else is at it


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is sent; go on after a moment, longer after each wait in a row, with jitter."""

    reason: WaitReason


Request = (
    ReadOffsets
    | ReadEnds
    | Fetch
    | DescribeTransaction
    | InitProducer
    | AddGroup
    | AddPartitions
    | Produce
    | CommitOffset
    | EndTransaction
    | Wait
)


# --- answers ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offsets:
    """Committed offsets by partition; a partition that has none is missing. `undecided`: asked stable,
    and a transaction over that partition is not decided yet."""

    committed: tuple[tuple[int, Committed], ...] = ()
    undecided: frozenset[int] = frozenset()

    def get(self, partition: int) -> Committed | None:
        """The committed offset of one partition."""
        return dict(self.committed).get(partition)


@dataclass(frozen=True, slots=True)
class Ends:
    """(partition, log start, last stable offset) of each partition; the log start is -1 unless asked for.

    `dice` in [0, 1) decides between partitions.
    """

    ends: tuple[tuple[int, int, int], ...]
    dice: float


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """The offset asked for is not in the log, which now spans [start, end)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Described:
    """Who holds a transactional id: `epoch` is (producer id, epoch)."""

    ongoing: bool
    epoch: tuple[int, int] = (-1, -1)


@dataclass(frozen=True, slots=True)
class Done:
    """It was done."""


@dataclass(frozen=True, slots=True)
class Fenced:
    """It was not done: another producer holds the transactional id, or the transaction is over."""


@dataclass(frozen=True, slots=True)
class Busy:
    """It was not done: the broker is still ending the previous transaction. Ask again."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The answer is lost: it was done or not."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """It was not done, and asking again would not help. `reason` is a sentence.

    `too_large`: a record of it is larger than its topic takes.
    """

    reason: str
    too_large: bool = False


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The wait is over."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The wait is over, and so is the time there was."""


Answer = (
    Offsets
    | Ends
    | Reading
    | OutOfRange
    | Described
    | Producer
    | Done
    | Fenced
    | Busy
    | Lost
    | Rejected
    | Elapsed
    | Expired
)
