"""The ways to log in, as the environment of a pod that the chart makes."""

from collections.abc import Mapping
from pathlib import Path

from integration.kubernetes.certificates import Pair
from integration.security.guarded import PASSWORD, Guarded
from integration.security.tokens import SECRET
from mcp_jobs.settings import KafkaSettings

#: a login: listener, security protocol, mechanism; user and files are in the Secret
LOGINS = {
    "PLAIN": ("LOGIN", "SASL_SSL", "PLAIN"),
    "PLAIN without TLS": ("BARE", "SASL_PLAINTEXT", "PLAIN"),
    "SCRAM-SHA-256": ("LOGIN", "SASL_SSL", "SCRAM-SHA-256"),
    "SCRAM-SHA-512": ("LOGIN", "SASL_SSL", "SCRAM-SHA-512"),
    "OAUTHBEARER": ("LOGIN", "SASL_SSL", "OAUTHBEARER"),
    "mTLS": ("MUTUAL", "SSL", ""),
}


def login(company: Guarded, directory: Path, user: str, how: str) -> dict[str, str]:
    """A user's KAFKA_ variables, and the Secret they name, mounted at `directory`."""
    listener, protocol, mechanism = LOGINS[how]
    keys: dict[str, str | Path] = {"ca": company.authority.cert} if "SSL" in protocol else {}
    if mechanism == "OAUTHBEARER":
        keys |= {"username": user, "password": SECRET, "oauthTokenEndpointUri": company.tokens.address}
    elif mechanism:
        keys |= {"username": user, "password": PASSWORD}
    else:
        keys |= pair_keys(company.authority.issue(user, common_name=user))
    mount(directory, keys)
    return {
        "KAFKA_BROKERS": company.broker.address(listener),
        "KAFKA_SECURITY_PROTOCOL": protocol,
        "KAFKA_SASL_MECHANISM": mechanism,
        "KAFKA_CREDENTIALS_DIR": str(directory),
    }


def mount(directory: Path, keys: Mapping[str, str | Path]) -> None:
    """Put the keys of a Secret into a directory, in place of those that are there."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, value in keys.items():
        text = value.read_text(encoding="ascii") if isinstance(value, Path) else value
        (directory / name).write_text(text, encoding="utf-8")


def pair_keys(pair: Pair) -> dict[str, str | Path]:
    """A certificate and its key under KEDA's names."""
    return {"cert": pair.cert, "key": pair.key}


def settings(environment: Mapping[str, str]) -> KafkaSettings:
    """The settings that a process with these variables has."""
    given = {name.removeprefix("KAFKA_").lower(): value for name, value in environment.items() if value}
    return KafkaSettings.model_validate(given)
