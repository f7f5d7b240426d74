"""The settings of a Kafka connection as kafka-python takes them."""

from typing import Any

from mcp_jobs.settings import KafkaSettings


def kafka_config(settings: KafkaSettings, *, client_id: str = "mcp-jobs") -> dict[str, Any]:
    """The keyword arguments of every kafka-python client; what is not set is left out."""
    secrets = settings.credentials_dir
    files = {"ssl_cafile": "ca", "ssl_certfile": "cert", "ssl_keyfile": "key"}
    mounted = {
        option: str(secrets / name)
        for option, name in files.items()
        if secrets and (secrets / name).is_file()
    }
    texts = {"sasl_plain_username": "username", "sasl_plain_password": "password"}
    mounted |= {
        option: (secrets / name).read_text(encoding="utf-8").strip()
        for option, name in texts.items()
        if secrets and (secrets / name).is_file()
    }
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
    return mounted | {option: value for option, value in given.items() if value is not None}
