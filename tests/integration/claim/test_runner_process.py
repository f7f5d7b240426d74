"""`mcp-jobs runner` as a process of its own, as the Job's pod runs it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from integration.claim.conftest import MakeWorkload
from integration.claim.workload import Workload
from mcp_jobs.core.entry import decode
from mcp_jobs.core.exits import Exit
from mcp_jobs.local.ports import free_ports

SERVERS = Path(__file__).parents[2] / "servers"
TIME = {"command": sys.executable, "args": ["-m", "mcp_server_time"]}
NOW = {"server": "time", "tool": "get_current_time", "arguments": {"timezone": "UTC"}}


def environment(workload: Workload | None = None, **more: str) -> dict[str, str]:
    """What the chart sets, and nothing of this process's own settings."""
    ours = {} if workload is None else {
        "KAFKA_BROKERS": workload.brokers,
        "KAFKA_TOPIC": workload.topic,
        "KAFKA_CONSUMER_GROUP": workload.group,
    }  # fmt: skip
    foreign = ("KAFKA_", "RUNNER_", "SERVERS_", "OTEL_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {
        **kept,
        **ours,
        "RUNNER_CLAIM_WAIT_SECONDS": "0.5",
        "SERVERS_ALLOW": '"everything"',
        "PYTHONPATH": os.pathsep.join(sys.path),
        **more,
    }


def run(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mcp_jobs", "runner"]
    return subprocess.run(command, env=env, timeout=60, capture_output=True, text=True, check=False)


@contextmanager
def running(env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A runner that is killed at the end if it has not ended by itself."""
    command = [sys.executable, "-m", "mcp_jobs", "runner"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def wait_for_claim(port: int, process: subprocess.Popen[str]) -> None:
    """Knock as the startupProbe does."""
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, "the runner ended before it had claimed"
            assert time.monotonic() < deadline, "the runner has not claimed"
        else:
            return


def envelope(job_id: str, server: Mapping[str, object], *calls: Mapping[str, object]) -> bytes:
    payload = {"mcpServers": {"time": server}, "calls": calls}
    return json.dumps({"jobId": job_id, "payload": json.dumps(payload)}).encode()


def test_a_missing_setting_is_named() -> None:
    done = run(environment())

    assert done.returncode == Exit.USAGE
    assert "KAFKA_BROKERS is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_half_of_an_assignment_is_refused_with_a_sentence() -> None:
    done = run(environment(KAFKA_BROKERS="b:1", KAFKA_PARTITION="0"))

    assert done.returncode == Exit.USAGE
    assert "KAFKA_PARTITION and KAFKA_OFFSET go together" in done.stderr


def test_a_kafka_that_does_not_answer_is_named_with_its_address() -> None:
    [port] = free_ports(1)
    address = f"127.0.0.1:{port}"

    done = run(environment(KAFKA_BROKERS=address, KAFKA_REQUEST_TIMEOUT_SECONDS="1"))

    assert done.returncode == Exit.RETRY
    assert f"no Kafka broker answers at {address} within 1 s" in done.stderr


def test_a_topic_that_does_not_exist_is_named(make_workload: MakeWorkload) -> None:
    done = run(environment(make_workload(1), KAFKA_TOPIC="no-such-topic"))

    assert done.returncode == Exit.RETRY
    assert "the topic no-such-topic does not exist" in done.stderr


def test_a_topic_without_first_frontiers_is_told_with_the_cure(make_workload: MakeWorkload) -> None:
    done = run(environment(make_workload(2, install=False)))

    assert done.returncode == Exit.RETRY
    assert "partitions [0, 1] have no committed offset" in done.stderr
    assert "mcp-jobs init" in done.stderr


def test_nothing_to_claim_is_no_failure(make_workload: MakeWorkload) -> None:
    assert run(environment(make_workload(1))).returncode == Exit.DONE


def test_a_message_is_run_with_a_real_server_and_its_log_is_json_lines(make_workload: MakeWorkload) -> None:
    workload = make_workload(1)
    workload.produce([envelope("job-7", TIME, NOW)])

    done = run(environment(workload, RUNNER_JOB_UID="uid-7", RUNNER_JOB_NAME="runner-7"))

    assert done.returncode == Exit.DONE, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    last = lines[-1]
    assert (last["jobId"], last["jobUid"], last["job"]) == ("job-7", "uid-7", "runner-7")
    assert (last["partition"], last["offset"], last["attempt"]) == (0, 0, 1)
    [record] = workload.records(workload.topics.outcomes)
    outcome = json.loads(record.value)
    assert outcome["status"] == "succeeded"
    assert outcome["servers"][0]["serverDetails"]["serverInfo"]["name"] == "mcp-time"
    assert outcome["calls"][0]["result"]["structuredContent"]["timezone"] == "UTC"


def test_an_assigned_message_is_run_and_printed_but_neither_claimed_nor_settled(
    make_workload: MakeWorkload,
) -> None:
    workload = make_workload(1)
    workload.produce([envelope("again", TIME, NOW)])

    done = run(environment(workload, KAFKA_PARTITION="0", KAFKA_OFFSET="0"))

    assert done.returncode == Exit.DONE, done.stderr
    outcome = json.loads(done.stdout)
    assert (outcome["jobId"], outcome["status"], outcome["offset"]) == ("again", "succeeded", 0)
    assert workload.lags() == {0: 1}
    assert workload.outcomes() == []


def test_an_assigned_message_that_is_not_there_is_named(make_workload: MakeWorkload) -> None:
    done = run(environment(make_workload(1), KAFKA_PARTITION="0", KAFKA_OFFSET="41"))

    assert done.returncode == Exit.RETRY
    assert "no message at offset 41 of partition 0" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_attempt_and_leaves_the_claim_to_the_next(
    make_workload: MakeWorkload, number: signal.Signals
) -> None:
    workload = make_workload(1)
    silent = {"command": sys.executable, "args": ["-c", "import time; time.sleep(1000)"]}
    workload.produce([envelope("slow", silent)])
    [port] = free_ports(1)
    env = environment(workload, RUNNER_JOB_UID="job", RUNNER_CLAIMED_PORT=str(port))

    with running(env) as runner:
        wait_for_claim(port, runner)
        runner.send_signal(number)
        _, log = runner.communicate(timeout=20)

    assert runner.returncode == Exit.TERMINATED, log
    assert "the claim, if there is one, stays" in log
    [(_, committed)] = workload.offsets(workload.me("job").claim_group).committed
    assert not decode(committed).done
    assert workload.claimed(workload.me("job")).entry.attempt == 2


def test_a_runner_loads_nothing_it_does_not_need(make_workload: MakeWorkload) -> None:
    """MCP's own package loads web libraries, kafka-python's its three clients, OpenTelemetry's its SDK."""
    script = (
        "import sys; from mcp_jobs.__main__ import main; sys.argv[1:] = ['runner']; main();"
        "print(sorted(sys.modules))"
    )
    env = environment(make_workload(1), OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, timeout=60, capture_output=True, text=True, check=True
    )

    loaded = set(json.loads(done.stdout.replace("'", '"')))
    assert "kafka" in loaded
    assert not loaded & {"kafka.admin", "kafka.consumer", "kafka.producer"}
    assert not loaded & {"mcp", "kubernetes", "typer", "rich", "starlette", "uvicorn", "jgo", "httpx2"}
    assert not [name for name in loaded if name.startswith("opentelemetry")]
