"""What to expect of given values: several courses of events, summed up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from mcp_jobs.core.tuning.load import Load
from mcp_jobs.core.tuning.settings import Cluster, Settings
from mcp_jobs.core.tuning.simulation import Run, simulate
from mcp_jobs.core.tuning.spread import percentile


@dataclass(frozen=True, slots=True)
class Figure:
    """The mean over all courses, and the least and the most of them."""

    mean: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """The settings and what each course came to."""

    settings: Settings
    runs: tuple[Run, ...]

    def wait(self, share: float) -> Figure:
        """The percentile `share` (0 to 1) of the waits, in seconds."""
        return _figure(percentile(run.waits, share) for run in self.runs)

    @property
    def p95(self) -> float:
        """The 95th percentile of the waits, in seconds: what the settings are judged by."""
        return self.wait(0.95).mean

    @property
    def makespan(self) -> Figure:
        """From the first arrival to the end of the last work, in seconds."""
        return _figure(run.makespan for run in self.runs)

    @property
    def peak_jobs(self) -> Figure:
        """The most unfinished Jobs at a time."""
        return _figure(run.peak_jobs for run in self.runs)

    @property
    def pod_seconds(self) -> Figure:
        """Seconds that pods held their room, all pods together."""
        return _figure(run.pod_seconds for run in self.runs)

    @property
    def surplus(self) -> Figure:
        """Jobs that found no message."""
        return _figure(run.surplus for run in self.runs)

    @property
    def polls(self) -> Figure:
        """How often KEDA looked."""
        return _figure(run.polls for run in self.runs)

    @property
    def denied(self) -> int:
        """Creates that the policy denied, on average."""
        return round(fmean(run.denied for run in self.runs))

    @property
    def cut(self) -> int:
        """Creates that KEDA's deadline cut off, on average."""
        return round(fmean(run.cut for run in self.runs))

    @property
    def stranded(self) -> int:
        """Messages that never start, in the worst course."""
        return max(run.stranded for run in self.runs)

    def cost(self, poll_cost: float) -> float:
        """In pod-seconds; a poll counts as `poll_cost` of them. Surplus Jobs are within the pod-seconds."""
        return self.pod_seconds.mean + self.polls.mean * poll_cost


def predict(settings: Settings, cluster: Cluster, load: Load, seeds: Sequence[int]) -> Prediction:
    """Simulate one course for each seed. Loads are the same for all settings, so that these compare."""
    return Prediction(
        settings, tuple(simulate(settings, cluster, load.messages(seed), seed) for seed in seeds)
    )


def _figure(values: Iterator[float]) -> Figure:
    found = list(values)
    return Figure(fmean(found), min(found), max(found))
