"""The broker's answers to reads."""

from mcp_jobs.core import log
from mcp_jobs.core import requests as ask
from mcp_jobs.core.record import Record
from model.broker import ABORT_MARKER, ABORTED, COMMIT_MARKER, OPEN, Broker, Status

#: what may come of a request: the broker after it, and the answer
Answered = tuple[Broker, ask.Answer]

#: the producer id that transactional records have
_PRODUCER_ID = 7


def read_offsets(broker: Broker, _: int, request: ask.ReadOffsets) -> tuple[Answered, ...]:
    """Committed offsets; asked stable, those under a transaction are left out and named."""
    undecided = broker.undecided(request.group) if request.stable else frozenset()
    committed = tuple(
        (p, c) for (group, p), c in broker.offsets if group == request.group and p not in undecided
    )
    return ((broker, ask.Offsets(committed, undecided)),)


def read_ends(broker: Broker, _: int, request: ask.ReadEnds) -> tuple[Answered, ...]:
    """As many throws of the dice as there are records: then each partition with lag is hit by one."""
    start = 0 if request.starts else -1
    ends = tuple((p, start, _stable_end(kinds)) for p, kinds in enumerate(broker.logs))
    throws = sum(map(len, broker.logs))
    return tuple((broker, ask.Ends(ends, (i + 0.5) / throws)) for i in range(throws))


def fetch(broker: Broker, _: int, request: ask.Fetch) -> tuple[Answered, ...]:
    """The messages that the product sees in a piece of the log (rule R8)."""
    kinds = broker.logs[request.partition]
    if request.offset > len(kinds):
        return ((broker, ask.OutOfRange(0, len(kinds))),)
    span = range(request.offset, _stable_end(kinds))
    aborted = [(_PRODUCER_ID, i) for i in span if kinds[i] == ABORTED]
    batches = [_batch(i, kinds[i]) for i in span]
    return ((broker, log.readable(batches, aborted, start=request.offset, limit=request.limit)),)


def _batch(offset: int, kind: str) -> log.Batch:
    control = kind in (COMMIT_MARKER, ABORT_MARKER)
    return log.Batch(
        first=offset,
        last=offset,
        producer_id=_PRODUCER_ID if control or kind == ABORTED else -1,
        transactional=control or kind == ABORTED,
        control=control,
        aborts=kind == ABORT_MARKER,
        records=(Record(offset),),
    )


def _stable_end(kinds: str) -> int:
    """The last stable offset: a read-committed reader waits for the first undecided record."""
    return kinds.find(OPEN) if OPEN in kinds else len(kinds)


def describe(broker: Broker, _: int, request: ask.DescribeTransaction) -> tuple[Answered, ...]:
    """Who holds a transactional id."""
    transaction = broker.transaction(request.transactional_id)
    return ((broker, ask.Described(transaction.status is not Status.EMPTY, transaction.owner)),)
