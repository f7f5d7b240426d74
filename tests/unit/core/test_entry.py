"""The claim entry keeps all it must, in what an offset's metadata can hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_jobs.core.entry import MAX_METADATA, Committed, Entry, Scope, decode, encode
from mcp_jobs.core.errors import ProtocolError

BOUNDED = settings(max_examples=100, deadline=None, database=None)

texts = st.text(st.characters(codec="utf-8"), max_size=60)
ascii_names = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    gaps = draw(st.lists(st.one_of(st.just(1), st.integers(1, 10**6)), max_size=30))
    offsets = [draw(st.integers(0, 2**62))]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    return Entry(
        offsets=tuple(offsets),
        attempt=draw(st.integers(1, 1000)),
        holder=draw(ascii_names),
        slot=draw(st.integers(0, 1000)),
        settled=draw(st.integers(0, (1 << len(offsets)) - 1)),
        scope=Scope(*draw(st.tuples(ascii_names, ascii_names, ascii_names))),
        job=draw(ascii_names),
    )


@BOUNDED
@given(entries())
def test_an_entry_reads_as_it_was_written(entry: Entry) -> None:
    committed = encode(entry)
    assert decode(committed) == entry
    assert committed.offset == entry.offsets[0]
    assert len(committed.metadata) <= MAX_METADATA


@BOUNDED
@given(entries(), texts, texts)
def test_names_may_be_any_text(entry: Entry, holder: str, job: str) -> None:
    named = Entry(entry.offsets, 1, holder, 0, job=job)
    assert decode(encode(named)) == named


@BOUNDED
@given(entries())
def test_each_settled_message_leaves_one_less_open_until_all_is_done(entry: Entry) -> None:
    for offset in entry.open_offsets:
        assert not entry.done
        before = entry.open_offsets
        entry = entry.with_settled(offset)
        assert entry.open_offsets == tuple(o for o in before if o != offset)
    assert entry.done


@BOUNDED
@given(entries(), ascii_names)
def test_a_takeover_changes_the_holder_and_counts_nothing_else(entry: Entry, holder: str) -> None:
    taken = entry.taken_over(holder)
    assert (taken.holder, taken.attempt) == (holder, entry.attempt + 1)
    assert (taken.offsets, taken.slot, taken.settled) == (entry.offsets, entry.slot, entry.settled)
    assert (taken.scope, taken.job) == (entry.scope, entry.job)


@pytest.mark.parametrize("offsets", [range(0, 5000), range(10**15, 10**15 + 100)], ids=["many", "far"])
def test_consecutive_offsets_take_no_room_but_their_count(offsets: range) -> None:
    entry = Entry(tuple(offsets), 1, "pod", 0)
    assert decode(encode(entry)) == entry
    assert len(encode(entry).metadata) < 100


def test_a_claim_that_does_not_fit_is_refused_with_the_cure() -> None:
    scattered = Entry(tuple(range(0, 3000, 3)), 1, "pod", 0)
    with pytest.raises(ProtocolError, match=r"takes \d+ bytes, 2000 are allowed: use a smaller batch"):
        encode(scattered)


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "null",
        "[]",
        "{}",
        "text",
        '{"v":1}',
        '{"v":1,"n":1,"h":"p","s":0,"b":"x","d":1,"sc":["","",""],"j":""}',
    ],
)
def test_what_somebody_else_wrote_is_not_read_as_an_entry(metadata: str) -> None:
    with pytest.raises(ProtocolError, match="entry at offset 3 is not readable"):
        decode(Committed(3, metadata))


def test_an_entry_of_another_version_is_refused() -> None:
    later = encode(Entry((3,), 1, "pod", 0)).metadata.replace('"v":1', '"v":2')
    with pytest.raises(ProtocolError, match="has version 2, this mcp-jobs reads version 1"):
        decode(Committed(3, later))
