"""Hundreds of Jobs at once, on fake nodes beside the real one. `scripts/bench scale` sends thousands."""

import pytest

from bench.burst import Result, measure
from bench.scale import POLLING, fake_nodes
from cluster.cluster import Cluster
from cluster.layout import Home
from e2e.own_cluster import NAME
from e2e.settings import Settings

JOBS = 200
MIB = 2**20


@pytest.fixture(scope="module")
def result(cluster: Cluster, settings: Settings) -> Result:
    """What a burst of so many messages came to; no Job claims before all of them are active."""
    with_fakes = fake_nodes(Home(NAME), print)
    return measure(with_fakes, f"{settings.repository}:{settings.tag}", JOBS, print, POLLING)


def test_every_message_of_a_burst_has_a_job_at_the_same_time(result: Result) -> None:
    assert result.peak >= JOBS
    assert result.peak_ready >= JOBS


def test_hardly_a_job_of_a_burst_finds_nothing(result: Result) -> None:
    assert 0 <= result.surplus <= JOBS // 20


def test_every_message_of_a_burst_is_settled_by_a_job_of_its_own(result: Result) -> None:
    assert (result.lag, result.outcomes) == (0, JOBS)


def test_the_helper_stays_well_below_its_memory_limit_in_a_burst(result: Result) -> None:
    assert result.leader < 160 * MIB
