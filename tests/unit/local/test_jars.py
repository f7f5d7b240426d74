"""The cache of Kafka's jars, with small files in place of jars."""

import hashlib
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.local.jars import install_jars, jars_directory
from mcp_jobs.local.lock import Say
from mcp_jobs.local.pins import Jar

CONTENT = {"a": b"first", "b": b"second"}
JARS = [Jar(hashlib.sha256(text).hexdigest(), f"org/{n}/1/{n}-1.jar") for n, text in CONTENT.items()]


class Repository:
    """Stands for the network: gives the jars, or `instead` of the first one, and counts how often."""

    def __init__(self, instead: bytes | None = None) -> None:
        self.instead = instead
        self.fetched = 0

    def fetch(self, jars: Sequence[Jar], directory: Path, say: Say) -> None:
        self.fetched += 1
        say("Downloading")
        for jar, text in zip(jars, CONTENT.values(), strict=True):
            (directory / jar.name).write_bytes(text)
        if self.instead is not None:
            (directory / jars[0].name).write_bytes(self.instead)


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "mcp-jobs" / "kafka"


def install(repository: Repository, said: list[str] | None = None) -> Path:
    return install_jars((said if said is not None else []).append, jars=JARS, fetch=repository.fetch)


def test_jars_are_downloaded_once_into_the_users_cache(cache: Path) -> None:
    repository, said = Repository(), list[str]()
    directory = install(repository, said)
    assert directory.parent == cache
    assert {file.name for file in directory.glob("*.jar")} == {"a-1.jar", "b-1.jar"}
    assert install(repository, said) == directory
    assert repository.fetched == 1
    assert said == ["Downloading"]


def test_a_jar_that_isnt_the_pinned_one_is_refused_and_nothing_is_kept(cache: Path) -> None:
    with pytest.raises(LocalPlatformError, match="not the ones that were pinned"):
        install(Repository(instead=b"forged"))
    assert [entry.suffix for entry in cache.iterdir()] == [".lock"]


def test_a_download_that_breaks_off_leaves_nothing(cache: Path) -> None:
    def break_off(jars: Sequence[Jar], directory: Path, say: Say) -> None:
        (directory / jars[0].name).write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install_jars(jars=JARS, fetch=break_off)
    assert [entry.suffix for entry in cache.iterdir()] == [".lock"]


@pytest.mark.parametrize("damage", [b"shorter", b"f1rst", None])
def test_a_damaged_jar_in_the_cache_is_downloaded_again(damage: bytes | None) -> None:
    repository = Repository()
    jar = install(repository) / "a-1.jar"
    if damage is None:
        jar.unlink()
    else:
        jar.write_bytes(damage)
        os.utime(jar, ns=(1, 1))
    install(repository)
    assert repository.fetched == 2
    assert jar.read_bytes() == b"first"


def test_a_cache_that_was_copied_is_hashed_and_stamped_anew() -> None:
    repository = Repository()
    directory = install(repository)
    for file in directory.iterdir():
        os.utime(file, ns=(1, 1))
    stamp = (directory / "verified").read_text()
    install(repository)
    assert repository.fetched == 1
    assert (directory / "verified").read_text() != stamp


def test_two_first_runs_at_once_download_once(cache: Path) -> None:
    started, go = threading.Event(), threading.Event()
    repository, waiting = Repository(), threading.Event()

    def slow(jars: Sequence[Jar], directory: Path, say: Say) -> None:
        started.set()
        assert go.wait(20)
        repository.fetch(jars, directory, say)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(install_jars, jars=JARS, fetch=slow)
        assert started.wait(20)
        second = pool.submit(install_jars, lambda _: waiting.set(), jars=JARS, fetch=repository.fetch)
        assert waiting.wait(20)
        go.set()
        assert first.result(20) == second.result(20) == jars_directory(JARS)
    assert repository.fetched == 1


def test_other_pins_have_another_directory() -> None:
    assert jars_directory(JARS) != jars_directory(JARS[:1])
