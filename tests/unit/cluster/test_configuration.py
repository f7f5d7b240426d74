import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.dns import dns, dns_objects
from cluster.errors import ClusterError
from cluster.fake_nodes import LATER, READY, RUN_FOR, SELECTOR, TOLERATION, fake_nodes, kwok
from cluster.kafka import listener_addresses, network_properties, replication_properties
from cluster.layout import DNS, Home
from cluster.pause import PAUSE_IMAGE, write_pause_image
from cluster.pki import make_pki
from cluster.plan import Kafka, Plan
from cluster.site import Site, flags
from cluster.worker import proxy

RUNNING: dict[str, Any] = {"key": ".status.phase", "operator": "In", "values": ["Running"]}
#: the start of kwok's template of a pod's status, and a part of it that needs kwok to be read
READY_TEMPLATE = """\
conditions:
- status: "True"
  type: Initialized
- status: "True"
  type: Ready
- status: "True"
  type: ContainersReady
containerStatuses:
- ready: true
{{ $podIPs := PodIPsWith .spec.nodeName }}
{{ range $podIPs }}
- ip: {{ . | Quote }}
{{ end }}
phase: Running
"""
THREE = Kafka(brokers=3, listeners={"LOGIN": "SASL_SSL"})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    tools = {name: str(tmp_path / name) for name in ("coredns", "kwok", "kube-proxy")}
    return Site(Home(), Plan(pods="10.9.0.0/16", kafka=THREE, tools=tools))


def test_flags_have_gos_spelling() -> None:
    assert flags(leader_elect=False, bind_address="::", qps=5) == [
        "--leader-elect=false",
        "--bind-address=::",
        "--qps=5",
    ]


def test_a_plan_is_read_as_it_was_written(site: Site) -> None:
    site.plan.write(site.home)
    assert Plan.read(site.home) == site.plan


def test_without_a_plan_no_cluster_is_up(site: Site) -> None:
    with pytest.raises(ClusterError, match="scripts/cluster up"):
        Plan.read(site.home)


def test_every_broker_has_ports_of_its_own_and_knows_all_controllers() -> None:
    found = [network_properties(THREE, number, "10.9.0.1") for number in (1, 2, 3)]
    assert [properties["advertised.listeners"] for properties in found] == [
        "CLIENT://10.9.0.1:9092,LOGIN://10.9.0.1:9093",
        "CLIENT://10.9.0.1:9102,LOGIN://10.9.0.1:9103",
        "CLIENT://10.9.0.1:9112,LOGIN://10.9.0.1:9113",
    ]
    voters = {properties["controller.quorum.voters"] for properties in found}
    assert voters == {"1@127.0.0.1:29093,2@127.0.0.1:29094,3@127.0.0.1:29095"}
    assert found[1]["listeners"].endswith(",CONTROLLER://127.0.0.1:29094")
    assert (
        found[0]["listener.security.protocol.map"] == "CLIENT:PLAINTEXT,LOGIN:SASL_SSL,CONTROLLER:PLAINTEXT"
    )


def test_clients_are_told_every_brokers_address() -> None:
    assert listener_addresses(THREE, "10.9.0.1") == {
        "CLIENT": "10.9.0.1:9092,10.9.0.1:9102,10.9.0.1:9112",
        "LOGIN": "10.9.0.1:9093,10.9.0.1:9103,10.9.0.1:9113",
    }


@pytest.mark.parametrize(
    ("brokers", "copies", "in_step"), [(1, "1", "1"), (2, "2", "1"), (3, "3", "2"), (5, "3", "2")]
)
def test_one_broker_of_several_may_be_lost(brokers: int, copies: str, in_step: str) -> None:
    found = replication_properties(brokers)
    assert found["transaction.state.log.replication.factor"] == copies
    assert found["min.insync.replicas"] == found["transaction.state.log.min.isr"] == in_step


def test_dns_knows_the_brokers_by_name(site: Site) -> None:
    part = dns(site)
    text = Path(part.command[-1].removeprefix("-conf=")).read_text()
    assert "10.9.0.1 kafka.mcp-jobs.internal kafka-1.mcp-jobs.internal" in text
    assert "kafka-3.mcp-jobs.internal" in text
    assert text.count("{") == text.count("}") == 3


def test_pods_ask_a_service_that_leads_to_the_node(site: Site) -> None:
    service, slices = dns_objects(site)
    assert service["spec"]["clusterIP"] == DNS
    assert slices["endpoints"] == [{"addresses": ["10.9.0.1"], "conditions": {"ready": True}}]


def test_a_configuration_that_stays_the_same_is_not_written_again(site: Site) -> None:
    config = Path(proxy(site).command[-1].removeprefix("--config="))
    before = config.stat().st_mtime_ns
    proxy(site)
    assert config.stat().st_mtime_ns == before
    assert yaml.safe_load(config.read_text())["clusterCIDR"] == "10.9.0.0/16"


def test_only_pods_made_for_it_get_to_a_fake_node() -> None:
    first, second = fake_nodes(2)
    assert (first["metadata"]["name"], second["metadata"]["name"]) == ("fake-1", "fake-2")
    assert first["metadata"]["labels"] == SELECTOR
    assert first["spec"]["taints"] == [{"key": TOLERATION["key"], "value": "fake", "effect": "NoSchedule"}]


def stages_of(site: Site, name: str, template: str = "phase: Running") -> dict[str, dict[str, Any]]:
    """What is made of a stage of kwok's that has no condition but one, by name."""
    stages = Path(site.tool("kwok")).with_name("stages")
    stages.mkdir()
    spec = {"selector": {"matchExpressions": [RUNNING]}, "next": {"statusTemplate": template}}
    (stages / f"{name}.yaml").write_text(json.dumps({"metadata": {"name": name}, "spec": spec}))
    config = Path(kwok(site).command[1].removeprefix("--config="))
    return {stage["metadata"]["name"]: stage["spec"] for stage in yaml.safe_load_all(config.read_text())}


def conditions(spec: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    """Operator and values of a stage's conditions, by key."""
    found = spec["selector"]["matchExpressions"]
    return {each["key"]: (each["operator"], each.get("values", [])) for each in found}


def test_a_fake_jobs_pod_ends_after_the_time_its_annotation_says(site: Site) -> None:
    spec = stages_of(site, "pod-complete")["pod-complete"]
    assert spec["delay"]["durationFrom"]["expressionFrom"] == f'.metadata.annotations["{RUN_FOR}"]'
    assert spec["selector"]["matchExpressions"][0] == RUNNING


def test_a_fake_pod_runs_and_is_not_ready_while_its_annotation_says_later(site: Site) -> None:
    found = stages_of(site, "pod-ready", READY_TEMPLATE)

    annotation = f'.metadata.annotations["{READY}"]'
    assert conditions(found["pod-running"])[annotation] == ("In", [LATER])
    assert conditions(found["pod-ready"])[annotation] == ("NotIn", [LATER])
    assert conditions(found["pod-ready"])[RUNNING["key"]] == ("In", ["Pending", "Running"])
    assert found["pod-ready"]["next"]["statusTemplate"] == READY_TEMPLATE
    status = yaml.safe_load(found["pod-running"]["next"]["statusTemplate"])
    assert status == {
        "conditions": [
            {"status": "True", "type": "Initialized"},
            {"status": "False", "type": "Ready"},
            {"status": "False", "type": "ContainersReady"},
        ],
        "containerStatuses": [{"ready": False}],
        "phase": "Running",
    }


def test_a_kubeconfig_has_all_it_needs_in_it(site: Site) -> None:
    make_pki(site.pki, site.addresses)
    found = yaml.safe_load(site.pki.kubeconfig("admin").read_text())
    assert found["clusters"][0]["cluster"]["server"] == "https://10.9.0.1:6443"
    assert set(found["users"][0]["user"]) == {"client-certificate-data", "client-key-data"}
    assert site.pki.kubeconfig("admin").stat().st_mode & 0o077 == 0


def test_the_pause_image_is_one_that_containerd_can_read(tmp_path: Path) -> None:
    (tmp_path / "pause").write_bytes(b"binary")
    write_pause_image(tmp_path / "pause", tmp_path / "image.tar")
    with tarfile.open(tmp_path / "image.tar") as archive:
        [manifest] = json.load(_member(archive, "manifest.json"))
        assert manifest["RepoTags"] == [PAUSE_IMAGE]
        layer = _member(archive, manifest["Layers"][0]).read()
    with tarfile.open(fileobj=io.BytesIO(layer)) as root:
        assert root.getmember("pause").mode == 0o755


def _member(archive: tarfile.TarFile, name: str) -> io.BytesIO:
    found = archive.extractfile(name)
    assert found
    return io.BytesIO(found.read())
