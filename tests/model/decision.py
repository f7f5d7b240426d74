"""How a transaction ends: the decision, then the markers, which make it true group by group."""

from collections.abc import Iterator
from dataclasses import replace

from model import promises
from model.broker import (
    ABORT_MARKER,
    ABORTED,
    COMMIT_MARKER,
    MESSAGE,
    MESSAGES,
    NOBODY,
    OPEN,
    Broker,
    Owner,
    Pending,
    Status,
    Transaction,
)

#: (what happened, the broker after it)
Internal = tuple[str, Broker]


def commit(broker: Broker, transactional_id: str) -> Broker:
    """EndTxn commits: the outcomes count from here."""
    promises.at_commit(broker, transactional_id)
    transaction = broker.transaction(transactional_id)
    outcomes = broker.outcomes | set(promises.outcomes_of(transaction))
    copies = tuple(output for output in transaction.outputs if output.topic == MESSAGES)
    decided = replace(transaction, status=Status.COMMITTING, owner=_after(transaction), outputs=copies)
    return replace(broker, outcomes=outcomes).with_transaction(transactional_id, decided)


def abort(broker: Broker, transactional_id: str, *, fenced: bool) -> Broker:
    """EndTxn aborts, or another producer or the broker's timeout does (`fenced`)."""
    transaction = broker.transaction(transactional_id)
    owner = _bumped(transaction) if fenced else _after(transaction)
    decided = replace(transaction, status=Status.ABORTING, owner=owner)
    # without a write nobody can tell when the marker came
    if not _writes(broker, transactional_id) and not _copies(transaction):
        decided = Transaction(owner=owner)
    return broker.with_transaction(transactional_id, decided)


def internal(broker: Broker) -> Iterator[Internal]:
    """What the broker may do next by itself: the marker of a decided transaction reaches one more group."""
    for transactional_id, transaction in broker.transactions:
        if transaction.status is Status.COMMITTING:
            yield from _committing(broker, transactional_id, transaction)
        elif transaction.status is Status.ABORTING:
            kept = tuple(p for p in broker.pending if p.transactional_id != transactional_id)
            ended = _end_copies(replace(broker, pending=kept), transaction, ABORTED + ABORT_MARKER)
            yield f"the abort of {transactional_id} is complete", _complete(ended, transactional_id)


def timeouts(broker: Broker) -> Iterator[tuple[str, int, Broker]]:
    """(transactional id, owner, the broker once it has aborted the transaction for taking too long)."""
    for transactional_id, transaction in broker.transactions:
        if transaction.status is Status.ONGOING:
            yield transactional_id, transaction.owner[0], abort(broker, transactional_id, fenced=True)


def put(broker: Broker, pending: Pending) -> Broker:
    """Make a pending offset true, unless one that was logged after it became true before."""
    position = broker.pending.index(pending)
    rest = [
        replace(p, beaten=True) if p.key == pending.key and i < position else p
        for i, p in enumerate(broker.pending)
        if i != position
    ]
    if pending.beaten:
        return replace(broker, pending=tuple(rest))
    promises.at_write(broker, pending.key, pending.committed)
    return replace(broker, pending=tuple(rest)).with_committed(pending.key, pending.committed)


def _committing(broker: Broker, transactional_id: str, transaction: Transaction) -> Iterator[Internal]:
    writes = _writes(broker, transactional_id)
    for group in sorted({p.group for p in writes} & transaction.groups):  # no marker where it was not added
        after = broker
        for pending in writes:
            if pending.group == group:
                after = put(after, pending)
        if not _writes(after, transactional_id) and not _copies(transaction):
            after = _complete(after, transactional_id)
        yield f"the commit of {transactional_id} reaches the group {group}", after
    if _copies(transaction):
        after = _end_copies(broker, transaction, MESSAGE + COMMIT_MARKER)
        after = after.with_transaction(transactional_id, replace(transaction, outputs=()))
        yield f"the commit of {transactional_id} reaches the topic", after
    elif not writes:
        yield f"the commit of {transactional_id} is complete", _complete(broker, transactional_id)


def _writes(broker: Broker, transactional_id: str) -> list[Pending]:
    return [p for p in broker.pending if p.transactional_id == transactional_id]


def _copies(transaction: Transaction) -> bool:
    return any(output.topic == MESSAGES for output in transaction.outputs)


def _end_copies(broker: Broker, transaction: Transaction, ending: str) -> Broker:
    """The copies that the transaction put into the topic (always into partition 0) get their end."""
    if not _copies(transaction):
        return broker
    return broker.with_log(0, broker.logs[0].replace(OPEN, ending[0]) + ending[1])


def _complete(broker: Broker, transactional_id: str) -> Broker:
    owner = broker.transaction(transactional_id).owner
    return broker.with_transaction(transactional_id, Transaction(owner=owner))


def _after(transaction: Transaction) -> Owner:
    """The owner after EndTxn: forgotten, as it lets go of the producer; not where epochs count (mutant)."""
    return transaction.owner if transaction.owner[1] else NOBODY


def _bumped(transaction: Transaction) -> Owner:
    """The owner after a fence: nobody has that epoch."""
    number, epoch = transaction.owner
    return (number, epoch + 1) if epoch else NOBODY
