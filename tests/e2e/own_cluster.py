"""The cluster that scripts/e2e makes: three brokers, and beside the plain listener one with logins.

usage: python -m e2e.own_cluster up [--install] | down
"""

import sys
from pathlib import Path

from cluster.bring_up import bring_up
from cluster.cluster import Cluster, take_down
from cluster.layout import Addresses, Home
from cluster.node import node_runs
from cluster.plan import Kafka, Plan
from cluster.subnet import choose_subnet, routes
from integration.kubernetes.certificates import Authority

NAME = "mcp-jobs-e2e"
BROKERS = 3
LISTENER = "LOGIN"


def authority_file() -> Path:
    """The authority that signed the brokers' certificate."""
    return Home(NAME).directory / "kafka-authority" / "ca.crt"


def up(*, install: bool) -> Cluster:
    """Bring it up; one that runs is used as it is. `install`: let apt-get install what is missing."""
    home = Home(NAME)
    if node_runs(home):
        return bring_up(home, Plan(pods="", kafka=Kafka(), tools={}), say=_say, install=install)
    subnet = choose_subnet(None, routes())
    properties = _properties(Addresses(subnet).node)
    kafka = Kafka(brokers=BROKERS, listeners={LISTENER: "SASL_SSL"}, properties=properties)
    return bring_up(home, Plan(pods=str(subnet), kafka=kafka, tools={}), say=_say, install=install)


def _properties(host: str) -> dict[str, str]:
    """Who logs in may do what the ACLs say; in plain text one is the administrator, who is nobody."""
    authority = Authority(authority_file().parent)
    pair = authority.issue("brokers", host)
    listener = f"listener.name.{LISTENER.lower()}"
    return {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        f"{listener}.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        f"{listener}.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        f"{listener}.ssl.keystore.type": "PEM",
        f"{listener}.ssl.keystore.certificate.chain": pair.cert.read_text(encoding="ascii"),
        f"{listener}.ssl.keystore.key": pair.key.read_text(encoding="ascii"),
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["up"] and set(sys.argv[2:]) <= {"--install"}:
        up(install="--install" in sys.argv)
    elif sys.argv[1:] == ["down"]:
        take_down(Home(NAME))
    else:
        sys.exit(__doc__)
