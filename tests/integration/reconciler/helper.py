"""A reconciler on the shared Kafka, one sweep at a time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from integration.claim.faults import Hook
from integration.claim.workload import Workload as Topic
from integration.reconciler.surroundings import Checkpoints, Jobs, Metrics, Time
from mcp_jobs.adapters.kafka.connection import Connection
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.reconcile import Fates
from mcp_jobs.core.requests import Answer, Request
from mcp_jobs.entrypoints.workload_kafka import kafka_of
from mcp_jobs.reconciler import ports
from mcp_jobs.reconciler.loop import Reconciler
from mcp_jobs.reconciler.notices import Notices
from mcp_jobs.reconciler.ports import Clock, Kafka, Times, Tools
from mcp_jobs.reconciler.sweep import Sweep
from mcp_jobs.reconciler.workload import Workload

SCOPE = Scope("cluster", "namespace", "w")

#: nothing is waited for, but claims under way are not fenced at once
TIMES = Times(no_jobs=0, missing=0, patience=2)


@dataclass(frozen=True, slots=True)
class Through:
    """A session with something between it and its user."""

    execute: Callable[[Request], Answer]
    reset_waits: Callable[[], None]


@dataclass
class Helper:
    """One replica of the admission helper, as far as it reconciles. Several may share a topic."""

    topic: Topic
    jobs: Jobs = field(default_factory=Jobs)
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    metrics: Metrics = field(default_factory=Metrics)
    time: Time = field(default_factory=Time)
    fates: Fates = field(default_factory=Fates)
    times: Times = TIMES
    scope: Scope = SCOPE
    api: ports.Jobs | None = None  #: a real API server instead of `jobs`
    config_map: ports.Checkpoints | None = None  #: a real one instead of `checkpoints`
    spans: ports.SendSpans | None = None

    def __post_init__(self) -> None:
        workload = Workload(name="w", topics=self.topic.topics, group=self.topic.group, scope=self.scope)
        self._reconciler = Reconciler(lambda: [workload], self._begin, self.api or self.jobs, self.metrics)

    def _begin(self, workload: Workload) -> Sweep:
        clock = Clock(self.time.now, self.time.milliseconds)
        tools = Tools(
            metrics=self.metrics, notices=Notices(), times=self.times, clock=clock, spans=self.spans
        )
        jobs, checkpoints = self.api or self.jobs, self.config_map or self.checkpoints
        return Sweep(workload, jobs, checkpoints, lambda: self.fates, tools)

    def sweep(self, via: Hook = lambda ask: ask) -> bool:
        """One sweep over a new connection; `via` may stand between it and Kafka."""

        def reach(connection: Connection, workload: Workload) -> Kafka:
            kafka = kafka_of(connection, workload, threading.Event(), transaction_timeout=2)
            through = Through(via(kafka.messages.execute), kafka.messages.reset_waits)
            return replace(kafka, messages=through)

        with Connection(self.topic.config) as connection:
            return self._reconciler.sweep(lambda workload: reach(connection, workload))

    def pod(self, uid: str, **options: Any) -> Claimant:
        """A new pod of a Job, which begins unless it runs."""
        if uid not in self.jobs.views:
            self.jobs.start(uid)
        return self.topic.me(uid, scope=self.scope, job=self.jobs.views[uid].name, **options)
