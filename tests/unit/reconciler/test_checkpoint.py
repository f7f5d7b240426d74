"""Which frontier a partition without one had: restored, begun, or for a person to say."""

from typing import Any

import pytest

from mcp_jobs.core.checkpoint import Begin, Checkpoint, Missing, Restore, Unknown, from_json, to_json
from mcp_jobs.core.entry import Committed, Entry, encode
from mcp_jobs.core.errors import ProtocolError
from mcp_jobs.core.requests import Ends, Offsets

KEPT = Checkpoint(topic_id="t", partitions=2, frontiers={0: 5, 1: 7}, saved=1, kept_alive=2)


def plan(checkpoint: Checkpoint | None, *, partitions: int = 1, **known: Any) -> list[object]:
    ends = Ends(tuple((p, 3, 10) for p in range(partitions)), 0.0)
    facts: dict[str, Any] = {"topic_id": "t", "frontiers": Offsets(), "claimed": {}, **known}
    return list(Missing(ends=ends, checkpoint=checkpoint, **facts).plan())


def test_what_has_a_frontier_or_may_get_one_is_not_missing() -> None:
    offsets = Offsets(((0, Committed(1)),), frozenset({1}))

    assert plan(KEPT, partitions=2, frontiers=offsets) == []


def test_an_expired_frontier_is_what_the_checkpoint_says() -> None:
    assert plan(KEPT) == [Restore(0, Committed(5, "t"))]


def test_a_claim_above_the_checkpoint_wins() -> None:
    assert plan(KEPT, claimed={0: 9}) == [Restore(0, Committed(9, "t"))]
    assert plan(KEPT, claimed={0: 4}) == [Restore(0, Committed(5, "t"))]


def test_a_partition_that_nobody_knew_begins_at_the_start_of_its_log() -> None:
    assert plan(KEPT, partitions=3)[2:] == [Begin(2, Committed(3, "t"))]


def test_a_topic_with_another_id_begins_anew() -> None:
    assert plan(KEPT, topic_id="new") == [Begin(0, Committed(3, "new"))]


@pytest.mark.parametrize(
    ("checkpoint", "known", "why"),
    [
        (None, {}, "there is no checkpoint of it yet"),
        (Checkpoint(topic_id="t", partitions=1), {}, "the checkpoint does not have it"),
        (KEPT, {"claimed": {0: 11}}, "it was 11, which is beyond the end of the log at 10"),
        (KEPT, {"topic_id": "new", "claimed": {0: 1}}, "it is new to the checkpoint, and yet has claims"),
    ],
)
def test_what_nobody_knows_is_for_a_person_to_say(
    checkpoint: Checkpoint | None, known: dict[str, Any], why: str
) -> None:
    assert plan(checkpoint, **known) == [Unknown(0, why)]


def test_a_start_that_nobody_knows_is_not_begun_at() -> None:
    missing = Missing(
        topic_id="new", frontiers=Offsets(), ends=Ends(((0, -1, 10),), 0.0), claimed={}, checkpoint=KEPT
    )

    assert missing.plan() == [Unknown(0, "nobody says where its log starts")]


def test_a_missing_frontier_is_not_forgotten_by_the_next_checkpoint() -> None:
    after = KEPT.after("t", {1: 8}, now=9)

    assert after == Checkpoint(topic_id="t", partitions=2, frontiers={0: 5, 1: 8}, saved=9, kept_alive=2)


def test_a_new_partition_is_known_once_it_has_a_frontier() -> None:
    assert KEPT.after("t", {2: 0}, now=9).partitions == 3
    assert KEPT.after("t", {3: 0}, now=9).partitions == 2
    assert KEPT.after("t", {3: 0}, now=9).knows("t", 3)


def test_another_topic_begins_another_checkpoint() -> None:
    assert KEPT.after("new", {0: 0}, now=9) == Checkpoint(
        topic_id="new", partitions=1, frontiers={0: 0}, saved=9
    )


def test_a_group_is_covered_when_all_its_messages_are_below() -> None:
    def group(*offsets: int) -> Offsets:
        return Offsets(((0, encode(Entry(offsets, 1, "h", 0))),))

    assert KEPT.covers(group(3, 4))
    assert not KEPT.covers(group(4, 5))


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    assert from_json(to_json(KEPT)) == KEPT


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"v": 2}', to_json(KEPT).replace('"0":5', '"x":5')])
def test_a_garbled_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError, match="checkpoint"):
        from_json(text)
