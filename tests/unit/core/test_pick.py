"""A message is picked where there are some, and holes are stepped over."""

import pytest

from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.log import Reading
from mcp_jobs.core.pick import Picked, Prefetch, Survey, weighted
from mcp_jobs.core.requests import WaitReason
from mcp_jobs.core.step import Pause

ME = Claimant(group="g", job_uid="uid", holder="me", batch_size=3)


@pytest.mark.parametrize(
    ("dice", "partition"), [(0.0, 3), (0.24, 3), (0.25, 5), (0.74, 5), (0.75, 8), (0.999, 8)]
)
def test_a_partition_is_chosen_as_often_as_it_has_messages(dice: float, partition: int) -> None:
    assert weighted([(3, 1), (5, 2), (8, 1)], dice) == partition


def test_nothing_but_holes_is_picked_to_move_the_frontier() -> None:
    state = Prefetch(Survey(ME), 0, Committed(4), 4).on(Reading((), 6))
    assert state == Picked(0, Committed(4), (), 6)


def test_a_piece_without_progress_is_nothing_to_claim_now() -> None:
    state = Prefetch(Survey(ME), 0, Committed(4), 4).on(Reading((), 4))
    assert isinstance(state, Pause)
    assert state.reason is WaitReason.IDLE
