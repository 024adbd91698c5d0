"""The exact maximum-weight assignment of tasks to helpers with capacities, by successive shortest paths, in whole numbers.

A price stands on everything: `gain[task]`, what being done is worth to it at present, and `price[helper]`. When

* weight - price <= gain for every edge, with equality ("tight") for those in use,
* gain >= 0, and a task that nobody does has gain 0,
* what a helper's last task cost extra <= price <= what their next one would (extra never falls),

no other assignment has more weight (linear programming duality). The first line holds from the beginning, and stays. The
other two are reached in two halves that mirror each other: tasks that still gain and are undone push prices up until a
chain of tight edges takes them up; helpers with room who are priced above it pull prices down until a chain ends at them.
All of them are moved at once by the least distance (Dijkstra) to the end of some chain, and then all chains are carried
out that share no helper (as Hopcroft and Karp do). From the prices of bidding.py a few such rounds are left.
Each connected component is settled by itself: nothing in one concerns another.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush

from bot.community.bidding import NOBODY, Edges, prices_near

NEARBY = 30
"""Each helper who is too high is first helped alone, if that takes no more than a look at so many others."""

Reached = list[tuple[int, int]]
"""(distance, helper)."""


class Assignment:
    """The best assignment; it stays the best one when tasks come again with more edges.

    Args:
        edges: for each task the helpers it may go to, with weights above 0.
        capacity: for each helper the most tasks they take.
        extra: what a helper's task costs when they have so many others; it must not fall with their number.
    """

    def __init__(self, edges: Sequence[Edges], capacity: Sequence[int], extra: Callable[[int], int]) -> None:
        self._room = [min(most, len(edges)) for most in capacity]
        self._extra = [extra(others) for others in range(max(self._room, default=0) + 1)]
        self._has: list[list[int]] = [[] for _ in capacity]
        self.helper = [NOBODY] * len(edges)
        self.edges = [self._open(some) for some in edges]
        self._price = prices_near(self.edges, self._room, self._extra)
        self._gain = [self._best(some) for some in self.edges]
        for tasks in _components(self.edges):
            self._take_up(tasks)
            self._fill_room(tasks)

    def widen(self, edges: Mapping[int, Edges]) -> None:
        """Give tasks that nobody does other edges, as a rule more of them, and find the best assignment again."""
        for task, more in edges.items():
            self.edges[task] = self._open(more)
            self._gain[task] = self._best(self.edges[task])
        self._take_up(edges)

    def _open(self, edges: Edges) -> Edges:
        return [edge for edge in edges if self._room[edge[1]] > 0]

    def _best(self, edges: Edges) -> int:
        return max(0, max((weight - self._price[helper] for weight, helper in edges), default=0))

    # --- tasks that are undone push prices up

    def _take_up(self, tasks: Sequence[int] | Mapping[int, Edges]) -> None:
        waiting = [task for task in tasks if self.helper[task] == NOBODY and self._gain[task]]
        while waiting:
            seen: set[int] = set()
            for task in waiting:
                self._chain_from(task, seen)
            waiting = [task for task in waiting if self.helper[task] == NOBODY and self._gain[task]]
            if waiting:
                self._push_up(waiting)

    def _chain_from(self, task: int, seen: set[int]) -> None:
        """Take a task up if a chain of tight edges leads to room, or to a task that had as well be undone."""
        todo, reached_by = [task], dict[int, int]()
        while todo:
            one = todo.pop()
            gain = self._gain[one]
            for weight, helper in self.edges[one]:
                if weight - self._price[helper] != gain or helper in seen:
                    continue
                seen.add(helper)
                reached_by[helper] = one
                has = self._has[helper]
                if len(has) < self._room[helper] and self._extra[len(has)] <= self._price[helper]:
                    self._pass_on(task, helper, reached_by)
                    return
                for other in has:
                    if not self._gain[other]:
                        has.remove(other)
                        self.helper[other] = NOBODY
                        self._pass_on(task, helper, reached_by)
                        return
                todo += has

    def _pass_on(self, first: int, helper: int, reached_by: Mapping[int, int]) -> None:
        """Carry a chain out, from the helper at its end back to its first task."""
        moved = NOBODY
        while moved != first:
            moved = reached_by[helper]
            before = self.helper[moved]
            self._give(moved, helper)
            helper = before

    def _give(self, task: int, helper: int) -> None:
        if self.helper[task] != NOBODY:
            self._has[self.helper[task]].remove(task)
        self._has[helper].append(task)
        self.helper[task] = helper

    def _push_up(self, waiting: Sequence[int]) -> None:
        """Raise the prices around all waiting tasks, and lower the tasks' gains, until one more chain is tight."""
        near, reached, settled = dict[int, int](), Reached(), Reached()
        end = min(self._gain[task] for task in waiting)
        for task in waiting:
            self._spread(task, 0, end, near, reached)
        while reached and reached[0][0] < end:
            far, helper = heappop(reached)
            if far > near[helper]:
                continue  # reached on a shorter way since
            settled.append((far, helper))
            has = self._has[helper]
            if len(has) < self._room[helper]:
                end = min(end, far + max(0, self._extra[len(has)] - self._price[helper]))
            for other in has:
                end = min(end, far + self._gain[other])
                self._spread(other, far, end, near, reached)
        for task in waiting:
            self._gain[task] -= end
        self._reprice((helper, end - far) for far, helper in settled)

    def _spread(self, task: int, far: int, end: int, near: dict[int, int], reached: Reached) -> None:
        """Note which helpers are nearer by way of this task."""
        price = self._price
        far += self._gain[task]
        for weight, helper in self.edges[task]:
            to = far + price[helper] - weight
            if to < end and to < near.get(helper, end):
                near[helper] = to
                heappush(reached, (to, helper))

    # --- helpers with room who are priced above it pull prices down

    def _fill_room(self, tasks: Sequence[int]) -> None:
        wanted_by: dict[int, list[tuple[int, int]]] = {}
        for task in tasks:
            for weight, helper in self.edges[task]:
                wanted_by.setdefault(helper, []).append((weight, task))
        for helper in wanted_by:
            while self._is_high(helper) and (
                self._chain_to(helper, wanted_by, set(), NEARBY) or self._pull_down([helper], wanted_by, NEARBY)
            ):
                pass
        high = [helper for helper in wanted_by if self._is_high(helper)]
        while high:
            seen: set[int] = set()
            for helper in high:
                while self._is_high(helper) and self._chain_to(helper, wanted_by, seen, len(self._price)):
                    pass
            high = [helper for helper in high if self._is_high(helper)]
            if high:
                self._pull_down(high, wanted_by, len(self._price))

    def _is_high(self, helper: int) -> bool:
        has = len(self._has[helper])
        return has < self._room[helper] and self._price[helper] > self._extra[has]

    def _last(self, helper: int) -> int:
        """What a helper's last task costs."""
        return self._extra[len(self._has[helper]) - 1]

    def _chain_to(self, first: int, wanted_by: Mapping[int, Edges], seen: set[int], at_most: int) -> bool:
        """Give a helper one more task if a chain of tight edges brings one that is undone, or had as well move here."""
        todo, loses = [first], dict[int, tuple[int, int]]()
        while todo and len(loses) <= at_most:
            helper = todo.pop()
            price = self._price[helper]
            for weight, task in wanted_by[helper]:
                holder = self.helper[task]
                if weight - price != self._gain[task] or task in seen or holder == helper:
                    continue
                seen.add(task)
                if holder == NOBODY or self._price[holder] <= self._last(holder):
                    self._give(task, helper)
                    while helper != first:
                        task, helper = loses[helper]  # noqa: PLW2901 - the chain is carried out, the search is over
                        self._give(task, helper)
                    return True
                if holder not in loses and holder != first:
                    loses[holder] = task, helper
                    todo.append(holder)
        return False

    def _pull_down(self, high: Sequence[int], wanted_by: Mapping[int, Edges], at_most: int) -> bool:
        """Lower the prices around helpers who are too high, and raise the gains, until one more chain is tight.

        With more than so many helpers on the way it stops before. Says whether the chain is tight now, and was not.
        """
        near, settled = dict.fromkeys(high, 0), Reached()
        reached = [(0, helper) for helper in high]
        end = min(self._price[helper] - self._extra[len(self._has[helper])] for helper in high)
        while reached and reached[0][0] < end:
            far, helper = heappop(reached)
            if far > near[helper]:
                continue
            if len(settled) == at_most:
                end = far
                break
            settled.append((far, helper))
            price = far + self._price[helper]
            for weight, task in wanted_by[helper]:
                to = price + self._gain[task] - weight
                if to >= end or (holder := self.helper[task]) == helper:
                    continue
                if holder == NOBODY:
                    end = to
                elif to < near.get(holder, end):
                    near[holder] = to
                    heappush(reached, (to, holder))
                    end = min(end, to + max(0, self._price[holder] - self._last(holder)))
        self._reprice((helper, far - end) for far, helper in settled)
        return end > 0 and len(settled) < at_most

    def _reprice(self, changes: Iterable[tuple[int, int]]) -> None:
        """Change helpers' prices, and the gains of the tasks they have by as much."""
        for helper, by in changes:
            self._price[helper] += by
            for task in self._has[helper]:
                self._gain[task] -= by


def _components(edges: Sequence[Edges]) -> list[list[int]]:
    """The tasks that have something to do with each other through helpers, each group in order."""
    root = list(range(len(edges)))
    first: dict[int, int] = {}

    def top(task: int) -> int:
        while root[task] != task:
            root[task] = root[root[task]]
            task = root[task]
        return task

    for task, some in enumerate(edges):
        for _, helper in some:
            one, other = top(task), top(first.setdefault(helper, task))
            root[max(one, other)] = min(one, other)
    groups: dict[int, list[int]] = {}
    for task in range(len(edges)):
        groups.setdefault(top(task), []).append(task)
    return list(groups.values())
