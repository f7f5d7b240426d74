"""The lock files of the image hold what pyproject.toml and requirements/*.in ask for, by hash only."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FILES = ["image", "node", "build"]


def locked(name: str) -> dict[str, str]:
    """The versions in a lock file, by package."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ \\]+)", text, re.MULTILINE))


def wanted(name: str) -> list[Requirement]:
    lines = (ROOT / "requirements" / f"{name}.in").read_text(encoding="utf-8").splitlines()
    asked = [line for line in lines if line and not line.startswith("#")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if name == "image":
        extras = project["project"]["optional-dependencies"]
        asked += [*project["project"]["dependencies"], *extras["admission"], *extras["cli"], *extras["otel"]]
    if name == "build":
        asked += project["build-system"]["requires"]
    return [Requirement(line) for line in asked]


@pytest.mark.parametrize("name", FILES)
def test_whatever_is_asked_for_is_locked_in_a_version_that_fits(name: str) -> None:
    versions = locked(name)
    for requirement in wanted(name):
        version = versions.get(canonicalize_name(requirement.name), "0")
        assert version in requirement.specifier, f"{requirement}: run scripts/lock"


@pytest.mark.parametrize("name", FILES)
def test_every_package_has_a_hash_and_nobody_an_address(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    packages = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(packages) == len(locked(name))
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in text
