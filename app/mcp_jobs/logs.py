"""Logs, set up once by an entrypoint: JSON lines for machines, text on a terminal."""

import json
import logging
import sys
from types import FrameType
from typing import TYPE_CHECKING

from loguru import logger

from mcp_jobs.core.redact import redacted, redacted_json

if TYPE_CHECKING:
    from loguru import Message, Record

_TEXT = "<dim>{time:HH:mm:ss.SSS}</dim> <level>{level: <7}</level> {extra[_line]}\n"


def set_up(form: str = "auto", level: str = "INFO") -> None:
    """Log to standard error. `form` is json, text, or auto: text where that is a terminal."""
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    logger.remove()
    logger.configure(patcher=_redact)
    if text:
        logger.add(sys.stderr, level=level, format=_as_text, backtrace=False, diagnose=False)
    else:
        logger.add(_write_json, level=level, backtrace=False, diagnose=False)
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)
    # What Kafka and the servers do is told by our own lines; the libraries' are for finding faults in them.
    for library in ("kafka", "mcp", "client", "httpx2", "httpcore2", "asyncio"):
        logging.getLogger(library).setLevel(
            logging.WARNING if level in ("TRACE", "DEBUG") else logging.CRITICAL
        )


def _redact(record: "Record") -> None:
    """No secret in a line, whoever wrote it."""
    record["message"] = redacted(record["message"])
    record["extra"] = redacted_json(record["extra"])


def _as_text(record: "Record") -> str:
    """The format of one line, which is filled in later: what comes from a message can't be part of it."""
    context = " ".join(
        f"{name}={value}" for name, value in record["extra"].items() if name != "_line" and value
    )
    record["extra"]["_line"] = "".join(
        c if c.isprintable() else " " for c in f"{record['message']}  {context}"
    )
    return _TEXT


def _write_json(message: "Message") -> None:
    sys.stderr.write(_as_json(message.record) + "\n")
    sys.stderr.flush()


def _as_json(record: "Record") -> str:
    line: dict[str, object] = {
        "time": record["time"].isoformat(timespec="milliseconds"),
        "level": record["level"].name,
        "message": record["message"],
        **record["extra"],
    }
    if record["exception"]:
        line["exception"] = redacted(repr(record["exception"].value))
    return json.dumps(line, ensure_ascii=False, default=str)


class _Forward(logging.Handler):
    """Pass the standard library's records on to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        frame: FrameType | None = logging.currentframe()
        depth = 1
        while frame and (depth == 1 or frame.f_code.co_filename == logging.__file__):
            frame, depth = frame.f_back, depth + 1
        logger.opt(depth=depth, exception=record.exc_info).log(record.levelname, record.getMessage())
