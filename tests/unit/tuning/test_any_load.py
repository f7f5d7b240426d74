"""What holds for every load and all values."""

from dataclasses import replace

from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from mcp_jobs.core.tuning.load import Burst, Load
from mcp_jobs.core.tuning.simulation import Run, simulate
from mcp_jobs.core.tuning.spread import Fixed, percentile
from unit.tuning.ideal import settings, with_startup

LOADS = st.builds(
    Load,
    work=st.builds(Fixed, st.floats(0.1, 30)),
    rate=st.floats(0.01, 3),
    duration=st.floats(1, 60),
    bursts=st.lists(st.builds(Burst, st.integers(1, 40), st.floats(0, 60)), max_size=2).map(tuple),
)
SEEDS = st.integers(0, 1000)
MOST = st.integers(1, 60)


def run(load: Load, most: int, poll: float, seed: int) -> Run:
    cluster = replace(with_startup(1.5), teardown=1.0, ready=(0.5, 1.5))
    return simulate(settings(most, poll), cluster, load.messages(seed), seed)


@examples(max_examples=40, deadline=None)
@given(LOADS, MOST, st.floats(0.5, 30), SEEDS)
def test_every_message_starts_once_and_no_limit_is_broken(
    load: Load, most: int, poll: float, seed: int
) -> None:
    messages = load.messages(seed)
    found = run(load, most, poll, seed)
    assert len(found.waits) == len(messages)
    assert found.jobs == len(messages) + found.surplus
    assert found.peak_jobs <= most
    assert found.pod_seconds >= sum(message.work for message in messages)


@examples(max_examples=40, deadline=None)
@given(LOADS, MOST, st.integers(1, 60), SEEDS)
def test_a_higher_ceiling_makes_nobody_wait_longer_than_a_poll_more(
    load: Load, most: int, more: int, seed: int
) -> None:
    poll = 2.0
    lower, higher = (run(load, ceiling, poll, seed).waits for ceiling in (most, most + more))
    assert percentile(higher, 0.95) <= percentile(lower, 0.95) + poll


@examples(max_examples=40, deadline=None)
@given(LOADS, MOST, SEEDS)
def test_polling_more_often_makes_nobody_wait_longer_than_the_longer_poll(
    load: Load, most: int, seed: int
) -> None:
    often, seldom = (run(load, most, poll, seed).waits for poll in (1.0, 10.0))
    assert percentile(often, 0.95) <= percentile(seldom, 0.95) + 10.0


@examples(max_examples=40, deadline=None)
@given(LOADS, MOST, SEEDS)
def test_the_same_seed_gives_the_same_course(load: Load, most: int, seed: int) -> None:
    assert run(load, most, 5.0, seed) == run(load, most, 5.0, seed)
