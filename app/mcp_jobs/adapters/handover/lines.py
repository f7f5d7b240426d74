"""Orders and reports as lines of JSON."""

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from mcp_jobs.core.errors import ServersError
from mcp_jobs.core.order import Order
from mcp_jobs.core.report import WorkReport

#: bytes of the longest line; an order comes of a message of 1 MiB, a report is cut to less
LINE_BYTES = 8 * 1024 * 1024

ORDERS = TypeAdapter(Order)
REPORTS = TypeAdapter(WorkReport)

T = TypeVar("T")


def encode(kind: TypeAdapter[T], value: T) -> bytes:
    """An order or a report as a line."""
    return kind.dump_json(value) + b"\n"


def decode(kind: TypeAdapter[T], line: bytes) -> T:
    """The order or report in a line. Raises ServersError, which names a field but not its value."""
    try:
        return kind.validate_json(line)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, problem["loc"]))
        what = f"{place}: {problem['msg']}" if place else problem["msg"]
        raise ServersError(f"what came over the socket can't be read: {what}") from None
