"""`mcp-jobs submit` passes on the span that it is called in."""

import json

import pytest

from integration.claim.conftest import MakeWorkload
from mcp_jobs.entrypoints.batch import Batch
from mcp_jobs.entrypoints.files import Sourced
from mcp_jobs.entrypoints.sending import send

MINE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PLAIN = {"jobId": "a", "payload": {"mcpServers": {"s": {"command": "s"}}}}
EVENT = {"specversion": "1.0", "id": "e", "source": "s", "type": "t", "data": PLAIN}


@pytest.mark.parametrize(
    ("variable", "message", "headers"),
    [
        (MINE, PLAIN, [("traceparent", MINE.encode())]),
        (MINE, EVENT, [("traceparent", MINE.encode())]),
        (MINE, {**EVENT, "traceparent": MINE.replace("4b", "5c")}, []),
        ("00-ab", PLAIN, []),
        ("", PLAIN, []),
    ],
)
def test_a_message_is_sent_in_the_span_of_the_environment_unless_it_names_its_own(
    variable: str,
    message: dict[str, object],
    headers: list[tuple[str, bytes]],
    make_workload: MakeWorkload,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workload = make_workload(1)
    monkeypatch.setenv("TRACEPARENT", variable)
    batch = Batch([Sourced("stdin", json.dumps(message).encode())])

    send(workload.config, workload.topic, batch, lambda job_id, place: None)

    [record] = workload.records(workload.topic)
    assert record.headers == headers
