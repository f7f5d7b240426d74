"""Exceptions of the SDK as sentences."""

import pytest
from mcp.shared.exceptions import MCPError

from mcp_jobs.adapters.mcp.explain import broken, fault_of, leaf_of
from mcp_jobs.adapters.mcp.fault import Fault
from mcp_jobs.core.failure import FailureClass

CLOSED = MCPError(code=-32000, message="Connection closed")
SPAWN = Fault(FailureClass.SPAWN, "ended", retriable=True)


def test_of_a_group_the_exception_that_says_most_is_taken() -> None:
    cause = OSError("refused")
    assert leaf_of(BaseExceptionGroup("", [CLOSED, ExceptionGroup("", [CLOSED, cause])])) is cause
    assert leaf_of(ExceptionGroup("", [cause, ExceptionGroup("", [SPAWN])])) is SPAWN
    assert leaf_of(CLOSED) is CLOSED


@pytest.mark.parametrize(
    ("error", "kind", "retriable", "words"),
    [
        (SPAWN, FailureClass.SPAWN, True, "ended"),
        (CLOSED, FailureClass.TRANSPORT, True, "closed the connection before it answered initialize"),
        (
            MCPError(code=-32603, message="no disk"),
            FailureClass.PROTOCOL,
            True,
            "JSON-RPC error -32603: no disk",
        ),
        (MCPError(code=-32602, message="bad"), FailureClass.PROTOCOL, False, "JSON-RPC error -32602: bad"),
        (RuntimeError("bad\nschema"), FailureClass.PROTOCOL, False, "against the protocol: bad schema"),
        (
            KeyError("x"),
            FailureClass.INTERNAL,
            True,
            "met an error in mcp-jobs itself, at initialize: KeyError: 'x'",
        ),
    ],
)
def test_every_exception_has_a_class_and_a_sentence(
    error: Exception, kind: FailureClass, retriable: bool, words: str
) -> None:
    fault = fault_of(error, "initialize")
    assert (fault.kind, fault.retriable) == (kind, retriable)
    assert words in fault.what
    assert "\n" not in fault.what


def test_a_servers_own_error_of_the_same_code_is_no_broken_connection() -> None:
    assert broken(CLOSED)
    assert broken(MCPError(code=-32000, message="SSE stream ended without a response"))
    assert not broken(MCPError(code=-32000, message="Database closed"))
