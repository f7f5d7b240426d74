"""A create that the last leader admitted and that is not written yet when the next one takes over."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from integration.kubernetes.api import ActiveWatch, Api, Refused
from integration.kubernetes.conftest import StartReplicas
from integration.kubernetes.control_plane import ControlPlane
from integration.kubernetes.objects import job, webhook
from integration.kubernetes.slow_webhook import SlowWebhook
from mcp_jobs.local.ports import LOOPBACK

REVIEWS = "mcp_jobs_admission_reviews_total"
CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"


@pytest.fixture
def slow_webhook(control_plane: ControlPlane, api: Api) -> Iterator[SlowWebhook]:
    """A webhook that holds up the Job "first"."""
    slow = SlowWebhook(control_plane.authority.issue("slow", LOOPBACK), "first")
    configuration = webhook("ValidatingWebhookConfiguration", slow.port, control_plane.authority.cert)
    configuration["metadata"]["name"] = "slow"
    configuration["webhooks"][0]["timeoutSeconds"] = 10
    api.apply(CONFIGURATIONS, configuration)
    yield slow
    api.delete(f"{CONFIGURATIONS}/slow")
    slow.close()


def test_a_new_leader_waits_until_it_sees_what_the_last_one_admitted(
    start_replicas: StartReplicas, slow_webhook: SlowWebhook, api: Api, make_api: Callable[[], Api]
) -> None:
    replicas = start_replicas({"caps": {"global": 1}}, 2)
    leader = next(replica for replica in replicas if replica.leads)
    standby = next(replica for replica in replicas if replica is not leader)
    watch = ActiveWatch(make_api().cluster)
    before = leader.metric(REVIEWS, webhook="validate", verdict="allowed")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(make_api().create, job("first"))
        leader.wait_until(
            "verdict", lambda: leader.metric(REVIEWS, webhook="validate", verdict="allowed") > before
        )
        leader.stop()
        standby.wait_until("leadership", lambda: standby.leads, 3)
        with pytest.raises(Refused, match="the leader is new and does not admit yet"):
            api.create(job("second"))
        slow_webhook.release.set()
        assert first.result(10)["metadata"]["name"] == "first"
    standby.wait_until("admission", api.admits)
    with pytest.raises(Refused, match="the release has 1 of 1 active Jobs"):
        api.create(job("second"))
    watch.stop()
    assert watch.most == 1
