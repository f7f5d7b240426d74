"""Hooks between a machine and Kafka: what can go wrong with one request."""

from collections.abc import Callable

from mcp_jobs.core.requests import Answer, Lost, Request, Wait

Ask = Callable[[Request], Answer]
Hook = Callable[[Ask], Ask]


class Crash(Exception):
    """Raised where the process would die."""


class Counter:
    """Counts the requests that go to Kafka; waits are not counted."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, ask: Ask) -> Ask:
        def counted(request: Request) -> Answer:
            if not isinstance(request, Wait):
                self.requests.append(request)
            return ask(request)

        return counted


def crash_after(step: int) -> Hook:
    """Die once the request number `step` (from 1) is done; 0: before the first."""

    def hook(ask: Ask) -> Ask:
        counter = Counter()
        counted = counter(ask)

        def doomed(request: Request) -> Answer:
            if step == 0:
                raise Crash
            answer = counted(request)
            if len(counter.requests) >= step:
                raise Crash
            return answer

        return doomed

    return hook


def lose_answer(step: int) -> Hook:
    """Have request number `step` done and its answer lost."""

    def hook(ask: Ask) -> Ask:
        counter = Counter()
        counted = counter(ask)

        def deaf(request: Request) -> Answer:
            answer = counted(request)
            hit = not isinstance(request, Wait) and len(counter.requests) == step
            return Lost() if hit else answer

        return deaf

    return hook
