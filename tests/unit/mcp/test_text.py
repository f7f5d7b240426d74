"""Text of servers, made safe to show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_jobs.adapters.mcp.text import clean, excerpt, named, tail


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\x00b\x08c\x7f", "abc"),
        ("one\r\n\ttwo", "one two"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("\x1b(Bplain\x1bM", "plain"),
        ("grüße 漢字", "grüße 漢字"),
    ],
)
def test_only_what_can_be_read_stays(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@given(st.text())
def test_nothing_that_moves_a_cursor_gets_through(raw: str) -> None:
    assert clean(raw).replace("\u3000", " ").isprintable() or not raw.isprintable()
    assert "\x1b" not in clean(raw)
    assert "\n" not in clean(raw)


def test_long_text_is_cut_visibly_at_either_end() -> None:
    assert excerpt("x" * 50, 10) == "x" * 9 + "…"
    assert tail(["x" * 50, "end"], 10) == "…xxx | end"
    assert named("a'\n" + "b" * 200) == repr("a' " + "b" * 96 + "…")
