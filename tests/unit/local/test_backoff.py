"""The back-off of a Job, as Kubernetes has it."""

import pytest

from mcp_jobs.local.backoff import Backoff


@pytest.mark.parametrize(("failures", "delay"), [(1, 10), (2, 20), (3, 40), (6, 320), (7, 360), (5000, 360)])
def test_the_delay_doubles_with_each_failure_up_to_the_longest(failures: int, delay: float) -> None:
    assert Backoff(base=10, longest=360).delay(failures) == delay


def test_on_one_machine_the_first_delay_is_half_a_second() -> None:
    assert Backoff().delay(1) == 0.5
