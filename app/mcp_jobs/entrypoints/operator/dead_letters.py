"""`mcp-jobs dlq`: which messages failed for good, why, and what is done about them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from mcp_jobs.core import dead_letter
from mcp_jobs.core.envelope import decode
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.marks import Mark
from mcp_jobs.core.record import Record
from mcp_jobs.entrypoints.files import InputError
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.local.view import plain, plural
from mcp_jobs.operations.dead_letters import DeadLetters, Letter

_WORDS = {Mark.NONE: "open", Mark.REDRIVEN: "redriven", Mark.DROPPED: "dropped"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Which dead letters; what is empty says nothing. `since` is an age."""

    ids: Sequence[str] = ()
    kind: str = ""
    tenant: str = ""
    since: timedelta | None = None
    handled: bool = False  #: those that were redriven or dropped, too

    def takes(self, letter: Letter) -> bool:
        """Whether the letter is meant, as far as it says itself."""
        dead = letter.dead
        return (
            (not self.ids or dead.job_id in self.ids)
            and (not self.kind or dead.kind == self.kind)
            and (not self.tenant or tenant_of(letter) == self.tenant)
            and (self.since is None or _moment(dead.time) >= datetime.now(UTC) - self.since)
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """A dead letter and what was decided about it."""

    letter: Letter
    mark: Mark

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        dead = self.letter.dead
        return {
            "jobId": dead.job_id,
            "class": dead.kind,
            "reason": dead.reason,
            "attempts": dead.attempts,
            "time": dead.time,
            "tenant": tenant_of(self.letter),
            "topic": dead.topic,
            "partition": dead.place.partition,
            "offset": dead.place.offset,
            "job": dead.job,
            "redrives": dead.redrives,
            "state": _WORDS[self.mark],
        }


#: what is done with dead letters, and how many came to what
Handle = Callable[[Desk, Sequence[Shown]], dict[str, int]]


def find(desk: Desk, wanted: Filter) -> list[Shown]:
    """The dead letters that are meant, oldest first. Raises ProtocolError."""
    book = _book(desk)
    found = {letter.dead.place: letter for letter in _all(desk) if wanted.takes(letter)}
    shown = [Shown(letter, book.mark_of(place)) for place, letter in found.items()]
    return sorted(
        (each for each in shown if wanted.handled or each.mark is Mark.NONE),
        key=lambda each: each.letter.dead.time,
    )


def _book(desk: Desk) -> DeadLetters:
    return DeadLetters(desk.kafka.messages, desk.topics, desk.group, desk.kafka.topic_id)


def _all(desk: Desk) -> Iterator[Letter]:
    for record in desk.tail(desk.topics.dead_letters).poll():
        dead = dead_letter.read(record)
        if dead and dead.topic in ("", desk.topics.messages):
            yield Letter(dead, None if dead.omitted else record)


def list_them(found: Sequence[Shown], console: Console, *, as_json: bool) -> None:
    """One line for each."""
    if as_json:
        for each in found:
            print(json.dumps(each.to_json(), ensure_ascii=False))
        return
    if not found:
        console.print("No dead letter.")
        return
    table = Table("time", "jobId", "class", "tries", "state", "reason", box=None, pad_edge=False)
    for each in found:
        dead = each.letter.dead
        cells = (dead.time[:19].replace("T", " "), dead.job_id, dead.kind, dead.attempts, _WORDS[each.mark])
        table.add_row(*(plain(cell, 60) for cell in cells), plain(dead.reason, 160))
    console.print(table, markup=False)


def show(found: Sequence[Shown], console: Console, *, as_json: bool) -> None:
    """All about each, its message included."""
    for each in found:
        letter, dead = each.letter, each.letter.dead
        text = (letter.message.value or b"").decode(errors="replace") if letter.message else None
        if as_json:
            print(json.dumps(each.to_json() | {"message": text}, ensure_ascii=False))
            continue
        for name, value in each.to_json().items():
            console.print(f"{name:>10}  {plain(value)}", markup=False, soft_wrap=True)
        message = plain(text, 4000) if text is not None else f"not kept: {dead.omitted}"
        console.print(f"{'message':>10}  {message}\n", markup=False, soft_wrap=True)


def redrive(desk: Desk, found: Sequence[Shown]) -> dict[str, int]:
    """Send the messages again, and count what became of them. Raises ProtocolError."""
    letters, lost = [], 0
    for each in found:
        letter = each.letter
        if (
            letter.message is None
        ):  # too large for the dead letters' topic: the message may still be in its own
            letter = Letter(letter.dead, desk.message(letter.dead.place))
        if letter.message is None:
            lost += 1
        else:
            letters.append(letter)
    return _counted(desk, letters, Mark.REDRIVEN) | ({"gone": lost} if lost else {})


def drop(desk: Desk, found: Sequence[Shown]) -> dict[str, int]:
    """Have the letters not listed any more, and count them. Raises ProtocolError."""
    return _counted(desk, [each.letter for each in found], Mark.DROPPED)


def _counted(desk: Desk, letters: Sequence[Letter], mark: Mark) -> dict[str, int]:
    counts: dict[str, int] = {_WORDS[mark]: 0}
    for handled in _book(desk).handle(letters, mark):
        word = _WORDS[mark] if handled.before is Mark.NONE else f"{_WORDS[handled.before]} before"
        counts[word] = counts.get(word, 0) + 1
    return counts


def said(counts: Mapping[str, int]) -> str:
    """The counts as a sentence."""
    words = {"gone": "not to be had any more, as the topic's retention deleted it"}
    return "; ".join(f"{plural(count, 'message')} {words.get(word, word)}" for word, count in counts.items())


def tenant_of(letter: Letter) -> str | None:
    """The tenant that the message names, None where it names none that can be read."""
    message = letter.message or Record(0)
    try:
        return decode(message.value, message.headers).tenant
    except EnvelopeError:
        return None


def _moment(time: str) -> datetime:
    try:
        return datetime.fromisoformat(time)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def age(text: str) -> timedelta | None:
    """An age such as 90s, 15m, 2h or 7d; None where none is given. Raises InputError."""
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    if not text:
        return None
    if text[-1] in units and text[:-1].isdecimal():
        return timedelta(**{units[text[-1]]: int(text[:-1])})
    raise InputError(f"{text!r} is no age: write for example 90s, 15m, 2h or 7d")
