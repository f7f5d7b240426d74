"""What is tuned, and what is given: the values of one workload, and the cluster they meet."""

from dataclasses import dataclass, field

from mcp_jobs.core.keda import Scaling
from mcp_jobs.core.tuning.spread import Lognormal, Spread


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The values that decide. `cap` is the policy's limit on active Jobs, None where there is none.

    `polling_interval` and `claim_wait` are seconds, `batch_size` is messages.
    """

    scaling: Scaling = field(default_factory=Scaling)
    polling_interval: float = 5.0
    batch_size: int = 1
    cap: int | None = None
    claim_wait: float = 10.0

    @property
    def most_jobs(self) -> int:
        """Jobs at once at most."""
        ceiling = self.scaling.max_replica_count
        return ceiling if self.cap is None else min(ceiling, self.cap)


_STARTUP = Lognormal(1.5, 2.5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """How fast Kafka, KEDA and the nodes are. Times are seconds, rates a second.

    The defaults of `startup`, `start_rate`, `ready`, `unready` and `teardown` were measured on two
    processors: give your own. `create_rate` and `create_burst` are KEDA's --kube-api-qps and
    --kube-api-burst, `api_timeout` is KEDA_KUBERNETES_API_TIMEOUT.
    """

    #: from the Job's creation to the start of its work, while nothing else starts
    startup: Spread = _STARTUP
    #: how many Jobs can start in a second before they slow each other down
    start_rate: float = 2.0
    #: pods that find room on the nodes at once
    room: int | None = None
    partitions: int = 3
    #: from the claim until KEDA sees the pod Ready: the startupProbe's period and the kubelet's report
    ready: tuple[float, float] = (0.0, 1.3)
    #: from the end of the work until KEDA sees the pod Ready no more: containers end, the kubelet reports it
    unready: tuple[float, float] = (0.7, 1.8)
    #: from the end of the work until KEDA sees the Job Complete; until then it counts as pending
    teardown: float = 3.5
    create_rate: float = 20.0
    create_burst: int = 30
    #: one create, admission webhooks included
    create_seconds: float = 0.03
    api_timeout: float = 0.0
    #: between KEDA's reading the lag and its listing the Jobs
    list_delay: float = 0.02
