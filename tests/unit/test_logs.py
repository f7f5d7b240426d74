"""Log lines, for machines and for people."""

import json
import logging

import pytest
from loguru import logger

from mcp_jobs import logs
from mcp_jobs.core.failure import FailureClass


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
