"""The lock between processes."""

from pathlib import Path

import pytest

from mcp_jobs.core.errors import LocalPlatformError
from mcp_jobs.local.lock import file_lock


def test_a_lock_can_be_taken_again_once_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lock"
    for _ in range(2):
        with file_lock(path, seconds=0):
            assert path.exists()


def test_whoever_waits_too_long_is_told_so(tmp_path: Path) -> None:
    path, said = tmp_path / "lock", list[str]()
    with (
        file_lock(path, seconds=0),
        pytest.raises(LocalPlatformError, match=r"Another process has held .*lock for more than 0 s"),
        file_lock(path, seconds=0, say=said.append),
    ):
        pass
    assert said == ["Another process is preparing Kafka: waiting for it"]
