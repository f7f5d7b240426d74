"""A policy file that changes while it is read."""

from pathlib import Path

import pytest

from mcp_jobs.adapters.policy_file import PolicyFile, read_policy
from mcp_jobs.core.policy import PolicyError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text("caps: {global: 1}", encoding="utf-8")
    return file


def test_a_new_policy_is_taken_over_and_a_bad_one_counts_once(path: Path) -> None:
    errors: list[None] = []
    policy = PolicyFile(path, on_error=lambda: errors.append(None))
    path.write_text("caps: {global: 2}", encoding="utf-8")
    policy.refresh()
    assert policy.policy.caps.release == 2
    for bad in ("caps: [", "caps: {gobal: 3}", "caps: {gobal: 3}"):
        path.write_text(bad, encoding="utf-8")
        policy.refresh()
        policy.refresh()
        assert policy.policy.caps.release == 2
    assert len(errors) == 2
    path.unlink()
    policy.refresh()
    policy.refresh()
    assert len(errors) == 3
    path.write_text("caps: {global: 4}", encoding="utf-8")
    policy.refresh()
    assert policy.policy.caps.release == 4


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("caps: [", "the policy FILE is no YAML: while parsing"),
        ("a: \x01", "the policy FILE is no YAML: unacceptable character"),
        (
            "caps: {global: many}",
            "the policy FILE is not valid: caps.global: Input should be a valid integer",
        ),
    ],
)
def test_without_a_good_policy_there_is_no_start(path: Path, text: str, sentence: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        read_policy(path)
    assert str(caught.value).startswith(sentence.replace("FILE", str(path)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="can't be read: No such file or directory"):
        read_policy(tmp_path / "none.yaml")
