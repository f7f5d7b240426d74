"""A Job on one machine behaves as Kubernetes' own: retries, back-off, failure policy, deadline, readiness."""

import signal
import socket
from collections.abc import Iterator

import pytest

from mcp_jobs.core.exits import Exit
from mcp_jobs.local.backoff import Backoff
from mcp_jobs.local.job import Job, JobTemplate, Phase, Pod, exit_words

TEMPLATE = JobTemplate(backoff_limit=2, active_deadline_seconds=100, backoff=Backoff(base=1))
KILLED = 128 + signal.SIGKILL


class Child:
    """A runner that ends when the test says so."""

    def __init__(self, pod: Pod) -> None:
        self.pod = pod
        self.exit_code: int | None = None

    def stop(self, seconds: float) -> int:
        self.exit_code = 128 + signal.SIGTERM
        return self.exit_code


class Cluster:
    """One Job and the runners it has started; `at` is the time in seconds."""

    def __init__(self) -> None:
        self.runners: list[Child] = []
        self.job = Job(TEMPLATE, self.launch, now=0)

    def launch(self, pod: Pod) -> Child:
        self.runners.append(Child(pod))
        return self.runners[-1]

    def end(self, code: int, *, at: float = 0) -> None:
        self.runners[-1].exit_code = code
        self.job.watch(at)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    yield made
    made.job.close()


def test_a_job_starts_its_first_runner_at_once_and_is_pending(cluster: Cluster) -> None:
    assert [child.pod.name for child in cluster.runners] == [f"{cluster.job.name}-1"]
    assert cluster.job.phase is Phase.STARTING
    assert cluster.job.pending


def test_a_job_is_no_longer_pending_once_its_runner_listens(cluster: Cluster) -> None:
    cluster.job.watch(0)
    assert cluster.job.pending
    with socket.create_server(("", cluster.runners[0].pod.claimed_port)):
        cluster.job.watch(0)
    assert cluster.job.phase is Phase.CLAIMED
    assert cluster.job.ever_claimed
    assert cluster.job.unfinished
    assert not cluster.job.pending


def test_exit_0_completes_the_job(cluster: Cluster) -> None:
    cluster.end(Exit.DONE)
    assert cluster.job.phase is Phase.COMPLETE
    assert not cluster.job.unfinished


def test_exit_42_fails_the_job_without_a_retry(cluster: Cluster) -> None:
    cluster.end(Exit.FAILED)
    assert cluster.job.phase is Phase.FAILED
    assert len(cluster.runners) == 1


@pytest.mark.parametrize("code", [Exit.RETRY, Exit.USAGE, KILLED, Exit.TERMINATED])
def test_any_other_end_is_retried_after_the_back_off_with_the_same_uid(cluster: Cluster, code: int) -> None:
    cluster.end(code, at=10)
    assert [cluster.job.phase] == [Phase.BACKING_OFF]
    cluster.job.watch(10.9)
    assert len(cluster.runners) == 1
    cluster.job.watch(11)
    assert cluster.job.phase is Phase.STARTING
    first, second = (child.pod for child in cluster.runners)
    assert first.job_uid == second.job_uid
    assert (first.name, second.name) == (f"{cluster.job.name}-1", f"{cluster.job.name}-2")


def test_a_job_that_backs_off_is_pending(cluster: Cluster) -> None:
    cluster.end(KILLED)
    assert cluster.job.pending


def test_a_job_fails_when_the_backoff_limit_is_reached(cluster: Cluster) -> None:
    cluster.end(KILLED, at=0)
    cluster.job.watch(1)
    cluster.end(KILLED, at=1)
    cluster.job.watch(3)
    cluster.end(KILLED, at=3)
    assert cluster.job.phase is Phase.FAILED
    assert cluster.job.failures == len(cluster.runners) == 3
    assert cluster.job.reason == "the last runner was killed by SIGKILL"


def test_a_job_past_its_deadline_fails_and_its_runner_is_ended(cluster: Cluster) -> None:
    cluster.job.watch(100)
    assert cluster.job.unfinished
    cluster.job.watch(100.1)
    assert cluster.job.phase is Phase.FAILED
    assert cluster.runners[0].exit_code == 128 + signal.SIGTERM


def test_a_finished_job_stays_as_it_is(cluster: Cluster) -> None:
    cluster.end(Exit.DONE)
    cluster.job.watch(1000)
    assert cluster.job.phase is Phase.COMPLETE


def test_a_runners_port_is_kept_from_others_until_it_has_claimed(cluster: Cluster) -> None:
    port = cluster.runners[0].pod.claimed_port
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))


@pytest.mark.parametrize(
    ("code", "words"),
    [(1, "ended with exit code 1"), (137, "was killed by SIGKILL"), (255, "ended with exit code 255")],
)
def test_an_exit_code_is_told_in_words(code: int, words: str) -> None:
    assert exit_words(code) == words
