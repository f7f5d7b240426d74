"""The commands of the documentation, run as they stand there: each block below a `<!-- run -->`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.platform.test_cli import COMMAND, environment
from mcp_jobs.local.broker import Broker
from pages.markdown import PAGES, ROOT, runnable

WITH_BLOCKS = [page for page in PAGES if runnable(page)]


@pytest.fixture
def shell(tmp_path: Path, kafka: Broker, topic: str) -> Iterator[dict[str, str]]:
    """The environment of somebody who has the product, and a platform up in another terminal."""
    commands = tmp_path / "bin"
    commands.mkdir()
    program = commands / "mcp-jobs"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mcp_jobs "$@"\n', encoding="ascii")
    program.chmod(0o755)
    path = os.pathsep.join([str(commands), str(Path(sys.executable).parent), os.environ["PATH"]])
    given = {"KAFKA_BROKERS": kafka.bootstrap_servers, "KAFKA_TOPIC": topic}
    variables = environment(PATH=path, PYTHONPATH=os.pathsep.join(sys.path), KUBECONFIG="/none", **given)
    up = [*COMMAND, "local", "up", "--brokers", kafka.bootstrap_servers, "--topic", topic]
    with subprocess.Popen(up, stdout=subprocess.PIPE, text=True, env=variables) as process:
        try:
            assert process.stdout is not None
            while "Runner logs in" not in process.stdout.readline():
                assert process.poll() is None
            yield variables
        finally:
            process.terminate()
            process.communicate(timeout=40)


@pytest.mark.timeout(300)  # a dozen starts of Python, and a Kafka's
@pytest.mark.parametrize("page", WITH_BLOCKS, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_run(page: Path, shell: dict[str, str], tmp_path: Path) -> None:
    for block in runnable(page):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env=shell,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        assert done.stdout


def test_the_quickstart_has_commands_to_run() -> None:
    assert len(runnable(ROOT / "docs" / "quickstart-local.md")) == 3
