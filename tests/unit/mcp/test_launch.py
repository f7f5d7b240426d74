"""The working directory of a server."""

from pathlib import Path

import pytest

from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.adapters.mcp.launch import launch_of
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.servers import Server, Transport


def cwd(work: Path, wish: str | None) -> Path:
    """Where a server with this cwd starts."""
    server = Server(name="s", transport=Transport.STDIO, command="run", args=("-x",), cwd=wish)
    launch = launch_of(server, Surroundings(base_env={}, env_file_root=work, work_dir=work))
    assert launch.argv == ("run", "-x")
    return launch.cwd


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A working directory with one in it, and links in and out."""
    (tmp_path / "work" / "inner").mkdir(parents=True)
    (tmp_path / "work" / "in").symlink_to("inner")
    (tmp_path / "work" / "out").symlink_to("..")
    (tmp_path / "work" / "loop").symlink_to("loop")
    return tmp_path / "work"


@pytest.mark.parametrize(("wish", "found"), [(None, "."), (".", "."), ("inner", "inner"), ("in", "inner")])
def test_a_directory_in_the_working_directory_is_taken(work: Path, wish: str | None, found: str) -> None:
    assert cwd(work, wish) == work / found
    if wish is not None:
        assert cwd(work, str(work / wish)) == work / found


@pytest.mark.parametrize("wish", ["..", "/", "out", "inner/../.."])
def test_a_directory_elsewhere_is_refused(work: Path, wish: str) -> None:
    with pytest.raises(Fault, match="not in the directory") as caught:
        cwd(work, wish)
    assert caught.value.kind is FailureClass.REFUSED


@pytest.mark.parametrize("wish", ["nowhere", "loop", "a\0b", "x" * 5000])
def test_a_directory_that_is_not_there_is_said_so(work: Path, wish: str) -> None:
    with pytest.raises(Fault, match="is no directory in") as caught:
        cwd(work, wish)
    assert (caught.value.kind, caught.value.retriable) == (FailureClass.SPAWN, False)
