"""The claim protocol, in every order that its steps can come in, and with everything that may go wrong.

The explorer drives the product's own machines against a model of the broker; see also model.deep.
"""

from dataclasses import replace

import pytest

from model.explorer import explore
from model.mutants import MUTANTS, Mutant
from model.scenario import Scenario
from model.scenarios import ONE, SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_every_message_gets_one_outcome_whatever_happens(scenario: Scenario) -> None:
    verdict = explore(scenario)
    assert not verdict.violation, "\n".join(verdict.trace)
    assert verdict.exhaustive


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_without_a_rule_the_explorer_finds_what_the_rule_is_there_for(mutant: Mutant) -> None:
    with mutant.applied():
        assert mutant.finds in explore(mutant.scenario).violation


@pytest.mark.parametrize(
    "mutant", [mutant for mutant in MUTANTS if mutant.switch], ids=lambda mutant: mutant.name
)
def test_with_the_rule_the_same_scenario_is_sound(mutant: Mutant) -> None:
    verdict = explore(mutant.scenario)
    assert not verdict.violation, "\n".join(verdict.trace)


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(pods=(2,)),
        Scenario(ONE, pods=(2,), faults=1),
        Scenario(ONE, pods=(1, 1), requeues=True, crashes=1),
    ],
)
def test_requests_taken_as_one_step_come_to_the_same_ends_as_one_by_one(scenario: Scenario) -> None:
    merged, single = explore(scenario), explore(replace(scenario, merge=False))
    assert merged.states < single.states
    assert merged.rests == single.rests


def test_a_violation_comes_with_the_way_to_it_in_sentences() -> None:
    [mutant] = [mutant for mutant in MUTANTS if "reconciler settles through another slot" in mutant.name]
    with mutant.applied():
        trace = explore(mutant.scenario).trace
    assert trace[0] == "pod 0 (Job 0) reads the offsets of g.job.j0: nothing"
    assert "Job 0 fails by its deadline, its pods live on" in trace
    assert trace[-1] == "the reconciler commits g.settle.1: p0@0 gets a second outcome"


def test_an_exploration_that_meets_its_limit_says_so() -> None:
    assert not explore(Scenario(pods=(2,), limit=1000)).exhaustive
