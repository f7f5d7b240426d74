"""Why does a message wait? What is known of it, of KEDA and of the pods, as sentences with a next step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcp_jobs.core.death import PodView


@dataclass(frozen=True, kw_only=True, slots=True)
class ScaledJobView:
    """A ScaledJob as the API server shows it. `ready` is the condition's status, "" before KEDA looked.

    `workload` is its label, and that of its Jobs.
    """

    name: str
    topic: str
    group: str
    paused: bool = False
    polling_interval: int = 30
    max_replica_count: int = 100
    workload: str = ""
    ready: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """An event about a ScaledJob: KEDA's reason and words. `at` is milliseconds since the epoch."""

    reason: str
    message: str
    at: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, and the command to type next."""

    text: str
    command: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What was found. `scaled_job` is None where there is none for the topic and group.

    `ahead` counts the unclaimed messages of its partition that were sent before; `active` the unfinished
    Jobs; `unclaimed_pods` are pods of Jobs that have not claimed; `age` is in seconds.
    """

    namespace: str
    has_frontier: bool
    age: float
    ahead: int
    scaled_job: ScaledJobView | None
    active: int
    events: Sequence[Event] = ()
    unclaimed_pods: Sequence[PodView] = ()


def why_unclaimed(facts: Facts) -> Iterator[Finding]:
    """What keeps an unclaimed message, the most certain cause first; at least one sentence."""
    causes = [*_blocking(facts), *_events(facts), *_pods(facts)]
    yield from causes or [_patience(facts)]


def _blocking(facts: Facts) -> Iterator[Finding]:
    job, namespace = facts.scaled_job, facts.namespace
    if not facts.has_frontier:
        yield Finding(
            "its partition has no committed offset, so KEDA sees no lag and nobody claims", "mcp-jobs init"
        )
    if job is None:
        yield Finding(
            f"no ScaledJob in namespace {namespace} is about this topic and group: is the chart installed"
            " there, with this topic?",
            f"kubectl get scaledjobs -n {namespace}",
        )
        return
    if job.paused:
        yield Finding(f"the workload is paused (ScaledJob {job.name})", "mcp-jobs resume")
    if job.ready == "False":
        yield Finding(
            f"KEDA can't work with the ScaledJob {job.name}: {job.message}",
            f"kubectl describe scaledjob {job.name} -n {namespace}",
        )
    if not job.ready and facts.age > job.polling_interval:
        yield Finding(
            f"KEDA has not looked at the ScaledJob {job.name} yet: does its operator run?",
            "kubectl get pods -n keda",
        )
    if facts.active >= job.max_replica_count:
        yield Finding(
            f"{facts.active} of {job.max_replica_count} Jobs (maxReplicaCount) are unfinished, and"
            f" {facts.ahead} messages of its partition come before it",
            "mcp-jobs status",
        )


def _events(facts: Facts) -> Iterator[Finding]:
    """The last refusal, unless Jobs were created since."""
    for event in sorted(facts.events, key=lambda event: event.at, reverse=True):
        if event.reason == "KEDAJobsCreated":
            return
        if event.reason == "KEDAJobCreateFailed":
            yield Finding(f"a Job was refused: {event.message}", f"kubectl get events -n {facts.namespace}")
            return
        if event.reason == "KEDAScalerFailed":
            yield Finding(
                f"KEDA can't read the lag: {event.message}", "kubectl logs -n keda deploy/keda-operator"
            )
            return


def _pods(facts: Facts) -> Iterator[Finding]:
    """What keeps the pods that would claim it."""
    for pod in facts.unclaimed_pods:
        describe = f"kubectl describe pod {pod.name} -n {facts.namespace}"
        if pod.unschedulable:
            yield Finding(f"the pod {pod.name} finds no node: {pod.unschedulable}", describe)
        elif pod.lacks_image:
            text = f"the pod {pod.name} can't have its image {pod.image} ({pod.waiting})"
            yield Finding(f"{text}: check the image's name and tag, and image.pullSecrets", describe)
        elif pod.waiting not in ("", "ContainerCreating", "PodInitializing"):
            yield Finding(f"the pod {pod.name} can't start: {pod.waiting}: {pod.waiting_message}", describe)
        elif pod.exit_code:
            logs = f"kubectl logs {pod.name} -n {facts.namespace} --all-containers"
            yield Finding(f"the pod {pod.name} ended with exit code {pod.exit_code} before it claimed", logs)


def _patience(facts: Facts) -> Finding:
    job = facts.scaled_job
    interval = job.polling_interval if job else 0
    if facts.unclaimed_pods:
        return Finding(
            f"{len(facts.unclaimed_pods)} pods are starting, and one of them will claim it", "mcp-jobs status"
        )
    return Finding(
        f"nothing wrong is to be seen: it was sent {facts.age:.0f} s ago, KEDA looks every {interval} s",
        "mcp-jobs status --watch",
    )
