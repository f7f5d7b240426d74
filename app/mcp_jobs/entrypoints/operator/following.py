"""`mcp-jobs outcomes` and `mcp-jobs wait`: what became of messages, so far or as it happens."""

import json
import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from rich.console import Console

from mcp_jobs.adapters.kafka.outcomes import Tail, read_outcome
from mcp_jobs.entrypoints.interruption import Interruption
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.local.board import succeeded
from mcp_jobs.local.view import line_of, plain, plural

_POLL_SECONDS = 0.3

Outcome = Mapping[str, Any]


def outcomes(
    desk: Desk, ids: Collection[str], *, follow: bool, last: int, as_json: bool, console: Console
) -> None:
    """Print the outcomes there are, at most the `last` ones, and with `follow` those to come."""
    tail = desk.tail(desk.topics.outcomes)
    found = sorted(_read(tail, ids), key=lambda outcome: str(outcome["finishedAt"]))
    for outcome in found[-last:] if last else found:
        _print(outcome, as_json=as_json, console=console)
    if not found and not follow:
        console.print("No outcome." if not ids else "No outcome of these jobIds.")
    with Interruption() as interruption, interruption.held():
        while follow:
            interruption.check()
            for outcome in _read(tail, ids):
                _print(outcome, as_json=as_json, console=console)
            time.sleep(_POLL_SECONDS)


def wait(desk: Desk, ids: Collection[str], *, seconds: float, as_json: bool, console: Console) -> bool:
    """Wait until every jobId has an outcome; whether all succeeded, as far as they have one."""
    tail, missing, good = desk.tail(desk.topics.outcomes), set(ids), True
    deadline = time.monotonic() + seconds
    with Interruption() as interruption, interruption.held():
        while missing:
            interruption.check()
            for outcome in _read(tail, ids):
                if outcome["jobId"] not in missing:
                    continue
                _print(outcome, as_json=as_json, console=console)
                good = good and succeeded(outcome)
                missing.discard(str(outcome["jobId"]))
            if missing and time.monotonic() > deadline:
                late = ", ".join(plain(each, 60) for each in sorted(missing)[:10])
                count = plural(len(missing), "jobId")
                console.print(
                    f"no outcome within {seconds:g} s of {count}: {late}", style="red", markup=False
                )
                return False
            if missing:
                time.sleep(_POLL_SECONDS)
    return good


def _read(tail: Tail, ids: Collection[str]) -> Iterator[Outcome]:
    for record in tail.poll():
        outcome = read_outcome(record)
        if outcome and (not ids or outcome["jobId"] in ids):
            yield outcome


def _print(outcome: Outcome, *, as_json: bool, console: Console) -> None:
    if as_json:
        print(json.dumps(outcome, ensure_ascii=False), flush=True)
    else:
        console.print(line_of(outcome, str(outcome["finishedAt"])[11:19]), soft_wrap=True)
