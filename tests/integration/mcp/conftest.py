"""Surroundings of servers, and servers that listen for HTTP."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.mcp.harness import SERVERS, free_port, listening
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.core.allow import Allow

EVERYTHING = "@modelcontextprotocol/server-everything@2026.8.31"


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    """A working directory and an envFile root of the test's own."""
    root, work = tmp_path / "env", tmp_path / "work"
    root.mkdir()
    work.mkdir()
    base = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    return Surroundings(base_env=base, env_file_root=root, work_dir=work, allow=Allow(everything=True))


@pytest.fixture(scope="session")
def everything() -> tuple[str, ...]:
    """The command of npm's server-everything, installed once per machine."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        if os.environ.get("CI"):
            raise RuntimeError("node and npm are needed for the servers that npm has")
        pytest.skip("needs node and npm")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mcp-jobs-tests" / EVERYTHING
    script = home / "node_modules/@modelcontextprotocol/server-everything/dist/index.js"
    if not script.exists():
        home.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--prefix", str(home), "--no-audit", "--no-fund", "--silent", EVERYTHING]
        subprocess.run(command, check=True, timeout=100)
    return node, str(script)


@pytest.fixture(scope="module")
def streamable_url(everything: tuple[str, ...]) -> Iterator[str]:
    """A server of the older protocol over streamable HTTP."""
    port = free_port()
    with listening([*everything, "streamableHttp"], port):
        yield f"http://127.0.0.1:{port}/mcp"


@pytest.fixture(scope="module")
def sse_url(everything: tuple[str, ...]) -> Iterator[str]:
    """A server of the older protocol over SSE."""
    port = free_port()
    with listening([*everything, "sse"], port):
        yield f"http://127.0.0.1:{port}/sse"


@pytest.fixture(scope="module")
def modern_url() -> Iterator[str]:
    """A server of the modern protocol over streamable HTTP."""
    port = free_port()
    with listening([sys.executable, str(SERVERS / "modern_http.py"), str(port)], port):
        yield f"http://127.0.0.1:{port}/mcp"
