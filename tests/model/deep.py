"""The same with wider bounds, on demand: `PYTHONPATH=app:tests python -m model.deep [a part of a name]`."""

import sys
from collections.abc import Iterator

from model.explorer import explore
from model.mutants import MUTANTS
from model.scenario import Scenario, Verdict
from model.scenarios import DEEP, SCENARIOS

_ROW = "{:<75} {:>9} {:>10} {:>7}  {}\n"


def main(part: str = "") -> int:
    """Explore, print a table; 1 where something was found that should not be, or was not that should."""
    _print(_ROW.format("scenario", "states", "steps", "seconds", "found"))
    failed = 0
    for name, expected, verdict in _verdicts(part):
        found = verdict.violation or ("nothing" if verdict.exhaustive else "nothing (bound hit)")
        _print(_ROW.format(name, verdict.states, verdict.edges, f"{verdict.seconds:.1f}", found))
        if expected not in verdict.violation or (verdict.violation and not expected):
            failed = 1
            _print("".join(f"    {step}\n" for step in verdict.trace))
    return failed


def _verdicts(part: str) -> Iterator[tuple[str, str, Verdict]]:
    """(name, what is to be found, what was found)"""
    scenarios: dict[str, Scenario] = {**SCENARIOS, **DEEP}
    for name, scenario in scenarios.items():
        if part in name:
            yield name, "", explore(scenario)
    for mutant in MUTANTS:
        if part in mutant.name:
            with mutant.applied():
                verdict = explore(mutant.scenario)
            yield mutant.name, mutant.finds, verdict


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
