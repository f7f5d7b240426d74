"""A claim that is left behind, made with the product's own code in the name of a Job's earlier pod."""

from e2e.release import Release
from e2e.watched import Object
from mcp_jobs.adapters.kafka.session import Session
from mcp_jobs.core.claim import claim
from mcp_jobs.core.claimant import Claimant, Claimed
from mcp_jobs.core.entry import Scope
from mcp_jobs.core.step import drive


def claim_for(release: Release, workload: str, job: Object) -> None:
    """Claim a message for a Job, as a pod of it does, and do no more."""
    topic, metadata = release.topic(workload), job["metadata"]
    me = Claimant(
        group=topic.group,
        job_uid=metadata["uid"],
        holder="an-earlier-pod/1",
        topic_id=topic.connection.existing(topic.name).id,
        scope=Scope("", release.namespace.name, workload),
        job=metadata["name"],
    )
    session = Session(topic.connection, topic.name, transaction_timeout=15, idle=10)
    end = drive(claim(me), session.execute)
    assert isinstance(end, Claimed), end
