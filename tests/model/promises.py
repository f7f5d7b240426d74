"""The promises of the protocol, checked at every step that could break one."""

from collections.abc import Iterator

from mcp_jobs.core import names
from mcp_jobs.core.entry import Committed, Entry, decode
from model.broker import GROUP, MESSAGE, OUTCOMES, Broker, Pending, Status, Transaction
from model.violation import Violation


def outcomes_of(transaction: Transaction) -> list[tuple[int, int]]:
    """The (partition, offset) that a transaction gives an outcome to."""
    keys = [output.key or b"" for output in transaction.outputs if output.topic == OUTCOMES]
    return [(int(partition), int(offset)) for partition, offset in (key.split(b"@") for key in keys)]


def at_commit(broker: Broker, transactional_id: str) -> None:
    """A transaction may commit only what is right at that moment."""
    for partition, offset in outcomes_of(broker.transaction(transactional_id)):
        if broker.logs[partition][offset] != MESSAGE:
            raise Violation(f"p{partition}@{offset} gets an outcome and was never a committed message")
        if (partition, offset) in broker.outcomes:
            raise Violation(f"p{partition}@{offset} gets a second outcome")
    writes = [p for p in broker.pending if p.transactional_id == transactional_id]
    for pending in writes:
        if pending.group == GROUP:
            _skips_nothing(broker, pending, writes)
        else:
            holds(broker, pending)


def at_write(broker: Broker, key: tuple[str, int], committed: Committed) -> None:
    """A frontier never moves back."""
    before = broker.committed(*key)
    if key[0] == GROUP and before and committed.offset < before.offset:
        raise Violation(f"the frontier of p{key[1]} moves back from {before.offset} to {committed.offset}")


def always(broker: Broker) -> None:
    """Every message below a frontier has its outcome or is in somebody's hands."""
    held = {(p, offset) for p, entry in _claims(broker) for offset in entry.open_offsets}
    for message in _claimed(broker):
        if message not in broker.outcomes and message not in held:
            raise Violation(f"{_name(message)} is below the frontier, has no outcome, and nobody holds it")


def at_rest(broker: Broker) -> None:
    """When nothing can happen any more, all is decided and each claimed message has its outcome."""
    if broker.pending or any(t.status is not Status.EMPTY for _, t in broker.transactions):
        raise Violation("a transaction stays undecided for ever")
    claimed = set(_claimed(broker))
    for message in sorted(claimed ^ broker.outcomes):
        raise Violation(
            f"{_name(message)} stays claimed for ever, without an outcome"
            if message in claimed
            else f"{_name(message)} has an outcome and lies above the frontier"
        )


def _skips_nothing(broker: Broker, moved: Pending, writes: list[Pending]) -> None:
    if moved.transactional_id != names.claim_id(GROUP, moved.partition):
        raise Violation(f"{moved.transactional_id} moves the frontier of p{moved.partition}")
    before = broker.committed(GROUP, moved.partition)
    entries = [decode(p.committed) for p in writes if p.group != GROUP and p.partition == moved.partition]
    claimed = {offset for entry in entries for offset in entry.offsets}
    for offset in range(before.offset if before else 0, moved.committed.offset):
        if broker.logs[moved.partition][offset] == MESSAGE and offset not in claimed:
            raise Violation(f"the frontier of p{moved.partition} skips the message at {offset}")


def holds(broker: Broker, write: Pending) -> None:
    """An entry with open messages may be settled by its holder's attempt only, or be taken over."""
    committed = broker.committed(write.group, write.partition)
    before = decode(committed) if committed else None
    if not before or before.done:
        return
    after = decode(write.committed)
    if after.offsets != before.offsets:
        raise Violation(f"the claim on p{write.partition}@{before.offsets[0]} is overwritten by another one")
    if after.settled != before.settled and (after.holder, after.attempt) != (before.holder, before.attempt):
        raise Violation(
            f"{after.holder} settles p{write.partition}@{before.offsets[0]}, held by {before.holder}"
        )


def _claims(broker: Broker) -> Iterator[tuple[int, Entry]]:
    """The entries that are true, and those that will be once the markers are written."""
    for _, partition, committed in broker.entries():
        yield partition, decode(committed)
    for p in broker.pending:
        committing = broker.transaction(p.transactional_id).status is Status.COMMITTING
        if p.group != GROUP and committing and not p.beaten:
            yield p.partition, decode(p.committed)


def _claimed(broker: Broker) -> Iterator[tuple[int, int]]:
    """The messages below the frontiers."""
    for partition, log in enumerate(broker.logs):
        frontier = broker.committed(GROUP, partition)
        for offset, kind in enumerate(log[: frontier.offset] if frontier else ""):
            if kind == MESSAGE:
                yield partition, offset


def _name(message: tuple[int, int]) -> str:
    return f"the message p{message[0]}@{message[1]}"
