"""Log lines, for machines and for people."""

import json
import logging

import pytest
from loguru import logger
from pydantic import SecretStr

from mcp_jobs import logs
from mcp_jobs.core.failure import FailureClass
from mcp_jobs.core.redact import MARK, hide, redacting
from mcp_jobs.entrypoints.kafka_config import kafka_config
from mcp_jobs.settings import KafkaSettings, SecurityProtocol


def test_a_line_for_machines_is_one_json_object_with_its_context(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("json")
    with logger.contextualize(jobId="a", partition=1):
        logger.bind(**{"class": FailureClass.SPAWN}).warning("two\nlines")

    line = json.loads(capsys.readouterr().err)
    assert line.pop("time")
    assert line == {
        "level": "WARNING",
        "message": "two\nlines",
        "jobId": "a",
        "partition": 1,
        "class": "spawn",
    }


def test_a_line_for_people_has_no_control_characters_of_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("text")
    logger.bind(server="\x1b[2Jx").error("server \x1b[31mred\r said no")

    line = capsys.readouterr().err
    assert "server  [31mred  said no" in line
    assert "\x1b" not in line


def test_the_libraries_chatter_stays_out_and_their_faults_can_be_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("json")
    logging.getLogger("kafka.net").error("connection refused")
    assert capsys.readouterr().err == ""

    logs.set_up("json", "DEBUG")
    logging.getLogger("kafka.net").error("connection refused")
    assert json.loads(capsys.readouterr().err)["message"] == "connection refused"


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_line_shows_a_secret_wherever_it_comes_from(capsys: pytest.CaptureFixture[str], form: str) -> None:
    logs.set_up(form, "DEBUG")
    with redacting():
        hide("s3cret-value")
        logger.bind(url="https://h/?k=s3cret-value", nested={"a": ["s3cret-value"]}).error(
            "it is s3cret-value"
        )
        try:
            raise ValueError("not s3cret-value")
        except ValueError:
            logger.exception("failed")
        logging.getLogger("kafka.net").error("login with %s failed", "s3cret-value")

    written = capsys.readouterr().err
    assert "s3cret-value" not in written
    assert written.count(MARK) >= 4


def test_no_line_shows_the_password_of_kafka(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("json")
    with redacting():
        kafka_config(
            KafkaSettings(
                brokers="b:1",
                security_protocol=SecurityProtocol.SASL_SSL,
                sasl_mechanism="PLAIN",
                sasl_username="me",
                sasl_password=SecretStr("s3cret-value"),
            )
        )
        logger.error("the broker said no to s3cret-value")

    assert json.loads(capsys.readouterr().err)["message"] == f"the broker said no to {MARK}"
