"""Hundreds and thousands of Jobs at once, through KEDA and the admission helper, on fake nodes.

usage: scripts/bench scale [--jobs N [N ...]] [--polling-interval S] [--cluster NAME] [--keep]

Kubernetes, KEDA, Kafka, the chart and the helper's pods are real. What runs in the runners' pods is not:
stand-ins claim and settle in their names, by the product's own code. All Jobs are there at once before the
first one claims. It needs Linux and root, as scripts/cluster does; a cluster that is up is used as it is.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable

from rich.console import Console

from cluster.bring_up import bring_up
from cluster.cluster import Cluster, take_down
from cluster.layout import Home
from cluster.node import node_runs
from cluster.plan import Kafka, Plan
from e2e.helm import run

NAME = "mcp-jobs-scale"
IMAGE = "localhost/mcp-jobs:scale"
FAKE_NODES = 10
JOBS = (100, 1000)
#: seconds between two polls of KEDA, the chart's default
POLLING = 5


def fake_nodes(home: Home, say: Callable[[str], None]) -> Cluster:
    """The cluster, with fake nodes; what of it runs is used as it is."""
    plan = Plan(pods="", kafka=Kafka(), tools={}, fake_nodes=FAKE_NODES)
    return bring_up(home, plan, say=say)


def main() -> None:
    """Bring the cluster up, measure, print, take it down."""
    parser = argparse.ArgumentParser(prog="scripts/bench scale", description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, nargs="+", default=JOBS, metavar="N", help="default: %(default)s")
    parser.add_argument(
        "--polling-interval", type=int, default=POLLING, metavar="S", help="seconds; default: %(default)s"
    )
    parser.add_argument("--cluster", default=NAME, help="its name; default: %(default)s")
    parser.add_argument("--keep", action="store_true", help="leave the cluster running")
    options = parser.parse_args()
    home, results, began = Home(options.cluster), [], time.monotonic()
    was_there = node_runs(home)

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {line}", file=sys.stderr, flush=True)

    try:
        cluster = fake_nodes(home, lambda line: print(line, file=sys.stderr, flush=True))
        say(f"the cluster {home.name} is up")
        build = [sys.executable, "-m", "cluster.image", "--name", home.name]
        run([*build, "--tag", IMAGE, "--build-arg", "INSTALL_NODE=false"])
        # The Kubernetes client reads it when it is imported.
        os.environ["KUBECONFIG"] = str(cluster.kubeconfig)
        from bench.burst import measure
        from bench.scale_table import load, settings, table

        console = Console(width=100 if not sys.stdout.isatty() else None)
        console.print(
            f"Before: {load()}. KEDA: {settings(cluster, options.polling_interval)}", soft_wrap=True
        )
        for count in options.jobs:
            say(f"{count} messages")
            results.append(measure(cluster, IMAGE, count, say, options.polling_interval))
            console.print(table(results))
    finally:
        if not (options.keep or was_there):
            take_down(home)


if __name__ == "__main__":
    main()
