"""A load read from outcomes, and the cluster's pace found out from it."""

from dataclasses import replace
from typing import Any

import pytest

from mcp_jobs.core.tuning.fit import fit
from mcp_jobs.core.tuning.load import Burst, Load
from mcp_jobs.core.tuning.prediction import predict
from mcp_jobs.core.tuning.recording import Recording, recording
from mcp_jobs.core.tuning.settings import Cluster
from mcp_jobs.core.tuning.simulation import simulate
from mcp_jobs.core.tuning.spread import Fixed, Lognormal
from unit.tuning.ideal import settings


def outcome(second: int, wait: int, work: int, attempt: int = 1) -> dict[str, Any]:
    return {
        "jobId": "j",
        "producedAt": f"2026-11-23T12:00:{second:02}.000Z",
        "startedAt": f"2026-11-23T12:00:{second + wait:02}.000Z",
        "durationMs": work * 1000,
        "attempt": attempt,
    }


def test_outcomes_become_arrivals_waits_and_times_of_work() -> None:
    found = recording([outcome(10, 5, 30), outcome(4, 2, 20)])
    assert [(message.arrival, message.work) for message in found.messages] == [(0, 20), (6, 30)]
    assert found.waits == (2, 5)
    assert found.makespan == 5 + 30 + 6
    assert found.work.samples == (20, 30)


def test_a_retried_message_has_work_but_no_known_wait() -> None:
    found = recording([outcome(0, 50, 3, attempt=2), outcome(1, 2, 3)])
    assert len(found.messages) == 2
    assert found.waits == (2,)


@pytest.mark.parametrize(
    "broken",
    [{}, {"producedAt": None}, {"startedAt": "soon"}, {"durationMs": None}, {"attempt": "x"}],
)
def test_outcomes_without_times_are_left_out(broken: dict[str, Any]) -> None:
    assert recording([{**outcome(0, 1, 1), **broken}] if broken else [{}]).messages == ()


def test_a_clock_that_is_behind_makes_no_negative_wait() -> None:
    assert recording([outcome(10, -3, 1)]).waits == (0,)


def test_the_pace_of_a_cluster_is_found_in_the_waits_it_caused() -> None:
    real = replace(Cluster(), startup=Lognormal(6.0, 9.6), start_rate=1.0)
    load = Load(work=Fixed(8), rate=0.2, duration=200, bursts=(Burst(25, 50), Burst(25, 150)))
    messages = tuple(load.messages(1))
    waits = simulate(settings(100), real, messages, seed=1).waits
    found = fit(Recording(messages, waits), settings(100), Cluster(), (1, 2))

    other = Load(work=Fixed(8), rate=0.1, duration=300, bursts=(Burst(40, 100),))
    expected, got = (predict(settings(100), each, other, range(5)) for each in (real, found))
    for share in (0.5, 0.95):
        assert got.wait(share).mean == pytest.approx(expected.wait(share).mean, rel=0.2)
