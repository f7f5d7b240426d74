"""All that a tuning run has found, for whatever shows it."""

from dataclasses import dataclass
from typing import Any

from mcp_jobs.core.tuning.prediction import Figure, Prediction
from mcp_jobs.core.tuning.recording import Recording
from mcp_jobs.core.tuning.settings import Cluster
from mcp_jobs.core.tuning.spread import percentile
from mcp_jobs.core.tuning.sweep import front

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """`predictions` begin with today's; `lines` are YAML, the others sentences."""

    workload: str
    messages: int
    cluster: Cluster
    predictions: tuple[Prediction, ...]
    chosen: Prediction
    poll_cost: float
    lines: str
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    recording: Recording | None = None

    @property
    def today(self) -> Prediction:
        """What today's values come to."""
        return self.predictions[0]

    @property
    def front(self) -> list[Prediction]:
        """Those that are worth considering, by cost."""
        return front(self.predictions, self.poll_cost)

    def to_json(self) -> dict[str, Any]:
        """All of it as one JSON object; times are seconds."""
        return {
            "workload": self.workload,
            "messages": self.messages,
            "cluster": {
                "startup": round(self.cluster.startup.mean, 2),
                "startsPerSecond": round(self.cluster.start_rate, 2),
            },
            "measured": _measured(self.recording) if self.recording else None,
            "today": self._json(self.today),
            "recommended": self._json(self.chosen),
            "front": [self._json(prediction) for prediction in self.front],
            "values": self.lines,
            "why": list(self.reasons),
            "warnings": list(self.warnings),
        }

    def _json(self, prediction: Prediction) -> dict[str, Any]:
        settings = prediction.settings
        return {
            "pollingInterval": settings.polling_interval,
            "maxReplicaCount": settings.scaling.max_replica_count,
            "lagThreshold": settings.scaling.lag_threshold,
            "batchSize": settings.batch_size,
            "wait": {name: _figure(prediction.wait(share)) for name, share in SHARES.items()},
            "makespan": _figure(prediction.makespan),
            "peakJobs": _figure(prediction.peak_jobs),
            "podSeconds": _figure(prediction.pod_seconds),
            "surplusRuns": _figure(prediction.surplus),
            "polls": _figure(prediction.polls),
            "deniedCreates": prediction.denied,
            "lateCreates": prediction.cut,
            "stranded": prediction.stranded,
            "cost": round(prediction.cost(self.poll_cost), 1),
        }


def _figure(figure: Figure) -> dict[str, float]:
    return {"mean": round(figure.mean, 2), "least": round(figure.least, 2), "most": round(figure.most, 2)}


def _measured(found: Recording) -> dict[str, float]:
    return {name: round(percentile(found.waits, share), 2) for name, share in SHARES.items()}
