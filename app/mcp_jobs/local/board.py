"""What has become of the messages so far."""

from collections.abc import Mapping
from typing import Any

from mcp_jobs.adapters.kafka.outcomes import origin_of, place_of
from mcp_jobs.core.dead_letter import DeadLetter
from mcp_jobs.core.record import Place

Outcome = Mapping[str, Any]


class Board:
    """Outcomes and dead letters by message. With `expect`ed messages, all others are left out."""

    def __init__(self) -> None:
        self.sources: dict[Place, str] = {}
        self.outcomes: dict[Place, Outcome] = {}
        self.dead_letters: dict[Place, DeadLetter] = {}
        self.workers: set[str] = set()
        self.repeated = 0

    def expect(self, sources: Mapping[Place, str]) -> None:
        """Name the messages to wait for, with where each came from, in the order to show them in."""
        self.sources = dict(sources)

    @property
    def missing(self) -> list[Place]:
        """The expected messages that have no outcome."""
        return [place for place in self.sources if place not in self.outcomes]

    @property
    def succeeded(self) -> int:
        """How many messages succeeded."""
        return sum(succeeded(outcome) for outcome in self.outcomes.values())

    @property
    def failed(self) -> int:
        """How many messages failed for good."""
        return len(self.outcomes) - self.succeeded

    def in_order(self) -> list[Outcome]:
        """The outcomes, in the order of the expected messages."""
        order = self.sources or self.outcomes
        return [self.outcomes[place] for place in order if place in self.outcomes]

    def add_outcome(self, outcome: Outcome) -> bool:
        """Note an outcome; whether it is a new one of ours. A message's second one is counted, not kept.

        A requeued message has no outcome of its own: that of its copy counts.
        """
        place = place_of(outcome)
        if place not in self.sources:
            place = origin_of(outcome) or place
        self.workers.add(str(outcome.get("job", {}).get("uid", "")))
        if self.sources and place not in self.sources:
            return False
        if place in self.outcomes:
            self.repeated += 1
            return False
        # Without an end to wait for, results of any number of messages would pile up here.
        self.outcomes[place] = outcome if self.sources else {"status": outcome.get("status")}
        return True

    def add_dead_letter(self, dead: DeadLetter) -> None:
        """Note a dead letter."""
        if not self.sources or dead.place in self.sources:
            self.dead_letters[dead.place] = dead


def succeeded(outcome: Outcome) -> bool:
    """Whether the message succeeded."""
    return outcome.get("status") == "succeeded"
