"""`mcp-jobs runner` and `mcp-jobs servers` side by side, as the two containers of a Job's pod run them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from integration.claim.conftest import MakeWorkload
from integration.claim.test_runner_process import NOW, SERVERS, TIME, envelope, environment
from integration.claim.workload import Workload
from integration.local.ended import ended
from mcp_jobs.core.entry import decode
from mcp_jobs.core.exits import Exit

Start = Callable[..., subprocess.Popen[str]]


@contextmanager
def started(command: str, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A command that is killed at the end if it has not ended by itself."""
    argv = [sys.executable, "-m", "mcp_jobs", command]
    with subprocess.Popen(
        argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start one of the two. `servers` is told nothing of Kafka."""
    with ExitStack() as stack:

        def begin(command: str, workload: Workload | None = None, **more: str) -> subprocess.Popen[str]:
            own = {"SERVERS_SOCKET": str(tmp_path / "socket"), "SERVERS_WORK_DIR": str(tmp_path), **more}
            return stack.enter_context(started(command, environment(workload, **own)))

        yield begin


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """Where tests/servers/stubborn.py tells its pid."""
    os.mkfifo(tmp_path / "pid")
    return tmp_path / "pid"


def stubborn(fifo: Path) -> bytes:
    server = {"command": sys.executable, "args": [str(SERVERS / "stubborn.py"), str(fifo)]}
    return envelope("stubborn", server)


def end_of(process: subprocess.Popen[str], seconds: float = 30) -> tuple[int, str]:
    """Its exit code and its log."""
    _, log = process.communicate(timeout=seconds)
    return process.returncode, log


def is_open(workload: Workload, uid: str) -> bool:
    """Whether the Job still has its message to settle."""
    [(_, committed)] = workload.offsets(workload.me(uid).claim_group).committed
    return not decode(committed).done


def test_the_servers_of_every_message_of_a_batch_run_in_the_other_process(
    make_workload: MakeWorkload, start: Start
) -> None:
    workload = make_workload(1)
    workload.produce([envelope("first", TIME, NOW), envelope("second", TIME, NOW)])

    servers = start("servers")
    runner = start("runner", workload, RUNNER_BATCH_SIZE="2", PATH="")

    assert end_of(runner)[0] == Exit.DONE
    assert end_of(servers, 5)[0] == Exit.DONE
    outcomes = [json.loads(record.value) for record in workload.records(workload.topics.outcomes)]
    assert [outcome["jobId"] for outcome in outcomes] == ["first", "second"]
    for outcome in outcomes:
        assert outcome["servers"][0]["serverDetails"]["serverInfo"]["name"] == "mcp-time"
        assert outcome["calls"][0]["result"]["structuredContent"]["timezone"] == "UTC"


def test_a_failure_in_the_other_process_is_the_messages(make_workload: MakeWorkload, start: Start) -> None:
    workload = make_workload(1)
    workload.produce([envelope("refused", {**TIME, "envFile": "../token"})])

    start("servers")
    runner = start("runner", workload)

    assert end_of(runner)[0] == Exit.FAILED
    [record] = workload.records(workload.topics.outcomes)
    assert json.loads(record.value)["error"]["class"] == "refused"


def test_an_assigned_message_is_run_by_the_other_process_too(
    make_workload: MakeWorkload, start: Start
) -> None:
    workload = make_workload(1)
    workload.produce([envelope("again", TIME, NOW)])

    runner = start("runner", workload, KAFKA_PARTITION="0", KAFKA_OFFSET="0")
    servers = start("servers")

    outcome, _ = runner.communicate(timeout=30)
    assert json.loads(outcome)["status"] == "succeeded"
    assert end_of(servers, 5)[0] == Exit.DONE


def test_with_nothing_to_claim_both_end_and_no_kafka_was_loaded_for_servers(
    make_workload: MakeWorkload, tmp_path: Path, start: Start
) -> None:
    script = (
        "import sys; from mcp_jobs.__main__ import main; sys.argv[1:] = ['servers']; code = main();"
        "print(sorted({name.split('.')[0] for name in sys.modules})); sys.exit(code)"
    )
    env = environment(SERVERS_SOCKET=str(tmp_path / "socket"))
    runner = start("runner", make_workload(1))

    servers = subprocess.run(
        [sys.executable, "-c", script], env=env, timeout=30, capture_output=True, text=True, check=True
    )

    assert end_of(runner)[0] == Exit.DONE
    loaded = set(json.loads(servers.stdout.replace("'", '"')))
    assert "mcp_jobs" in loaded
    assert not loaded & {"kafka", "typer"}


def test_a_runner_that_can_not_even_read_its_settings_does_not_keep_the_pod(start: Start) -> None:
    servers = start("servers")
    runner = start("runner")

    assert end_of(runner)[0] == Exit.USAGE
    assert end_of(servers)[0] == Exit.DONE


def test_servers_that_start_when_the_runner_has_ended_end_at_once(
    make_workload: MakeWorkload, start: Start
) -> None:
    assert end_of(start("runner", make_workload(1)))[0] == Exit.DONE

    assert end_of(start("servers"))[0] == Exit.DONE


def test_when_the_runner_is_killed_its_servers_end_and_the_claim_stays(
    make_workload: MakeWorkload, start: Start, fifo: Path
) -> None:
    workload = make_workload(1)
    workload.produce([stubborn(fifo)])
    servers = start("servers")
    runner = start("runner", workload, RUNNER_JOB_UID="uid")
    server = int(fifo.read_text(encoding="ascii"))

    runner.kill()

    code, log = end_of(servers)
    assert (code, "the runner has gone" in log) == (Exit.DONE, True), log
    assert ended(server, 0)
    assert is_open(workload, "uid")


def test_when_the_servers_are_killed_the_runner_says_so_and_the_next_pod_runs_the_message_again(
    make_workload: MakeWorkload, start: Start, fifo: Path, tmp_path: Path
) -> None:
    workload = make_workload(1)
    workload.produce([stubborn(fifo)])
    servers = start("servers")
    runner = start("runner", workload, RUNNER_JOB_UID="uid")
    server = int(fifo.read_text(encoding="ascii"))

    servers.kill()

    code, log = end_of(runner)
    os.kill(server, signal.SIGKILL)  # in a pod it dies with its container
    assert code == Exit.RETRY
    assert "the container `servers` ended before its report" in log
    assert workload.outcomes() == []
    assert is_open(workload, "uid")

    socket = str(tmp_path / "of-the-next-pod")
    start("servers", SERVERS_SOCKET=socket)
    last = start("runner", workload, RUNNER_JOB_UID="uid", SERVERS_SOCKET=socket, RUNNER_MAX_ATTEMPTS="1")
    assert end_of(last)[0] == Exit.FAILED
    [record] = workload.records(workload.topics.outcomes)
    assert json.loads(record.value)["error"]["message"] == "1 attempts ended without an outcome"


def test_sigterm_ends_the_servers_of_the_message(
    make_workload: MakeWorkload, start: Start, fifo: Path
) -> None:
    workload = make_workload(1)
    workload.produce([stubborn(fifo)])
    servers = start("servers")
    runner = start("runner", workload, RUNNER_JOB_UID="uid")
    server = int(fifo.read_text(encoding="ascii"))

    servers.terminate()

    assert end_of(servers)[0] == Exit.TERMINATED
    assert ended(server, 0)
    assert end_of(runner)[0] == Exit.RETRY
    assert is_open(workload, "uid")


@pytest.mark.parametrize("first", ["runner", "servers"])
def test_a_pod_that_is_told_to_end_leaves_its_claim_to_the_next(
    make_workload: MakeWorkload, start: Start, fifo: Path, first: str
) -> None:
    workload = make_workload(1)
    workload.produce([stubborn(fifo)])
    both = {"servers": start("servers"), "runner": start("runner", workload, RUNNER_JOB_UID="uid")}
    server = int(fifo.read_text(encoding="ascii"))

    for name in sorted(both, reverse=first == "servers"):
        both[name].terminate()

    code, log = end_of(both["runner"])
    assert code == Exit.TERMINATED, log
    end_of(both["servers"])
    assert ended(server, 0)
    assert is_open(workload, "uid")
