"""KEDA's formulas give what KEDA 2.21 gives; the tables are worked out from its source."""

from itertools import product

import pytest

from mcp_jobs.core.keda import Scaling, Strategy, jobs_to_create, total_lag

# lag, claimed Jobs, Jobs that have not claimed, maxReplicaCount -> created by default, accurate, eager
STATES = [
    pytest.param(4, 59, 1, 100, (0, 3, 4), id="one new message behind many long runs"),
    pytest.param(3, 0, 3, 100, (0, 0, 3), id="as many starting as there are messages"),
    pytest.param(5, 20, 3, 100, (0, 2, 5), id="some starting, some at work"),
    pytest.param(50, 7, 3, 10, (0, 0, 0), id="full"),
    pytest.param(50, 5, 3, 10, (2, 2, 0), id="nearly full"),
    pytest.param(250, 200, 100, 500, (0, 150, 100), id="many of all"),
    pytest.param(0, 3, 0, 100, (0, 0, 0), id="no lag"),
    pytest.param(1000, 0, 0, 100, (100, 100, 100), id="a flood on an idle cluster"),
]


@pytest.mark.parametrize(("lag", "claimed", "starting", "most", "created"), STATES)
def test_each_strategy_creates_as_many_jobs_as_keda_does(
    lag: int, claimed: int, starting: int, most: int, created: tuple[int, int, int]
) -> None:
    strategies = (Strategy.DEFAULT, Strategy.ACCURATE, Strategy.EAGER)
    running = claimed + starting
    found = tuple(
        jobs_to_create(
            Scaling(max_replica_count=most, strategy=strategy), lag=lag, running=running, pending=starting
        )
        for strategy in strategies
    )
    assert found == created


def test_accurate_creates_one_job_per_unclaimed_message_when_pending_means_unclaimed() -> None:
    states = product(range(16), range(1, 13), range(13), range(13))
    wrong = [
        (lag, most, unclaimed, claimed)
        for lag, most, unclaimed, claimed in states
        if jobs_to_create(
            Scaling(max_replica_count=most), lag=lag, running=unclaimed + claimed, pending=unclaimed
        )
        != max(0, min(lag - unclaimed, most - unclaimed - claimed))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("lag", "threshold", "created"),
    [(1, 10, 1), (10, 10, 1), (11, 10, 2), (99, 10, 10), (5, 0.5, 5)],
)
def test_the_lag_threshold_is_how_many_messages_a_job_stands_for(
    lag: int, threshold: float, created: int
) -> None:
    assert jobs_to_create(Scaling(lag_threshold=threshold), lag=lag, running=0, pending=0) == created


@pytest.mark.parametrize(("lag", "created"), [(5, 0), (6, 6)])
def test_nothing_is_created_until_the_lag_exceeds_the_activation_threshold(lag: int, created: int) -> None:
    assert jobs_to_create(Scaling(activation_lag_threshold=5), lag=lag, running=0, pending=0) == created


@pytest.mark.parametrize(
    ("deduction", "percentage", "running", "created"),
    [(0, 0.0, 0, 10), (0, 0.0, 90, 10), (3, 0.0, 0, 7), (0, 0.5, 9, 6), (20, 0.0, 0, 0)],
)
def test_custom_takes_off_a_deduction_and_a_share_of_the_running_jobs(
    deduction: int, percentage: float, running: int, created: int
) -> None:
    scaling = Scaling(strategy=Strategy.CUSTOM, deduction=deduction, running_percentage=percentage)
    assert jobs_to_create(scaling, lag=10, running=running, pending=0) == created


@pytest.mark.parametrize(
    ("lag", "running", "created"), [(0, 0, 3), (50, 1, 2), (0, 3, 0), (4, 3, 4), (50, 3, 7)]
)
def test_the_minimum_comes_first_and_is_on_top_of_the_lag(lag: int, running: int, created: int) -> None:
    scaling = Scaling(min_replica_count=3, max_replica_count=10)
    assert jobs_to_create(scaling, lag=lag, running=running, pending=0) == created


@pytest.mark.parametrize(
    ("committed", "ends", "lag"),
    [
        pytest.param({0: 3, 1: 10}, {0: 5, 1: 10}, 2, id="the difference"),
        pytest.param({0: 3}, {0: 5, 1: 10}, 2, id="a partition without an offset counts nothing"),
        pytest.param({0: 9, 1: 0}, {0: 5, 1: 10}, 6, id="one beyond its end counts against the others"),
        pytest.param({0: 9}, {0: 5}, 0, id="never below zero"),
        pytest.param({}, {}, 0, id="no partition"),
    ],
)
def test_the_lag_is_summed_up_as_keda_does(committed: dict[int, int], ends: dict[int, int], lag: int) -> None:
    assert total_lag(committed, ends) == lag
