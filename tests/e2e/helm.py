"""Helm as people run it."""

import json
import os
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CHART = "charts/mcp-jobs"
#: seconds; Helm's own deadlines are shorter
_LIMIT = 900


class HelmError(Exception):
    """Helm failed; the text is what it said."""


@cache
def binary() -> str:
    """The path of Helm's binary."""
    return run([str(ROOT / "scripts" / "helm"), "--path"]).strip()


def helm(*arguments: str, values: Mapping[str, Any] | None = None) -> str:
    """Run Helm at the root of the checkout and return what it printed. Raises HelmError."""
    given = ["--values", "-"] if values is not None else []
    return run([binary(), *arguments, *given], text=None if values is None else json.dumps(values))


def run(command: list[str], *, text: str | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run a command at the root of the checkout and return what it printed. Raises HelmError."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
        env={**os.environ, **(env or {})},
    )
    if done.returncode:
        raise HelmError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout
