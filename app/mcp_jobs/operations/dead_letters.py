"""Handles dead letters: sends their messages again, or drops them. Each once, whoever else is at it.

The copies and the mark that says so are one transaction; a redrive that was killed is simply run again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from mcp_jobs.core import names
from mcp_jobs.core.dead_letter import DeadLetter, copy_of
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.marks import Mark, Marks
from mcp_jobs.core.names import SPAN, Topics
from mcp_jobs.core.record import Output, Place, Record
from mcp_jobs.core.requests import InitProducer, Offsets, ReadOffsets, Rejected
from mcp_jobs.core.slot import Changed, SlotWrite, Written
from mcp_jobs.core.step import Refused, drive
from mcp_jobs.reconciler.ports import Asks

#: messages, and bytes, of one transaction; a partition gets its copies as one batch
_AT_ONCE = 100
_BYTES_AT_ONCE = 512 * 1024
#: how often others may change the marks between our look and our write
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter, and the message to send again: None where neither it nor the topic has it any more."""

    dead: DeadLetter
    message: Record | None


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a dead letter. `before` is the mark it had already, NONE where it was handled now."""

    letter: Letter
    before: Mark


class DeadLetters:
    """Those of one workload. `asks` is a session for the topic of messages, whose id is `topic_id`."""

    def __init__(self, asks: Asks, topics: Topics, group: str, topic_id: str, *, patience: int = 8) -> None:
        self._asks = asks
        self._topics = topics
        self._group = group
        self._topic_id = topic_id
        self._patience = patience

    def mark_of(self, place: Place) -> Mark:
        """What was decided about a dead letter already. Raises ProtocolError."""
        return self._look(place)[0].of(place.offset)

    def handle(self, letters: Sequence[Letter], mark: Mark) -> Iterator[Handled]:
        """Redrive or drop the letters, some at a time, and say of each what became of it.

        Raises ProtocolError: of the rest nothing was done.
        """
        once = {letter.dead.place: letter for letter in letters}
        for some in _portions(once.values()):
            yield from self._handle(some, mark)

    def _handle(self, letters: Sequence[Letter], mark: Mark) -> Iterator[Handled]:
        place = letters[0].dead.place
        for _ in range(_TRIES):
            marks, found = self._look(place)
            known = {letter: marks.of(letter.dead.place.offset) for letter in letters}
            todo = [letter for letter in letters if known[letter] is Mark.NONE]
            write = SlotWrite(
                transactional_id=names.dead_letter_id(self._group, place.partition),
                group=names.dead_letter_group(self._group, place.offset),
                partition=place.partition,
                expect=found.get(place.partition),
                put=marks.put(mark, [letter.dead.place.offset for letter in todo]).encode(),
                outputs=self._copies(todo) if mark is Mark.REDRIVEN else (),
                patience=self._patience,
            )
            if not todo or self._written(write):
                yield from (Handled(letter, known[letter]) for letter in letters)
                return
        raise ProtocolError("others were handling the same dead letters all the time: try again")

    def _look(self, place: Place) -> tuple[Marks, Offsets]:
        """The marks around a dead letter; what somebody left undecided gets decided."""
        for _ in range(_TRIES):
            self._asks.reset_waits()
            answer = self._asks.execute(ReadOffsets(names.dead_letter_group(self._group, place.offset)))
            if isinstance(answer, Rejected):
                raise ProtocolError(answer.reason)
            if isinstance(answer, Offsets) and place.partition not in answer.undecided:
                blank = Marks.around(place.offset, self._topic_id)
                return blank.read(answer.get(place.partition)), answer
            self._asks.execute(InitProducer(names.dead_letter_id(self._group, place.partition)))
        raise ProtocolError("Kafka does not answer now: try again")

    def _written(self, write: SlotWrite) -> bool:
        """Whether it is done; False where the marks have changed meanwhile."""
        self._asks.reset_waits()
        match drive(write.start(), self._asks.execute):
            case Written():
                return True
            case Changed():
                return False
            case Refused(rejection):
                raise ProtocolError(rejection.reason)
        raise ProtocolError("Kafka does not answer now, or others hold the dead letters: try again")

    def _copies(self, letters: Sequence[Letter]) -> tuple[Output, ...]:
        return tuple(
            copy_of(letter.message, letter.dead, self._topics.messages)
            for letter in letters
            if letter.message is not None
        )


def _portions(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    """Letters whose marks lie together, no more than fit into one transaction."""

    def span(letter: Letter) -> tuple[int, int]:
        return letter.dead.place.partition, letter.dead.place.offset // SPAN

    for _, group in groupby(sorted(letters, key=lambda letter: letter.dead.place), span):
        portion: list[Letter] = []
        for letter in group:
            if portion and (len(portion) == _AT_ONCE or sum(map(_size, [*portion, letter])) > _BYTES_AT_ONCE):
                yield portion
                portion = []
            portion.append(letter)
        yield portion


def _size(letter: Letter) -> int:
    return len(letter.message.value or b"") if letter.message else 0
