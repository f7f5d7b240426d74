"""Producing, reading outcomes, and setting up topics, on the real Kafka."""

import time

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.structs import OffsetAndMetadata, TopicPartition

from integration.conftest import MakeTopic
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.messages import Message, produce
from mcp_jobs.adapters.kafka.outcomes import Tail, place_of, read_outcome
from mcp_jobs.adapters.kafka.provision import missing_topics, provision, too_narrow
from mcp_jobs.core import dead_letter
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.names import Topics
from mcp_jobs.core.record import Place, Record
from mcp_jobs.entrypoints.init import initialize
from mcp_jobs.local.broker import Broker
from mcp_jobs.settings import InitSettings, KafkaSettings


def config(kafka: Broker) -> dict[str, list[str]]:
    return {"bootstrap_servers": [kafka.bootstrap_servers]}


def names(topic: str) -> Topics:
    return Topics(topic, f"{topic}.outcomes", f"{topic}.dead-letters")


def first_news(tail: Tail) -> list[Record]:
    """What the tail yields first: a commit is visible a moment after it is answered."""
    deadline = time.monotonic() + 20
    while not (news := list(tail.poll())):
        assert time.monotonic() < deadline
    return news


def read_all(kafka: Broker, topic: str, start: dict[int, int]) -> list[Record]:
    with Connection(config(kafka)) as connection:
        return list(Tail(connection, topic, start=start).poll())


def test_messages_are_produced_with_key_and_headers_and_their_places_returned(
    kafka: Broker, make_topic: MakeTopic
) -> None:
    topic = make_topic(partitions=1)
    sent = [Message(b"one"), Message(b"two", b"key", (("ce_id", b"7"),))]
    assert produce(config(kafka), topic, sent) == [Place(0, 0), Place(0, 1)]
    first, second = read_all(kafka, topic, {})
    assert (first.key, first.value, first.headers) == (None, b"one", ())
    assert (second.key, second.value, second.headers) == (b"key", b"two", (("ce_id", b"7"),))


def test_a_message_that_its_topic_does_not_take_is_told_with_its_size(
    kafka: Broker, make_topic: MakeTopic
) -> None:
    topic = make_topic(max_message_bytes=2_000)
    with pytest.raises(ProtocolError, match=r"too large; the largest one has 3,000 bytes"):
        produce(config(kafka), topic, [Message(b"x" * 3_000)])


def test_a_topic_that_does_not_exist_is_told(kafka: Broker) -> None:
    with pytest.raises(ProtocolError, match=r"for the topic nowhere .* does the topic exist"):
        produce(config(kafka), "nowhere", [Message(b"x")], timeout=1)


def test_a_tail_begins_at_the_end_and_yields_what_is_new_once(kafka: Broker, make_topic: MakeTopic) -> None:
    topic = make_topic()
    produce(config(kafka), topic, [Message(b"old")])
    with Connection(config(kafka)) as connection:
        tail = Tail(connection, topic)
        assert list(tail.poll()) == []
        produce(config(kafka), topic, [Message(b"new"), Message(b"newer")])
        assert {record.value for record in tail.poll()} == {b"new", b"newer"}
        assert list(tail.poll()) == []


def test_a_tail_shows_committed_records_only(kafka: Broker, make_topic: MakeTopic) -> None:
    topic = make_topic(partitions=1)
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers, transactional_id=topic)
    producer.init_transactions()
    with Connection(config(kafka)) as connection:
        tail = Tail(connection, topic, start={})
        producer.begin_transaction()
        producer.send(topic, b"aborted").get(timeout=20)
        assert list(tail.poll()) == []
        producer.abort_transaction()
        producer.begin_transaction()
        producer.send(topic, b"committed").get(timeout=20)
        producer.commit_transaction()
        assert [record.value for record in first_news(tail)] == [b"committed"]
    producer.close()


def test_a_tail_reads_any_number_of_records(kafka: Broker, make_topic: MakeTopic) -> None:
    topic = make_topic()
    produce(config(kafka), topic, [Message(b"%d" % number) for number in range(350)])
    assert {int(record.value or b"") for record in read_all(kafka, topic, {})} == set(range(350))


def test_records_of_others_in_the_topics_are_passed_over() -> None:
    assert read_outcome(Record(0, value=b"not json")) is None
    assert read_outcome(Record(0, value=b"[1]")) is None
    assert read_outcome(Record(0)) is None
    assert dead_letter.read(Record(0, headers=(("mcp-jobs-reason", b"x"),))) is None


def test_an_outcome_names_the_place_of_its_message() -> None:
    outcome = read_outcome(Record(0, value=b'{"jobId": "1", "partition": 2, "offset": 3}'))
    assert outcome is not None
    assert place_of(outcome) == Place(2, 3)


def test_topics_are_created_once_and_dead_letters_have_room_for_their_reason(
    kafka: Broker, admin: KafkaAdminClient, make_topic: MakeTopic
) -> None:
    topic = f"{make_topic()}-new"
    wanted = names(topic)
    assert missing_topics(config(kafka), wanted) == [topic, wanted.outcomes, wanted.dead_letters]
    created = provision(config(kafka), wanted, partitions=2, message_bytes=3_000_000)
    assert created == [topic, wanted.outcomes, wanted.dead_letters]
    assert [len(found["partitions"]) for found in admin.describe_topics(created)] == [2, 2, 2]
    assert provision(config(kafka), wanted, partitions=5) == []
    assert too_narrow(config(kafka), wanted) is None


def test_dead_letters_that_take_no_more_than_the_messages_are_told(
    kafka: Broker, make_topic: MakeTopic
) -> None:
    topic, narrow = make_topic(), make_topic()
    warning = too_narrow(config(kafka), Topics(topic, topic, narrow))
    assert warning is not None
    assert warning.endswith("Set its max.message.bytes to 1179660")


def test_init_says_what_it_did_and_the_second_time_that_there_is_nothing_to_do(
    kafka: Broker, make_topic: MakeTopic
) -> None:
    topic = f"{make_topic()}-new"
    settings = KafkaSettings(brokers=kafka.bootstrap_servers, topic=topic, consumer_group=f"{topic}-group")
    init = InitSettings(create_topics=True, partitions=1, wait_seconds=20)
    said: list[str] = []
    initialize(settings, init, said.append)
    assert said == [
        f"Kafka answers at {kafka.bootstrap_servers}",
        f"created the topic {topic} with 1 partitions",
        f"created the topic {topic}.outcomes with 1 partitions",
        f"created the topic {topic}.dead-letters with 1 partitions",
        f"committed offset 0 of partition 0 as the first of {topic}-group",
    ]
    said.clear()
    initialize(settings, init, said.append)
    assert said[1:] == [f"every partition of {topic} has an offset of {topic}-group: nothing to commit"]


def test_init_starts_a_topic_it_has_just_made_although_the_group_has_claimed_on_another(
    kafka: Broker, make_topic: MakeTopic
) -> None:
    topic = f"{make_topic()}-new"
    group = f"{topic}-group"
    leave_claim(kafka, make_topic(), group)
    settings = KafkaSettings(brokers=kafka.bootstrap_servers, topic=topic, consumer_group=group)
    said: list[str] = []
    initialize(settings, InitSettings(create_topics=True, partitions=1, wait_seconds=20), said.append)
    assert said[-1] == f"committed offset 0 of partition 0 as the first of {group}"


def leave_claim(kafka: Broker, topic: str, group: str) -> None:
    """Leave a claim group behind, as a Job does."""
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    admin.alter_group_offsets(f"{group}.job.uid", {TopicPartition(topic, 0): OffsetAndMetadata(0, "", -1)})
    admin.close()


def test_init_that_may_not_create_topics_names_those_that_are_missing(
    kafka: Broker, make_topic: MakeTopic
) -> None:
    topic = make_topic()
    settings = KafkaSettings(brokers=kafka.bootstrap_servers, topic=topic)
    with pytest.raises(ProtocolError, match=rf"no topic {topic}.outcomes and no topic {topic}.dead-letters"):
        initialize(settings, InitSettings(wait_seconds=20), lambda _: None)
