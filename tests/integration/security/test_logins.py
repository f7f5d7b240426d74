"""Each way to log in carries a message from `submit` to its outcome, with the documented ACLs and no more."""

import json
import sys
import uuid
from pathlib import Path

import pytest

from integration.claim.workload import Workload
from integration.reconciler.helper import SCOPE, Helper
from integration.security.commands import run
from integration.security.duties import Mine
from integration.security.guarded import Guarded
from integration.security.logins import LOGINS, login
from mcp_jobs.core.acls import Role, acls
from mcp_jobs.core.exits import Exit
from mcp_jobs.core.reconcile import JobState

TIME = {"command": sys.executable, "args": ["-m", "mcp_server_time"]}
NOW = {"server": "time", "tool": "get_current_time", "arguments": {"timezone": "UTC"}}


def message(job_id: str) -> str:
    return json.dumps({"jobId": job_id, "payload": {"mcpServers": {"time": TIME}, "calls": [NOW]}})


class Installation:
    """A workload, and the commands of its users, who log in in one of the ways."""

    def __init__(self, company: Guarded, directory: Path, how: str) -> None:
        name = uuid.uuid4().hex[:8]
        self.admin = Workload(company.broker.bootstrap_servers, f"t-{name}", 1, f"g-{name}")
        self.logins = {role: login(company, directory / role, role, how) for role in Role}
        for role in Role:
            company.allow(role, acls(role, self.admin.topics, self.admin.group))

    def run(self, role: Role, *words: str, text: str = "", **more: str) -> None:
        """A command of mcp-jobs, which must succeed."""
        names = {"KAFKA_TOPIC": self.admin.topic, "KAFKA_CONSUMER_GROUP": self.admin.group}
        done = run(*words, text=text, **names, **self.logins[role], **more)
        assert done.returncode == Exit.DONE, done.stderr

    def helper(self) -> Helper:
        """The helper's reconciler, logged in."""
        admin = self.admin
        return Helper(Mine(admin.brokers, admin.topic, 1, admin.group, self.logins[Role.HELPER]))


@pytest.fixture(params=LOGINS)
def here(company: Guarded, tmp_path: Path, request: pytest.FixtureRequest) -> Installation:
    """An installation as `init` leaves it."""
    installation = Installation(company, tmp_path, request.param)
    installation.run(Role.INIT, "init", "--create-topics", "--partitions", "1")
    return installation


def test_a_message_goes_all_the_way(here: Installation) -> None:
    here.run(Role.SUBMIT, "submit", "-", text=message("one"))
    here.run(Role.RUNNER, "runner", RUNNER_JOB_UID="uid-1", SERVERS_ALLOW='"everything"')

    [outcome] = [json.loads(record.value) for record in here.admin.records(here.admin.topics.outcomes)]
    assert (outcome["jobId"], outcome["status"]) == ("one", "succeeded")


def test_the_helper_settles_what_a_dead_job_left(here: Installation) -> None:
    here.admin.produce([message("two").encode()])
    here.admin.claimed(here.admin.me("uid-2", scope=SCOPE, job="job-uid-2"))
    helper = here.helper()
    helper.jobs.start("uid-2")
    helper.jobs.end("uid-2", JobState.FAILED, "BackoffLimitExceeded")

    assert helper.sweep()

    assert here.admin.outcomes() == [(0, 0)]
