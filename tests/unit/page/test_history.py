"""What the page remembers, and what it forgets."""

from datetime import UTC, datetime
from typing import Any

from mcp_jobs.page.history import FAILURES, MINUTES, History

NOW = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def outcome(status: str = "succeeded", at: float = NOW, **more: Any) -> dict[str, Any]:
    finished = datetime.fromtimestamp(at, UTC).isoformat()
    error = {"class": "tool", "message": "why"} if status == "failed" else None
    return {"jobId": "a", "status": status, "finishedAt": finished, "error": error, **more}


def test_outcomes_are_counted_by_the_minute_and_the_status() -> None:
    history = History(Clock())
    for status in ("succeeded", "succeeded", "failed", "cancelled", "duplicate"):
        history.add("w", outcome(status))
    history.add("w", outcome(at=NOW - 60))
    found = history.outcomes()
    assert found["firstMinute"] == NOW // 60 - MINUTES + 1
    assert (found["succeeded"][-2:], found["failed"][-1], found["other"][-1]) == ([1, 2], 1, 2)
    assert len(found["succeeded"]) == MINUTES


def test_what_is_older_than_two_hours_is_forgotten() -> None:
    clock = Clock()
    history = History(clock)
    history.add("w", outcome())
    clock.now += 60 * (MINUTES - 1)
    assert sum(history.outcomes()["succeeded"]) == 1
    clock.now += 60
    assert sum(history.outcomes()["succeeded"]) == 0
    history.add("w", outcome())
    assert sum(history.outcomes()["succeeded"]) == 0
    assert not history._minutes


def test_a_clock_that_is_ahead_elsewhere_counts_as_now() -> None:
    history = History(Clock())
    history.add("w", outcome(at=NOW + 7200))
    assert history.outcomes()["succeeded"][-1] == 1


def test_only_the_last_failures_are_kept_in_order_of_time_and_cut_to_a_size() -> None:
    history = History(Clock())
    for number in range(FAILURES + 10):
        at = NOW - (number * 7 % (FAILURES + 10))
        history.add(
            "w", outcome("failed", at, jobId="j" * 10_000, error={"class": "tool", "message": "m" * 10**6})
        )
    failures = history.failures()
    times = [failure.time for failure in failures]
    assert times == sorted(times, reverse=True)
    assert times == [int((NOW - age) * 1000) for age in range(FAILURES)]
    assert len(failures[0].job_id) == 200
    assert len(failures[0].reason) == 600


def test_records_of_another_shape_are_left_out() -> None:
    history = History(Clock())
    for odd in (
        {},
        {"finishedAt": 5},
        {"finishedAt": "x", "status": "failed"},
        outcome("failed", job="text"),
    ):
        history.add("w", odd)
    history.add("w", outcome("failed", attempt="x"))
    assert history.failures() == []
    assert sum(history.outcomes()["failed"]) == 0


def test_a_new_beginning_forgets_all_and_says_since_when_it_counts() -> None:
    history = History(Clock())
    history.add("w", outcome("failed"))
    history.begin()
    assert history.failures() == []
    assert history.outcomes()["since"] == 0
    history.counts_since(NOW - 60)
    history.counts_since(NOW - 600)
    assert history.outcomes()["since"] == int((NOW - 60) * 1000)
