"""Why a Job left its message claimed, as Kubernetes tells it: a class, and a sentence a person can act on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mcp_jobs.core.failure import Failure, FailureClass
from mcp_jobs.core.reconcile import JobState

#: why a container waits that can't have its image
IMAGE_REASONS = frozenset({
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
    "SignatureValidationFailed",
    "ImageInspectError",
})  # fmt: skip

#: what to do about a container that needs more memory than it may have
_MEMORY_CURES = {
    "runner": "raise runner.claimResources.limits.memory, or claim fewer messages at once (batchSize)",
    "servers": "raise runner.resources.limits.memory, or start fewer servers in one message",
}

#: reasons of the condition DisruptionTarget, and of pods that a kubelet refuses or ends
_DISRUPTIONS = {
    "PreemptionByScheduler": "made room for a pod of higher priority: give runners a priorityClassName",
    "DeletionByTaintManager": "was deleted from a node that got a taint, as a lost node does",
    "EvictionByEvictionAPI": "was evicted through the API, as a node drain does",
    "DeletionByPodGC": "was on a node that is gone",
    "TerminationByKubelet": "was ended by its node, for want of resources or because the node shut down",
    "Evicted": "was evicted because its node ran short of a resource: raise the runner's requests",
    "Preempting": "made room for a critical pod on its node",
    "NodeLost": "was on a node that does not answer any more",
    "NodeShutdown": "was ended because its node shut down",
    "Terminated": "was ended because its node shut down",
}

_SIGNALS = {137: "SIGKILL", 143: "SIGTERM"}


@dataclass(frozen=True, kw_only=True, slots=True)
class JobView:
    """A Job as the API server shows it. `reason` and `message` are those of its condition Failed.

    `started` and `ended` are milliseconds since the epoch, None where the API server does not say; `workload`
    is its label. `suspended`: it is to have no pods now.
    """

    uid: str
    name: str
    workload: str = ""
    state: JobState = JobState.ACTIVE
    suspended: bool = False
    reason: str = ""
    message: str = ""
    started: int | None = None
    ended: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PodView:
    """A pod of the Job `job`. Times are milliseconds since the epoch; the rest is Kubernetes' own words.

    `container` is the one that tells: `runner`, unless it ended because of another one. `waiting...`,
    `running_since`, `terminated`, `exit_code`, `last_words` (what it said before it ended), `image` and
    `memory_limit` are its own, `reason` and `message` the pod's; `disruption` is the reason of the condition
    DisruptionTarget, `unschedulable` that of a PodScheduled which is False.
    """

    name: str
    container: str = "runner"
    job: str = ""
    created: int = 0
    reason: str = ""
    message: str = ""
    disruption: str = ""
    unschedulable: str = ""
    waiting: str = ""
    waiting_message: str = ""
    running_since: int | None = None
    terminated: str = ""
    exit_code: int | None = None
    last_words: str = ""
    image: str = ""
    memory_limit: str = ""

    @property
    def lacks_image(self) -> bool:
        """Whether its container waits for an image that can't be pulled."""
        return self.waiting in IMAGE_REASONS

    @property
    def where(self) -> str:
        """The container, for a sentence."""
        return f"the container {self.container} of the pod {self.name}"


@dataclass(frozen=True, slots=True)
class Death:
    """Why there will be no outcome: `text` is a sentence."""

    kind: FailureClass
    text: str

    def failure(self) -> Failure:
        """The failure that the outcome and the dead letter carry."""
        return Failure(kind=self.kind, message=self.text, retriable=False)


def last_of(pods: Iterable[PodView]) -> PodView | None:
    """The youngest pod: it tells how its Job is."""
    return max(pods, key=lambda pod: pod.created, default=None)


def death_of(job: JobView, pods: Sequence[PodView] = ()) -> Death:
    """Judge a Job that is over or gone, or whose last pod can't start, by its last pod."""
    pod = last_of(pods)
    told = _of_pod(pod) if pod else None
    match job.state:
        case JobState.GONE:
            text = f"the Job {job.name} was deleted before its message had an outcome, by hand or by its TTL"
            return Death(FailureClass.DELETED, text)
        case JobState.COMPLETE:
            text = f"the Job {job.name} is Complete, but left this message of its claim without an outcome"
            return Death(FailureClass.ATTEMPTS, text)
    if job.reason == "DeadlineExceeded":
        return _deadline(job, told)
    why = told or Death(FailureClass.ATTEMPTS, "no pod of it is left to say why")
    return Death(why.kind, f"the Job {job.name} {_ending(job)}: {why.text}")


def _deadline(job: JobView, told: Death | None) -> Death:
    """The deadline counts for the whole Job, so the last pod tells what it was spent on."""
    text = (
        f"the Job {job.name} ran longer than its activeDeadlineSeconds (DeadlineExceeded): raise"
        " job.activeDeadlineSeconds, or send less work in one message"
    )
    return Death(FailureClass.DEADLINE, f"{text}. Before that: {told.text}" if told else text)


def _ending(job: JobView) -> str:
    if job.state is JobState.ACTIVE:
        return "can't go on"
    reason = ": ".join(filter(None, (job.reason, job.message)))
    return f"failed ({reason})" if reason else "failed"


def _of_pod(pod: PodView) -> Death | None:
    """What a pod says, None where it says nothing of an end."""
    disruption = pod.disruption or pod.reason
    if pod.lacks_image:
        return _image(pod)
    if pod.terminated == "OOMKilled":
        return _oom(pod)
    if disruption in _DISRUPTIONS:
        text = f"the pod {pod.name} {_DISRUPTIONS[disruption]} ({_said(disruption, pod.message)})"
        return Death(FailureClass.EVICTED, text)
    if pod.exit_code is not None:
        return _exit(pod, pod.exit_code)
    if pod.unschedulable:
        text = f"the pod {pod.name} found no node (Unschedulable: {pod.unschedulable})"
        return Death(FailureClass.ATTEMPTS, text)
    if pod.waiting and pod.waiting not in ("ContainerCreating", "PodInitializing"):
        text = f"{pod.where} could not start ({_said(pod.waiting, pod.waiting_message)})"
        return Death(FailureClass.ATTEMPTS, text)
    return None


def _image(pod: PodView) -> Death:
    text = (
        f"the pod {pod.name} can't have its image {pod.image} ({_said(pod.waiting, pod.waiting_message)}):"
        " check the image's name and tag, and image.pullSecrets"
    )
    return Death(FailureClass.IMAGE, text)


def _oom(pod: PodView) -> Death:
    limit = f"its limit of {pod.memory_limit}" if pod.memory_limit else "its node had left"
    cure = _MEMORY_CURES.get(pod.container, "raise its memory limit")
    text = f"{pod.where} was killed as it used more memory than {limit} (OOMKilled): {cure}"
    return Death(FailureClass.OOM, text)


def _exit(pod: PodView, code: int) -> Death:
    signal = f", {_SIGNALS[code]}" if code in _SIGNALS else ""
    reason = f", {pod.terminated}" if pod.terminated not in ("", "Error", "Completed") else ""
    words = f" ({pod.last_words})" if pod.last_words else ""
    text = f"{pod.where} ended with exit code {code}{signal}{reason}{words}; its log says more"
    return Death(FailureClass.ATTEMPTS, text)


def _said(reason: str, message: str) -> str:
    return f"{reason}: {message.strip().rstrip('.')}" if message.strip() else reason
