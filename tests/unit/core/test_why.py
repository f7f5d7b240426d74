"""Why a message waits: each cause is a sentence with the next command; the most certain comes first."""

from dataclasses import replace

import pytest

from mcp_jobs.core.death import PodView
from mcp_jobs.core.why import Event, Facts, Podless, ScaledJobView, why_unclaimed

JOB = ScaledJobView(
    name="w", topic="t", group="g", polling_interval=5, max_replica_count=10, ready="True", message="ok"
)
FACTS = Facts(namespace="ns", has_frontier=True, age=3, ahead=0, scaled_job=JOB, active=0)


def refused(message: str) -> Event:
    return Event(reason="KEDAJobCreateFailed", message=message, at=2)


REFUSED = refused("no")


@pytest.mark.parametrize(
    ("facts", "text", "command"),
    [
        (replace(FACTS, has_frontier=False), "no committed offset", "mcp-jobs init"),
        (replace(FACTS, scaled_job=None), "no ScaledJob in namespace ns", "kubectl get scaledjobs -n ns"),
        (replace(FACTS, scaled_job=replace(JOB, paused=True)), "is paused", "mcp-jobs resume"),
        (
            replace(FACTS, scaled_job=replace(JOB, ready="False", message="no broker")),
            "can't work with the ScaledJob w: no broker",
            "kubectl describe scaledjob w -n ns",
        ),
        (
            replace(FACTS, age=60, scaled_job=replace(JOB, ready="")),
            "does its operator run?",
            "kubectl get pods -n keda",
        ),
        (replace(FACTS, active=10, ahead=4), "10 of 10 Jobs (maxReplicaCount)", "mcp-jobs status"),
        (
            replace(FACTS, events=[refused("denied the request: tenant acme has 40 of 40 active Jobs")]),
            "tenant acme has 40 of 40",
            "mcp-jobs status",
        ),
        (
            replace(FACTS, events=[refused('failed calling webhook "validate": connection refused')]),
            "a Job was refused: failed calling webhook",
            "kubectl get pods -n ns -l app.kubernetes.io/component=admission",
        ),
        (
            replace(FACTS, events=[refused("forbidden: exceeded quota: jobs")]),
            "a Job was refused: forbidden: exceeded quota",
            "kubectl describe resourcequota -n ns",
        ),
        (
            replace(FACTS, podless=[Podless(name="j", refused="exceeded quota: few, limited: pods=3")]),
            "the Job j gets no pod: exceeded quota: few",
            "kubectl describe resourcequota -n ns",
        ),
        (
            replace(FACTS, podless=[Podless(name="j", suspended=True)]),
            "the Job j is suspended",
            "kubectl describe job j -n ns",
        ),
        (replace(FACTS, podless=[Podless(name="j")]), "1 Job is starting", "mcp-jobs status"),
        (
            replace(FACTS, events=[replace(REFUSED, reason="KEDAScalerFailed", message="no login")]),
            "can't read the lag: no login",
            "kubectl logs -n keda deploy/keda-operator",
        ),
        (
            replace(FACTS, unclaimed_pods=[PodView(name="p", unschedulable="0/3 nodes: Insufficient cpu")]),
            "finds no node: 0/3 nodes: Insufficient cpu",
            "kubectl describe pod p -n ns",
        ),
        (
            replace(FACTS, unclaimed_pods=[PodView(name="p", waiting="ErrImagePull", image="x:1")]),
            "can't have its image x:1",
            "kubectl describe pod p -n ns",
        ),
        (
            replace(FACTS, unclaimed_pods=[PodView(name="p", exit_code=1, last_words="no such topic")]),
            "the container runner of the pod p ended with exit code 1: no such topic",
            "kubectl logs p -n ns --all-containers",
        ),
        (
            replace(FACTS, unclaimed_pods=[PodView(name="p")], held_up={"p": 'secret "x" not found'}),
            'the pod p can\'t start: secret "x" not found',
            "kubectl describe pod p -n ns",
        ),
        (
            replace(FACTS, unclaimed_pods=[PodView(name="p", running_since=1)], held_up={"p": "it was"}),
            "1 Job is starting",
            "mcp-jobs status",
        ),
        (
            replace(FACTS, now=75_000, unclaimed_pods=[PodView(name="p", running_since=10_000)]),
            "the pod p has run for 65 s without a claim: does it reach Kafka?",
            "kubectl logs p -n ns --all-containers",
        ),
        (
            replace(FACTS, now=20_000, unclaimed_pods=[PodView(name="p", running_since=10_000)] * 2),
            "2 Jobs are starting",
            "mcp-jobs status",
        ),
        (FACTS, "KEDA looks every 5 s", "mcp-jobs status --watch"),
    ],
)
def test_each_cause_is_named_with_the_next_command(facts: Facts, text: str, command: str) -> None:
    [finding] = why_unclaimed(facts)

    assert text in finding.text
    assert finding.command == command


def test_a_refusal_is_over_once_jobs_were_created() -> None:
    created = Event(reason="KEDAJobsCreated", message="Created 1 jobs", at=3)

    [finding] = why_unclaimed(replace(FACTS, events=[REFUSED, created]))

    assert "nothing wrong" in finding.text


def test_a_refusal_is_told_once_although_keda_has_it_in_its_condition_too() -> None:
    refusing = replace(JOB, ready="False", message="denied the request")

    [finding] = why_unclaimed(replace(FACTS, scaled_job=refusing, events=[REFUSED]))

    assert finding.text == "a Job was refused: no"


def test_several_causes_come_in_the_order_of_the_way() -> None:
    facts = replace(FACTS, has_frontier=False, scaled_job=replace(JOB, paused=True), events=[REFUSED])

    texts = [finding.text for finding in why_unclaimed(facts)]

    assert [word in text for word, text in zip(("offset", "paused", "refused"), texts, strict=True)] == [
        True
    ] * 3
