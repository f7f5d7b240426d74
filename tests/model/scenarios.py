"""What the protocol must come through: for every run of the tests, and (deep) on demand."""

from collections.abc import Mapping

from mcp_jobs.core import names
from mcp_jobs.core.entry import Committed
from mcp_jobs.core.frontier import FirstFrontier
from mcp_jobs.core.keepalive import Rewrite
from model.broker import GROUP, claim_group
from model.scenario import Deletes, Scenario

FIRST = FirstFrontier(GROUP, 0, Committed(0))
KEEP_FRONTIER = Rewrite(names.claim_id(GROUP, 0), GROUP, 0)
KEEP_ENTRY = Rewrite(names.settle_id(GROUP, 0), claim_group(0), 0)

ONE = ("m",)  #: one partition with one message; Scenario's own logs are two of them

#: all of it in about a minute
SCENARIOS: Mapping[str, Scenario] = {
    "two Jobs, a crash, a deadline": Scenario(pods=(1, 1), crashes=1, deadlines=1),
    "Jobs of two and of one pod, a deadline": Scenario(ONE, pods=(2, 1), deadlines=1),
    "Jobs of two and of one pod, two messages": Scenario(("mm",), pods=(2, 1)),
    "three Jobs": Scenario(ONE, pods=(1, 1, 1)),
    "three pods of a Job": Scenario(ONE, pods=(3,)),
    "a batch of two": Scenario(("mm", "m"), pods=(2,), batch=2, crashes=1),
    "a batch of two, a deadline": Scenario(("mm",), pods=(2,), batch=2, crashes=1, deadlines=1),
    "a fault, two partitions": Scenario(pods=(2,), faults=1),
    "a fault, a crash, a deadline": Scenario(ONE, pods=(2,), crashes=1, faults=1, deadlines=1),
    "two faults, two Jobs": Scenario(ONE, pods=(1, 1), faults=2),
    "a settle slot for each Job": Scenario(("mm",), pods=(1, 1), slots=2, faults=1),
    "transactions that time out under their producers": Scenario(pods=(2,), hasty_timeouts=True),
    "holes in the log": Scenario(("axm", "mx"), pods=(2,), crashes=1),
    "a first frontier, committed while others claim": Scenario(
        ONE, pods=(2,), frontiers=(None,), others=(FIRST,), faults=1
    ),
    "a first frontier, committed twice": Scenario(
        ONE, pods=(1, 1), frontiers=(None,), others=(FIRST, FIRST), crashes=1
    ),
    "a frontier kept alive": Scenario(ONE, pods=(1, 1), others=(KEEP_FRONTIER,), faults=1),
    "an entry kept alive": Scenario(ONE, pods=(2,), others=(KEEP_ENTRY,), deadlines=1),
    "messages put back into the topic": Scenario(ONE, pods=(1, 1), requeues=True, crashes=1, faults=1),
    "a canceller of live claims": Scenario(ONE, pods=(2,), cancels=True, crashes=1),
    "deletion after a time of grace": Scenario(pods=(2,), deletes=Deletes.RECONCILER),
    "deletion, a crash, a deadline": Scenario(
        ONE, pods=(2,), deletes=Deletes.RECONCILER, crashes=1, deadlines=1
    ),
    # stable reads make up for a reconciler that looks once, if no pod is left: see the mutant of rule R7
    "a reconciler that looks once, when the Job's pod is gone": Scenario(ONE, crashes=1, looks_once=True),
}

DEEP: Mapping[str, Scenario] = {
    "a Job of two pods, a crash, a deadline": Scenario(pods=(2,), crashes=1, deadlines=1),
    "a Job of two pods, a crash, a fault, a deadline": Scenario(pods=(2,), crashes=1, faults=1, deadlines=1),
    "Jobs of two and of one pod, two partitions": Scenario(pods=(2, 1)),
    "Jobs of two and of one pod, a crash, a deadline": Scenario(ONE, pods=(2, 1), crashes=1, deadlines=1),
    "two Jobs of two pods": Scenario(ONE, pods=(2, 2)),
    "a frontier and an entry kept alive": Scenario(
        ONE, pods=(2,), others=(KEEP_FRONTIER, KEEP_ENTRY), deadlines=1
    ),
    "three Jobs, two partitions": Scenario(pods=(1, 1, 1)),
    "two Jobs, two crashes, a fault": Scenario(ONE, pods=(1, 1), crashes=2, faults=1, deadlines=1),
    "a batch of two, a crash, a fault, a deadline": Scenario(
        ("mm",), pods=(2,), batch=2, crashes=1, faults=1, deadlines=1
    ),
    "polite claimants": Scenario(pods=(2,), patience=1),
    "polite claimants, a deadline": Scenario(ONE, pods=(2,), patience=1, deadlines=1),
    "transactions that time out under their producers, a deadline": Scenario(
        pods=(2,), hasty_timeouts=True, deadlines=1
    ),
    "messages put back into the topic, a deadline": Scenario(
        ONE, pods=(1, 1), requeues=True, crashes=1, faults=1, deadlines=1
    ),
    "deletion, two partitions, a crash, a deadline": Scenario(
        pods=(2,), deletes=Deletes.RECONCILER, crashes=1, deadlines=1
    ),
    "deletion, transactions that time out under their producers": Scenario(
        pods=(2,), deletes=Deletes.RECONCILER, hasty_timeouts=True
    ),
    "each request a step of its own": Scenario(pods=(2,), merge=False),
    "each request a step of its own, a crash, a deadline": Scenario(
        ONE, pods=(2,), crashes=1, deadlines=1, merge=False
    ),
}
