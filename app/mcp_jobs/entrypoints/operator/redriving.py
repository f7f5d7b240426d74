"""`mcp-jobs dlq redrive` and `mcp-jobs dlq drop`: what a person decides about dead letters, each once."""

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import typer

from mcp_jobs.core.marks import Mark
from mcp_jobs.entrypoints.operator.dead_letter_lists import list_them
from mcp_jobs.entrypoints.operator.dead_letters import WORDS, Filter, Known, find
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.local.view import plain, plural
from mcp_jobs.operations.dead_letters import Letter

#: letters that are listed before the question
_LISTED = 10
#: jobIds in a command that is to be typed
_TYPED = 10
_GONE = "gone"

#: a dead letter, and what became of it in a word or two
Result = tuple[Letter, str]


def decide(desk: Desk, wanted: Filter, mark: Mark, *, dry_run: bool, yes: bool) -> None:
    """Redrive or drop the letters that are meant, once that is confirmed. Raises ProtocolError."""
    found = find(desk, wanted)
    if not found or dry_run:
        list_them(desk, found)
        return
    if not yes:
        _confirm(desk, found, mark)
    results = _handle(desk, found, mark)
    if desk.out.as_json:
        for letter, word in results:
            desk.out.json(_to_json(letter, word))
    else:
        _tell(desk, list(results))


def _to_json(letter: Letter, word: str) -> dict[str, Any]:
    dead = letter.dead
    place = {"partition": dead.place.partition, "offset": dead.place.offset}
    return {"jobId": dead.job_id, **place, "result": word}


def _tell(desk: Desk, results: Sequence[Result]) -> None:
    desk.out.say(_said(Counter(word for _, word in results)))
    redriven = [letter for letter, word in results if word == WORDS[Mark.REDRIVEN]]
    if redriven:
        desk.out.say("What becomes of them:")
        desk.out.console.print(f"    {_next(desk, redriven)}", markup=False, soft_wrap=True, style="cyan")


def _confirm(desk: Desk, found: Sequence[Known], mark: Mark) -> None:
    """Ask; raises typer.Abort where the answer is no."""
    verb = "send again" if mark is Mark.REDRIVEN else "drop"
    if not desk.out.as_json:
        list_them(desk, found[:_LISTED])
    typer.confirm(f"{verb} {plural(len(found), 'message')}?", abort=True, err=desk.out.as_json)


def _handle(desk: Desk, found: Sequence[Known], mark: Mark) -> Iterator[Result]:
    letters = [each.letter for each in found]
    if mark is Mark.REDRIVEN:
        letters = [_complete(desk, letter) for letter in letters]
        yield from ((letter, _GONE) for letter in letters if letter.message is None)
        letters = [letter for letter in letters if letter.message is not None]
    for handled in desk.dead_letters.handle(letters, mark):
        word = WORDS[mark] if handled.before is Mark.NONE else f"{WORDS[handled.before]} before"
        yield handled.letter, word


def _complete(desk: Desk, letter: Letter) -> Letter:
    """With the message from its own topic, where it was too large for the dead letters'."""
    return letter if letter.message else replace(letter, message=desk.message(letter.dead.place))


def _said(counts: Mapping[str, int]) -> str:
    words = {_GONE: "not to be had any more, as the topic's retention deleted it"}
    return "; ".join(f"{plural(count, 'message')} {words.get(word, word)}" for word, count in counts.items())


def _next(desk: Desk, letters: Sequence[Letter]) -> str:
    """The command that waits for the outcomes of the copies. Their ids were chosen by whoever sent them."""
    topic, group = desk.topics.messages, desk.group
    ids = sorted({letter.dead.job_id for letter in letters if _has_id(letter, topic)})
    if not 0 < len(ids) <= _TYPED:
        return shlex.join(["mcp-jobs", "outcomes", "--topic", topic, "--follow"])
    options = ["--topic", topic, "--group", group]
    return shlex.join(["mcp-jobs", "wait", *options, "--", *(plain(each) for each in ids)])


def _has_id(letter: Letter, topic: str) -> bool:
    """Whether the id is the message's own. Else it says where the message stood, and the copy's differs."""
    place = letter.dead.place
    return letter.dead.job_id != f"{topic}-{place.partition}-{place.offset}"
