"""The model of the broker does what Apache Kafka does (tests/integration/claim/test_broker_facts.py)."""

import pytest

from mcp_jobs.core import requests as ask
from mcp_jobs.core.entry import Committed, Entry, encode
from mcp_jobs.core.log import Reading
from mcp_jobs.core.record import Output, Record
from model import decision
from model.answers import answers
from model.broker import GROUP, MESSAGES, Broker
from model.violation import Violation
from model.writes import InitExpecting, PlainCommit

A, B = 0, 1
FREE = "another-group"


class Kafka:
    """A broker that is asked one thing after the other."""

    def __init__(self, *logs: str) -> None:
        self.broker = Broker.of(logs or ("mmm",), (0,) * len(logs or ("mmm",)))

    def request(self, actor: int, request: ask.Request) -> ask.Answer:
        self.broker, answer = answers(self.broker, actor, request)[0]
        return answer

    def init(self, actor: int, name: str) -> ask.Producer:
        producer = self.request(actor, ask.InitProducer(name))
        assert isinstance(producer, ask.Producer)
        return producer

    def write(self, producer: ask.Producer, *values: int, group: str = FREE) -> None:
        assert self.request(producer.id, ask.AddGroup(producer, group)) == ask.Done()
        for value in values:
            request = ask.CommitOffset(producer, group, 0, entry(value))
            assert self.request(producer.id, request) == ask.Done()

    def end(self, producer: ask.Producer, *, commit: bool = True) -> ask.Answer:
        return self.request(producer.id, ask.EndTransaction(producer, commit))

    def settle_down(self) -> None:
        while found := list(decision.internal(self.broker)):
            self.broker = found[0][1]

    def read(self, *, stable: bool = True, group: str = FREE) -> ask.Answer:
        return self.request(A, ask.ReadOffsets(group, stable))


def entry(value: int) -> Committed:
    """A claim entry, as nothing else is written to a claim group."""
    return encode(Entry(offsets=(value,), attempt=1, holder="pod", slot=0, settled=1))


def committed(value: int) -> ask.Offsets:
    return ask.Offsets(((0, entry(value)),))


def test_an_init_ends_the_ongoing_transaction_of_another_producer_which_is_fenced_from_then_on() -> None:
    kafka = Kafka()
    first = kafka.init(A, "t")
    kafka.write(first, 1)
    assert kafka.request(B, ask.InitProducer("t")) == ask.Busy()
    assert kafka.end(first) == ask.Fenced()
    kafka.settle_down()
    assert kafka.init(B, "t").id == B
    assert kafka.read() == ask.Offsets()


def test_a_stable_read_tells_undecided_from_nothing_until_the_marker_has_come() -> None:
    kafka = Kafka()
    producer = kafka.init(A, "t")
    kafka.write(producer, 1)
    undecided = ask.Offsets((), frozenset({0}))
    assert (kafka.read(), kafka.read(stable=False)) == (undecided, ask.Offsets())
    assert kafka.end(producer) == ask.Done()
    assert kafka.read() == undecided
    kafka.settle_down()
    assert kafka.read() == committed(1)


def test_the_groups_of_a_transaction_see_its_commit_one_after_the_other() -> None:
    kafka = Kafka()
    producer = kafka.init(A, "t")
    kafka.write(producer, 1, group="one")
    kafka.write(producer, 2, group="two")
    kafka.end(producer)
    seen = {
        (after.committed("one", 0), after.committed("two", 0)) for _, after in decision.internal(kafka.broker)
    }
    assert seen == {(entry(1), None), (None, entry(2))}


@pytest.mark.parametrize("first_to_end", [A, B])
def test_of_two_transactions_the_write_that_was_logged_last_wins_whichever_ends_first(
    first_to_end: int,
) -> None:
    kafka = Kafka()
    producers = [kafka.init(A, "t"), kafka.init(B, "u")]
    kafka.write(producers[A], 1)
    kafka.write(producers[B], 2)
    for actor in (first_to_end, 1 - first_to_end):
        assert kafka.end(producers[actor]) == ask.Done()
        kafka.settle_down()
    assert kafka.read() == committed(2)


def test_a_plain_commit_wins_over_what_was_pending_before() -> None:
    kafka = Kafka()
    producer = kafka.init(A, "t")
    kafka.write(producer, 1)
    kafka.request(B, PlainCommit(ask.Producer("", -1, -1), FREE, 0, entry(2)))
    kafka.end(producer)
    kafka.settle_down()
    assert kafka.read() == committed(2)


def test_a_transaction_keeps_its_last_write_of_an_offset() -> None:
    kafka = Kafka()
    producer = kafka.init(A, "t")
    kafka.write(producer, 1, 2)
    kafka.end(producer)
    kafka.settle_down()
    assert kafka.read() == committed(2)


def test_a_write_without_an_open_transaction_is_fenced_off() -> None:
    kafka = Kafka()
    producer = kafka.init(A, "t")
    assert kafka.request(A, ask.CommitOffset(producer, FREE, 0, entry(1))) == ask.Fenced()


def test_deleting_a_group_takes_what_is_pending_with_it_and_the_commit_is_fine_all_the_same() -> None:
    kafka = Kafka()
    producer = kafka.init(A, "t")
    kafka.write(producer, 1)
    kafka.broker = kafka.broker.without_group(FREE)
    assert kafka.read() == ask.Offsets()
    assert kafka.end(producer) == ask.Done()
    kafka.settle_down()
    assert kafka.read() == ask.Offsets()


def test_three_callers_that_expect_the_same_epoch_all_get_the_next_one() -> None:
    kafka = Kafka()
    callers = [kafka.request(actor, InitExpecting("t", (-1, 0))) for actor in range(3)]
    assert callers == [ask.Producer("t", -1, 1)] * 3


def test_readers_stop_at_an_open_record_and_step_over_aborted_ones_and_markers() -> None:
    kafka = Kafka("axmcom")
    assert kafka.request(A, ask.Fetch(0, 0, 3)) == Reading((Record(2),), 4)
    assert kafka.request(A, ask.ReadEnds(starts=True)) == ask.Ends(((0, 0, 4),), dice=0.5 / 6)
    assert kafka.request(A, ask.Fetch(0, 9, 1)) == ask.OutOfRange(0, 6)


def test_a_copy_is_a_message_once_its_transaction_commits_with_a_marker_behind_it() -> None:
    kafka = Kafka("m")
    producer = kafka.init(A, "t")
    copy = (Output(MESSAGES, b"", b""),)
    kafka.request(A, ask.AddPartitions(producer, copy))
    kafka.request(A, ask.Produce(producer, copy))
    assert kafka.broker.logs == ("mo",)
    kafka.end(producer)
    kafka.settle_down()
    assert kafka.broker.logs == ("mmc",)


def test_a_frontier_that_would_skip_a_message_is_a_violation() -> None:
    kafka = Kafka()
    producer = kafka.init(A, f"{GROUP}.claim.0")
    kafka.write(producer, 1, group=GROUP)
    with pytest.raises(Violation, match="skips the message at 0"):
        kafka.end(producer)
