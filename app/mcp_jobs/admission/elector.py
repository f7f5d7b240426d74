"""Standing for leader: look at the Lease now and then, take it when it is free, renew it while leading."""

import random
import threading
import time
from collections.abc import Callable

from loguru import logger

from mcp_jobs.adapters.kubernetes.errors import ClusterError, Conflict
from mcp_jobs.adapters.kubernetes.lease import Lease
from mcp_jobs.admission.term import Term
from mcp_jobs.core import election
from mcp_jobs.core.election import Sighting

_NEVER = float("-inf")


class Elector:
    """One candidate. `begin_term` makes the term of a leadership that was just won, and starts it."""

    def __init__(
        self,
        lease: Lease,
        me: str,
        *,
        lease_seconds: float,
        begin_term: Callable[[], Term],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lease = lease
        self._me = me
        self._seconds = lease_seconds
        self._begin_term = begin_term
        self._clock = clock
        self._sighting: Sighting | None = None
        self._looked_at = _NEVER
        self._until = _NEVER
        self._term: Term | None = None
        self.problem = "the Lease was not looked at yet"  #: a sentence; "" when all is well

    def term(self) -> Term | None:
        """The term, while this replica leads. By the clock: a thread that hangs must not lead on."""
        return self._term if self._clock() < self._until else None

    def leader(self) -> str:
        """host:port of the replica that leads, as far as is known; "" for none, or this one."""
        sighting = self._sighting
        if not sighting or sighting.holder == self._me or sighting.expired(self._clock()):
            return ""
        return election.address(sighting.holder)

    @property
    def current(self) -> bool:
        """Whether the Lease was read lately."""
        return self._clock() < self._looked_at + self._seconds

    def run(self, stop: threading.Event) -> None:
        """Stand until told to stop; then resign, so that the next leader need not wait."""
        while not stop.is_set():
            self.step()
            stop.wait(election.pause(self._seconds) * random.uniform(0.8, 1.0))
        self._resign()

    def step(self) -> None:
        """Look once, and take or renew the Lease where that is due."""
        try:
            self._look()
            if self._sighting and election.may_lead(self._sighting, self._me, self._clock()):
                self._take(self._sighting)
            self._say("")
        except Conflict:
            self._say("")  # another candidate was quicker, the next look tells
        except ClusterError as error:
            self._say(str(error))
        if self._term and not self.term():
            self._let_go("the Lease could not be renewed")

    def _look(self) -> None:
        holding = self._lease.read(timeout=election.pause(self._seconds))
        self._looked_at = self._clock()
        self._sighting = election.sight(self._sighting, holding, self._looked_at)
        if self._term and self._sighting.holder != self._me:
            self._let_go(f"the Lease is held by {self._sighting.holder or 'nobody'}")

    def _take(self, sighting: Sighting) -> None:
        sent_at = self._clock()
        holding = self._lease.take(
            sighting.holding, self._me, self._seconds, timeout=election.pause(self._seconds)
        )
        self._sighting = election.sight(sighting, holding, self._clock())
        self._until = election.leads_until(sent_at, self._seconds)
        if not self._term:
            logger.info("This replica leads: {}", self._me)
            self._term = self._begin_term()

    def _let_go(self, reason: str) -> None:
        self._until = _NEVER
        if self._term:
            logger.warning("This replica leads no more: {}", reason)
            self._term.end()
            self._term = None

    def _resign(self) -> None:
        term, self._until = self.term(), _NEVER
        if not term or not self._sighting or not self._sighting.holding:
            return
        term.end(wait=election.pause(self._seconds))
        try:
            self._lease.resign(self._sighting.holding, timeout=election.pause(self._seconds))
        except ClusterError as error:
            logger.warning("The Lease runs out by itself, it could not be given back: {}", error)

    def _say(self, problem: str) -> None:
        if problem and problem != self.problem:
            logger.error("The Lease can't be read or kept: {}", problem)
        self.problem = problem
