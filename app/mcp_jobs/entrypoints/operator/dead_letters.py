"""Which messages failed for good, and what was done about them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mcp_jobs.core import dead_letter
from mcp_jobs.core.envelope import decode
from mcp_jobs.core.errors import EnvelopeError
from mcp_jobs.core.marks import Mark
from mcp_jobs.core.record import Record
from mcp_jobs.entrypoints.files import InputError
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.operations.dead_letters import Letter

WORDS = {Mark.NONE: "open", Mark.REDRIVEN: "redriven", Mark.DROPPED: "dropped"}


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
class Known:
    """A dead letter and what was decided about it."""

    letter: Letter
    mark: Mark

    @property
    def state(self) -> str:
        """`open`, `redriven` or `dropped`."""
        return WORDS[self.mark]

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
            "state": self.state,
        }


def find(desk: Desk, wanted: Filter) -> list[Known]:
    """The dead letters that are meant, oldest first. Raises ProtocolError."""
    found = {letter.dead.place: letter for letter in _all(desk) if wanted.takes(letter)}
    known = [Known(letter, desk.dead_letters.mark_of(place)) for place, letter in found.items()]
    return sorted(
        (each for each in known if wanted.handled or each.mark is Mark.NONE),
        key=lambda each: each.letter.dead.time,
    )


def _all(desk: Desk) -> Iterator[Letter]:
    for record in desk.tail(desk.topics.dead_letters).poll():
        dead = dead_letter.read(record)
        if dead and dead.topic in ("", desk.topics.messages):
            yield Letter(dead, None if dead.omitted else record)


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
