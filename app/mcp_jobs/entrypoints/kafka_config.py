"""The settings of a Kafka connection as kafka-python takes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcp_jobs.core.redact import hide
from mcp_jobs.entrypoints.settings_error import SettingsError
from mcp_jobs.settings import KafkaSettings

_FILES = {"ssl_cafile": "ca", "ssl_certfile": "cert", "ssl_keyfile": "key"}
_TEXTS = {"sasl_plain_username": "username", "sasl_plain_password": "password"}


def kafka_config(settings: KafkaSettings, *, client_id: str = "mcp-jobs") -> dict[str, Any]:
    """The keyword arguments of every kafka-python client; what is not set is left out.

    Raises:
        SettingsError: They make no login.
    """
    given = {
        "bootstrap_servers": [broker.strip() for broker in settings.brokers.split(",")],
        "client_id": client_id,
        "security_protocol": str(settings.security_protocol),
        "sasl_mechanism": settings.sasl_mechanism,
        "sasl_plain_username": settings.sasl_username,
        "sasl_plain_password": settings.sasl_password and settings.sasl_password.get_secret_value(),
        "ssl_cafile": settings.ssl_cafile and str(settings.ssl_cafile),
        "ssl_certfile": settings.ssl_certfile and str(settings.ssl_certfile),
        "ssl_keyfile": settings.ssl_keyfile and str(settings.ssl_keyfile),
    }
    directory = settings.credentials_dir
    _check_login(settings)
    config = _mounted(directory) | {option: value for option, value in given.items() if value is not None}
    hide(config.get("sasl_plain_password", ""))
    if settings.sasl_mechanism:
        _check_user(settings.sasl_mechanism, config)
    return _with_token_provider(config, directory) if settings.sasl_mechanism == "OAUTHBEARER" else config


def _check_login(settings: KafkaSettings) -> None:
    protocol, mechanism = settings.security_protocol, settings.sasl_mechanism
    if protocol.startswith("SASL") and not mechanism:
        raise SettingsError(
            f"KAFKA_SECURITY_PROTOCOL is {protocol}: KAFKA_SASL_MECHANISM has to say which login"
        )
    if mechanism and not protocol.startswith("SASL"):
        raise SettingsError(
            f"KAFKA_SASL_MECHANISM is {mechanism}, and KAFKA_SECURITY_PROTOCOL {protocol} has no login: it is"
            " SASL_SSL, or SASL_PLAINTEXT without TLS"
        )


def _check_user(mechanism: str, config: Mapping[str, Any]) -> None:
    for option, name in _TEXTS.items():
        if not config.get(option):
            raise SettingsError(
                f"the login with {mechanism} has no {name}: set KAFKA_SASL_{name.upper()}, or {name} in the"
                " Secret that KAFKA_CREDENTIALS_DIR is"
            )


def _mounted(directory: Path | None) -> dict[str, Any]:
    """The credentials in a mounted Secret, whose keys have KEDA's names."""
    if directory is None:
        return {}
    files = {option: directory / name for option, name in _FILES.items()}
    texts = {option: _text(directory, name) for option, name in _TEXTS.items()}
    return {option: str(path) for option, path in files.items() if path.is_file()} | {
        option: text for option, text in texts.items() if text
    }


def _text(directory: Path, name: str) -> str:
    path = directory / name
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _with_token_provider(config: dict[str, Any], directory: Path | None) -> dict[str, Any]:
    from mcp_jobs.adapters.kafka.oauth import ClientCredentials  # urllib's 50 ms are for those who need it

    provider = ClientCredentials(
        _text(directory, "oauthTokenEndpointUri") if directory else "",
        config.pop("sasl_plain_username", ""),
        config.pop("sasl_plain_password", ""),
        _text(directory, "scopes") if directory else "",
    )
    return config | {"sasl_oauth_token_provider": provider}
