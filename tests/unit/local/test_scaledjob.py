"""Lag becomes Jobs."""

from collections.abc import Iterator

import pytest

from mcp_jobs.core.exits import Exit
from mcp_jobs.core.keda import Scaling
from mcp_jobs.local.job import JobTemplate, Phase, Pod
from mcp_jobs.local.scaledjob import ScaledJob


class Child:
    """A runner that ends when the test says so."""

    def __init__(self) -> None:
        self.exit_code: int | None = None

    def stop(self, seconds: float) -> int:
        return 0


class Cluster:
    """A ScaledJob of at most four Jobs, and the runners it has started."""

    def __init__(self) -> None:
        self.runners: dict[str, Child] = {}
        self.scaledjob = ScaledJob(Scaling(max_replica_count=4), JobTemplate(), self.launch)

    def launch(self, pod: Pod) -> Child:
        return self.runners.setdefault(pod.job_uid, Child())

    def poll(self, lag: int | None) -> int:
        """Poll once; how many Jobs there are then."""
        self.scaledjob.poll(lambda: lag, now=0)
        return len(self.scaledjob.jobs)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    yield made
    for job in made.scaledjob.jobs:
        job.close()


def test_each_unclaimed_message_gets_one_job_however_often_it_is_polled(cluster: Cluster) -> None:
    assert [cluster.poll(3), cluster.poll(3), cluster.poll(3)] == [3, 3, 3]


def test_there_are_never_more_jobs_than_max_replica_count(cluster: Cluster) -> None:
    assert cluster.poll(100) == 4


def test_no_job_is_created_while_the_lag_cant_be_read(cluster: Cluster) -> None:
    assert cluster.poll(None) == 0


def test_a_finished_job_makes_room_for_the_next(cluster: Cluster) -> None:
    cluster.poll(4)
    uid = next(iter(cluster.runners))
    cluster.runners[uid].exit_code = Exit.DONE
    [finished] = cluster.scaledjob.watch(now=0)
    assert (finished.uid, finished.phase) == (uid, Phase.COMPLETE)
    assert cluster.poll(4) == 4
    assert len(cluster.scaledjob.created) == 5


def test_a_claim_between_counting_and_reading_the_lag_starts_no_surplus_job(cluster: Cluster) -> None:
    cluster.poll(1)

    def lag_after_the_claim() -> int:
        cluster.scaledjob.jobs[0].phase = Phase.CLAIMED
        return 0

    cluster.scaledjob.poll(lag_after_the_claim, now=0)
    assert len(cluster.scaledjob.jobs) == 1
