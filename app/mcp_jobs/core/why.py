"""Why does a message wait? What is known of it, of KEDA and of the pods, as sentences with a next step."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mcp_jobs.core.death import PodView

#: seconds that a runner takes to claim at most, where nothing is wrong
_CLAIM_SECONDS = 30
#: what is in a refusal, and the command that says more
_REFUSALS = (
    ("failed calling webhook", "kubectl get pods -n {namespace} -l app.kubernetes.io/component=admission"),
    ("denied the request", "mcp-jobs status"),
    ("exceeded quota", "kubectl describe resourcequota -n {namespace}"),
)


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
    """An event about an object of the name `about`, in a controller's words. `at` is ms since the epoch."""

    about: str = ""
    reason: str
    message: str
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Podless:
    """An unfinished Job without a pod. `refused` is why its last pod was not made, "" where nobody said."""

    name: str
    suspended: bool = False
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, and the command to type next."""

    text: str
    command: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What was found. `scaled_job` is None where there is none for the topic and group.

    `ahead` counts the unclaimed messages of its partition that were sent before; `active` the workload's
    unfinished Jobs; `events` are about the ScaledJob, the oldest first. Of the Jobs that have not claimed,
    `unclaimed_pods` are the pods, and `podless` have none; `held_up` is by pod what its node can't give it: a
    volume, a network.
    `age` is in seconds, `now` in milliseconds since the epoch.
    """

    namespace: str
    has_frontier: bool
    age: float
    ahead: int
    scaled_job: ScaledJobView | None
    active: int
    now: int = 0
    events: Sequence[Event] = ()
    unclaimed_pods: Sequence[PodView] = ()
    podless: Sequence[Podless] = ()
    held_up: Mapping[str, str] = field(default_factory=dict)


def why_unclaimed(facts: Facts) -> Iterator[Finding]:
    """What keeps an unclaimed message, the most certain cause first; at least one sentence."""
    # A refusal makes the ScaledJob's condition False as well, and the event says it better.
    keda = [*_events(facts)] or [*_condition(facts)]
    causes = [*_blocking(facts), *keda, *_jobs(facts), *_pods(facts)]
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


def _condition(facts: Facts) -> Iterator[Finding]:
    job = facts.scaled_job
    if job and job.ready == "False":
        yield Finding(
            f"KEDA can't work with the ScaledJob {job.name}: {job.message}",
            f"kubectl describe scaledjob {job.name} -n {facts.namespace}",
        )


def _events(facts: Facts) -> Iterator[Finding]:
    """The last refusal, unless Jobs were created since."""
    for event in reversed(facts.events):
        if event.reason == "KEDAJobsCreated":
            return
        if event.reason == "KEDAJobCreateFailed":
            yield _refused("a Job was refused", event.message, facts.namespace)
            return
        if event.reason == "KEDAScalerFailed":
            yield Finding(
                f"KEDA can't read the lag: {event.message}", "kubectl logs -n keda deploy/keda-operator"
            )
            return


def _refused(what: str, message: str, namespace: str) -> Finding:
    commands = (command for words, command in _REFUSALS if words in message)
    command = next(commands, "kubectl get events -n {namespace}")
    return Finding(f"{what}: {message}", command.format(namespace=namespace))


def _jobs(facts: Facts) -> Iterator[Finding]:
    """What keeps Jobs from having the pods that would claim it. One of a kind is enough."""
    refused = next((job for job in facts.podless if job.refused), None)
    if refused:
        yield _refused(f"the Job {refused.name} gets no pod", refused.refused, facts.namespace)
    suspended = next((job for job in facts.podless if job.suspended), None)
    if suspended:
        yield Finding(
            f"the Job {suspended.name} is suspended: who did that, Kueue for example, has to let it go on",
            f"kubectl describe job {suspended.name} -n {facts.namespace}",
        )


def _pods(facts: Facts) -> Iterator[Finding]:
    for pod in facts.unclaimed_pods:
        if problem := pod_problem(pod, facts.namespace):
            yield problem
        elif pod.running_since is None and pod.name in facts.held_up:
            text = f"the pod {pod.name} can't start: {facts.held_up[pod.name]}"
            yield Finding(text, f"kubectl describe pod {pod.name} -n {facts.namespace}")
        elif pod.running_since and facts.now - pod.running_since > _CLAIM_SECONDS * 1000:
            seconds = (facts.now - pod.running_since) // 1000
            text = f"the pod {pod.name} has run for {seconds} s without a claim: does it reach Kafka?"
            yield Finding(text, _logs(pod, facts.namespace))


def pod_problem(pod: PodView, namespace: str) -> Finding | None:
    """What keeps a pod from its work, None where nothing is to be seen."""
    describe = f"kubectl describe pod {pod.name} -n {namespace}"
    if pod.unschedulable:
        return Finding(f"the pod {pod.name} finds no node: {pod.unschedulable}", describe)
    if pod.lacks_image:
        text = f"the pod {pod.name} can't have its image {pod.image} ({pod.waiting})"
        return Finding(f"{text}: check the image's name and tag, and image.pullSecrets", describe)
    if pod.waiting not in ("", "ContainerCreating", "PodInitializing"):
        return Finding(f"the pod {pod.name} can't start: {pod.waiting}: {pod.waiting_message}", describe)
    if pod.exit_code:
        words = f": {pod.last_words}" if pod.last_words else ""
        return Finding(f"{pod.where} ended with exit code {pod.exit_code}{words}", _logs(pod, namespace))
    return None


def _logs(pod: PodView, namespace: str) -> str:
    return f"kubectl logs {pod.name} -n {namespace} --all-containers"


def _patience(facts: Facts) -> Finding:
    job = facts.scaled_job
    interval = job.polling_interval if job else 0
    if starting := len(facts.unclaimed_pods) + len(facts.podless):
        count = "1 Job is" if starting == 1 else f"{starting} Jobs are"
        return Finding(f"{count} starting, and one of them will claim it", "mcp-jobs status")
    return Finding(
        f"nothing wrong is to be seen: it was sent {facts.age:.0f} s ago, KEDA looks every {interval} s",
        "mcp-jobs status --watch",
    )
