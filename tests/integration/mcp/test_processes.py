"""No process of a server outlives its message, however it behaves."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from integration.local.ended import ended
from integration.mcp.harness import SERVERS, call, scripted, stdio
from mcp_jobs.adapters.mcp.launch import Launch
from mcp_jobs.adapters.mcp.limits import Limits, Surroundings
from mcp_jobs.adapters.mcp.process import ServerProcess
from mcp_jobs.adapters.mcp.work import run_message
from mcp_jobs.core.envelope import Call
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.servers import Server


class Started:
    """A message whose server writes its pids to a FIFO once it runs."""

    def __init__(self, surroundings: Surroundings, fifo: Path) -> None:
        self.fifo = fifo
        self.pids: list[int] = []
        self.report: WorkReport | None = None
        self._surroundings = surroundings

    async def run(self, server: Server, calls: Sequence[Call] = (), seconds: float = 60) -> None:
        """Run the message to its end."""
        limits = Limits(server_start_seconds=seconds)
        self.report = await run_message([server], calls, limits=limits, surroundings=self._surroundings)

    async def learn_pids(self) -> None:
        """Wait until the server has told its pids."""
        text = await anyio.to_thread.run_sync(partial(self.fifo.read_text, encoding="ascii"))
        self.pids = [int(pid) for pid in text.split()]
        assert self.left()

    def left(self) -> list[int]:
        """The processes that still run."""
        assert self.pids
        return [pid for pid in self.pids if not ended(pid, 0)]


@pytest.fixture
def started(surroundings: Surroundings, tmp_path: Path) -> Started:
    """A message to start, with its FIFO."""
    os.mkfifo(tmp_path / "pids")
    return Started(surroundings, tmp_path / "pids")


def stubborn(started: Started) -> Server:
    """A server that ignores all but SIGKILL."""
    return stdio("stubborn", str(SERVERS / "stubborn.py"), str(started.fifo))


def test_a_server_that_ignores_sigterm_is_killed(started: Started) -> None:
    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(started.run, stubborn(started), (), 2)
            await started.learn_pids()

    anyio.run(main)
    assert started.left() == []
    assert started.report is not None
    assert started.report.failure is not None
    assert started.report.failure.kind is FailureClass.TIMEOUT


def test_what_a_server_forked_ends_with_it_though_the_server_ended_in_order(started: Started) -> None:
    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(
                started.run, scripted("parent", f"--fork={started.fifo}"), [call("parent", "echo")]
            )
            await started.learn_pids()

    anyio.run(main)
    assert len(started.pids) == 2
    assert started.left() == []
    assert started.report is not None
    assert started.report.failure is None


def test_a_server_has_ended_even_if_what_it_forked_keeps_its_stdout_open(started: Started) -> None:
    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(
                started.run, scripted("parent", f"--fork={started.fifo}"), [call("parent", "die")]
            )
            await started.learn_pids()

    anyio.run(main)
    assert started.left() == []
    assert started.report is not None
    assert started.report.failure is not None
    assert "its server ended with exit code 3" in started.report.failure.message
    assert started.report.calls[0].duration_ms < 10_000  # far from the call's own 120 s


@pytest.mark.parametrize("moment", ["start", "call"])
def test_cancelling_the_work_ends_its_processes(started: Started, moment: str) -> None:
    server, calls = stubborn(started), []
    if moment == "call":
        server, calls = scripted("parent", f"--fork={started.fifo}"), [call("parent", "hang")]

    async def main() -> bool:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(started.run, server, calls)
                await started.learn_pids()
                scope.cancel()
        assert started.left() == []
        return scope.cancelled_caught

    assert anyio.run(main)
    assert started.report is None


def test_a_process_that_nobody_could_stop_in_order_is_killed_at_once(
    started: Started, tmp_path: Path
) -> None:
    argv = (sys.executable, str(SERVERS / "stubborn.py"), str(started.fifo))
    process = ServerProcess(Launch(argv=argv, env={}, cwd=tmp_path))
    anyio.run(started.learn_pids)
    process.close()
    assert started.left() == []
