"""Exceptions of the SDK and its HTTP library as faults."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mcp.shared.exceptions import MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    UNSUPPORTED_PROTOCOL_VERSION,
)
from pydantic import ValidationError

from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.adapters.mcp.text import excerpt
from mcp_jobs.core.failure import FailureClass

# The SDK's words for a connection that broke. The code alone won't do: servers use it for their own errors.
_BROKEN = ("Connection closed", "SSE stream ")
_FOR_GOOD = {INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, UNSUPPORTED_PROTOCOL_VERSION}


@contextmanager
def faults_only(explain: Callable[[BaseException], Fault]) -> Iterator[None]:
    """The edge towards the SDK: whatever exception arises becomes the fault that `explain` sees in it."""
    try:
        yield
    except Exception as error:
        raise explain(leaf_of(error)) from None


def leaf_of(error: BaseException) -> BaseException:
    """The exception of a group that says most: a closed connection is mostly the effect of another one."""
    leaves = list(_leaves(error))
    return min(leaves, key=_vagueness)


def fault_of(error: BaseException, doing: str) -> Fault:
    """The fault behind `error`, which came up while the server was to answer `doing`."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, MCPError):
        return _rpc_fault(error, doing)
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"answered {doing} with what is not MCP: {excerpt(where)}: {excerpt(first['msg'])}"
        return Fault(FailureClass.PROTOCOL, what, retriable=False)
    if isinstance(error, RuntimeError):  # how the SDK says that an answer breaks a rule of the protocol
        what = f"answered {doing} against the protocol: {excerpt(str(error))}"
        return Fault(FailureClass.PROTOCOL, what, retriable=False)
    what = f"met an error in mcp-jobs itself, at {doing}: {type(error).__name__}: {excerpt(str(error))}"
    return Fault(FailureClass.INTERNAL, what, retriable=True)


def broken(error: MCPError) -> bool:
    """Whether the request was never answered because its connection ended."""
    return error.code == CONNECTION_CLOSED and error.message.startswith(_BROKEN)


def rpc_words(error: MCPError) -> str:
    """A JSON-RPC error as words."""
    return f"JSON-RPC error {error.code}: {excerpt(error.message)}"


def lasting(error: MCPError) -> bool:
    """Whether the same request would get the same JSON-RPC error again."""
    return error.code in _FOR_GOOD


def _rpc_fault(error: MCPError, doing: str) -> Fault:
    if broken(error):
        what = f"closed the connection before it answered {doing}: {excerpt(error.message)}"
        return Fault(FailureClass.TRANSPORT, what, retriable=True)
    return Fault(
        FailureClass.PROTOCOL, f"answered {doing} with {rpc_words(error)}", retriable=not lasting(error)
    )


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _vagueness(error: BaseException) -> int:
    if isinstance(error, Fault):
        return 0
    return 2 if isinstance(error, MCPError) and broken(error) else 1
