"""The README's quickstart for Kubernetes, word for word, as somebody does it who has nothing yet."""

import re
import shlex
from collections.abc import Iterator

import pytest
from kubernetes.client import AdmissionregistrationV1Api

from e2e.helm import ROOT, binary, helm, run
from e2e.namespace import Namespace
from e2e.pods import Pods, is_ready
from e2e.settings import Settings
from e2e.topic import Topic, delete_topics, topics_there

IMAGE = "registry.example.com/mcp-jobs"
#: of the release, the namespace and the topic, all by the README's commands and the chart's defaults
NAME = "mcp-jobs"


def commands() -> list[str]:
    """The commands of the README's section on Kubernetes, one line each."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("## On Kubernetes", 1)[1].split("\n## ", 1)[0]
    block = re.search(r"(?:^    .*\n)+", section, re.MULTILINE)
    assert block, "the README has no commands for Kubernetes any more"
    text = "\n".join(line.removeprefix("    ") for line in block.group().splitlines())
    return text.replace("\\\n", " ").splitlines()


@pytest.fixture(scope="module")
def namespace(settings: Settings) -> Iterator[Namespace]:
    """The namespace that the README names. It is to be a newcomer's: neither it nor the topics are there."""
    namespace, config = Namespace(NAME), {"bootstrap_servers": settings.brokers_local.split(",")}
    assert not namespace.exists(), f"the namespace {NAME} is in use: the quickstart needs one without it"
    there = topics_there(config, [NAME])
    assert not there, f"the topics {there} exist: the quickstart needs a Kafka without them"
    yield namespace
    helm("uninstall", NAME, "--namespace", NAME, "--ignore-not-found", "--wait")
    if namespace.exists():
        namespace.delete()
    delete_topics(config, [NAME])


def test_the_readme_s_quickstart_ends_with_an_outcome(namespace: Namespace, settings: Settings) -> None:
    build, install, test = commands()
    assert build.startswith(f"docker build -t {IMAGE}:")  # scripts/image stands in for it
    image = f"{settings.repository} --set-string image.tag={settings.tag}"
    brokers = settings.brokers.replace(",", r"\\,")  # for Helm, and once more for the shell
    install = install.replace("kafka:9092", brokers).replace(IMAGE, image)
    said = ""
    for command in (install, test):
        name, *arguments = shlex.split(command)
        assert name == "helm"
        said = run([binary(), *arguments])
    assert re.search(r"Phase:\s+Succeeded", said)
    assert "succeeded" in said.split("POD LOGS", 1)[1]
    with Pods(namespace) as pods:
        helpers = pods.wait(
            lambda: [p for p in pods.of_component("admission") if is_ready(p)], 120, "helpers are Ready"
        )
    assert all(pod["status"]["phase"] == "Running" for pod in helpers)
    topic = Topic({"bootstrap_servers": settings.brokers_local.split(",")}, NAME)
    topic.poll()
    assert [outcome["status"] for [outcome] in topic.outcomes.values()] == ["succeeded"]
    assert topic.lag() == 0
    topic.close()


def test_the_webhooks_are_registered_for_that_namespace_and_no_other(namespace: Namespace) -> None:
    registration = AdmissionregistrationV1Api(namespace.core.api_client)
    for configurations in (
        registration.list_mutating_webhook_configuration(),
        registration.list_validating_webhook_configuration(),
    ):
        [ours] = [c for c in configurations.items if c.metadata.name == f"{NAME}.{NAME}"]
        [webhook] = ours.webhooks
        assert webhook.namespace_selector.match_labels == {"kubernetes.io/metadata.name": namespace.name}
        assert webhook.client_config.ca_bundle
