"""An archive of Kafka's classes, from which Java starts it in about half the time."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from mcp_jobs.local.installation import Installation
from mcp_jobs.local.java import Java
from mcp_jobs.local.lock import Say, file_lock

_LOCK_SECONDS = 180.0
_AOT_SINCE = 25


def archive_flags(kafka: Installation, rehearse: Callable[[str], None], say: Say) -> tuple[str, ...]:
    """Return the JVM flags that use the archive, which is made first when this Java has none yet.

    `rehearse` starts a broker with one more JVM flag and stops it: Java writes the archive at that end.
    """
    archive = kafka.directory / f"classes-{_fingerprint(kafka.java)}"
    if not archive.exists():
        with file_lock(archive.with_name(f"{archive.name}.lock"), _LOCK_SECONDS, say):
            if not archive.exists():
                say("Preparing Kafka for quick starts (once)")
                _record(archive, kafka.java, rehearse)
    # An empty file says that this Java can't make one; it needn't be tried again.
    return (_use(archive, kafka.java),) if archive.stat().st_size else ()


def _record(archive: Path, java: Java, rehearse: Callable[[str], None]) -> None:
    fresh = archive.with_name(f"{archive.name}.new")
    fresh.unlink(missing_ok=True)
    flag = "-XX:AOTCacheOutput=" if java.major >= _AOT_SINCE else "-XX:ArchiveClassesAtExit="
    rehearse(f"{flag}{fresh}")
    if not fresh.exists():
        fresh.touch()
    fresh.rename(archive)


def _use(archive: Path, java: Java) -> str:
    # An archive that doesn't fit (another Java under the same name) is ignored by Java itself.
    return f"-XX:{'AOTCache' if java.major >= _AOT_SINCE else 'SharedArchiveFile'}={archive}"


def _fingerprint(java: Java) -> str:
    executable = java.path.resolve()
    state = executable.stat()
    seen = f"{executable} {java.major} {state.st_size} {state.st_mtime_ns}"
    return hashlib.sha256(seen.encode()).hexdigest()[:12]
