"""Where envFile is looked up, and what of it reaches a server."""

import os
from pathlib import Path

import pytest

from mcp_jobs.adapters.mcp.environment import environment
from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.adapters.mcp.secret_files import FILE_BYTES
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.servers import Server, Transport


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The directory of envFiles, laid out as Kubernetes mounts a Secret, and a file beside it."""
    versions = tmp_path / "env" / "..2026_01"
    versions.mkdir(parents=True)
    (versions / "token").write_text("TOKEN=abc\n", encoding="utf-8")
    (tmp_path / "env" / "..data").symlink_to("..2026_01")
    (tmp_path / "env" / "token").symlink_to("..data/token")
    (tmp_path / "outside").write_text("SECRET=xyz\n", encoding="utf-8")
    return tmp_path / "env"


def read(root: Path, env_file: str | None, **env: str) -> dict[str, str]:
    """The environment of a server with this envFile and env."""
    server = Server(name="s", transport=Transport.STDIO, command="c", env=env, env_file=env_file)
    return environment(server, Surroundings(base_env={"PATH": "/bin"}, env_file_root=root, work_dir=root))


def refusal(root: Path, env_file: str) -> str:
    """Why this envFile is refused."""
    with pytest.raises(Fault) as caught:
        read(root, env_file)
    assert (caught.value.kind, caught.value.retriable) == (FailureClass.REFUSED, False)
    assert "xyz" not in caught.value.what
    return caught.value.what


def test_nothing_is_there_but_the_base_and_the_entry(root: Path) -> None:
    assert read(root, None, A="1") == {"PATH": "/bin", "A": "1"}


def test_a_file_is_found_through_the_links_of_a_mounted_secret(root: Path) -> None:
    assert read(root, "token") == {"PATH": "/bin", "TOKEN": "abc"}


def test_the_entry_goes_before_the_file(root: Path) -> None:
    assert read(root, "token", TOKEN="mine")["TOKEN"] == "mine"


def test_values_are_taken_as_they_are(root: Path) -> None:
    text = "\ufeffA=${PATH}\nB='it''s'\nC\nexport D=\"x y\" # note\n"
    (root / "odd").write_text(text, encoding="utf-8")
    values = read(root, "odd")
    assert values["A"] == "${PATH}"
    assert values["D"] == "x y"
    assert "C" not in values


@pytest.mark.parametrize("name", ["../outside", "sub/../../outside", "..", "token/../token"])
def test_parent_directories_are_refused(root: Path, name: str) -> None:
    assert "'..' is not allowed" in refusal(root, name)


def test_an_absolute_name_is_refused_wherever_it_leads(root: Path) -> None:
    for name in (str(root.parent / "outside"), "/proc/self/environ", str(root / "token")):
        assert "write it as <secret>/<key>" in refusal(root, name)


def test_a_link_that_leads_out_is_refused(root: Path) -> None:
    (root / "link").symlink_to("../outside")
    assert "leads out of" in refusal(root, "link")
    (root / "loop").symlink_to("loop")
    assert "Too many levels" in refusal(root, "loop")


def test_what_is_no_regular_file_is_refused_without_waiting_for_it(root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert "not a regular file" in refusal(root, "pipe")
    assert "can't be read" in refusal(root, ".") or "not a regular file" in refusal(root, ".")


@pytest.mark.parametrize("name", ["nothing", "token/inner", "a\0b", "x" * 5000])
def test_what_can_not_be_found_is_refused(root: Path, name: str) -> None:
    assert "can't be read" in refusal(root, name)


def test_a_root_that_is_not_mounted_is_refused(root: Path) -> None:
    assert "No such file or directory" in refusal(root / "elsewhere", "token")


def test_a_file_that_is_too_long_or_no_text_is_refused(root: Path) -> None:
    (root / "long").write_text("A=" + "x" * FILE_BYTES, encoding="utf-8")
    assert "is longer than" in refusal(root, "long")
    (root / "binary").write_bytes(b"A=xyz\xff\xfe\n")
    assert "not a UTF-8 text file" in refusal(root, "binary")
