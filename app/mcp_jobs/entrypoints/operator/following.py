"""`mcp-jobs outcomes` and `mcp-jobs wait`: what became of messages, so far or as it happens."""

import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from mcp_jobs.adapters.kafka.outcomes import Tail, place_of, read_outcome
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.marks import Mark
from mcp_jobs.entrypoints.interruption import Interruption
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.local.board import succeeded
from mcp_jobs.local.view import line_of, plain, plural

#: seconds between two looks at all partitions, none of which waits for a record
_POLL_SECONDS = 0.3

Outcome = Mapping[str, Any]


def outcomes(desk: Desk, ids: Collection[str], *, follow: bool, last: int) -> None:
    """Print the outcomes there are, at most the `last` ones, and with `follow` those to come."""
    tail = desk.tail(desk.topics.outcomes)
    found = sorted(_read(tail, ids), key=lambda outcome: str(outcome["finishedAt"]))
    for outcome in found[-last:] if last else found:
        _print(desk, outcome)
    if not found and not follow:
        desk.out.say("No outcome." if not ids else "No outcome of these jobIds.")
    with Interruption() as interruption, interruption.held():
        while follow:
            interruption.check()
            for outcome in _read(tail, ids):
                _print(desk, outcome)
            time.sleep(_POLL_SECONDS)


def wait(desk: Desk, ids: Collection[str], *, seconds: float) -> bool:
    """Wait until every jobId has an outcome; whether all succeeded, as far as they have one.

    That of a message which was redriven does not count: the copy's does.
    """
    tail, missing, good = desk.tail(desk.topics.outcomes), set(ids), True
    deadline = time.monotonic() + seconds
    with Interruption() as interruption, interruption.held():
        while missing:
            interruption.check()
            for outcome in _read(tail, ids):
                if outcome["jobId"] not in missing or _is_redriven(desk, outcome):
                    continue
                _print(desk, outcome)
                good = good and succeeded(outcome)
                missing.discard(str(outcome["jobId"]))
            if missing and time.monotonic() > deadline:
                late = ", ".join(plain(each, 60) for each in sorted(missing)[:10])
                count = plural(len(missing), "jobId")
                desk.out.say(f"no outcome within {seconds:g} s of {count}: {late}", "red")
                return False
            if missing:
                time.sleep(_POLL_SECONDS)
    return good


def _is_redriven(desk: Desk, outcome: Outcome) -> bool:
    """Whether the outcome's message failed and was sent again since, as far as that can be told."""
    if outcome["status"] != "failed":
        return False
    try:
        return desk.dead_letters.mark_of(place_of(outcome)) is Mark.REDRIVEN
    except ProtocolError as error:  # who may submit and wait need not be an operator
        job_id = plain(outcome["jobId"], 60)
        desk.out.say(f"whether {job_id} was redriven can't be told: {error}", "yellow")
        return False


def _read(tail: Tail, ids: Collection[str]) -> Iterator[Outcome]:
    for record in tail.poll():
        outcome = read_outcome(record)
        if outcome and (not ids or outcome["jobId"] in ids):
            yield outcome


def _print(desk: Desk, outcome: Outcome) -> None:
    if desk.out.as_json:
        desk.out.json(outcome)
    else:
        desk.out.console.print(line_of(outcome, str(outcome["finishedAt"])[11:19]), soft_wrap=True)
