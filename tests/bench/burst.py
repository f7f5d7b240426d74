"""A release whose runners' pods are on fake nodes, and one burst of messages through it."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.consumption import Meter, Reading, quantile, rate, reviews
from bench.counted import CountedJobs, CountedPods
from bench.stand_in import Workload
from bench.stand_ins import StandIns
from cluster.cluster import Cluster
from cluster.fake_nodes import LATER, READY, SELECTOR, TOLERATION
from e2e.helm import CHART, helm
from e2e.namespace import Namespace
from e2e.topic import Topic, delete_topics

_RELEASE, _WORKLOAD = "scale", "default"
#: seconds in which the helper's and the cluster's own CPU is measured while nothing happens
_IDLE_SECONDS = 15.0
#: processes
_STAND_INS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What a burst came to. Times are seconds; `cpu`: seconds of each part for one Job, over the idle ones.

    `until_active`: from the first message on, until so many Jobs were active. `per_second`: Jobs, from the
    first one on. `latencies`: of a review, p50 and p99. `leader`, `standby`: resident bytes at most.
    """

    messages: int
    until_active: float
    per_second: float
    until_claimed: float
    until_settled: float
    until_over: float
    peak: int
    peak_ready: int
    created: int
    outcomes: int
    lag: int
    reviews: int
    latencies: tuple[float, float]
    leader: float
    standby: float
    cpu: dict[str, float]

    @property
    def surplus(self) -> int:
        """Jobs more than messages."""
        return self.created - self.messages


class Burst:
    """One release, in a namespace of its own, for one burst. `say` is told how far it is."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: Namespace,
        image: str,
        count: int,
        say: Callable[[str], None],
        polling: int,
    ) -> None:
        self._namespace = namespace
        self._polling = polling
        self._count = count
        self._say = say
        self._limit = _limit(count)
        self._config = {"bootstrap_servers": cluster.brokers.split(",")}
        self._topic = Topic(self._config, f"{namespace.name}.{_WORKLOAD}")
        self._meter = Meter(cluster, namespace)
        self._brokers = cluster.brokers
        self._install(image)

    def run(self, processes: int) -> Result:
        """Send the messages; let them be claimed when all Jobs are active, settled when all are claimed."""
        workload = Workload(self._brokers, self._namespace.name, _WORKLOAD, self._topic.name)
        with StandIns(workload, processes) as stand_ins, self._watched(stand_ins) as (jobs, pods):
            idle = self._meter.read()
            time.sleep(_IDLE_SECONDS)
            readings, began = [self._meter.read()], time.monotonic()
            places = self._topic.send([_message(number) for number in range(self._count)])
            jobs.wait(lambda: jobs.active >= self._count, self._limit, f"{self._count} active Jobs")
            readings.append(self._meter.read())
            self._say(f"{jobs.active} Jobs are active, after {jobs.reached[self._count] - began:.1f} s")

            stand_ins.claim()
            stand_ins.wait(lambda: stand_ins.claimed >= self._count, self._limit, "every message is claimed")
            claimed = time.monotonic()
            pods.wait(lambda: pods.count("ready") >= self._count, self._limit, "every claim is seen")
            readings.append(self._meter.read())
            self._say(f"{stand_ins.claimed} are claimed, {claimed - began:.1f} s after the first message")

            lag = self._topic.lag()
            stand_ins.settle()
            stand_ins.wait(lambda: stand_ins.settled >= self._count, self._limit, "every claim is settled")
            settled = time.monotonic()
            outcomes = self._topic.settled(places, self._limit)
            jobs.wait(lambda: jobs.all_over, self._limit, "every Job is over")
            over = time.monotonic()
            readings.append(self._meter.read())
            self._say(f"{len(outcomes)} outcomes, {over - began:.1f} s after the first message")
            time.sleep(2 * self._polling)  # whoever comes too late comes now
            jobs.wait(lambda: jobs.all_over, self._limit, "every Job is over")
        if others := [o for o in outcomes if o["status"] != "succeeded"]:
            raise RuntimeError(f"{len(others)} messages did not succeed, the first one: {others[0]}")
        return Result(
            messages=self._count,
            until_active=jobs.reached[self._count] - began,
            per_second=self._count / (jobs.reached[self._count] - jobs.first),
            until_claimed=claimed - began,
            until_settled=settled - began,
            until_over=over - began,
            peak=jobs.peak,
            peak_ready=pods.peak,
            created=len(jobs.seen),
            outcomes=len({outcome["job"]["uid"] for outcome in outcomes}),
            lag=lag,
            **_consumed(idle, readings, self._count),
        )

    def close(self) -> None:
        """Uninstall it."""
        helm("uninstall", _RELEASE, "--namespace", self._namespace.name, "--wait", "--timeout", "5m")
        delete_topics(self._config, [self._topic.name])
        self._topic.close()

    @contextmanager
    def _watched(self, stand_ins: StandIns) -> Iterator[tuple[CountedJobs, CountedPods]]:
        jobs, pods = CountedJobs(self._namespace), CountedPods(self._namespace, stand_ins.start)
        with jobs, pods:
            yield jobs, pods

    def _install(self, image: str) -> None:
        repository, _, tag = image.rpartition(":")
        helm(
            "upgrade", "--install", _RELEASE, CHART, "--namespace", self._namespace.name,
            "--wait", "--timeout", "10m",
            values={
                "kafka": {"brokers": self._brokers},
                "image": {"repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"},
                "init": {"createTopics": True},
                "policy": {"maxActiveJobs": 2 * self._count},
                "workloads": {_WORKLOAD: {"topic": self._topic.name}},
                "defaults": {
                    # Room for twice as many: a surplus is to be seen, not cut off.
                    "scaling": {"pollingInterval": self._polling, "maxReplicaCount": 2 * self._count},
                    "pod": {
                        "nodeSelector": SELECTOR,
                        "tolerations": [TOLERATION],
                        "annotations": {READY: LATER},
                    },
                },
            },
        )  # fmt: skip


def measure(cluster: Cluster, image: str, count: int, say: Callable[[str], None], polling: int) -> Result:
    """One burst, in a namespace of its own, of which nothing stays."""
    with released(cluster, image, count, say, polling) as burst:
        return burst.run(_STAND_INS)


@contextmanager
def released(
    cluster: Cluster, image: str, count: int, say: Callable[[str], None], polling: int
) -> Iterator[Burst]:
    """The chart, installed for a burst."""
    namespace = Namespace(f"scale-{uuid.uuid4().hex[:6]}")
    namespace.create()
    try:
        burst = Burst(cluster, namespace, image, count, say, polling)
        try:
            yield burst
        finally:
            burst.close()
    finally:
        namespace.delete(_limit(count))


def _limit(count: int) -> float:
    """Seconds that a machine with much else to do may take for one step."""
    return 300 + count / 2


def _message(number: int) -> bytes:
    server = {"command": "python", "disabled": True}
    return json.dumps({"jobId": f"scale-{number}", "payload": {"mcpServers": {"none": server}}}).encode()


def _consumed(idle: Reading, readings: list[Reading], jobs: int) -> dict[str, Any]:
    first, last = readings[0], readings[-1]
    resting, seconds, found = rate(idle, first), last.at - first.at, reviews(first, last)
    return {
        "reviews": int(max(found.values(), default=0)),
        "latencies": (quantile(found, 0.5), quantile(found, 0.99)),
        "leader": max(reading.leader for reading in readings),
        "standby": max(reading.standby for reading in readings),
        "cpu": {
            name: max(0.0, last.cpu[name] - first.cpu[name] - resting[name] * seconds) / jobs
            for name in resting
        },
    }
