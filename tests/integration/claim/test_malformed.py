"""Whatever somebody writes to the topic gets one outcome and one dead letter, with a reason for a person."""

import json

from kafka import KafkaProducer

from corpus import MALFORMED
from integration.claim.conftest import MakeWorkload
from mcp_jobs.core.exits import Exit


def test_every_malformed_message_is_one_dead_letter_with_its_reason_and_its_bytes(
    make_workload: MakeWorkload,
) -> None:
    workload = make_workload(1, max_message_bytes=12_000_000)
    producer = KafkaProducer(**workload.config, max_request_size=16_000_000)
    for malformed in MALFORMED:
        producer.send(
            workload.topic, malformed.value, key=b"key", headers=list(malformed.headers), partition=0
        )
    producer.flush(timeout=30)
    producer.close()

    while sum(workload.lags().values()):
        assert workload.run(workload.me(batch_size=25)) is Exit.FAILED

    assert workload.outcomes() == [(0, offset) for offset in range(len(MALFORMED))]
    letters = {
        int(dict(r.headers)["mcp-jobs-source-offset"]): r
        for r in workload.records(workload.topics.dead_letters)
    }
    assert len(letters) == len(MALFORMED)
    for offset, malformed in enumerate(MALFORMED):
        letter = letters[offset]
        reason = dict(letter.headers)["mcp-jobs-reason"].decode()
        assert malformed.fragment in reason, malformed.name
        assert "Traceback" not in reason
        assert (letter.key, letter.value) == (b"key", malformed.value), malformed.name
        assert letter.headers[: len(malformed.headers)] == [(k, v or b"") for k, v in malformed.headers]


def test_a_refused_message_is_told_under_its_own_job_id_where_that_can_be_read(
    make_workload: MakeWorkload,
) -> None:
    workload = make_workload(1)
    workload.produce([b'{"jobId": "order-7", "payload": {"mcpServers": {"s": {"command": 7}}}}', b"\xff"])

    workload.run(workload.me(batch_size=2))

    keys = {record.key for record in workload.records(workload.topics.outcomes)}
    assert keys == {b"order-7", f"{workload.topic}-0-1".encode()}


def test_a_message_too_large_for_the_dead_letters_is_settled_without_its_value(
    make_workload: MakeWorkload,
) -> None:
    workload = make_workload(1, max_message_bytes=14_000_000)
    workload.produce([b"x" * 13_000_000])

    assert workload.run() is Exit.FAILED

    [letter] = workload.records(workload.topics.dead_letters)
    headers = dict(letter.headers)
    assert (letter.value, headers["mcp-jobs-value-omitted"]) == (None, b"too large for this topic")
    assert headers["mcp-jobs-source-offset"] == b"0"


def test_a_message_that_retention_deleted_is_a_dead_letter_that_says_so(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([b"{}", b"{}"])
    workload.claimed(workload.me("job"))  # and the attempt dies
    workload.delete_records_before(2)

    assert workload.run(workload.me("job")) is Exit.FAILED

    [letter] = workload.records(workload.topics.dead_letters)
    assert dict(letter.headers)["mcp-jobs-class"] == b"expired"


def test_retention_that_overtakes_the_frontier_is_stepped_over(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([b"old", b"old", b"young"])
    workload.delete_records_before(2)

    assert [record.value for record in workload.claimed().records] == [b"young"]
    assert workload.lags() == {0: 0}


def test_the_outcome_holds_what_it_should(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    message = {
        "jobId": "a",
        "tenant": "acme",
        "shoe": 1,
        "payload": {"servers": {"s": {"url": "http://h/sse"}}},
    }
    workload.produce([json.dumps(message).encode()])
    me = workload.me("uid")

    assert workload.run(me) is Exit.DONE

    [record] = workload.records(workload.topics.outcomes)
    outcome = json.loads(record.value)
    assert outcome.pop("producedAt").endswith("Z")
    assert record.key == b"a"
    assert outcome == {
        "jobId": "a",
        "tenant": "acme",
        "status": "succeeded",
        "attempt": 1,
        "topic": workload.topic,
        "partition": 0,
        "offset": 0,
        "requeuedFrom": None,
        "traceId": None,
        "job": {"name": "job", "uid": "uid", "pod": me.holder},
        "startedAt": "2023-11-14T22:13:20.000Z",
        "finishedAt": "2023-11-14T22:13:20.000Z",
        "durationMs": 0,
        "servers": [],
        "calls": [],
        "unknownFields": ["shoe"],
        "warnings": [],
        "error": None,
    }
