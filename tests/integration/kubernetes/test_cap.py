"""The cap is strict: counted by the API server's own watch, whatever happens to the helper."""

from collections.abc import Callable

from integration.kubernetes.api import ActiveWatch, Api
from integration.kubernetes.conftest import StartReplicas
from integration.kubernetes.creators import Creators, Finisher

CAP = 37
TOTAL = 200
THREADS = 20
POLICY = {"caps": {"tenants": {"acme": CAP}}}


def test_twenty_threads_never_get_more_than_the_cap(
    start_replicas: StartReplicas, api: Api, make_api: Callable[[], Api]
) -> None:
    start_replicas(POLICY)
    watch = ActiveWatch(make_api().cluster)
    creators = Creators(make_api, threads=THREADS, total=TOTAL)
    watch.wait_for(CAP, 60)
    finisher = Finisher(api, watch.wait_for, total=TOTAL)
    creators.join(90)
    finisher.join(30)
    watch.stop()
    assert watch.most == CAP
    assert len(watch.started) == TOTAL
    assert any(f"tenant acme has {CAP} of {CAP} active Jobs" in sentence for sentence in creators.refusals)


def test_the_cap_holds_when_the_leader_is_killed(
    start_replicas: StartReplicas, api: Api, make_api: Callable[[], Api]
) -> None:
    replicas = start_replicas(POLICY, 2)
    leader = next(replica for replica in replicas if replica.leads)
    standby = next(replica for replica in replicas if replica is not leader)
    watch = ActiveWatch(make_api().cluster)
    creators = Creators(make_api, threads=THREADS, total=TOTAL)
    finisher = Finisher(api, watch.wait_for, total=TOTAL)
    watch.wait_for(TOTAL // 3, 60)
    leader.kill()
    creators.join(100)
    finisher.join(30)
    watch.stop()
    assert standby.leads
    assert watch.most <= CAP
    assert len(watch.started) == TOTAL
    assert any("the next poll tries again" in sentence for sentence in creators.refusals)
    assert leader.records("This replica leads:")
    assert standby.records("This replica leads:")
