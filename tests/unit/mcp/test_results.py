"""How results are cut to the room an outcome has."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_jobs.adapters.mcp.results import bounded

BLOCKS = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, st.text(max_size=300)),
    st.builds(lambda data: {"type": "image", "mimeType": "image/png", "data": data}, st.text(max_size=300)),
)
RESULTS = st.builds(
    lambda content, structured: {"content": content, "isError": False} | structured,
    st.lists(BLOCKS, max_size=4),
    st.one_of(
        st.just({}), st.builds(lambda value: {"structuredContent": {"v": value}}, st.text(max_size=300))
    ),
)


@given(RESULTS, st.integers(100, 2000))
def test_a_result_takes_no_more_than_its_room_and_says_so_if_it_lost_something(
    result: dict[str, object], room: int
) -> None:
    kept = bounded(result, room)
    assert len(json.dumps(kept)) <= room
    assert (kept == result) == (len(json.dumps(result)) <= room)
    assert ("truncated" in kept) == (kept != result)


def test_text_is_shortened_to_the_last_character_that_fits() -> None:
    result = {"content": [{"type": "text", "text": "ü" * 1000}], "isError": True, "_meta": {"a": "b"}}
    kept = bounded(result, 500)
    [block] = kept["content"]
    assert kept["isError"] is True
    assert block["truncated"] is True
    assert 490 < len(json.dumps(kept)) <= 500


def test_data_is_named_where_it_does_not_fit() -> None:
    image = {"type": "image", "mimeType": "image/png", "data": "x" * 1000}
    kept = bounded({"content": [image, {"type": "text", "text": "caption"}], "isError": False}, 300)
    assert kept["content"] == [
        {"type": "image", "mimeType": "image/png", "truncated": True},
        {"type": "text", "text": "caption"},
    ]


@pytest.mark.parametrize(("size", "kept"), [(50, True), (1000, False)])
def test_structured_content_stays_whole_or_goes(size: int, kept: bool) -> None:
    result = {"content": [{"type": "text", "text": "x" * 2000}], "structuredContent": {"v": "y" * size}}
    assert ("structuredContent" in bounded(result, 500)) is kept


def test_without_any_room_the_outcome_still_knows_that_there_was_a_result() -> None:
    assert bounded({"content": [{"type": "text", "text": "x"}]}, -5) == {
        "content": [],
        "isError": False,
        "truncated": True,
    }
