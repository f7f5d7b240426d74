"""A subnet for a cluster's pods that this machine doesn't use yet."""

import json
import subprocess
from collections.abc import Iterable
from ipaddress import IPv4Network

from cluster.errors import ClusterError

_CANDIDATES = [IPv4Network(f"10.{second}.0.0/16") for second in range(245, 255)]


def choose_subnet(wished: str | None, routed: Iterable[IPv4Network]) -> IPv4Network:
    """The wished one, else the first candidate; free of the routed ones.

    Raises:
        ClusterError: It isn't free, or no /16, or none is.
    """
    candidates = [_parse(wished)] if wished else _CANDIDATES
    taken = list(routed)
    for candidate in candidates:
        if not any(candidate.overlaps(network) for network in taken):
            return candidate
    tried = wished or f"{_CANDIDATES[0]} to {_CANDIDATES[-1]}"
    raise ClusterError(f"This machine has routes into {tried} already: give a free subnet with --pods.")


def routes() -> list[IPv4Network]:
    """The destinations of this machine's IPv4 routes, but for the default one."""
    done = subprocess.run(
        ["ip", "-4", "-json", "route", "show", "table", "all"], capture_output=True, text=True, check=True
    )
    found = [route["dst"] for route in json.loads(done.stdout) if "dst" in route]
    return [IPv4Network(destination) for destination in found if destination != "default"]


def _parse(text: str) -> IPv4Network:
    try:
        network = IPv4Network(text)
    except ValueError as error:
        raise ClusterError(f"--pods: {error}.") from None
    if network.prefixlen != 16:
        raise ClusterError(f"--pods: a /16 is needed, not {text}.")
    return network
