"""A producer epoch is 16 bits wide: minutes of claims on one partition use it up."""

from integration.claim.conftest import MakeWorkload
from integration.claim.workload import Workload
from mcp_jobs.adapters.kafka import wire
from mcp_jobs.adapters.kafka.connection import TRANSACTION, Connection
from mcp_jobs.core import names

LAST_EPOCH = 32_767
BUSY = 51


def bump(workload: Workload, transactional_id: str, *, until: int) -> tuple[int, int]:
    """Raise the epoch of an id as claims do; the (producer id, epoch) it has come to."""
    with Connection(workload.config) as connection:
        node = connection.until(lambda: connection.coordinator(TRANSACTION, transactional_id))
        while True:
            answer = connection.send(node, wire.init_producer(transactional_id, 10))
            assert answer.error_code in (0, BUSY)
            if answer.producer_epoch >= until:
                return answer.producer_id, answer.producer_epoch


def test_claims_go_on_under_a_new_producer_id_when_the_epochs_are_used_up(
    make_workload: MakeWorkload,
) -> None:
    workload = make_workload(1)
    workload.produce([b"%d" % i for i in range(12)])
    claim_id = names.claim_id(workload.group, 0)
    old_id, epoch = bump(workload, claim_id, until=LAST_EPOCH - 6)

    claims = [workload.claimed() for _ in range(12)]

    assert [c.records[0].offset for c in claims] == list(range(12))
    new_id, epoch = bump(workload, claim_id, until=0)
    assert new_id != old_id
    assert epoch < 20
