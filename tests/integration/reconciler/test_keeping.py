"""What is kept, and for how long: offsets written anew, claim groups deleted, checkpoints made."""

import pytest
from kafka import KafkaAdminClient
from kafka.structs import TopicPartition

from integration.claim.faults import Counter, lose_answer
from integration.reconciler.conftest import MakeHelper
from integration.reconciler.helper import Helper
from integration.reconciler.test_faults import RUNNER_STEPS, pause_after
from mcp_jobs.core.checkpoint import from_json
from mcp_jobs.core.keepalive import Missing, Rewrite
from mcp_jobs.core.names import claim_group, claim_id
from mcp_jobs.core.reconcile import JobState
from mcp_jobs.core.requests import CommitOffset
from mcp_jobs.core.step import drive

MESSAGE = b'{"jobId": "a", "payload": 1}'
DAY = 86_400


def writes(counter: Counter) -> dict[tuple[str, int], int]:
    """The offsets that were written, by group and partition."""
    found = [request for request in counter.requests if isinstance(request, CommitOffset)]
    return {(request.group, request.partition): request.committed.offset for request in found}


# --- keep-alive -------------------------------------------------------------------------------------


def test_frontiers_and_open_claims_are_written_anew_once_a_day(make_helper: MakeHelper) -> None:
    helper = make_helper(2)
    helper.topic.produce([MESSAGE] * 2, partition=1)
    helper.topic.claimed(helper.pod("a"))
    helper.topic.run(helper.pod("b"))
    before = helper.topic.offsets(helper.topic.group), helper.topic.offsets(group_of(helper, "a"))
    helper.sweep()  # makes the first checkpoint
    daily, hourly = Counter(), Counter()

    helper.sweep(via=daily)
    helper.time.seconds += DAY - 1
    helper.sweep(via=hourly)

    group = helper.topic.group
    assert writes(daily) == {(group, 0): 0, (group, 1): 2, (group_of(helper, "a"), 1): 0}
    assert writes(hourly) == {}
    after = helper.topic.offsets(helper.topic.group), helper.topic.offsets(group_of(helper, "a"))
    assert after == before
    assert from_json(helper.checkpoints.kept["w"]).kept_alive > 0


def test_a_new_leader_goes_on_with_the_rounds_of_the_last_one(make_helper: MakeHelper) -> None:
    helper = make_helper()
    helper.sweep()
    helper.sweep()
    leader = Helper(helper.topic, checkpoints=helper.checkpoints, time=helper.time)
    early, late = Counter(), Counter()

    leader.sweep(via=early)
    helper.time.seconds += DAY
    leader.sweep(via=late)

    assert writes(early) == {}
    assert writes(late) == {(helper.topic.group, 0): 0}


@pytest.mark.parametrize("step", range(RUNNER_STEPS + 1))
def test_a_keep_alive_does_not_harm_a_runner_at_any_step(make_helper: MakeHelper, step: int) -> None:
    helper = make_helper()
    helper.topic.produce([MESSAGE])
    helper.sweep()

    helper.topic.run(helper.pod("a"), via=pause_after(step, helper.sweep))
    while any(helper.topic.lags().values()):
        helper.topic.run(helper.pod("b"))

    assert helper.topic.outcomes() == [(0, 0)]


@pytest.mark.parametrize("step", range(1, 2 + 6 + 1))
def test_a_keep_alive_survives_a_lost_answer(make_helper: MakeHelper, step: int) -> None:
    helper = make_helper()
    helper.topic.produce([MESSAGE])
    helper.topic.claimed(helper.pod("a"))
    helper.sweep()
    before = helper.topic.offsets(helper.topic.group), helper.topic.offsets(group_of(helper, "a"))

    helper.sweep(via=lose_answer(step))
    helper.sweep()

    after = helper.topic.offsets(helper.topic.group), helper.topic.offsets(group_of(helper, "a"))
    assert after == before
    assert from_json(helper.checkpoints.kept["w"]).kept_alive > 0


def test_what_is_gone_is_not_written_anew(make_helper: MakeHelper, admin: KafkaAdminClient) -> None:
    helper = make_helper()
    gone = Rewrite(claim_id(helper.topic.group, 0), helper.topic.group, 0)
    admin.delete_group_offsets(helper.topic.group, [TopicPartition(helper.topic.topic, 0)])

    with helper.topic.session() as session:
        assert drive(gone.start(), session.execute) == Missing()

    assert helper.topic.frontiers() == {}


# --- claim groups -----------------------------------------------------------------------------------


def group_of(helper: Helper, uid: str) -> str:
    return claim_group(helper.topic.group, uid)


def is_there(helper: Helper, uid: str) -> bool:
    return bool(helper.topic.offsets(group_of(helper, uid)).committed)


def settled(helper: Helper) -> None:
    """Job `a` settles its message and completes; another one goes on."""
    helper.topic.produce([MESSAGE] * 2)
    helper.topic.run(helper.pod("a"))
    helper.jobs.end("a", JobState.COMPLETE)
    helper.topic.claimed(helper.pod("b"))


def test_a_settled_group_is_deleted_after_the_grace_only(make_helper: MakeHelper) -> None:
    helper = make_helper()
    settled(helper)

    helper.sweep()
    helper.time.seconds += 899
    helper.sweep()
    assert is_there(helper, "a")

    helper.time.seconds += 1
    helper.sweep()
    assert not is_there(helper, "a")
    assert is_there(helper, "b")


def test_the_grace_begins_anew_with_every_leader(make_helper: MakeHelper) -> None:
    helper = make_helper()
    settled(helper)
    helper.sweep()
    helper.time.seconds += 900
    leader = Helper(helper.topic, jobs=helper.jobs, checkpoints=helper.checkpoints, time=helper.time)

    leader.sweep()

    assert is_there(helper, "a")


def test_a_group_is_kept_while_its_job_may_start_pods(make_helper: MakeHelper) -> None:
    helper = make_helper()
    helper.topic.produce([MESSAGE])
    helper.topic.run(helper.pod("a"))

    helper.sweep()
    helper.time.seconds += 900
    helper.sweep()

    assert is_there(helper, "a")


def test_a_group_is_kept_until_the_checkpoint_covers_its_claim(make_helper: MakeHelper) -> None:
    helper = make_helper()
    helper.sweep()  # a checkpoint from before the claim
    settled(helper)
    helper.sweep()
    helper.checkpoints.down = True
    helper.time.seconds += 900
    helper.sweep()
    helper.sweep()
    assert is_there(helper, "a")

    helper.checkpoints.down = False
    helper.sweep()  # makes the checkpoint that is waited for
    helper.sweep()
    assert not is_there(helper, "a")


def test_another_scopes_settled_group_is_kept(make_helper: MakeHelper) -> None:
    helper = make_helper()
    helper.topic.produce([MESSAGE])
    helper.topic.run(helper.topic.me("a"))

    helper.sweep()
    helper.time.seconds += 900
    helper.sweep()

    assert is_there(helper, "a")


# --- checkpoints ------------------------------------------------------------------------------------


def test_a_checkpoint_is_made_every_hour(make_helper: MakeHelper) -> None:
    helper = make_helper()
    helper.sweep()
    helper.sweep()  # the first keep-alive is noted
    saves = helper.checkpoints.saves
    helper.topic.produce([MESSAGE])
    helper.topic.claimed(helper.pod("a"))

    helper.time.seconds += 3599
    helper.sweep()
    assert helper.checkpoints.saves == saves

    helper.time.seconds += 1
    helper.sweep()
    assert from_json(helper.checkpoints.kept["w"]).frontiers == {0: 1}
