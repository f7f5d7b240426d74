"""Cancel, pause, resume, drain and why, against a real API server that knows KEDA's kinds."""

import json
from collections.abc import Iterator

import pytest

from chart.render import render
from integration.kubernetes.api import Api
from integration.kubernetes.kinds import Kinds
from integration.kubernetes.objects import NAMESPACE, job
from integration.operator.conftest import Desk, MakeDesk
from integration.operator.test_seeing import message
from mcp_jobs.core.claimant import Claimant
from mcp_jobs.core.exits import Exit

_SCALED_JOBS = f"/apis/keda.sh/v1alpha1/namespaces/{NAMESPACE}/scaledjobs"


@pytest.fixture
def desk(make_cluster_desk: MakeDesk, kinds: Kinds, api: Api) -> Iterator[Desk]:
    """A workload and the ScaledJob that the chart makes for it."""
    desk = make_cluster_desk()
    topic, group = desk.workload.topic, desk.workload.group
    values = {"workloads": {"default": {"topic": topic, "consumerGroup": group}}}
    scaled_job = render(values=values).one("ScaledJob")
    api.apply(_SCALED_JOBS, scaled_job)
    yield desk
    api.delete(f"{_SCALED_JOBS}/{scaled_job['metadata']['name']}")


def claimed(desk: Desk, api: Api) -> Claimant:
    """A Job in Kubernetes that has claimed the first message."""
    created = api.create(job("runner-1"))
    me = desk.workload.me(created["metadata"]["uid"], job="runner-1")
    desk.workload.claimed(me)
    return me


def test_a_running_message_is_cancelled_and_its_job_deleted(desk: Desk, api: Api) -> None:
    desk.workload.produce([message("a")])
    me = claimed(desk, api)

    said = desk.run("cancel", "a")

    assert "is cancelled; its Job runner-1 is deleted" in said
    assert "No message is claimed" in desk.run("claims")
    assert desk.workload.run(desk.workload.me(me.job_uid)) is Exit.DONE
    assert json.loads(desk.run("outcomes", "--json"))["status"] == "cancelled"
    assert "is over already: cancelled" in desk.run("cancel", "a")


def test_the_job_of_another_uid_is_left_alone(desk: Desk, api: Api) -> None:
    desk.workload.produce([message("a")])
    api.create(job("runner-1"))
    desk.workload.claimed(desk.workload.me("another-uid", job="runner-1"))

    assert "its Job runner-1 had ended" in desk.run("cancel", "a")

    assert api.get(f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs/runner-1")["spec"]


def test_an_unclaimed_message_is_cancelled(desk: Desk) -> None:
    desk.workload.produce([message("a")])

    assert "a (partition 0, offset 0) will not run" in desk.run("cancel", "a")
    assert "has the jobId nobody" in desk.run("cancel", "nobody", code=2)


def test_a_claim_whose_job_is_gone_is_an_orphan(desk: Desk, api: Api) -> None:
    desk.workload.produce([message("a"), message("b")])
    claimed(desk, api)
    desk.workload.claimed(desk.workload.me("gone", job="runner-2"))

    found = [json.loads(line)["state"] for line in desk.run("claims", "--json").splitlines()]

    assert sorted(found) == ["orphan: its Job is gone", "running"]


def test_a_paused_workload_says_so_until_it_is_resumed(desk: Desk) -> None:
    desk.workload.produce([message("a")])

    assert "makes no more Jobs" in desk.run("pause")
    assert "is paused already" in desk.run("pause")
    why = desk.run("why", "a")
    assert "the workload is paused" in why
    assert "mcp-jobs resume" in why
    assert "goes on" in desk.run("resume")
    assert "the workload is paused" not in desk.run("why", "a")


def test_draining_ends_when_nothing_is_claimed(desk: Desk, api: Api) -> None:
    desk.workload.produce([message("a")])
    me = claimed(desk, api)
    assert "1 message still run" in desk.run("drain", "--timeout", "1", code=1)

    desk.workload.run(desk.workload.me(me.job_uid))

    assert "No message is claimed" in desk.run("drain")


def test_why_follows_a_message_to_its_end(desk: Desk, api: Api) -> None:
    desk.workload.produce([message("a")])
    said = desk.run("why", "a")
    assert "KEDA has not looked at the ScaledJob" in said or "KEDA looks every" in said
    me = claimed(desk, api)
    assert "it runs: the Job runner-1 is at attempt 1" in desk.run("why", "a")
    desk.workload.run(desk.workload.me(me.job_uid))

    assert "it is over: succeeded" in desk.run("why", "a")


def test_as_json_each_command_says_what_it_did(desk: Desk, api: Api) -> None:
    desk.workload.produce([message("a"), message("b")])
    claimed(desk, api)

    [why] = desk.lines("why", "a")
    assert why["finding"].startswith("it runs: the Job runner-1 is at attempt 1")
    cancelled = desk.lines("cancel", "a", "b")
    assert [(each["jobId"], each["result"]) for each in cancelled] == [
        ("a", "cancelled"),
        ("b", "never-runs"),
    ]
    assert "its Job runner-1 is deleted" in cancelled[0]["sentence"]
    assert desk.lines("cancel", "a")[0]["result"] == "over"
    [paused], [again], [resumed] = desk.lines("pause"), desk.lines("pause"), desk.lines("resume")
    assert (paused["paused"], paused["changed"]) == (True, True)
    assert (again["paused"], again["changed"]) == (True, False)
    assert (resumed["paused"], resumed["changed"]) == (False, True)
    assert desk.lines("drain")[-1] == {"claimed": 0}


def test_a_namespace_without_the_workload_is_told(desk: Desk) -> None:
    assert "no ScaledJob in namespace default" in desk.run("pause", "-n", "default", code=2)
