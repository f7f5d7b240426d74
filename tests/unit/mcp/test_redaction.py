"""An entry gets its values, and its secrets are hidden: also where only a part of one would be shown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.adapters.mcp.limits import Surroundings
from mcp_jobs.adapters.mcp.redaction import hide_inherited, prepared, redacted_report
from mcp_jobs.adapters.mcp.text import excerpt, named, tail
from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.redact import MARK, redacted, redacting
from mcp_jobs.core.report import CallReport, ServerReport, ServerStatus, WorkReport
from mcp_jobs.core.servers import Server, Transport


@pytest.fixture(autouse=True)
def _message() -> Iterator[None]:
    """Secrets are hidden for one message."""
    with redacting():
        yield


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    """An envFile, a variable that may be asked for, and one that is inherited."""
    (tmp_path / "env").write_text("FILE=file-secret\nURL=redis://:url-secret@h/0\n", encoding="utf-8")
    return Surroundings(
        base_env={"PATH": "/usr/local/bin", "PIP_TOKEN": "inherited-secret"},
        env_file_root=tmp_path,
        work_dir=tmp_path,
        expand={"SHARED": "shared-secret", "UNUSED": "unused-value"},
    )


def server(**fields: Any) -> Server:
    return Server(name="s", transport=Transport.STDIO, command="c", env_file="env", **fields)


def test_a_server_gets_its_values_and_they_are_secret_from_then_on(surroundings: Surroundings) -> None:
    ready = prepared(server(env={"A": "${FILE} ${SHARED}", "API_KEY": "literal-secret"}), surroundings)

    assert ready.env == {"A": "file-secret shared-secret", "API_KEY": "literal-secret"}
    for secret in ("file-secret", "url-secret", "shared-secret", "literal-secret"):
        assert redacted(secret) == MARK
    assert redacted("unused-value") == "unused-value"


def test_an_inherited_variable_with_the_name_of_a_secret_is_one(surroundings: Surroundings) -> None:
    hide_inherited(surroundings)
    assert redacted("/usr/local/bin inherited-secret") == f"/usr/local/bin {MARK}"


def test_a_missing_name_is_refused_for_good(surroundings: Surroundings) -> None:
    with pytest.raises(Fault, match=r"needs \$\{NONE\} for env\.A") as caught:
        prepared(server(env={"A": "${FILE}${NONE}"}), surroundings)
    assert (caught.value.kind, caught.value.retriable) == (FailureClass.REFUSED, False)
    assert "secret" not in caught.value.what


def test_no_half_of_a_secret_is_left_where_a_text_is_cut(surroundings: Surroundings) -> None:
    prepared(server(), surroundings)
    for before in range(20):
        assert "fil" not in excerpt("x" * before + "file-secret and more", limit=20)
        assert "ret" not in tail(["y" * 30, "file-secret" + "x" * before], limit=20)
    assert named("a file-secret") == f"'a {MARK}'"


def test_escapes_within_a_secret_do_not_save_it(surroundings: Surroundings) -> None:
    prepared(server(), surroundings)
    assert excerpt("is \x1b[1mfile\x1b[0m-secret") == f"is {MARK}"


def test_a_report_keeps_its_shape_and_loses_its_secrets(surroundings: Surroundings) -> None:
    prepared(server(), surroundings)
    failure = Failure(kind=FailureClass.TOOL, message="said file-secret", retriable=True)
    report = WorkReport(
        servers=(
            ServerReport(
                name="s",
                transport="stdio",
                status=ServerStatus.INITIALIZED,
                details={"instructions": "use file-secret", "tools": {"names": ["file-secret"], "count": 1}},
                failure=failure,
            ),
        ),
        calls=(
            CallReport(
                server="s", tool="t", duration_ms=1, result={"content": ["file-secret"]}, failure=failure
            ),
        ),
        failure=failure,
    )

    plain = redacted_report(report)

    assert plain.servers[0].details == {"instructions": f"use {MARK}", "tools": {"names": [MARK], "count": 1}}
    assert plain.calls[0].result == {"content": [MARK]}
    assert {f.message for f in (plain.servers[0].failure, plain.calls[0].failure, plain.failure) if f} == {
        f"said {MARK}"
    }
