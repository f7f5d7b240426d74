"""Kafka's jars in the user's cache: downloaded once, checked at every start."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.local.lock import Say, file_lock, silent
from mcp_jobs.local.maven import fetch_jars
from mcp_jobs.local.pins import KAFKA_VERSION, Jar, pinned_jars

Fetch = Callable[[Sequence[Jar], Path, Say], None]

_STAMP = "verified"
_LOCK_SECONDS = 600.0


def cache_home() -> Path:
    """Return the user's cache directory for mcp-jobs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mcp-jobs"


def jars_directory(jars: Sequence[Jar]) -> Path:
    """Return the directory of exactly these jars: other pins, another directory."""
    pins = hashlib.sha256("".join(jar.sha256 for jar in jars).encode()).hexdigest()
    return cache_home() / "kafka" / f"{KAFKA_VERSION}-{pins[:8]}"


def install_jars(say: Say = silent, *, jars: Sequence[Jar] | None = None, fetch: Fetch = fetch_jars) -> Path:
    """Return the directory of the jars, which are downloaded first when they aren't there or aren't intact.

    Raises:
        LocalPlatformError: They can't be downloaded, or what came isn't what was pinned.
    """
    wanted = pinned_jars() if jars is None else jars
    directory = jars_directory(wanted)
    if not _intact(directory, wanted):
        with file_lock(directory.with_name(f"{directory.name}.lock"), _LOCK_SECONDS, say):
            if not _intact(directory, wanted):
                _install(directory, wanted, fetch, say)
    return directory


def _intact(directory: Path, jars: Sequence[Jar]) -> bool:
    """Compare sizes and times with the stamp; where they differ, or there is no stamp, hash every jar."""
    if not all((directory / jar.name).is_file() for jar in jars):
        return False
    stamp, seen = directory / _STAMP, _seen(directory, jars)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == seen:
        return True
    if not all(jar.matches(directory / jar.name) for jar in jars):
        return False
    stamp.write_text(seen, encoding="utf-8")
    return True


def _seen(directory: Path, jars: Sequence[Jar]) -> str:
    states = [(directory / jar.name).stat() for jar in jars]
    lines = [f"{s.st_size} {s.st_mtime_ns} {jar.name}\n" for s, jar in zip(states, jars, strict=True)]
    return "".join(lines)


def _install(directory: Path, jars: Sequence[Jar], fetch: Fetch, say: Say) -> None:
    # The directory appears under its name only when all of it is there, so no process ever sees half of it.
    fresh = Path(tempfile.mkdtemp(prefix=f"{directory.name}.", dir=directory.parent))
    try:
        fetch(jars, fresh, say)
        if not _intact(fresh, jars):
            raise LocalPlatformError("The jars of Kafka as downloaded are not the ones that were pinned.")
        shutil.rmtree(directory, ignore_errors=True)
        fresh.rename(directory)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
