"""Stands in for the runner of a pod on a fake node: claims and settles by the product's own code."""

import secrets
import time
from collections import deque
from dataclasses import dataclass

from cluster.fake_nodes import READY, RUN_FOR
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.adapters.kubernetes.client import connect
from mcp_jobs.adapters.kubernetes.resource import pods
from mcp_jobs.core.claim import claim
from mcp_jobs.core.claimant import Claimant, Claimed, NothingToClaim
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.names import Topics
from mcp_jobs.core.outcome import Job
from mcp_jobs.core.report import WorkReport
from mcp_jobs.core.step import drive
from mcp_jobs.runner import Runner
from mcp_jobs.unwanted import Unwanted

#: seconds to look for a message; a pod that finds none is not to hold up the others
_IDLE = 2.0
#: as in the runner's pod
_PATIENCE = 8


@dataclass(frozen=True, slots=True)
class Pod:
    """A runner's pod, and the Job it belongs to."""

    name: str
    job: str
    job_uid: str


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload of a release: its name, its topic."""

    brokers: str
    namespace: str
    name: str
    topic: str

    @property
    def group(self) -> str:
        """The group of the claim frontier."""
        return f"{self.topic}-runners"


class StandIn:
    """The runners of many pods, one after the other. The pods are Ready when their claim is committed."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._connection = Connection({"bootstrap_servers": workload.brokers.split(",")})
        self._connection.open()
        self._topic_id = self._connection.existing(workload.topic).id
        self._cluster = connect()
        self._held: deque[tuple[Pod, Runner, Claimed]] = deque()

    def claim(self, pod: Pod) -> bool:
        """Claim a message, as the pod does when it starts; whether there was one."""
        me = Claimant(
            group=self._workload.group,
            job_uid=pod.job_uid,
            holder=f"{pod.name}/{secrets.token_hex(4)}",
            topic_id=self._topic_id,
            scope=Scope("", self._workload.namespace, self._workload.name),
            job=pod.job,
            patience=_PATIENCE,
        )
        end = drive(claim(me), Session(self._connection, self._workload.topic, idle=_IDLE).execute)
        if isinstance(end, NothingToClaim) and not end.unknown:
            self._annotate(pod, {READY: "now", RUN_FOR: "0s"})
            return False
        if not isinstance(end, Claimed):
            raise RuntimeError(f"the claim of {pod.job} ended as {end!r}")
        self._annotate(pod, {READY: "now"})
        self._held.append((pod, self._runner(me, pod), end))
        return True

    def settle(self) -> bool:
        """Settle the oldest claim, and let its pod end; whether there was one."""
        if not self._held:
            return False
        pod, runner, claimed = self._held.popleft()
        found = runner.finish(claimed)
        if found is not Exit.DONE:
            raise RuntimeError(f"the runner of {pod.job} ended with {found!r}")
        self._annotate(pod, {RUN_FOR: "0s"})
        return True

    def _runner(self, me: Claimant, pod: Pod) -> Runner:
        topic, session = self._workload.topic, Session(self._connection, self._workload.topic)
        return Runner(
            me=me,
            job=Job(name=pod.job, uid=pod.job_uid, pod=pod.name),
            topics=Topics(topic, f"{topic}.outcomes", f"{topic}.dead-letters"),
            max_attempts=3,
            settle=session.execute,
            work=lambda envelope: WorkReport(),
            unwanted=Unwanted(me=me, ask=session.execute, clock=_now, window=0).why,
            clock=_now,
        )

    def _annotate(self, pod: Pod, annotations: dict[str, str]) -> None:
        body = {"metadata": {"annotations": annotations}}
        self._cluster.patch(pods(self._workload.namespace), pod.name, body, timeout=60)


def _now() -> int:
    return int(time.time() * 1000)
