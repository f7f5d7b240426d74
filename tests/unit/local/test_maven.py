"""Downloading jars, with a Maven repository made of Python."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.local import maven
from mcp_jobs.local.pins import Jar

JAR = Jar(hashlib.sha256(b"content").hexdigest(), "org/example/a/1/a-1.jar")


class FakeMaven:
    """A Maven of one artifact: each download does the next thing of `answers`."""

    def __init__(self, cached_path: Path, answers: list[Callable[[], bytes]]) -> None:
        self.cached_path = cached_path
        self.answers = answers

    def project(self, group: str, artifact: str) -> "FakeMaven":
        assert (group, artifact) == ("org.example", "a")
        return self

    def at_version(self, version: str) -> "FakeMaven":
        assert version == "1"
        return self

    def artifact(self) -> "FakeMaven":
        return self

    def resolve(self) -> Path:
        if not self.cached_path.exists():
            answer = self.answers.pop(0)
            self.cached_path.parent.mkdir(parents=True, exist_ok=True)
            self.cached_path.write_bytes(b"half")
            self.cached_path.write_bytes(answer())
        return self.cached_path


def good() -> bytes:
    return b"content"


def other() -> bytes:
    return b"other"


def reset() -> bytes:
    raise ConnectionResetError("Connection reset by peer")


def untrusted() -> bytes:
    if "REQUESTS_CA_BUNDLE" not in os.environ:
        raise OSError("SSLError: CERTIFICATE_VERIFY_FAILED")
    return b"content"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between attempts, and an environment that says nothing about certificates."""
    monkeypatch.setattr("mcp_jobs.local.maven.time.sleep", lambda _: None)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


def fetch(monkeypatch: pytest.MonkeyPatch, directory: Path, *answers: Callable[[], bytes]) -> list[str]:
    said: list[str] = []
    fake = FakeMaven(directory / "repository" / "a-1.jar", list(answers))
    monkeypatch.setattr(maven, "_maven", lambda _: fake)
    maven.fetch_jars([JAR], directory, said.append)
    assert fake.answers == []
    return said


def test_a_jar_is_put_into_the_directory_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert fetch(monkeypatch, tmp_path, good) == ["Downloading Kafka 4.3.1 (1 jars, about 45 MB, once)"]
    assert [file.name for file in tmp_path.iterdir()] == ["a-1.jar"]
    assert (tmp_path / "a-1.jar").read_bytes() == b"content"


def test_a_broken_download_is_tried_again_from_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fetch(monkeypatch, tmp_path, reset, other, good)
    assert (tmp_path / "a-1.jar").read_bytes() == b"content"


def test_without_a_network_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(LocalPlatformError, match=r"can't be downloaded: a-1.jar failed \(Connection reset"):
        fetch(monkeypatch, tmp_path, reset, reset, reset)


def test_another_file_under_the_jars_name_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(LocalPlatformError, match=r"a-1.jar came as another file"):
        fetch(monkeypatch, tmp_path, other, other, other)


def test_certificates_of_the_machine_are_tried_when_those_of_requests_dont_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(maven, "_system_certificates", lambda: "/etc/authorities.pem")
    fetch(monkeypatch, tmp_path, untrusted, untrusted)
    assert (tmp_path / "a-1.jar").read_bytes() == b"content"
    assert "REQUESTS_CA_BUNDLE" not in os.environ


def test_certificates_that_the_user_chose_are_the_only_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE", "/etc/chosen.pem")
    with pytest.raises(LocalPlatformError, match="CERTIFICATE_VERIFY_FAILED"):
        fetch(monkeypatch, tmp_path, untrusted)
