"""Each rule switched off, one at a time: the explorer must find what the rule is there for."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest import mock

from mcp_jobs.core import claim, log, reconcile, resume, slot, take
from mcp_jobs.core.frontier import FirstFrontier
from mcp_jobs.core.keepalive import Rewrite
from mcp_jobs.core.settle import Holding
from mcp_jobs.core.transaction import InTransaction
from model import mutations, promises
from model.broker import Broker
from model.scenario import Deletes, Scenario
from model.scenarios import FIRST, KEEP_FRONTIER

#: where, what, and what instead
Switch = tuple[object, str, object]

_SECOND = "gets a second outcome"
_NOBODY = "nobody holds it"
_SKIPS = "skips the message"


@dataclass(frozen=True, slots=True)
class Mutant:
    """The protocol without one of its rules. `finds` is part of the sentence that the explorer must find."""

    name: str
    finds: str
    scenario: Scenario
    switch: Switch | None = None

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The product without the rule, for a while.

        Nor is it checked who settles what: that each message has one outcome must tell what the rule is for.
        """
        with ExitStack() as stack:
            stack.enter_context(mock.patch.object(promises, "holds"))
            if self.switch:
                where, what, instead = self.switch
                stack.enter_context(mock.patch.object(where, what, instead))
            yield


MUTANTS = (
    Mutant(
        "R1 the Job's own entries are ignored under the fence",
        _NOBODY,
        Scenario(logs=("mm",), pods=(2,)),
        (take.CheckOwn, "read", mutations.own_entry_ignored),
    ),
    Mutant(
        "R2 a takeover goes through another slot than the recorded one",
        _SECOND,
        Scenario(logs=("m",), pods=(2,)),
        (resume, "take_over", mutations.takes_over_elsewhere),
    ),
    Mutant(
        "R2 each pod settles through a slot of its own",
        _SECOND,
        Scenario(logs=("m",), pods=(2,)),
        (Holding, "settlement", mutations.settles_elsewhere),
    ),
    Mutant(
        "R2 the reconciler settles through another slot than the recorded one",
        _SECOND,
        Scenario(logs=("m",), deadlines=1),
        (Holding, "settlement", mutations.reconciler_settles_elsewhere),
    ),
    Mutant(
        "R3 a takeover is a plain commit",
        _SECOND,
        Scenario(logs=("m",), pods=(2,)),
        (resume.TakeOver, "of", mutations.PlainTakeOver),
    ),
    Mutant(
        "R3 a settlement does not verify the entry",
        _SECOND,
        Scenario(logs=("m",), pods=(2,)),
        (slot.Verify, "read", mutations.unverified),
    ),
    Mutant("R4 the runner deletes its claim group", _SKIPS, Scenario(pods=(2,), deletes=Deletes.RUNNER)),
    Mutant(
        "R4 the reconciler deletes a claim group without a time of grace",
        _SKIPS,
        Scenario(pods=(2,), deletes=Deletes.HASTY_RECONCILER),
    ),
    Mutant(
        "R5 the reconciler ignores Complete Jobs",
        "stays claimed for ever",
        Scenario(pods=(2,), crashes=1),
        (reconcile, "orphans", mutations.complete_ignored),
    ),
    Mutant(
        "R5 the reconciler looks once",
        "stays claimed for ever",
        Scenario(logs=("m",), crashes=1, deadlines=1, looks_once=True),
    ),
    Mutant(
        "R7 plain reads, and a reconciler that looks once, when the Job's pod is gone",
        "stays claimed for ever",
        Scenario(logs=("m",), crashes=1, looks_once=True),
        (Broker, "undecided", lambda *_: frozenset()),
    ),
    Mutant(
        "R8 aborted records are read as messages",
        "was never a committed message",
        Scenario(logs=("m",), pods=(1, 1), crashes=1, faults=1, requeues=True),
        (log, "_without_aborted", mutations.aborted_kept),
    ),
    Mutant(
        "a write that was refused is taken for done",
        _SKIPS,
        Scenario(logs=("m",), pods=(1, 1), faults=1),
        (InTransaction, "on", mutations.refusal_overlooked),
    ),
    Mutant(
        "a claim does not read the frontier again under the fence",
        _SECOND,
        Scenario(logs=("m",), pods=(1, 1)),
        (take.CheckFrontier, "read", mutations.frontier_ignored),
    ),
    Mutant(
        "InitProducerId is a compare-and-swap",
        _SECOND,
        Scenario(logs=("m",), pods=(1, 1), merge=False),
        (claim, "Fence", mutations.SwapFence),
    ),
    Mutant(
        "the first frontier is a plain commit",
        "moves back",
        Scenario(logs=("m",), frontiers=(None,), others=(FIRST, FIRST)),
        (FirstFrontier, "start", mutations.plain_first),
    ),
    Mutant(
        "a frontier is kept alive by a plain commit",
        "moves back",
        Scenario(logs=("m",), others=(KEEP_FRONTIER,)),
        (Rewrite, "start", mutations.plain_rewrite),
    ),
)
