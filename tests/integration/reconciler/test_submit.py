"""`mcp-jobs submit --wait`, where the message's own Job left it behind."""

import io
import threading
import time

from rich.console import Console

from integration.reconciler.conftest import MakeHelper
from integration.reconciler.helper import Helper
from mcp_jobs.core.reconcile import JobState
from mcp_jobs.entrypoints.batch import Batch
from mcp_jobs.entrypoints.files import Sourced
from mcp_jobs.entrypoints.submit import submit
from mcp_jobs.settings import KafkaSettings

MESSAGE = b'{"jobId": "a", "payload": {"mcpServers": {"s": {"command": "s"}}}}'


def test_the_outcome_of_a_requeued_message_is_that_of_its_copy(make_helper: MakeHelper) -> None:
    helper = make_helper()
    kafka = KafkaSettings(brokers=helper.topic.brokers, topic=helper.topic.topic)
    cluster = threading.Thread(target=leave_behind_then_run, args=[helper], daemon=True)
    shown = io.StringIO()

    cluster.start()
    succeeded = submit(
        kafka,
        Batch([Sourced("stdin", MESSAGE)]),
        wait_seconds=60,
        as_json=False,
        console=Console(file=shown),
    )

    cluster.join(10)
    assert succeeded, shown.getvalue()
    assert "succeeded  a" in shown.getvalue()
    assert helper.topic.outcomes() == [(0, 1)]


def leave_behind_then_run(helper: Helper) -> None:
    """The message's Job completes without an outcome; the reconciler requeues; another Job does the work."""
    deadline = time.monotonic() + 30
    while helper.topic.lags() != {0: 1}:
        assert time.monotonic() < deadline
    helper.topic.claimed(helper.pod("a"))
    helper.jobs.end("a", JobState.COMPLETE)
    helper.sweep()
    helper.topic.run(helper.pod("b"))
