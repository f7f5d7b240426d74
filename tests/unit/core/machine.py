"""Drives a pure machine by hand."""

from mcp_jobs.core.requests import Answer
from mcp_jobs.core.step import State, Step


def told(state: State, *answers: Answer) -> State:
    """The state that answers lead to, one after the other."""
    for answer in answers:
        assert isinstance(state, Step), f"{state} asks for nothing"
        state = state.on(answer)
    return state
