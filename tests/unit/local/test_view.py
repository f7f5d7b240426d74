"""What a person sees: sane widths, no harm from names that others chose."""

from typing import Any

import pytest
from rich.console import Console, RenderableType

from mcp_jobs.core.dead_letter import DeadLetter
from mcp_jobs.core.record import Place
from mcp_jobs.local.board import Board
from mcp_jobs.local.summary import dead_letters, table
from mcp_jobs.local.view import line_of, plain, plural, seconds, servers_of

EVIL = "\x1b[31m\x07[bold]job[/]\u202e\nsecond line"


def outcome(offset: int = 0, **fields: Any) -> dict[str, Any]:
    common = {"jobId": f"job-{offset}", "status": "succeeded", "attempt": 1, "partition": 0, "offset": offset}
    return {**common, "durationMs": 1234, "servers": [], "error": None, "job": {"uid": "u"}, **fields}


def failure(offset: int = 0, message: str = "it broke") -> dict[str, Any]:
    return outcome(offset, status="failed", error={"class": "spawn", "message": message})


def board_of(*outcomes: dict[str, Any]) -> Board:
    board = Board()
    board.expect({Place(0, o["offset"]): f"file #{o['offset']}" for o in outcomes})
    for found in outcomes:
        board.add_outcome(found)
    return board


def shown(what: RenderableType, width: int = 100) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(what)
    return capture.get()


def test_control_characters_are_shown_as_replacements_on_one_line() -> None:
    assert plain(EVIL) == "�[31m�[bold]job[/]� second line"


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert plain("x" * 30, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(0, "0.0 s"), (1260, "1.3 s"), (59_940, "59.9 s"), (125_000, "2 min 5 s")]
)
def test_durations_are_short(milliseconds: int, text: str) -> None:
    assert seconds(milliseconds) == text


def test_a_count_has_its_plural() -> None:
    assert [plural(n, "Job") for n in (0, 1, 2, 3000)] == ["0 Jobs", "1 Job", "2 Jobs", "3,000 Jobs"]


@pytest.mark.parametrize(
    ("states", "text"),
    [
        ((), "-"),
        (("initialized", "failed"), "1/2"),
        (("initialized", "disabled"), "1/1"),
        (("disabled",), "-"),
    ],
)
def test_servers_are_counted_without_the_disabled_ones(states: tuple[str, ...], text: str) -> None:
    assert servers_of(outcome(servers=[{"status": state} for state in states])) == text


@pytest.mark.parametrize("width", [80, 100])
def test_the_table_keeps_within_the_width_whatever_is_in_it(width: int) -> None:
    board = board_of(outcome(0, jobId=EVIL * 9), failure(1, "long " * 400), outcome(2))
    text = shown(table(board), width)
    assert max(map(len, text.splitlines())) <= width
    assert not [c for c in text if not c.isprintable() and c != "\n"]
    assert "[bold]" in text


def test_the_table_is_in_the_order_of_the_messages() -> None:
    board = Board()
    board.expect({Place(0, 1): "a", Place(0, 0): "b"})
    board.add_outcome(outcome(0))
    board.add_outcome(failure(1))
    text = shown(table(board))
    assert text.index("job-1") < text.index("job-0")


def test_of_very_many_outcomes_the_smooth_ones_are_only_counted() -> None:
    board = board_of(*(outcome(n) for n in range(150)), failure(150), outcome(151, attempt=2))
    text = shown(table(board))
    assert "job-150" in text
    assert "job-151" in text
    assert "job-149" not in text
    assert "150 more, which --json lists" in text


def test_a_dead_letter_is_shown_with_its_source_and_its_whole_reason() -> None:
    board = board_of(failure(7))
    board.add_dead_letter(
        DeadLetter(job_id="job-7", kind="spawn", reason="r" * 300, attempts=3, place=Place(0, 7))
    )
    text = shown(dead_letters(board, "jobs.dead-letters"))
    assert "1 dead letter in jobs.dead-letters:" in text
    assert "job-7: spawn, 3 attempts (from file #7, partition 0 offset 7)" in text
    assert "r" * 300 in "".join(text.split())


def test_an_outcome_is_one_line() -> None:
    line = line_of(failure(3, "it\nbroke"), "1/2").plain
    assert line == "    1/2  failed     job-3  1.2 s  it broke"


def test_a_second_attempt_is_named_in_the_line() -> None:
    assert line_of(outcome(attempt=2), "1/2").plain.endswith("1.2 s  attempt 2")


def test_messages_of_others_are_left_out_of_the_board() -> None:
    board = board_of(outcome(0))
    assert not board.add_outcome(outcome(5))
    assert len(board.outcomes) == 1


def test_a_second_outcome_of_a_message_is_counted() -> None:
    board = board_of(outcome(0))
    assert not board.add_outcome(failure(0))
    assert (board.repeated, board.succeeded, board.failed) == (1, 1, 0)
