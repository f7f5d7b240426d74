"""What the admission helper settles for a dead Job joins the trace of the Job's own attempts."""

import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from loguru import logger

from integration.claim.test_runner_process import environment, run
from integration.eventually import eventually
from integration.reconciler.conftest import MakeHelper
from integration.tracing.collector import Collector
from integration.tracing.test_runner import send as send_message
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.reconcile import JobState
from mcp_jobs.core.spans import Span
from mcp_jobs.entrypoints.tracing import collector as sending
from mcp_jobs.settings import TracingSettings

MESSAGE = b'{"jobId": "a", "payload": {"mcpServers": {"s": {"command": "s"}}}}'
#: seconds; a collector may take two, and a closing one another
AT_ONCE = 0.5


@contextmanager
def to(url: str) -> Iterator[Callable[[Sequence[Span]], None]]:
    with sending(TracingSettings(exporter_otlp_endpoint=url)) as send:
        assert send
        yield send


def test_a_settlement_for_a_dead_job_is_in_the_trace_of_its_attempts(
    make_helper: MakeHelper, collector: Collector
) -> None:
    with to(collector.url) as send:
        helper = make_helper(spans=send)
        send_message(helper.topic, "fail")
        helper.jobs.start("a")
        pod = {
            "RUNNER_JOB_UID": "a",
            "RUNNER_JOB_NAME": "job-a",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        }
        scope = {"RUNNER_CLUSTER": "cluster", "RUNNER_NAMESPACE": "namespace", "RUNNER_WORKLOAD": "w"}
        assert run(environment(helper.topic, **pod, **scope)).returncode == Exit.RETRY
        helper.jobs.start("other")
        helper.jobs.end("a", JobState.FAILED, "BackoffLimitExceeded")
        helper.sweep()

    [record] = helper.topic.records(helper.topic.topics.outcomes)
    outcome = json.loads(record.value)
    first, *_, settled = collector.spans(5)
    assert (first.name, settled.name) == (f"process {helper.topic.topic}", f"settle {helper.topic.topic}")
    assert first.trace_id == settled.trace_id == outcome["traceId"]
    assert first.span_id != settled.span_id
    assert settled.error == outcome["error"]["message"]
    assert settled.attributes["error.type"] == outcome["error"]["class"]
    assert settled.attributes["mcp_jobs.job_id"] == "job-7"
    assert settled.attributes["k8s.job.name"] == "job-a"


def test_a_helper_waits_for_no_collector_and_says_once_that_spans_are_lost(make_helper: MakeHelper) -> None:
    said: list[str] = []
    sink = logger.add(said.append, format="{message}", filter="mcp_jobs.adapters.otlp")
    try:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            helper = make_helper()
            helper.topic.produce([MESSAGE] * 2)
            helper.topic.claimed(helper.pod("a", batch_size=2))
            helper.jobs.start("other")
            helper.jobs.delete("a")
            took: list[float] = []
            with to(f"http://127.0.0.1:{silent.getsockname()[1]}") as send:

                def timed(spans: Sequence[Span]) -> None:
                    began = time.monotonic()
                    send(spans)
                    took.append(time.monotonic() - began)

                helper.spans = timed
                helper.sweep()
                eventually(lambda: bool(said))
    finally:
        logger.remove(sink)

    assert helper.topic.outcomes() == [(0, 0), (0, 1)]
    assert len(took) == 2
    assert max(took) < AT_ONCE
    assert len(said) == 1
    assert "did not take them" in said[0]
