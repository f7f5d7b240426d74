"""Kafka as installed on this machine: a Java and the jars."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mcp_jobs.local.jars import install_jars
from mcp_jobs.local.java import Java, find_java
from mcp_jobs.local.lock import Say, silent
from mcp_jobs.local.pins import pinned_jars


@dataclass(frozen=True, slots=True)
class Installation:
    """What runs Kafka. `directory` holds the jars, and what is made from them once and kept."""

    java: Java
    directory: Path
    jars: tuple[Path, ...]

    def command(self, main_class: str, *arguments: str, flags: Sequence[str] = ()) -> list[str]:
        """Return the command line that runs one of Kafka's classes."""
        class_path = ":".join(map(str, self.jars))
        return [str(self.java.path), *flags, "-cp", class_path, main_class, *arguments]


def install(say: Say = silent) -> Installation:
    """Find Java, and download Kafka unless it's there.

    Raises:
        LocalPlatformError: There is no Java, or Kafka can't be downloaded.
    """
    java = find_java()
    directory = install_jars(say)
    return Installation(java, directory, tuple(directory / jar.name for jar in pinned_jars()))
