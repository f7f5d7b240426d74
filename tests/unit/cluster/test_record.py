import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cluster.record import Record, command_line, end

_FOREVER = "import signal; print(flush=True); signal.pause()"
_STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); print(flush=True)\nwhile True: signal.pause()"


def _start(program: str) -> "subprocess.Popen[bytes]":
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert child.stdout
    child.stdout.readline()
    return child


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    with _start(_FOREVER) as child:
        yield child
        child.kill()


def _record(child: "subprocess.Popen[bytes]") -> Record:
    found = Record.of(child.pid, command_line(child.pid))
    assert found is not None
    return found


def test_a_process_is_known_again_from_its_file(child: "subprocess.Popen[bytes]", tmp_path: Path) -> None:
    _record(child).write(tmp_path / "it.json")
    found = Record.read(tmp_path / "it.json")
    assert found is not None
    assert found == _record(child)
    assert found.alive


def test_a_file_that_is_not_there_or_half_written_records_nothing(tmp_path: Path) -> None:
    (tmp_path / "half.json").write_text('{"pid": 1')
    assert Record.read(tmp_path / "none.json") is None
    assert Record.read(tmp_path / "half.json") is None


def test_another_process_with_the_same_pid_is_not_taken_for_it_nor_killed(
    child: "subprocess.Popen[bytes]",
) -> None:
    record = _record(child)
    later, other = replace(record, started=record.started + 1), replace(record, command=("kubelet",))
    assert not later.alive
    assert not other.alive
    end([later, other], seconds=0.0)
    assert record.alive


def test_it_is_known_while_it_still_is_the_program_that_enters_the_node(
    child: "subprocess.Popen[bytes]",
) -> None:
    record = _record(child)
    assert replace(record, command=record.command[1:]).alive


def test_it_is_known_in_the_moment_in_which_it_becomes_another_program(
    child: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    record = _record(child)
    monkeypatch.setattr("cluster.record.command_line", lambda pid: ())
    assert record.alive


def test_ending_is_gentle_first(child: "subprocess.Popen[bytes]") -> None:
    end([_record(child)], seconds=30.0)
    assert child.wait(10.0) == -signal.SIGTERM


def test_what_ignores_the_gentle_way_is_killed() -> None:
    with _start(_STUBBORN) as child:
        record = _record(child)
        end([record], seconds=0.1)
        assert child.wait(10.0) == -signal.SIGKILL
        assert not record.alive


def test_a_process_that_has_ended_but_nobody_has_asked_for_is_not_alive(
    child: "subprocess.Popen[bytes]",
) -> None:
    record = _record(child)
    child.kill()
    assert record.wait(10.0)
    assert not record.alive
