"""Which settings are worth considering, and which are recommended."""

from dataclasses import replace

import pytest

from mcp_jobs.core.tuning.prediction import Prediction
from mcp_jobs.core.tuning.settings import Settings
from mcp_jobs.core.tuning.simulation import Run
from mcp_jobs.core.tuning.sweep import Grid, front, recommend
from unit.tuning.ideal import settings


def predicted(wait: float, cost: float, most: int = 100, stranded: int = 0) -> Prediction:
    run = Run(
        waits=(wait,),
        makespan=wait,
        jobs=1,
        peak_jobs=1,
        pod_seconds=cost,
        surplus=0,
        polls=0,
        denied=0,
        cut=0,
        stranded=stranded,
    )
    return Prediction(settings(most), (run,))


TODAY, QUICK, CHEAP, BEATEN = predicted(20, 100), predicted(5, 150), predicted(40, 90), predicted(41, 151)


def test_the_front_is_what_nothing_beats_in_both() -> None:
    assert front([TODAY, QUICK, CHEAP, BEATEN], 0) == [CHEAP, TODAY, QUICK]


def test_without_a_target_the_least_product_of_wait_and_cost_is_recommended() -> None:
    assert recommend([TODAY, QUICK, CHEAP, BEATEN], poll_cost=0) is QUICK


@pytest.mark.parametrize(("target", "chosen"), [(50, CHEAP), (20, TODAY), (6, QUICK), (1, QUICK)])
def test_with_a_target_the_cheapest_that_meets_it_is_recommended(target: float, chosen: Prediction) -> None:
    found = recommend([TODAY, QUICK, CHEAP, BEATEN], poll_cost=0, target_wait=target)
    assert found is chosen


def test_what_is_as_good_within_5_percent_does_not_change_todays_values() -> None:
    assert recommend([TODAY, predicted(19.5, 100, most=50)], poll_cost=0) is TODAY


def test_of_equals_the_lower_ceiling_is_recommended() -> None:
    low, high = predicted(5, 100, most=50), predicted(5, 100, most=400)
    assert recommend([TODAY, high, low], poll_cost=0) is low


def test_values_that_would_leave_messages_behind_are_not_recommended() -> None:
    assert recommend([TODAY, predicted(1, 1, stranded=3)], poll_cost=0) is TODAY


def test_polls_have_a_price() -> None:
    often = replace(TODAY.runs[0], polls=1000)
    assert Prediction(TODAY.settings, (often,)).cost(poll_cost=0.1) == TODAY.cost(0) + 100


def test_the_grid_begins_with_todays_values_and_tries_each_combination_once() -> None:
    today = settings(100, poll=5)
    grid = Grid(polling_intervals=(1, 5), max_replica_counts=(50, 100), batch_sizes=(1, 2))
    found = list(grid.around(today))
    assert found[0] == today
    assert len(found) == len(set(found)) == 8


def test_the_lag_threshold_is_never_less_than_the_batch() -> None:
    today = settings(100, batch=1)
    grid = Grid(polling_intervals=(), max_replica_counts=(), batch_sizes=(1, 4))
    thresholds: list[Settings] = list(grid.around(today))
    assert [(each.batch_size, each.scaling.lag_threshold) for each in thresholds] == [(1, 1), (4, 4)]
