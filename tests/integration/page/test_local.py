"""The page of a local platform, in a real browser, while real messages run."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from integration.page.browser import UNKNOWN, Browser
from integration.platform.harness import TIME, WHAT_TIME, envelope, shell
from integration.platform.test_cli import environment
from mcp_jobs.adapters.kafka.messages import Message, produce
from mcp_jobs.local.broker import Broker

COMMAND = (sys.executable, "-m", "mcp_jobs")
MARKUP = "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>"


@contextmanager
def up(kafka: Broker, topic: str, directory: Path) -> Iterator[str]:
    """`mcp-jobs local up` on the shared Kafka; the URL that it prints."""
    command = [*COMMAND, "local", "up", "--brokers", kafka.bootstrap_servers, "--topic", topic]
    command += ["--logs", str(directory / "logs"), "--polling-interval", "0.2"]
    command += ["--max-replicas", "4"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment(TMPDIR=str(directory))
    ) as process:
        try:
            assert process.stdout
            yield next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


def submit(kafka: Broker, topic: str, *values: bytes) -> None:
    produce({"bootstrap_servers": [kafka.bootstrap_servers]}, topic, [Message(value) for value in values])


def good(number: int) -> bytes:
    return envelope(f"good-{number}", TIME, WHAT_TIME)


def bad(job_id: str, tool: str = "no_such_tool") -> bytes:
    return envelope(job_id, TIME, {"server": "time", "tool": tool})


@pytest.fixture(scope="module")
def platform(kafka: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """URL and topic of a platform that has run messages of every kind."""
    topic = f"page-{os.urandom(4).hex()}"
    with up(kafka, topic, tmp_path_factory.mktemp("up")) as url:
        yield url, topic


@pytest.fixture
def page(platform: tuple[str, str], browser: Browser) -> Browser:
    """The platform's page in the browser."""
    browser.open(platform[0])
    browser.wait_until("live page", lambda: browser.text("#live").startswith("live"))
    return browser


def test_the_page_follows_a_run_without_being_loaded_again(
    page: Browser, platform: tuple[str, str], kafka: Broker
) -> None:
    assert page.tiles()["Unclaimed"] == ("0", "none waits")
    page.ask("(window.mark = 'same page')")
    submit(kafka, platform[1], *(good(number) for number in range(3)), bad("lost-1"))
    page.wait_until("outcome", lambda: page.tiles()["Failed in 2 hours"] == ("1", "3 succeeded"), 90)
    page.wait_until("end of all Jobs", lambda: page.tiles()["Active Jobs"][0] == "0")
    assert page.ask("window.mark") == "same page"
    assert page.texts("#failures strong") == ["lost-1"]
    assert page.texts("#failures .kind") == ["tool"]
    assert "no_such_tool" in page.text("#failures")
    assert "workload default · attempt 1 · Job mcp-jobs-" in page.text("#failures .about")
    assert page.text("#reading") == "2 hours:\n3 succeeded\n1 failed"
    assert page.ask("document.querySelectorAll('#bars .failed').length") == 1
    assert platform[1] in page.text("#where")
    assert page.complaints() == []


def test_jobs_that_run_count_against_the_cap(
    page: Browser, platform: tuple[str, str], kafka: Broker, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    waiting = shell(f"while ! test -e {gate}; do sleep 0.1; done; time")
    submit(kafka, platform[1], *(envelope(f"held-{number}", waiting) for number in range(6)))
    page.wait_until("full cap", lambda: page.text("#caps .cap").endswith("4 of 4"), 60)
    page.wait_until("backlog", lambda: page.tiles()["Unclaimed"] == ("2", "they wait for a Job"))
    page.wait_until("claims", lambda: page.tiles()["In work"][0] == "4")
    assert page.ask("document.querySelectorAll('#caps .full').length") == 1
    assert page.texts("#workloads td") == ["default", "2", UNKNOWN, "4", "4"]
    gate.touch()
    page.wait_until("end of all Jobs", lambda: page.tiles()["Active Jobs"][0] == "0", 90)


def test_what_messages_say_is_text_and_never_markup(
    page: Browser, platform: tuple[str, str], kafka: Broker
) -> None:
    submit(kafka, platform[1], bad(MARKUP, tool=MARKUP))
    page.wait_until("failure", lambda: MARKUP in page.texts("#failures strong"), 60)
    assert "</script><script>" in page.text("#failures li p:nth-child(2)")
    assert page.ask("document.querySelectorAll('#failures img, #failures script').length") == 0
    assert page.ask("document.title") == "mcp-jobs"
    assert page.complaints() == []


def test_a_platform_that_is_gone_is_told(browser: Browser, kafka: Broker, topic: str, tmp_path: Path) -> None:
    with up(kafka, topic, tmp_path) as url:
        browser.open(url)
        browser.wait_until("live page", lambda: browser.text("#live").startswith("live"))
    browser.wait_until("end", lambda: browser.text("#live").startswith("no answer since"))
    assert "stale" in browser.ask("document.getElementById('picture').className")
