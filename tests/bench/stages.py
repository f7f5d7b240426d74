"""How long a message takes from the producer to its outcome, stage by stage, in a real cluster.

usage: scripts/bench stages [--alone N] [--burst N] [--polling-interval SECONDS] [--cpu LIMIT] [--write]

KUBECONFIG, IMAGE and KAFKA_BROKERS say where (see tests/e2e/settings.py). The clocks of
this machine, the nodes and the brokers are compared with each other: they have to agree.
"""

import argparse
import os
import platform
import statistics
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import yaml
from rich.console import Console

from e2e import messages
from e2e.helm import CHART, ROOT
from e2e.namespace import Namespace
from e2e.release import Release
from e2e.settings import read_settings
from e2e.topic import Outcome
from e2e.watched import Object, Watched
from mcp_jobs.adapters.kubernetes.resource import Resource, jobs

LIMIT = 1800
PAGE = ROOT / "docs" / "performance.md"
BEGIN = "<!-- stages: written by `scripts/bench stages --write` -->\n"
END = "\n<!-- end of stages -->\n"
#: the moments, in their order: each row of the table is the time from the one before
MOMENTS = (
    "message produced",
    "Job created",
    "container started",
    "message claimed",
    "server spawned",
    "MCP initialized",
    "outcome written",
)


class Arrivals(Watched):
    """When each object was seen first, by `key_of`; seconds since the epoch."""

    def __init__(self, namespace: Namespace, resource: Resource) -> None:
        self.at: dict[str, float] = {}
        super().__init__(namespace.cluster, resource)

    def notice(self, thing: Object) -> None:
        """Keep the first moment."""
        if key := key_of(thing):
            self.at.setdefault(key, time.time())


def key_of(thing: Object) -> str:
    """A Job's uid, or the pod that an event says a container of is started; "" for other events."""
    if "involvedObject" not in thing:
        return str(thing["metadata"]["uid"])
    return str(thing["involvedObject"]["name"]) if thing.get("reason") == "Started" else ""


@dataclass(frozen=True)
class Bench:
    """A release, and the moments that only the API server tells."""

    release: Release
    jobs: Arrivals
    starts: Arrivals

    def run(self, count: int) -> list[list[float]]:
        """Send so many messages at once; the moments of each, in seconds."""
        topic = self.release.topic("default")
        places = topic.send([messages.calling("now") for _ in range(count)])
        outcomes = topic.settled(places, LIMIT)
        return [self._moments(o, topic.written[p]) for p, o in zip(places, outcomes, strict=True)]

    def _moments(self, outcome: Outcome, written: float) -> list[float]:
        if outcome["status"] != "succeeded" or outcome["attempt"] != 1:
            raise SystemExit(f"a message did not succeed at once: {outcome['error']}")
        job, pod = outcome["job"]["uid"], outcome["job"]["pod"]
        self.starts.wait(lambda: pod in self.starts.at, 60, f"the start of {pod} is told")
        [server], [call] = outcome["servers"], outcome["calls"]
        took = {name: milliseconds / 1000 for name, milliseconds in server["timingsMs"].items()}
        initialized = float(call["result"]["content"][0]["text"]) - took["listMs"]
        return [
            seconds(outcome["producedAt"]),
            self.jobs.at[job],
            self.starts.at[pod],
            seconds(outcome["startedAt"]),
            initialized - took["initializeMs"],
            initialized,
            written,
        ]


def seconds(moment: str) -> float:
    """RFC 3339 as seconds since the epoch."""
    return datetime.fromisoformat(moment).timestamp()


def table(title: str, runs: Sequence[Sequence[float]]) -> str:
    """The stages as a table in Markdown."""
    lines = [f"| {title} | p50 | p95 |", "|---|---|---|"]
    for index, (before, after) in enumerate(pairwise(MOMENTS)):
        lines.append(row(f"{before} → {after}", [run[index + 1] - run[index] for run in runs]))
    lines.append(row("all of it", [run[-1] - run[0] for run in runs]))
    return "\n".join(lines)


def row(name: str, times: Sequence[float]) -> str:
    """One line: the median, and the time that 95 % don't exceed."""
    ordered = sorted(times)
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return f"| {name} | {statistics.median(ordered):.2f} s | {late:.2f} s |"


def write(tables: Sequence[str]) -> None:
    """Put the tables between the page's two marks."""
    text = PAGE.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{PAGE} has not both of the lines {BEGIN.strip()} and {END.strip()}")
    where = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, on {date.today()}:"
    PAGE.write_text(head + begin + "\n\n".join([where, *tables]) + end + tail, encoding="utf-8")


def values(polling_interval: int, cpu: str) -> Mapping[str, Any]:
    """The chart's own resources, as people have them, or another limit of CPU."""
    chart = yaml.safe_load((ROOT / CHART / "values.yaml").read_text(encoding="utf-8"))
    runner = {name: chart["defaults"]["runner"][name] for name in ("resources", "claimResources")}
    if cpu:
        for resources in runner.values():
            resources["limits"]["cpu"] = cpu
    scaling = {"pollingInterval": polling_interval, "maxReplicaCount": 100}
    return {"defaults": {"scaling": scaling, "runner": runner}}


def main() -> None:
    """Install, measure, print, remove."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--alone", type=int, default=20, help="messages sent one after the other (20)")
    parser.add_argument("--burst", type=int, default=30, help="messages sent at once (30)")
    parser.add_argument("--polling-interval", type=int, default=5, help="KEDA's, in seconds (5)")
    parser.add_argument("--cpu", default="", help="limits.cpu of both containers (the chart's)")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    options = parser.parse_args()
    console, namespace = Console(), Namespace(f"bench-{uuid.uuid4().hex[:6]}")
    namespace.create()
    release = Release(namespace, read_settings(), values(options.polling_interval, options.cpu))
    events = Arrivals(namespace, Resource("", "events", namespace.name))
    bench = Bench(release, Arrivals(namespace, jobs(namespace.name)), events)
    try:
        release.upgrade()
        bench.run(1)  # the first pod of a node is slow
        with console.status(f"{options.alone} messages, one after the other"):
            alone = [bench.run(1)[0] for _ in range(options.alone)]
        with console.status(f"{options.burst} messages at once"):
            burst = bench.run(options.burst)
    finally:
        release.uninstall()
        release.close()
        namespace.delete()
    tables = [table(f"one at a time ({len(alone)} messages)", alone), table(f"{len(burst)} at once", burst)]
    print(*tables, sep="\n\n")
    if options.write:
        write(tables)


if __name__ == "__main__":
    main()
