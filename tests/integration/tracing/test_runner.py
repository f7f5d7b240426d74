"""The trace of a message, as a real collector gets it from a runner's process."""

import json
import os
import socket
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from integration.claim.conftest import MakeWorkload
from integration.claim.test_runner_process import SERVERS, TIME, envelope, environment, run
from integration.claim.test_two_processes import Start, end_of, start
from integration.claim.workload import Workload
from integration.tracing.collector import Collector, Seen
from mcp_jobs.adapters.kafka.messages import Message, produce
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.trace import parse
from mcp_jobs.local.ports import free_ports

__all__ = ["start"]

Env = Mapping[str, str]

TRACE, PRODUCER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED, UNSAMPLED = f"00-{TRACE}-{PRODUCER}-01", f"00-{TRACE}-{PRODUCER}-00"


def send(workload: Workload, *tools: str, traceparent: str | None = None, env: Env | None = None) -> None:
    """A message with these calls to tests/servers/traced.py, which is given `env`."""
    server = {"command": sys.executable, "args": [str(SERVERS / "traced.py")], "env": dict(env or {})}
    calls = [{"server": "traced", "tool": tool} for tool in tools]
    value = {
        "jobId": "job-7",
        "tenant": "acme",
        "payload": {"mcpServers": {"traced": server}, "calls": calls},
    }
    headers = (("traceparent", traceparent.encode()),) if traceparent else ()
    produce(workload.config, workload.topic, [Message(json.dumps(value).encode(), headers=headers)])


def outcome_of(workload: Workload) -> dict[str, Any]:
    [record] = workload.records(workload.topics.outcomes)
    found: dict[str, Any] = json.loads(record.value)
    return found


def log_of(stderr: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stderr.splitlines()]


def named(spans: list[Seen]) -> dict[str, Seen]:
    assert len({span.name for span in spans}) == len(spans)
    return {span.name: span for span in spans}


def test_one_message_is_one_trace_from_its_producer_to_its_servers(
    make_workload: MakeWorkload, collector: Collector
) -> None:
    workload = make_workload(1)
    send(workload, "span", traceparent=SAMPLED, env={"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})

    pod = {"RUNNER_JOB_NAME": "runner-7", "RUNNER_JOB_UID": "uid-7", "RUNNER_POD_NAME": "pod-7"}
    done = run(environment(workload, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, **pod))

    assert done.returncode == Exit.DONE, done.stderr
    outcome = outcome_of(workload)
    spans = collector.spans(5 + 3)
    assert {span.trace_id for span in spans} == {TRACE} == {outcome["traceId"]}
    ours = named([span for span in spans if span.resource["service.name"] == "mcp-jobs"])
    root = ours.pop(f"process {workload.topic}")
    assert (root.kind, root.parent_id, root.error) == ("CONSUMER", PRODUCER, None)
    assert root.attributes == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": workload.topic,
        "messaging.destination.partition.id": "0",
        "messaging.kafka.offset": 0,
        "messaging.consumer.group.name": workload.group,
        "mcp_jobs.job_id": "job-7",
        "mcp_jobs.tenant": "acme",
        "mcp_jobs.attempt": 1,
        "mcp_jobs.status": "succeeded",
        "k8s.job.name": "runner-7",
        "k8s.job.uid": "uid-7",
        "k8s.pod.name": "pod-7",
    }
    assert set(ours) == {"claim", "server traced", "tools/call span", "settle"}
    assert {span.parent_id for span in ours.values()} == {root.span_id}
    order = [ours[name] for name in ("claim", "server traced", "tools/call span", "settle")]
    assert [span.start for span in order] == sorted(span.start for span in order)
    assert all(root.start <= span.start <= span.end <= root.end for span in order)
    theirs = [span for span in spans if span.resource["service.name"] != "mcp-jobs"]
    parents = {span.name: span.parent_id for span in theirs}
    assert parents.pop("tools/call span") == ours["tools/call span"].span_id
    assert set(parents.values()) == {ours["server traced"].span_id}
    assert {line["traceId"] for line in log_of(done.stderr) if "jobId" in line} == {TRACE}


def test_servers_in_the_other_container_learn_of_the_trace_without_the_collectors_address(
    make_workload: MakeWorkload, collector: Collector, start: Start
) -> None:
    workload = make_workload(1)
    send(workload, "span", traceparent=SAMPLED)

    start("servers")
    runner = start("runner", workload, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)

    code, log = end_of(runner)
    assert code == Exit.DONE, log
    spans = named(collector.spans(5))
    call = spans["tools/call span"]
    asked = parse(outcome_of(workload)["calls"][0]["result"]["content"][0]["text"])
    assert asked
    assert (asked.trace_id, asked.span_id) == (TRACE, call.span_id)
    root = spans[f"process {workload.topic}"]
    assert root.start < spans["server traced"].start < call.start < call.end < root.end


def test_the_attempts_at_a_message_share_a_trace_that_nobody_has_begun(
    make_workload: MakeWorkload, collector: Collector
) -> None:
    workload = make_workload(1)
    send(workload, "fail")
    env = environment(
        workload,
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        RUNNER_JOB_UID="job",
        RUNNER_MAX_ATTEMPTS="2",
    )

    assert [run(env).returncode, run(env).returncode] == [Exit.RETRY, Exit.FAILED]

    spans, outcome = collector.spans(4 + 5), outcome_of(workload)
    assert {span.trace_id for span in spans} == {outcome["traceId"]}
    roots = [span for span in spans if not span.parent_id]
    assert [root.attributes["mcp_jobs.attempt"] for root in roots] == [1, 2]
    assert len({span.span_id for span in spans}) == len(spans)
    settled = [span.parent_id for span in spans if span.name == "settle"]
    assert settled == [roots[1].span_id]
    for span in spans:
        failed = span.name.startswith(("process", "tools/call"))
        assert (span.error is not None) == failed, span.name
        if span.error is not None:
            assert span.error == outcome["error"]["message"]
            assert span.attributes["error.type"] == "tool"


def test_a_message_of_an_unsampled_trace_is_not_exported_but_its_servers_learn_of_the_trace(
    make_workload: MakeWorkload, collector: Collector
) -> None:
    workload = make_workload(1)
    env = environment(workload, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    send(workload, "span", traceparent=UNSAMPLED)
    assert run(env).returncode == Exit.DONE
    outcome = outcome_of(workload)
    send(workload, "span")
    assert run(env).returncode == Exit.DONE

    assert outcome["traceId"] == TRACE
    asked = parse(outcome["calls"][0]["result"]["content"][0]["text"])
    assert asked
    assert (asked.trace_id, asked.sampled) == (TRACE, False)
    assert TRACE not in {span.trace_id for span in collector.spans(5)}


@pytest.mark.parametrize("traceparent", [SAMPLED, None])
def test_without_a_collector_servers_learn_of_a_producers_trace_and_of_no_other(
    make_workload: MakeWorkload, traceparent: str | None
) -> None:
    workload = make_workload(1)
    send(workload, "span", traceparent=traceparent)

    done = run(environment(workload))

    assert done.returncode == Exit.DONE, done.stderr
    outcome = outcome_of(workload)
    said = outcome["calls"][0]["result"]["content"][0]["text"]
    if traceparent:
        found = parse(said)
        assert found
        assert found.trace_id == outcome["traceId"] == TRACE
        assert found.span_id != PRODUCER
    else:
        assert (said, outcome["traceId"]) == ("none", None)


@pytest.mark.parametrize("silent", [False, True], ids=["down", "hangs"])
def test_a_collector_that_does_not_answer_costs_one_warning_and_no_more(
    make_workload: MakeWorkload, silent: bool
) -> None:
    workload = make_workload(1)
    send(workload, traceparent=SAMPLED)
    with socket.socket() as listener:
        if silent:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]
        else:
            [port] = free_ports(1)
        done = run(environment(workload, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}"))

    assert done.returncode == Exit.DONE, done.stderr
    assert outcome_of(workload)["status"] == "succeeded"
    *_, settled, warning = log_of(done.stderr)
    assert settled["message"].startswith("succeeded in")
    assert f"http://127.0.0.1:{port}/v1/traces did not take them" in warning["message"]
    assert "Check that OTEL_EXPORTER_OTLP_ENDPOINT names a collector" in warning["message"]
    waited = datetime.fromisoformat(warning["time"]) - datetime.fromisoformat(settled["time"])
    assert waited.total_seconds() < 10


def test_without_the_sdk_a_message_is_settled_and_a_sentence_says_what_to_install(
    make_workload: MakeWorkload, tmp_path: Path
) -> None:
    workload = make_workload(1)
    workload.produce([envelope("job-7", TIME)])
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['opentelemetry.sdk'] = None\n")
    env = environment(workload, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")

    done = run({**env, "PYTHONPATH": f"{tmp_path}{os.pathsep}{env['PYTHONPATH']}"})

    assert done.returncode == Exit.DONE, done.stderr
    assert outcome_of(workload)["status"] == "succeeded"
    assert "pip install 'mcp-jobs[otel]'" in log_of(done.stderr)[-1]["message"]
