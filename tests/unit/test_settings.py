"""What the environment becomes."""

from pathlib import Path

import pytest

from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.entrypoints.settings_error import SettingsError, read
from mcp_jobs.settings import KafkaSettings, RunnerSettings


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's shell must not change a result."""
    import os

    for name in list(os.environ):
        if name.startswith(("KAFKA_", "RUNNER_", "SERVERS_")):
            monkeypatch.delenv(name)


def test_the_seeds_three_variables_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("BROKERS", "a:1, b:2"), ("TOPIC", "t"), ("CONSUMER_GROUP", "g")):
        monkeypatch.setenv(f"KAFKA_{name}", value)

    settings = read(KafkaSettings)

    assert (settings.topic, settings.consumer_group) == ("t", "g")
    assert (settings.outcomes, settings.dead_letters) == ("t.outcomes", "t.dead-letters")
    assert kafka_config(settings)["bootstrap_servers"] == ["a:1", "b:2"]


def test_every_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_BATCH_SIZE", "0")
    monkeypatch.setenv("RUNNER_MAX_ATTEMPTS", "many")

    with pytest.raises(SettingsError) as caught:
        read(RunnerSettings)

    assert "RUNNER_BATCH_SIZE Input should be greater than or equal to 1" in str(caught.value)
    assert "RUNNER_MAX_ATTEMPTS Input should be a valid integer" in str(caught.value)


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BROKERS", "b:1")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", "hush")
    monkeypatch.setenv("KAFKA_SASL_MECHANISM", "hush-too")

    with pytest.raises(SettingsError) as caught:
        read(KafkaSettings)

    assert "KAFKA_SASL_MECHANISM" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_mounted_secret_with_kedas_names_is_used_and_variables_win_over_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "username").write_text("mounted\n", encoding="utf-8")
    (tmp_path / "password").write_text("secret\n", encoding="utf-8")
    (tmp_path / "ca").write_text("PEM", encoding="utf-8")
    monkeypatch.setenv("KAFKA_BROKERS", "b:1")
    monkeypatch.setenv("KAFKA_CREDENTIALS_DIR", str(tmp_path))
    monkeypatch.setenv("KAFKA_SASL_USERNAME", "set")

    config = kafka_config(read(KafkaSettings))

    assert config["sasl_plain_username"] == "set"
    assert config["sasl_plain_password"] == "secret"
    assert config["ssl_cafile"] == str(tmp_path / "ca")
