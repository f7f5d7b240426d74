"""Breadth-first over all states that a scenario can reach; a violation comes with the shortest way to it."""

from array import array
from time import perf_counter

from model.scenario import Rest, Scenario, Verdict
from model.violation import Violation
from model.world import Whole, World


def explore(scenario: Scenario) -> Verdict:
    """Everything that can happen in a scenario, up to its limit."""
    return _Exploration(scenario).run()


class _Exploration:
    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._world = World(scenario)
        start = self._world.start()
        self._found: dict[Whole, int] = {start: 0}
        self._order: list[Whole] = [start]
        self._parents = array("q", [-1])
        self._followers = array("q")  #: of all states expanded so far, one after the other
        self._ends = array("q")  #: where each state's followers end
        self._rests: set[Rest] = set()

    def run(self) -> Verdict:
        begun = perf_counter()
        state = 0
        violation = ""
        try:
            while state < len(self._order) < self._scenario.limit:
                self._expand(state)
                state += 1
            if state == len(self._order):
                state = self._restless()
                if state >= 0:
                    raise Violation("from here on nothing can ever come to rest")
        except Violation as error:
            violation = str(error)
        return Verdict(
            states=len(self._order),
            edges=len(self._followers),
            rests=frozenset(self._rests),
            seconds=perf_counter() - begun,
            exhaustive=len(self._order) < self._scenario.limit,
            violation=violation,
            trace=(*self._trace(state), violation) if violation else (),
        )

    def _expand(self, state: int) -> None:
        found, order, parents, followers = self._found, self._order, self._parents, self._followers
        whole = order[state]
        changes = self._world.changes(whole)
        if not changes:
            self._rests.add(self._world.rest(whole))
        for change, _ in changes:
            after = whole + change
            number = found.get(after)
            if number is None:
                number = found[after] = len(order)
                order.append(after)
                parents.append(state)
            followers.append(number)
        self._ends.append(len(followers))

    def _restless(self) -> int:
        """A state that no rest can be reached from; -1 where there is none."""
        followers, resting = self._followers, bytearray(len(self._order))
        changed = True
        while changed:  # from the last to the first: most steps lead to states found later
            changed = False
            begin = len(followers)
            for state in range(len(resting) - 1, -1, -1):
                end, begin = begin, self._ends[state - 1] if state else 0
                if resting[state]:
                    continue
                for after in followers[begin:end]:
                    if resting[after]:
                        break
                else:
                    if begin < end:
                        continue
                resting[state] = changed = True
        return resting.find(0)

    def _trace(self, state: int) -> list[str]:
        """The steps to a state."""
        steps: list[str] = []
        while state > 0:
            before, after = self._order[self._parents[state]], self._order[state]
            cause = next(cause for change, cause in self._world.changes(before) if before + change == after)
            steps.append(self._world.sentence(cause))
            state = self._parents[state]
        return steps[::-1]
