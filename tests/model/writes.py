"""The broker's answers to writes, which all are steps of a transaction but for a mutant's."""

from dataclasses import dataclass, replace

from mcp_jobs.core import requests as ask
from model import decision, promises
from model.broker import (
    ABORT_MARKER,
    COMMIT_MARKER,
    MESSAGES,
    OPEN,
    Broker,
    Owner,
    Pending,
    Status,
    Transaction,
)
from model.reads import Answered

#: copies that the topic takes before it refuses more: without end the logs would grow with every retry
_MOST_COPIES = 2


@dataclass(frozen=True, slots=True)
class PlainCommit(ask.CommitOffset):
    """OffsetCommit outside of a transaction, which no product code does: a mutant's."""


@dataclass(frozen=True, slots=True)
class InitExpecting(ask.InitProducer):
    """InitProducerId with the expected epoch of KIP-360, which no product code does: a mutant's."""

    expected: tuple[int, int] = (-1, 0)


def init_producer(broker: Broker, actor: int, request: ask.InitProducer) -> tuple[Answered, ...]:
    """Fence every other holder of a transactional id."""
    status = broker.transaction(request.transactional_id).status
    if status is Status.ONGOING:  # aborted under a bumped epoch; the caller is to ask again
        return ((decision.abort(broker, request.transactional_id, fenced=True), ask.Busy()),)
    if status is not Status.EMPTY:
        return ((broker, ask.Busy()),)
    return (_owned(broker, request.transactional_id, (actor, 0)),)


def init_expecting(broker: Broker, _: int, request: InitExpecting) -> tuple[Answered, ...]:
    """The trap: the epoch before the current one is taken for a retry, and answered with the current one."""
    transaction = broker.transaction(request.transactional_id)
    number, epoch = transaction.owner
    if transaction.status is Status.ONGOING:
        return ((broker, ask.Fenced()),)
    if transaction.status is not Status.EMPTY:
        return ((broker, ask.Busy()),)
    if request.expected == (number, epoch):
        return (_owned(broker, request.transactional_id, (number, epoch + 1)),)
    if request.expected == (number, epoch - 1):
        return ((broker, ask.Producer(request.transactional_id, number, epoch)),)
    return ((broker, ask.Fenced()),)


def _owned(broker: Broker, transactional_id: str, owner: Owner) -> Answered:
    owned = broker.with_transaction(transactional_id, Transaction(owner=owner))
    return owned, ask.Producer(transactional_id, *owner)


def _refusal(transaction: Transaction, producer: ask.Producer) -> ask.Answer | None:
    """Why a request inside a transaction is not executed."""
    if transaction.owner != (producer.id, producer.epoch):
        return ask.Fenced()
    decided = transaction.status in (Status.COMMITTING, Status.ABORTING)
    return ask.Busy() if decided else None


def _add(broker: Broker, producer: ask.Producer, groups: frozenset[str]) -> tuple[Answered, ...]:
    transaction = broker.transaction(producer.transactional_id)
    refusal = _refusal(transaction, producer)
    if refusal:
        return ((broker, refusal),)
    opened = replace(transaction, status=Status.ONGOING, groups=transaction.groups | groups)
    return ((broker.with_transaction(producer.transactional_id, opened), ask.Done()),)


def add_group(broker: Broker, _: int, request: ask.AddGroup) -> tuple[Answered, ...]:
    """Open the transaction, or let it write to one more group."""
    return _add(broker, request.producer, frozenset({request.group}))


def add_partitions(broker: Broker, _: int, request: ask.AddPartitions) -> tuple[Answered, ...]:
    """The same for topics."""
    return _add(broker, request.producer, frozenset())


def _fenced_off(broker: Broker, producer: ask.Producer) -> bool:
    transaction = broker.transaction(producer.transactional_id)
    return transaction.status is not Status.ONGOING or _refusal(transaction, producer) is not None


def produce(broker: Broker, _: int, request: ask.Produce) -> tuple[Answered, ...]:
    """Write outputs."""
    if _fenced_off(broker, request.producer):
        return ((broker, ask.Fenced()),)
    if any(output.topic == MESSAGES for output in request.outputs):
        copies = sum(map(broker.logs[0].count, (OPEN, COMMIT_MARKER, ABORT_MARKER)))
        if copies == _MOST_COPIES:
            return ((broker, ask.Rejected("the topic takes no more copies")),)
        broker = broker.with_log(0, broker.logs[0] + OPEN)
    transaction = broker.transaction(request.producer.transactional_id)
    wrote = replace(transaction, outputs=transaction.outputs + request.outputs)
    return ((broker.with_transaction(request.producer.transactional_id, wrote), ask.Done()),)


def commit_offset(broker: Broker, _: int, request: ask.CommitOffset) -> tuple[Answered, ...]:
    """Write an offset that becomes true with the transaction."""
    if _fenced_off(broker, request.producer):
        return ((broker, ask.Fenced()),)
    transactional_id = request.producer.transactional_id
    pending = Pending(transactional_id, request.group, request.partition, request.committed)
    return ((broker.with_pending(pending), ask.Done()),)


def plain_commit(broker: Broker, _: int, request: PlainCommit) -> tuple[Answered, ...]:
    """It wins over everything pending that was logged before."""
    key = (request.group, request.partition)
    promises.at_write(broker, key, request.committed)
    pending = tuple(replace(p, beaten=p.beaten or p.key == key) for p in broker.pending)
    return ((replace(broker, pending=pending).with_committed(key, request.committed), ask.Done()),)


def end(broker: Broker, _: int, request: ask.EndTransaction) -> tuple[Answered, ...]:
    """Commit or abort."""
    transactional_id = request.producer.transactional_id
    transaction = broker.transaction(transactional_id)
    refusal = _refusal(transaction, request.producer)
    if refusal:
        return ((broker, refusal),)
    if transaction.status is Status.EMPTY:  # taken for a retry
        return ((broker, ask.Done()),)
    if request.commit:
        return ((decision.commit(broker, transactional_id), ask.Done()),)
    return ((decision.abort(broker, transactional_id, fenced=False), ask.Done()),)
