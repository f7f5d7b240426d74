"""What becomes of a broker's error codes."""

import pytest

from mcp_jobs.adapters.kafka import codes
from mcp_jobs.adapters.kafka.outage import Unanswered, Unsent
from mcp_jobs.adapters.kafka.writes import verdict
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.requests import Busy, Done, Fenced


@pytest.mark.parametrize("code", [-1, 7])
def test_a_write_of_which_a_broker_does_not_say_whether_it_is_done_is_not_taken_for_refused(
    code: int,
) -> None:
    with pytest.raises(Unanswered):
        verdict([(0, "one"), (code, "two")])


@pytest.mark.parametrize("code", sorted(codes.MOVED))
def test_a_write_that_another_broker_is_to_be_asked_for_was_not_done(code: int) -> None:
    with pytest.raises(Unsent):
        verdict([(code, "topic")])


def test_one_fence_in_an_answer_counts_for_all_of_it() -> None:
    assert verdict([(0, "one"), (47, "two"), (-1, "three")]) == Fenced()
    assert verdict([(51, "one"), (0, "two")]) == Busy()
    assert verdict([(0, "one")]) == Done()


def test_an_answer_without_any_code_is_no_success() -> None:
    with pytest.raises(ProtocolError, match="answers nothing"):
        verdict([])
