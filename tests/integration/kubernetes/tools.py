"""Where binaries of others are. scripts/tool builds those that are missing."""

import subprocess
import sys
from pathlib import Path

_SCRIPT = Path(__file__).parents[3] / "scripts" / "tool"
_ALWAYS = ("etcd", "kube-apiserver")


class ToolsMissing(Exception):
    """Raised when something can't be built; the sentence says what is needed."""


def tools(*more: str) -> dict[str, Path]:
    """The paths of etcd, kube-apiserver and more. What it builds is told on standard error."""
    return built(*_ALWAYS, *more)


def built(*names: str) -> dict[str, Path]:
    """The paths of these binaries."""
    with subprocess.Popen(
        [str(_SCRIPT), *names], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as script:
        assert script.stdout
        assert script.stderr
        said = ""
        for said in script.stderr:
            print(said, end="", file=sys.stderr, flush=True)
        paths = script.stdout.read().splitlines()
    if script.returncode:
        raise ToolsMissing(said.strip() or f"{_SCRIPT.name} failed with {script.returncode}")
    return dict(zip(names, map(Path, paths), strict=True))
