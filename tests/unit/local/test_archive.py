"""The archive of classes, with a Java that only writes files."""

from pathlib import Path

import pytest

from mcp_jobs.local.archive import archive_flags
from mcp_jobs.local.installation import Installation
from mcp_jobs.local.java import Java


def kafka(tmp_path: Path, major: int) -> Installation:
    java = tmp_path / "java"
    if not java.exists():
        java.touch()
    return Installation(Java(java, major), tmp_path, ())


def rehearse(flag: str) -> None:
    Path(flag.partition("=")[2]).write_bytes(b"classes")


def never(flag: str) -> None:
    raise AssertionError(f"rehearsed with {flag}")


@pytest.mark.parametrize(
    ("major", "option"), [(17, "SharedArchiveFile"), (24, "SharedArchiveFile"), (25, "AOTCache")]
)
def test_an_archive_is_made_once_and_used_ever_after(tmp_path: Path, major: int, option: str) -> None:
    said: list[str] = []
    (flag,) = archive_flags(kafka(tmp_path, major), rehearse, said.append)
    name, _, archive = flag.partition("=")
    assert name == f"-XX:{option}"
    assert Path(archive).read_bytes() == b"classes"
    assert archive_flags(kafka(tmp_path, major), never, said.append) == (flag,)
    assert said == ["Preparing Kafka for quick starts (once)"]


def test_a_java_that_cant_make_one_is_asked_once(tmp_path: Path) -> None:
    asked: list[str] = []
    assert archive_flags(kafka(tmp_path, 17), asked.append, asked.append) == ()
    assert archive_flags(kafka(tmp_path, 17), never, never) == ()


def test_every_java_has_an_archive_of_its_own(tmp_path: Path) -> None:
    first = archive_flags(kafka(tmp_path, 17), rehearse, lambda _: None)
    assert archive_flags(kafka(tmp_path, 21), rehearse, lambda _: None) != first
