"""The simulation gives what a formula gives, wherever there is one."""

import math
import random
from dataclasses import replace
from statistics import fmean

import pytest

from mcp_jobs.core.keda import Scaling
from mcp_jobs.core.tuning.load import Load, Message
from mcp_jobs.core.tuning.settings import Settings
from mcp_jobs.core.tuning.simulation import simulate
from mcp_jobs.core.tuning.spread import Fixed
from unit.tuning.ideal import IDEAL, burst, settings, with_startup


def test_with_jobs_enough_a_message_waits_half_a_polling_interval_and_the_start() -> None:
    messages = Load(work=Fixed(30), rate=0.5, duration=4000).messages(seed=1)
    cluster = replace(
        with_startup(2), partitions=1
    )  # in their order: a Job may take a later message of another
    waits = simulate(settings(poll=10), cluster, messages, seed=1).waits
    assert fmean(waits) == pytest.approx(10 / 2 + 2, rel=0.03)
    assert min(waits) >= 2
    assert max(waits) <= 10 + 2


@pytest.mark.parametrize(("messages", "most", "waves"), [(10, 10, 1), (25, 10, 3), (30, 10, 3), (31, 10, 4)])
def test_a_burst_is_worked_off_in_as_many_waves_as_it_has_times_the_ceiling(
    messages: int, most: int, waves: int
) -> None:
    # A wave takes 2 + 7 + 0.5 seconds, and the next begins with the poll after it: every 10 seconds.
    cluster = replace(with_startup(2), teardown=0.5)
    run = simulate(settings(most, poll=5), cluster, burst(messages, work=7), seed=3)
    first = run.waits[0]
    expected = [first + 10 * (number // most) for number in range(messages)]
    assert run.waits == pytest.approx(expected)
    assert run.makespan == pytest.approx(first + 10 * (waves - 1) + 7)
    assert run.peak_jobs == min(messages, most)


@pytest.mark.parametrize(("servers", "rate"), [(2, 0.3), (3, 0.5)])
def test_a_ceiling_makes_a_queue_as_erlang_has_it(servers: int, rate: float) -> None:
    work = 4.0  # seconds, exponential: the queue is M/M/c, whose wait Erlang's formula gives exactly
    offered = rate * work
    waiting = offered**servers / math.factorial(servers) * servers / (servers - offered)
    delayed = waiting / (sum(offered**k / math.factorial(k) for k in range(servers)) + waiting)
    expected = delayed * work / (servers - offered)

    means = []
    for seed in range(6):
        rng = random.Random(f"work {seed}")
        arrivals = Load(work=Fixed(0), rate=rate, duration=1000 / rate).messages(seed)
        messages = [Message(message.arrival, rng.expovariate(1 / work)) for message in arrivals]
        means.append(fmean(simulate(settings(servers, poll=0.2), IDEAL, messages, seed).waits))
    # Each start waits for a poll, too: a slot is empty for 0.1 s on average.
    assert fmean(means) == pytest.approx(expected, rel=0.12)


@pytest.mark.parametrize(
    ("end", "waits"),
    [
        (9.5, 3),  # over, but still Ready: the poll at 10 s makes a Job for the second message
        (8.0, 13),  # not Ready any more, and not Complete: it is counted as one that is about to claim
        (6.0, 3),  # Complete
    ],
)
def test_a_job_that_ends_hides_a_message_between_its_pods_end_and_its_own(end: float, waits: float) -> None:
    cluster = replace(IDEAL, unready=(1, 1), teardown=3.0)
    seed = next(seed for seed in range(10_000) if first_poll(seed) < 0.001)
    messages = [Message(0.0, end), Message(7.0, 1.0)]
    run = simulate(settings(poll=10), cluster, messages, seed)
    assert run.waits[-1] == pytest.approx(waits, abs=0.01)


def first_poll(seed: int) -> float:
    """When KEDA polls first; every 10 seconds from then on."""
    return simulate(settings(poll=10), IDEAL, burst(1), seed).waits[0]


def test_starts_share_the_processors() -> None:
    cluster = replace(IDEAL, startup=Fixed(2), start_rate=2.0)  # four at once at full speed
    alone, many = (simulate(settings(), cluster, burst(count), seed=1).waits for count in (4, 40))
    assert many[-1] - alone[-1] == pytest.approx(40 / 2.0 - 2)


def test_the_nodes_room_lets_the_rest_of_a_burst_wait() -> None:
    cluster = replace(with_startup(1), room=5)
    run = simulate(settings(), cluster, burst(10, work=9), seed=1)
    assert run.waits[5] - run.waits[4] == pytest.approx(10)
    assert run.pod_seconds == pytest.approx(10 * (1 + 9))
    assert run.peak_jobs == 10


def test_a_batch_is_worked_on_in_turn() -> None:
    cluster = replace(IDEAL, partitions=1)
    run = simulate(settings(batch=5), cluster, burst(10, work=2), seed=1)
    first = run.waits[0]
    assert run.waits == pytest.approx(sorted([first + 2 * number for number in range(5)] * 2))
    assert run.jobs == 2


def test_a_batch_holds_messages_of_one_partition_only() -> None:
    cluster = replace(IDEAL, partitions=3)
    run = simulate(settings(batch=10), cluster, burst(12), seed=1)
    assert (run.jobs, len(run.waits)) == (3, 12)  # two are wanted for 12 messages, each partition has 4


def test_keda_creates_as_many_jobs_as_its_limits_let_it() -> None:
    cluster = replace(IDEAL, create_rate=20.0, create_burst=30)
    run = simulate(settings(poll=5), cluster, burst(1000, work=600), seed=1)
    assert run.waits[-1] - run.waits[0] == pytest.approx((1000 - 30) / 20, abs=0.1)
    assert run.cut >= 1000 - 30 - 5 * 20 - 1


def test_a_longer_deadline_lets_one_poll_create_all() -> None:
    cluster = replace(IDEAL, create_rate=20.0, create_burst=30, api_timeout=60)
    run = simulate(settings(poll=5), cluster, burst(1000, work=600), seed=1)
    assert run.cut == 0


def test_the_policys_cap_denies_what_the_next_poll_asks_for_again() -> None:
    capped = simulate(settings(50, poll=5, cap=10), IDEAL, burst(30, work=7), seed=3)
    ceiling = simulate(settings(10, poll=5), IDEAL, burst(30, work=7), seed=3)
    assert (capped.waits, capped.peak_jobs) == (ceiling.waits, 10)
    assert capped.denied > 0
    assert ceiling.denied == 0


def test_a_claim_between_lag_and_list_starts_a_surplus_job() -> None:
    messages = [Message(60.0 * number, 30) for number in range(20)]
    none, some = (
        simulate(settings(poll=2), replace(with_startup(1.5), list_delay=delay), messages, seed=1)
        for delay in (0, 1)
    )
    assert (none.jobs, none.surplus) == (20, 0)
    assert (some.jobs, some.surplus) == (40, 20)


def test_a_claim_that_shows_late_starts_no_surplus_job() -> None:
    messages = Load(work=Fixed(30), rate=1, duration=300).messages(seed=1)
    cluster = replace(with_startup(0.7), list_delay=0.5, ready=(1.0, 2.0))
    assert simulate(settings(poll=2), cluster, messages, seed=1).surplus == 0


def test_an_idle_runner_takes_a_message_as_it_comes() -> None:
    cluster = replace(with_startup(0), list_delay=1.0)
    messages = [Message(0, 30), *(Message(at, 30) for at in (6.5, 7.0, 7.5, 8.0))]
    run = simulate(settings(poll=2), cluster, messages, seed=1)
    assert (len(run.waits), run.stranded) == (5, 0)


def test_messages_below_the_activation_threshold_are_named_as_stranded() -> None:
    found = Settings(scaling=Scaling(activation_lag_threshold=5))
    assert simulate(found, IDEAL, burst(5), seed=1).stranded == 5
    assert simulate(found, IDEAL, burst(6), seed=1).stranded == 0


def test_a_cap_of_none_at_all_ends_the_simulation() -> None:
    run = simulate(settings(cap=0), IDEAL, burst(3), seed=1)
    assert (run.stranded, run.jobs) == (3, 0)


def test_no_message_is_no_run() -> None:
    run = simulate(settings(), IDEAL, [], seed=1)
    assert (run.waits, run.makespan, run.pod_seconds) == ((), 0, 0)
