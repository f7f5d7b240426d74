"""`mcp-jobs dlq list` and `mcp-jobs dlq show`."""

from collections.abc import Sequence

from rich.table import Table

from mcp_jobs.entrypoints.operator.dead_letters import Filter, Known, find
from mcp_jobs.entrypoints.operator.desk import Desk
from mcp_jobs.local.view import plain


def list_them(desk: Desk, found: Sequence[Known]) -> None:
    """One line for each."""
    if desk.out.as_json:
        for each in found:
            desk.out.json(each.to_json())
        return
    if not found:
        desk.out.say("No dead letter.")
        return
    table = Table("time", "jobId", "class", "tries", "state", "reason", box=None, pad_edge=False)
    for each in found:
        dead = each.letter.dead
        cells = (dead.time[:19].replace("T", " "), dead.job_id, dead.kind, dead.attempts, each.state)
        table.add_row(*(plain(cell, 60) for cell in cells), plain(dead.reason, 160))
    desk.out.console.print(table, markup=False)


def show(desk: Desk, job_ids: Sequence[str]) -> bool:
    """All about each dead letter of the jobIds, its message included; whether there is one."""
    found = find(desk, Filter(ids=job_ids, handled=True))
    for each in found:
        _show(desk, each)
    return bool(found)


def _show(desk: Desk, known: Known) -> None:
    letter = known.letter
    text = (letter.message.value or b"").decode(errors="replace") if letter.message else None
    if desk.out.as_json:
        desk.out.json(known.to_json() | {"message": text})
        return
    message = plain(text, 4000) if text is not None else f"not kept: {letter.dead.omitted}"
    for name, value in (known.to_json() | {"message": message}).items():
        desk.out.console.print(f"{name:>10}  {plain(value, 4000)}", markup=False, soft_wrap=True)
    desk.out.console.print()
