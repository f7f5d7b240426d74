"""A message whose Job is over or gone gets its one outcome, with Kubernetes' own reason."""

import json
from dataclasses import replace
from typing import Any

import pytest

from integration.reconciler.conftest import MakeHelper
from integration.reconciler.helper import Helper
from mcp_jobs.core.death import PodView
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.reconcile import Fate, Fates, JobState
from mcp_jobs.reconciler.ports import Times

MESSAGE = b'{"jobId": "a", "tenant": "acme", "payload": {"mcpServers": {"s": {"command": "s"}}}}'
OOM = PodView(name="pod-1", terminated="OOMKilled", exit_code=137, memory_limit="256Mi")


def outcomes(helper: Helper) -> list[dict[str, Any]]:
    return [json.loads(record.value) for record in helper.topic.records(helper.topic.topics.outcomes)]


def claimed(helper: Helper, count: int = 1) -> None:
    """Job `a` claims the only message (or more)."""
    helper.topic.produce([MESSAGE] * count)
    helper.topic.claimed(helper.pod("a", batch_size=count))
    helper.jobs.start("other")


def test_a_failed_job_leaves_a_dead_letter_with_kubernetes_reason(make_helper: MakeHelper) -> None:
    helper = make_helper()
    claimed(helper)
    helper.jobs.end("a", JobState.FAILED, "BackoffLimitExceeded", pod=OOM)

    helper.sweep()
    helper.sweep()

    [outcome] = outcomes(helper)
    assert outcome["jobId"] == "a"
    assert outcome["tenant"] == "acme"
    assert outcome["job"] == {"name": "job-a", "uid": "a", "pod": ""}
    assert (outcome["durationMs"], outcome["finishedAt"]) == (60_000, "2023-11-14T22:14:20.000Z")
    assert "more memory than its limit of 256Mi" in outcome["error"]["message"]
    [letter] = helper.topic.records(helper.topic.topics.dead_letters)
    assert letter.value == MESSAGE
    assert dict(letter.headers)["mcp-jobs-class"] == b"oom-killed"
    assert helper.metrics.counts["mcp_jobs_orphans_settled_total", "oom-killed", "w"] == 1


def test_a_deleted_job_leaves_a_dead_letter(make_helper: MakeHelper) -> None:
    helper = make_helper()
    claimed(helper)
    helper.jobs.delete("a")

    helper.sweep()

    [outcome] = outcomes(helper)
    assert outcome["error"]["class"] == "deleted"


def test_every_open_message_of_a_batch_is_settled(make_helper: MakeHelper) -> None:
    helper = make_helper()
    claimed(helper, 3)
    helper.jobs.delete("a")

    helper.sweep()

    assert helper.topic.outcomes() == [(0, 0), (0, 1), (0, 2)]


def test_a_live_job_keeps_its_claim(make_helper: MakeHelper) -> None:
    helper = make_helper()
    claimed(helper)

    helper.sweep()

    assert helper.topic.outcomes() == []
    assert helper.metrics.gauges["mcp_jobs_claimed", "w"] == 1
    assert helper.metrics.gauges["mcp_jobs_orphans", "w"] == 0


def test_a_job_that_lost_its_label_is_asked_for_by_name(make_helper: MakeHelper) -> None:
    helper = make_helper()
    claimed(helper)
    helper.jobs.hidden.add("a")

    helper.sweep()

    assert helper.topic.outcomes() == []


def test_a_job_that_is_not_known_is_looked_for_before_its_claim_counts_as_left(
    make_helper: MakeHelper,
) -> None:
    helper = make_helper()
    helper.jobs.start("other")
    helper.topic.produce([MESSAGE] * 2)
    helper.topic.claimed(helper.pod("a"))
    helper.topic.claimed(replace(helper.pod("b"), job=""))  # an entry that does not say the Job's name
    helper.jobs.unseen |= {"a", "b"}

    helper.sweep()
    assert helper.topic.outcomes() == []

    helper.jobs.delete("a")
    helper.jobs.delete("b")
    helper.sweep()
    assert helper.topic.outcomes() == [(0, 0), (0, 1)]


def test_jobs_whose_names_are_not_known_are_listed_once_for_all_of_them(make_helper: MakeHelper) -> None:
    helper = make_helper()
    helper.jobs.start("other")
    helper.topic.produce([MESSAGE] * 2)
    for uid in ("a", "b"):
        helper.topic.claimed(replace(helper.pod(uid), job=""))
        helper.jobs.delete(uid)

    helper.sweep()

    assert helper.topic.outcomes() == [(0, 0), (0, 1)]
    assert helper.jobs.lists == 1


def test_a_job_of_that_name_with_another_uid_is_another_job(make_helper: MakeHelper) -> None:
    helper = make_helper()
    claimed(helper)
    helper.jobs.views["a"] = replace(helper.jobs.views["a"], uid="b")

    helper.sweep()

    assert helper.topic.outcomes() == [(0, 0)]


def test_a_retry_pod_that_can_not_have_its_image_is_given_up_after_the_limit(make_helper: MakeHelper) -> None:
    helper = make_helper()
    claimed(helper)
    pod = PodView(name="pod-2", job="job-a", waiting="ImagePullBackOff", image="img:1")
    helper.jobs.pods["a"] = [pod]

    helper.sweep()
    helper.time.seconds += 599
    helper.sweep()
    assert helper.topic.outcomes() == []

    helper.time.seconds += 1
    helper.sweep()
    [outcome] = outcomes(helper)
    assert outcome["error"]["class"] == "image-pull"
    assert helper.topic.run(helper.pod("a")) is Exit.DONE  # the image is there at last
    assert helper.topic.outcomes() == [(0, 0)]


def test_nothing_is_settled_while_kubernetes_does_not_answer(make_helper: MakeHelper) -> None:
    helper = make_helper()
    claimed(helper)
    helper.jobs.delete("a")
    helper.jobs.down = True

    helper.sweep()
    assert helper.topic.outcomes() == []
    assert helper.metrics.gauges["mcp_jobs_lag", "0", "w"] == 0

    helper.jobs.down = False
    helper.sweep()
    assert helper.topic.outcomes() == [(0, 0)]


def test_no_job_at_all_is_believed_only_when_it_stays_so(make_helper: MakeHelper) -> None:
    helper = make_helper(times=Times(no_jobs=60, patience=2))
    claimed(helper)
    helper.jobs.views.clear()

    helper.sweep()
    helper.time.seconds += 59
    helper.sweep()
    assert helper.topic.outcomes() == []

    helper.time.seconds += 1
    helper.sweep()
    assert helper.topic.outcomes() == [(0, 0)]


@pytest.mark.parametrize(
    "scope",
    [
        Scope("other", "namespace", "w"),
        Scope("cluster", "other", "w"),
        Scope("cluster", "namespace", "other"),
    ],
)
def test_another_scopes_claims_are_left_alone(make_helper: MakeHelper, scope: Scope) -> None:
    helper = make_helper()
    claimed(helper)
    helper.jobs.delete("a")
    stranger = Helper(helper.topic, jobs=helper.jobs, scope=scope)

    stranger.sweep()

    assert helper.topic.outcomes() == []


def test_a_message_that_retention_deleted_has_its_outcome_all_the_same(make_helper: MakeHelper) -> None:
    helper = make_helper()
    claimed(helper)
    helper.topic.delete_records_before(1)
    helper.jobs.delete("a")

    helper.sweep()

    [outcome] = outcomes(helper)
    assert outcome["jobId"] == f"{helper.topic.topic}-0-0"
    [letter] = helper.topic.records(helper.topic.topics.dead_letters)
    assert dict(letter.headers)["mcp-jobs-value-omitted"] == b"deleted by retention"


def test_an_unreadable_message_keeps_the_job_id_that_could_be_read(make_helper: MakeHelper) -> None:
    helper = make_helper()
    helper.topic.produce([b'{"jobId": "known", "payload": 1}'])
    helper.topic.claimed(helper.pod("a"))
    helper.jobs.start("other")
    helper.jobs.delete("a")

    helper.sweep()

    [outcome] = outcomes(helper)
    assert outcome["jobId"] == "known"


# --- requeue ----------------------------------------------------------------------------------------

REQUEUE = Fates(complete=Fate.REQUEUE, failed=Fate.REQUEUE)


def test_what_a_complete_job_left_is_requeued_once(make_helper: MakeHelper) -> None:
    helper = make_helper()
    claimed(helper)
    helper.jobs.end("a", JobState.COMPLETE)

    helper.sweep()
    helper.sweep()

    assert helper.topic.outcomes() == []
    [_, copy] = helper.topic.records(helper.topic.topic)
    assert copy.value == MESSAGE
    assert dict(copy.headers) == {
        "mcp-jobs-requeued-from": f"{helper.topic.topic}/0/0".encode(),
        "mcp-jobs-requeues": b"1",
    }
    assert helper.topic.run(helper.pod("b")) is Exit.DONE
    assert helper.topic.outcomes() == [(0, 1)]
    helper.sweep()
    assert helper.topic.lags() == {0: 0}


def test_what_was_requeued_already_is_a_dead_letter(make_helper: MakeHelper) -> None:
    helper = make_helper(fates=REQUEUE)
    claimed(helper)
    helper.jobs.delete("a")
    helper.sweep()
    helper.topic.claimed(helper.pod("b"))
    helper.jobs.delete("b")

    helper.sweep()

    assert helper.topic.outcomes() == [(0, 1)]
    assert len(helper.topic.records(helper.topic.topic)) == 2
    assert helper.topic.lags() == {0: 0}


def test_what_is_no_envelope_is_not_requeued(make_helper: MakeHelper) -> None:
    helper = make_helper(fates=REQUEUE)
    helper.topic.produce([b"not an envelope"])
    helper.topic.claimed(helper.pod("a"))
    helper.jobs.end("a", JobState.COMPLETE)

    helper.sweep()

    assert helper.topic.outcomes() == [(0, 0)]
    assert len(helper.topic.records(helper.topic.topic)) == 1
