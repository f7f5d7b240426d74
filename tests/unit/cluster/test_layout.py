from ipaddress import IPv4Network
from pathlib import Path

import pytest

from cluster.errors import ClusterError
from cluster.layout import Addresses, Home
from cluster.subnet import choose_subnet


def test_everything_of_a_cluster_is_below_the_cache_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    home = Home("mine")
    for path in (home.state, home.run, home.logs, home.lock, home.plan, home.kubeconfig, home.socket):
        assert path.is_relative_to(Path("/somewhere/mcp-jobs/cluster/mine"))


@pytest.mark.parametrize("name", ["", "../up", "Mine", "0-first", "longer-than-14-"])
def test_a_name_that_no_interface_can_have_is_refused(name: str) -> None:
    with pytest.raises(ClusterError, match="can't name a cluster"):
        Home(name)


def test_node_host_and_pods_share_a_subnet() -> None:
    found = Addresses(IPv4Network("10.9.0.0/16"))
    assert (found.node, found.host, found.first_pod) == ("10.9.0.1", "10.9.0.2", "10.9.1.2")
    assert found.api == "https://10.9.0.1:6443"


def test_a_subnet_that_this_machine_has_a_route_into_is_left_alone() -> None:
    taken = [IPv4Network("10.245.7.0/24"), IPv4Network("10.246.0.0/15")]
    assert choose_subnet(None, taken) == IPv4Network("10.248.0.0/16")


def test_a_wished_subnet_is_taken_when_it_is_free() -> None:
    assert choose_subnet("172.20.0.0/16", []) == IPv4Network("172.20.0.0/16")


@pytest.mark.parametrize(
    ("wished", "words"),
    [
        ("10.1.0.0/16", "--pods"),
        ("10.1.0.0/24", "a /16 is needed"),
        ("10.1.0.1/16", "host bits"),
        ("x", "--pods"),
    ],
)
def test_a_wished_subnet_that_cannot_be_is_refused(wished: str, words: str) -> None:
    with pytest.raises(ClusterError, match=words):
        choose_subnet(wished, [IPv4Network("10.1.2.0/24")])


def test_no_free_subnet_asks_for_one() -> None:
    with pytest.raises(ClusterError, match="--pods"):
        choose_subnet(None, [IPv4Network("10.0.0.0/8")])
