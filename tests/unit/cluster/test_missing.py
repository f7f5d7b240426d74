import sys

import pytest

from cluster.errors import ClusterError
from cluster.missing import explain, require, require_root


def test_what_is_missing_is_named_with_the_line_that_installs_it() -> None:
    text = explain({"ctr": "containerd", "containerd": "containerd", "runc": "runc"})
    assert "ctr, containerd, runc" in text
    assert text.endswith("apt-get install --no-install-recommends containerd runc")


def test_a_program_that_is_there_is_not_missing() -> None:
    require({"sh": "dash"})


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(ClusterError, match="install --no-install-recommends its-package"):
        require({"no-such-program-anywhere": "its-package"})


def test_another_system_is_told_what_it_can_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(ClusterError, match=r"needs Linux.* --kind"):
        require_root()


def test_a_user_is_told_that_root_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ClusterError, match="needs root"):
        require_root()
