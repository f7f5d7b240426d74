"""What `mcp-jobs tune` predicts is what KEDA does: waits and makespan within 20 %, on two loads.

The cluster's pace is fitted to a first load, whose waits are not compared; the nodes must not become much
busier or idler in between.
"""

import json
import time
import uuid

import pytest

from e2e.release import Install, Release
from mcp_jobs.core.keda import Scaling
from mcp_jobs.core.tuning.fit import fit
from mcp_jobs.core.tuning.load import Burst, Load
from mcp_jobs.core.tuning.prediction import Prediction
from mcp_jobs.core.tuning.recording import Recording, recording
from mcp_jobs.core.tuning.settings import Cluster, Settings
from mcp_jobs.core.tuning.simulation import simulate
from mcp_jobs.core.tuning.spread import Fixed, percentile

SEEDS = range(1, 21)
SHARES = {"p50": 0.5, "p95": 0.95}
MINUTE = 60.0

SCALING: dict[str, dict[str, int]] = {
    "steady": {"pollingInterval": 10, "maxReplicaCount": 50},
    "waves": {"pollingInterval": 5, "maxReplicaCount": 6},
}
FIRST = {
    "steady": Load(work=Fixed(6), rate=0.3, duration=120),
    "waves": Load(work=Fixed(8), bursts=(Burst(12),)),
}
LOADS = {
    "steady": Load(work=Fixed(6), rate=0.3, duration=300),  # 90 messages: of few, the p95 is chance
    "waves": Load(work=Fixed(8), bursts=(Burst(30),)),
}


@pytest.fixture(scope="module")
def release(install: Install) -> Release:
    """A workload for each load."""
    return install(
        {"workloads": {"default": {"enabled": False}} | {n: {"scaling": s} for n, s in SCALING.items()}}
    )


def message(seconds: float) -> bytes:
    """A message that takes so long."""
    server = {"command": "python", "args": ["/programs/sleeper.py"]}
    call = {"server": "sleeper", "tool": "sleep", "arguments": {"seconds": seconds}}
    payload = {"mcpServers": {"sleeper": server}, "calls": [call]}
    return json.dumps({"jobId": f"sleep-{uuid.uuid4().hex[:8]}", "payload": payload}).encode()


def send(release: Release, workload: str, load: Load, seed: int) -> Recording:
    """Send a load as it comes, and read its outcomes."""
    topic, began, places = release.topic(workload), time.monotonic(), []
    due = load.messages(seed)
    while due:
        now = time.monotonic() - began
        ready = [message(m.work) for m in due if m.arrival <= now]
        places += topic.send(ready) if ready else []
        due = due[len(ready) :]
        time.sleep(max(0.0, min(due[0].arrival - now, 1.0)) if due else 0)
    outcomes = topic.settled(places, 10 * MINUTE)
    assert {outcome["status"] for outcome in outcomes} == {"succeeded"}
    return recording(outcomes)


def predicted(settings: Settings, cluster: Cluster, found: Recording) -> Prediction:
    """What to expect of the messages as they came."""
    return Prediction(settings, tuple(simulate(settings, cluster, found.messages, seed) for seed in SEEDS))


def settings_of(workload: str) -> Settings:
    scaling = SCALING[workload]
    return Settings(
        scaling=Scaling(max_replica_count=scaling["maxReplicaCount"]),
        polling_interval=scaling["pollingInterval"],
    )


@pytest.mark.parametrize("workload", ["steady", "waves"])
def test_the_predicted_waits_are_those_of_the_cluster(release: Release, workload: str) -> None:
    settings = settings_of(workload)
    cluster = fit(send(release, workload, FIRST[workload], seed=1), settings, Cluster(), (1, 2))
    found = send(release, workload, LOADS[workload], seed=2)
    expected = predicted(settings, cluster, found)
    measured = {name: percentile(found.waits, share) for name, share in SHARES.items()}
    figures = {name: expected.wait(share).mean for name, share in SHARES.items()}
    measured["makespan"], figures["makespan"] = found.makespan, expected.makespan.mean
    print(f"{workload}: measured {measured}, predicted {figures}")
    assert figures == pytest.approx(measured, rel=0.2)
