"""The claim from its first look to its end: what the Job has, what it resumes, how it ends."""

import pytest

from mcp_jobs.core.claim import Force, Look, Part, Trace, claim
from mcp_jobs.core.claimant import AlreadySettled, Claimant, Claimed, TakenOver
from mcp_jobs.core.entry import Committed, Entry, encode
from mcp_jobs.core.log import Reading
from mcp_jobs.core.pick import Picked, Survey
from mcp_jobs.core.record import Record
from mcp_jobs.core.requests import (
    Answer,
    Busy,
    Done,
    Elapsed,
    Fenced,
    InitProducer,
    Lost,
    Offsets,
    Producer,
    ReadOffsets,
    Rejected,
)
from mcp_jobs.core.resume import Refetch, TakeOver
from mcp_jobs.core.step import Pause, Refused, Step
from mcp_jobs.core.take import Fence
from unit.core.machine import told

ME = Claimant(group="g", job_uid="uid", holder="me", batch_size=3)
PRODUCER = Producer("g.claim.0", 1, 1)
MINE = Entry((4, 6), attempt=1, holder="me", slot=5)
ANOTHERS = Entry((4, 6), attempt=1, holder="another", slot=5)
SETTLED = ANOTHERS.with_settled(4).with_settled(6)
UNDECIDED = Offsets((), frozenset({2, 1}))
NOTHING = Offsets()


def found(*entries: Entry) -> Offsets:
    return Offsets(tuple((p, encode(entry)) for p, entry in enumerate(entries)))


def records(*offsets: int) -> tuple[Record, ...]:
    return tuple(Record(offset) for offset in offsets)


def test_a_claim_looks_into_the_jobs_own_group_first() -> None:
    assert claim(ME).request() == ReadOffsets("g.job.uid", stable=True)


@pytest.mark.parametrize("held", [False, True])
def test_a_job_without_an_entry_picks_a_message(held: bool) -> None:
    assert Look(ME, held).on(NOTHING) == Part(ME, held, Survey(ME))


@pytest.mark.parametrize("offsets", [found(SETTLED), found(SETTLED, SETTLED)])
def test_a_job_that_has_settled_all_claims_nothing_more(offsets: Offsets) -> None:
    assert Look(ME).on(offsets) == AlreadySettled()


def test_an_entry_of_another_pod_is_taken_over_beside_a_settled_one() -> None:
    assert Look(ME).on(found(SETTLED, ANOTHERS)) == Part(ME, False, TakeOver.of(ME, 1, ANOTHERS))


@pytest.mark.parametrize("held", [False, True])
def test_an_entry_of_this_very_process_is_resumed_without_a_takeover(held: bool) -> None:
    assert Look(ME, held).on(found(MINE)) == Part(ME, held, Refetch(0, MINE))


def test_an_entry_that_was_taken_away_is_never_taken_back() -> None:
    assert Look(ME, held=True).on(found(ANOTHERS)) == TakenOver()


def test_an_undecided_entry_is_traced_once_patience_is_over() -> None:
    patient = Claimant(group="g", job_uid="uid", holder="me", patience=1)
    waiting = Look(patient).on(UNDECIDED)
    assert waiting == Pause(Look(patient, waits=1))
    assert told(waiting, Elapsed(), UNDECIDED) == Trace(patient, False, 1)


@pytest.mark.parametrize(
    ("plain", "transactional_id"),
    [(NOTHING, "g.claim.1"), (found(SETTLED, ANOTHERS), "g.settle.5"), (found(ANOTHERS), "g.claim.1")],
    ids=["a claim", "a write to an entry", "a claim on another partition"],
)
def test_what_is_undecided_is_forced_through_the_id_it_was_written_with(
    plain: Offsets, transactional_id: str
) -> None:
    trace = Trace(ME, False, 1)
    assert trace.request() == ReadOffsets("g.job.uid", stable=False)
    force = trace.on(plain)
    assert force == Force(ME, False, transactional_id)
    assert told(force, PRODUCER) == Look(ME)


@pytest.mark.parametrize("answer", [Busy(), Fenced(), Lost()])
def test_a_force_is_repeated_until_it_succeeds(answer: Answer) -> None:
    force = Force(ME, True, "g.claim.1")
    assert force.on(answer) == Pause(force)


@pytest.mark.parametrize("state", [Look(ME), Trace(ME, False, 1), Force(ME, False, "id"), Refetch(0, MINE)])
def test_a_read_that_kafka_refuses_is_reported(state: Step) -> None:
    assert state.on(Rejected("no permission")) == Refused(Rejected("no permission"))


def taking(*answers: Answer) -> object:
    """A claim under way, from the fence on."""
    picked = Picked(0, Committed(4), records(4), 5)
    return told(Part(ME, False, Fence(ME, picked)), *answers)


MAIN = Offsets(((0, Committed(4)),))
WRITTEN = (PRODUCER, Done(), Done(), MAIN, NOTHING, Done(), Done())


def test_a_claim_that_was_made_is_held() -> None:
    assert taking(*WRITTEN, Done()) == Claimed(0, ME.entry(records(4)), records(4))


def test_a_claim_whose_end_is_unknown_is_decided_and_looked_up() -> None:
    assert taking(*WRITTEN, Lost()) == Force(ME, True, "g.claim.0")
    assert taking(*WRITTEN, Lost(), PRODUCER) == Look(ME, held=True)


def test_a_claim_fenced_at_its_end_is_looked_up_at_once() -> None:
    assert taking(*WRITTEN, Fenced()) == Look(ME, held=True)


def test_a_missed_message_leads_to_another_survey() -> None:
    assert taking(PRODUCER, Fenced()) == Pause(Part(ME, False, Survey(ME)))


def test_a_claim_that_another_pod_made_meanwhile_is_looked_up() -> None:
    state = taking(PRODUCER, Done(), Done(), MAIN, found(ANOTHERS), Done())
    assert state == Look(ME)


def test_a_takeover_whose_entry_changed_is_looked_up_again() -> None:
    part = Part(ME, False, TakeOver.of(ME, 0, ANOTHERS))
    slot = Producer("g.settle.5", 1, 1)
    assert part.request() == InitProducer("g.settle.5")
    assert told(part, slot, Done(), found(SETTLED), Done()) == Look(ME)


def test_a_takeover_reads_the_open_messages_again_as_the_next_attempt() -> None:
    part = Part(ME, False, TakeOver.of(ME, 0, ANOTHERS))
    slot = Producer("g.settle.5", 1, 1)
    taken = ANOTHERS.taken_over("me")
    refetch = told(part, slot, Done(), found(ANOTHERS), Done(), Done())
    assert refetch == Part(ME, False, Refetch(0, taken))
    assert told(refetch, Reading(records(4, 6), 7)) == Claimed(0, taken, records(4, 6))
