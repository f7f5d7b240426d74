"""What a message's server can get at in its pod: nothing of the runner's."""

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from e2e import messages
from e2e.release import Release

#: what only the runner is told; any value that no other container gets would do
SECRET = f"secret-{uuid.uuid4().hex[:16]}"


def test_a_server_finds_neither_credentials_nor_the_runner(
    install: Callable[[Mapping[str, Any]], Release],
) -> None:
    allow = {"commands": ["python /programs/spy.py"]}
    release = install({"clusterName": SECRET, "defaults": {"runner": {"allow": allow}}})
    topic = release.topic("default")

    [outcome] = topic.settled(topic.send([messages.spying(SECRET)]), 300)

    assert outcome["status"] == "succeeded", outcome["error"]
    found = json.loads(outcome["calls"][0]["result"]["content"][0]["text"])
    [pod] = release.pods.of_job(outcome["job"]["uid"])
    servers, runner = pod["spec"]["containers"]
    assert {"name": "RUNNER_CLUSTER", "value": SECRET} in runner["env"]
    assert found["user"] == servers["securityContext"]["runAsUser"]
    assert found["files"] == []
    assert found["writable"] == []
    assert any("mcp-jobs servers" in command for command in found["commands"])
    assert not any("mcp-jobs runner" in command for command in found["commands"])
    assert "SERVERS_SOCKET" in found["environments"]
    assert "KAFKA_" not in found["environments"]
    assert "RUNNER_" not in found["environments"]
    assert found["knowing"] == [found["myself"]]  # which was told, so the search does find
