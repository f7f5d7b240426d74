"""The end of a local run as a person sees it: the outcomes, the dead letters, the sums."""

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mcp_jobs.core.dead_letter import DeadLetter
from mcp_jobs.local.board import Board, Outcome, succeeded
from mcp_jobs.local.platform import Platform
from mcp_jobs.local.view import plain, plural, reason_of, seconds, servers_of

#: characters of a reason in the table of outcomes; the dead letters show all of it
_REASON = 110
#: messages without an outcome that are named
_NAMED = 10
#: rows of the table, and dead letters, that a person may want to read
_MOST = 100


def summary(platform: Platform, dead_letters_topic: str, took: float) -> RenderableType:
    """All of it. `took` is milliseconds."""
    board = platform.board
    parts: list[RenderableType] = [table(board)]
    if board.dead_letters:
        parts += [dead_letters(board, dead_letters_topic), ""]
    return Group(*parts, *_complaints(board), _sums(platform, took))


def _complaints(board: Board) -> Iterator[Text]:
    if board.missing:
        names = ", ".join(plain(board.sources[place], 60) for place in board.missing[:_NAMED])
        more = " and others" if len(board.missing) > _NAMED else ""
        count = plural(len(board.missing), "message")
        yield Text(f"{count} had no outcome when the time was over: {names}{more}", "red")
    if board.repeated:
        yield Text(f"{plural(board.repeated, 'outcome')} too many. That must never happen: report it", "red")


def _sums(platform: Platform, took: float) -> Text:
    board, empty = platform.board, platform.empty_jobs
    jobs = plural(len(platform.scaledjob.created), "Job") + (f", {empty} without a message" if empty else "")
    return Text.assemble(
        f"{plural(len(board.sources), 'message')}: ",
        (f"{board.succeeded} succeeded", "green" if board.succeeded else ""),
        ", ",
        (f"{board.failed} failed", "red" if board.failed else ""),
        f", lag {platform.lag}. ",
        (f"{jobs}, in {seconds(took)}.", "dim"),
    )


def table(board: Board) -> Table:
    """The outcomes, in the order of the messages."""
    found = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    found.add_column("jobId", overflow="fold", max_width=36)
    found.add_column("status")
    found.add_column("attempt", justify="right")
    found.add_column("time", justify="right", no_wrap=True)
    found.add_column("servers", justify="right")
    found.add_column("error" if board.failed else "", overflow="fold", ratio=1)
    for outcome in _worth_a_row(board):
        good = succeeded(outcome)
        found.add_row(
            Text(plain(outcome["jobId"], 120)),
            Text(outcome["status"], "green" if good else "red"),
            Text(str(outcome["attempt"]), "yellow" if outcome["attempt"] > 1 else ""),
            seconds(outcome["durationMs"]),
            servers_of(outcome),
            Text(plain(reason_of(outcome), _REASON), "red"),
        )
    left_out = len(board.outcomes) - found.row_count
    if left_out:
        found.caption = f"{left_out:,} more, which --json lists"
        found.caption_justify = "left"
    return found


def _worth_a_row(board: Board) -> list[Outcome]:
    """All outcomes; of very many, those that did not go smoothly, and no more than a person reads."""
    outcomes = board.in_order()
    if len(outcomes) > _MOST:
        outcomes = [o for o in outcomes if o["attempt"] > 1 or not succeeded(o)]
    return outcomes[:_MOST]


def dead_letters(board: Board, topic: str) -> RenderableType:
    """Each dead letter with its reason; where it came from helps where the message has no id."""
    lines: list[RenderableType] = [
        Text(f"{plural(len(board.dead_letters), 'dead letter')} in {plain(topic)}:", "bold")
    ]
    places = [place for place in board.sources if place in board.dead_letters]
    for place in places[:_MOST]:
        lines += _dead_letter(board.dead_letters[place], plain(board.sources[place], 60))
    if len(places) > _MOST:
        lines.append(Text(f"  and {len(places) - _MOST:,} more", "dim"))
    return Group(*lines)


def _dead_letter(dead: DeadLetter, source: str) -> list[RenderableType]:
    attempts, place = plural(dead.attempts, "attempt"), dead.place
    found = f" (from {source}, partition {place.partition} offset {place.offset})"
    what = Text.assemble(plain(dead.job_id, 60), (f": {dead.kind}, {attempts}", "yellow"), (found, "dim"))
    return [Padding(what, (0, 2)), Padding(Text(plain(dead.reason), "red"), (0, 4))]
