"""A busy installation as the page would get it: many numbers, long names, two hours of outcomes."""

import math
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from mcp_jobs.adapters.web import WebServer, listen
from mcp_jobs.local.ports import LOOPBACK
from mcp_jobs.page.history import History
from mcp_jobs.page.picture import Picture, Usage, Workload
from mcp_jobs.page.site import page_app

REASONS = (
    (
        "tool",
        "Tool 'what_time_is_it' of server 'time' does not exist; the server has get_current_time",
    ),
    ("oom-killed", "the container used more memory than its limit of 256Mi (exit code 137)"),
    ("refused", "payload.mcpServers.shell: command 'bash' is not allowed; add it to runner.allow.commands"),
    ("timeout", "server 'git' did not initialize within 60 s"),
)
WORKLOADS = (
    Workload(name="default", lag={"0": 12, "1": 7, "2": 0}, oldest=74.0, claimed=31, orphans=0, running=33),
    Workload(name="acme-bulk", lag={"0": 1204}, oldest=312.0, claimed=8, orphans=2, running=8),
    Workload(name="globex", lag={"0": 0}, oldest=0.0, claimed=0, orphans=0, running=0),
)
CAPS = (
    Usage(name="all", used=41, cap=60),
    Usage(name="workload acme-bulk", used=8, cap=8),
    Usage(name="tenant acme", used=24, cap=40),
)


def outcome(at: float, status: str, number: int, kind: str = "", reason: str = "") -> dict[str, Any]:
    """An outcome as a runner writes it, as far as the page reads it."""
    return {
        "jobId": f"report-2026-11-23-{number:04}",
        "tenant": "acme",
        "status": status,
        "attempt": 1 + number % 3,
        "job": {"name": f"mcp-jobs-default-{number:05x}"},
        "finishedAt": datetime.fromtimestamp(at, UTC).isoformat(),
        "error": {"class": kind, "message": reason} if kind else None,
    }


def busy(**changed: Any) -> Picture:
    """The picture. The same at each call, but for the time."""
    dice, history, now = random.Random(7), History(), time.time()
    history.begin()
    number = 0
    for minute in range(120):
        at = now - 60 * (119 - minute)
        for _ in range(int(18 + 14 * math.sin(minute / 13) + dice.uniform(0, 9))):
            number += 1
            kind, reason = REASONS[number % 4] if dice.random() < 0.02 else ("", "")
            history.add("default", outcome(at, "failed" if kind else "succeeded", number, kind, reason))
    parts: dict[str, Any] = {
        "where": "mcp-jobs in namespace jobs",
        "problems": (),
        "workloads": WORKLOADS,
        "caps": CAPS,
        "history": history,
    }
    return Picture(**(parts | changed))


@contextmanager
def served(picture: Picture) -> Iterator[str]:
    """The page of a picture; its URL."""

    async def paint(request: Request) -> bytes:
        return picture.to_json()

    sock, web = listen(0, LOOPBACK), WebServer()
    web.add(page_app(paint), sock)
    web.start()
    try:
        yield f"http://{LOOPBACK}:{sock.getsockname()[1]}/"
    finally:
        web.stop()
