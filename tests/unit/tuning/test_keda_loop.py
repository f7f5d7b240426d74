"""The model scales by the formulas that the local platform scales by."""

from mcp_jobs.core import keda
from mcp_jobs.core.tuning import scaler
from mcp_jobs.core.tuning.throttle import Throttle
from mcp_jobs.local import scaledjob


def test_model_and_local_platform_share_kedas_formulas() -> None:
    assert vars(scaler)["jobs_to_create"] is vars(scaledjob)["jobs_to_create"] is keda.jobs_to_create


def test_a_burst_goes_out_at_once_and_the_rest_at_the_rate() -> None:
    throttle, now, times = Throttle(rate=2, burst=3), 0.0, []
    for _ in range(6):
        now = throttle.next(now)
        throttle.take()
        times.append(now)
    assert times == [0, 0, 0, 0.5, 1.0, 1.5]


def test_a_pause_fills_the_bucket_to_its_brim_and_no_further() -> None:
    throttle = Throttle(rate=2, burst=3)
    for _ in range(3):
        throttle.take()
    waits = []
    for _ in range(4):
        waits.append(throttle.next(100.0) - 100.0)
        throttle.take()
    assert waits == [0, 0, 0, 0.5]
