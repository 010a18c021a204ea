"""A published instance as clauses for CP-SAT: Booleans for (meeting, slot) and (participant, slot), breaks counted in unary."""

from collections import defaultdict
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from matchmaking.meetings.planner.published.counting import count_of, hold_exactly
from matchmaking.meetings.planner.published.instance import Instance, open_slots

if TYPE_CHECKING:
    from ortools.sat.python.cp_model_helper import Literal

    Literals = list[Literal]


class InstanceModel:
    """The clauses of one instance. `takes[meeting, slot]` says that a meeting takes a slot; slots that it cannot take have no Boolean."""

    def __init__(self, instance: Instance) -> None:
        from ortools.sat.python.cp_model import CpModel  # heavy: only where it runs

        self.instance = instance
        self.model: CpModel = CpModel()
        self.takes: dict[tuple[int, int], Literal] = {}
        self.busy: dict[tuple[int, int], Literal] = {}
        self._place_meetings()
        self._keep_diaries()
        self._keep_tables()
        self._keep_order()
        counts = [self._breaks_of(who) for who in range(instance.participants)]
        self._keep_fairness(counts)
        self.model.minimize(sum(chain.from_iterable(counts)))

    @cached_property
    def diaries(self) -> dict[int, list[int]]:
        """The meetings of each participant, by their position in the file."""
        found: dict[int, list[int]] = defaultdict(list)
        for number, meeting in enumerate(self.instance.meetings):
            found[meeting.a].append(number)
            found[meeting.b].append(number)
        return found

    def _place_meetings(self) -> None:
        for number, meeting in enumerate(self.instance.meetings):
            slots = open_slots(self.instance, meeting)
            for slot in slots:
                self.takes[number, slot] = self.model.new_bool_var(f"takes_{number}_{slot}")
            self.model.add_exactly_one([self.takes[number, slot] for slot in slots])

    def _one_of(self, meetings: list[int], slot: int) -> "Literal | None":
        """A Boolean for "one of these takes place in the slot", where at most one of them can. None where none can."""
        literals = [self.takes[number, slot] for number in meetings if (number, slot) in self.takes]
        if len(literals) <= 1:
            return literals[0] if literals else None
        some = self.model.new_bool_var("")
        self.model.add_exactly_one([*literals, some.negated()])
        return some

    def _keep_diaries(self) -> None:
        """One meeting a slot for each participant; and as many busy slots as meetings, which follows, and which search is quicker for being told."""
        for who, meetings in sorted(self.diaries.items()):
            for slot in range(self.instance.slots):
                literal = self._one_of(meetings, slot)
                if literal is not None:
                    self.busy[who, slot] = literal
            hold_exactly(self.model, [self.busy[who, slot] for slot in self._slots_of(who)], len(meetings))

    def _slots_of(self, who: int) -> list[int]:
        return [slot for slot in range(self.instance.slots) if (who, slot) in self.busy]

    def _clusters(self) -> list[tuple[int, list[int]]]:
        """Every meeting in one cluster with others of the same participant, in few clusters: in a slot, a cluster takes one table at most."""
        left = set(range(len(self.instance.meetings)))
        clusters = []
        while left:
            who = max(self.diaries, key=lambda each: (sum(number in left for number in self.diaries[each]), -each))
            cluster = [number for number in self.diaries[who] if number in left]
            clusters.append((who, cluster))
            left.difference_update(cluster)
        return clusters

    def _keep_tables(self) -> None:
        """Busy clusters need a table each; two busy participants sit at one table. What the tables of all other slots cannot take must be in this one."""
        tables, clusters = self.instance.tables, self._clusters()
        least = len(self.instance.meetings) - tables * (self.instance.slots - 1)
        for slot in range(self.instance.slots):
            taken = [
                self.busy.get((who, slot)) if len(cluster) == len(self.diaries[who]) else self._one_of(cluster, slot)
                for who, cluster in clusters
            ]
            self._hold_between([literal for literal in taken if literal is not None], least, tables)
            self._hold_between([self.busy[who, slot] for who in sorted(self.diaries) if (who, slot) in self.busy], 2 * least, 2 * tables)

    def _hold_between(self, literals: "Literals", least: int, most: int) -> None:
        if len(literals) > most:
            self.model.add(sum(literals) <= most)
        if least > 0:
            self.model.add(sum(literals) >= least)

    def _keep_order(self) -> None:
        numbers = {meeting.id: number for number, meeting in enumerate(self.instance.meetings)}
        for later, meeting in enumerate(self.instance.meetings):
            for before in meeting.after:
                self._keep_before(numbers[before], later)

    def _keep_before(self, earlier: int, later: int) -> None:
        """Each slot of the one needs an earlier slot of the other, and the other way round."""
        for slot in range(self.instance.slots):
            if (later, slot) in self.takes:
                possible = [self.takes[earlier, t] for t in range(slot) if (earlier, t) in self.takes]
                self.model.add_bool_or([*possible, self.takes[later, slot].negated()])
            if (earlier, slot) in self.takes:
                possible = [self.takes[later, t] for t in range(slot + 1, self.instance.slots) if (later, t) in self.takes]
                self.model.add_bool_or([*possible, self.takes[earlier, slot].negated()])

    def _breaks_of(self, who: int) -> "Literals":
        """The breaks of a participant, in unary. One begins to be counted where it ends: busy, idle in the slot before, and has met before that."""
        ends: Literals = []
        has_met: Literal | None = None
        for slot in range(self.instance.slots):
            now, before = self.busy.get((who, slot)), self.busy.get((who, slot - 1))
            if now is None:
                continue
            if has_met is not None:
                ends.append(self._end_of_break(now, before, has_met))
            has_met = now if has_met is None else self._either(has_met, now)
        most = max(0, len(self.diaries.get(who, ())) - 1)
        return count_of(self.model, ends, most)[:most]

    def _end_of_break(self, now: "Literal", before: "Literal | None", has_met: "Literal") -> "Literal":
        ends = self.model.new_bool_var("")
        self.model.add_implication(ends, now)
        self.model.add_implication(ends, has_met)
        if before is None:
            self.model.add_bool_or([ends, now.negated(), has_met.negated()])
        else:
            self.model.add_implication(ends, before.negated())
            self.model.add_bool_or([ends, now.negated(), has_met.negated(), before])
        return ends

    def _either(self, one: "Literal", other: "Literal") -> "Literal":
        either = self.model.new_bool_var("")
        self.model.add_implication(one, either)
        self.model.add_implication(other, either)
        self.model.add_bool_or([one, other, either.negated()])
        return either

    def _keep_fairness(self, counts: list["Literals"]) -> None:
        """Whoever has k + d breaks obliges everybody to k: d is the difference allowed."""
        limit = self.instance.max_difference
        if limit is None:
            return
        for k in range(1, max(map(len, counts), default=0) - limit + 1):
            everybody = self.model.new_bool_var("")
            for count in counts:
                if len(count) >= k + limit:
                    self.model.add_implication(count[k + limit - 1], everybody)
                self.model.add_bool_or([everybody.negated(), *count[k - 1 : k]])
