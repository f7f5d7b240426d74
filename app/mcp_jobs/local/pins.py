"""The jars Kafka is made of here: names and checksums, pinned in a file beside this one."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

KAFKA_VERSION = "4.3.1"
PINS = Path(__file__).with_name(f"kafka-{KAFKA_VERSION}.sha256")


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned jar. `path` is where a Maven repository keeps it: group, artifact, version, file name."""

    sha256: str
    path: str

    @property
    def name(self) -> str:
        """The file name."""
        return self.path.rpartition("/")[2]

    @property
    def coordinates(self) -> tuple[str, str, str]:
        """Group, artifact and version."""
        *group, artifact, version, _ = self.path.split("/")
        return ".".join(group), artifact, version

    def matches(self, file: Path) -> bool:
        """Whether a file is this very jar. A missing file is not."""
        try:
            with file.open("rb") as content:
                return hashlib.file_digest(content, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False


def parse_pins(text: str) -> tuple[Jar, ...]:
    """Read `sha256  path` lines, the format of sha256sum. Lines that start with # are comments."""
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(Jar(sha256, path) for sha256, path in lines)


def pinned_jars() -> tuple[Jar, ...]:
    """Return the jars this version of mcp-jobs was tested with."""
    return parse_pins(PINS.read_text(encoding="utf-8"))
