"""The page, reached as its documentation says: through kubectl port-forward."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

from e2e import messages
from e2e.release import Install, Release
from integration.eventually import eventually


@contextmanager
def forwarded(release: Release, port: str) -> Iterator[str]:
    """The address here of a port of the helper's Service."""
    namespace, service = release.namespace.name, "service/e2e-mcp-jobs-admission"
    command = ["kubectl", "port-forward", "--namespace", namespace, service, f":{port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forward:
        assert forward.stdout
        try:
            found = re.search(r"127\.0\.0\.1:\d+", forward.stdout.readline())
            assert found, "kubectl port-forward ended"
            yield found.group()
        finally:
            forward.terminate()


def get(address: str) -> str:
    with urlopen(f"http://{address}", timeout=30) as answer:
        return str(answer.read(), "utf-8")


def test_the_page_shows_what_became_of_a_message(install: Install) -> None:
    release = install({"admission": {"page": {"enabled": True}}})
    topic = release.topic("default")
    topic.settled(topic.send([messages.clock(0)]), 300)

    with forwarded(release, "page") as address:
        assert "<title>mcp-jobs</title>" in get(address)
        eventually(
            lambda: sum(json.loads(get(f"{address}/state"))["outcomes"]["succeeded"]) == 1,
            60,
        )
