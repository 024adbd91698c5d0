"""Who can be asked for what, now: the rows of a place as matching sees them, read once for a whole look."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from bot.community import matching, pairs
from bot.community.aid_rules import ASKED_A_DAY, week_of
from bot.community.aid_seen import asker_id
from bot.community.pairs import Pairing, Urgency
from bot.store import aid as store
from bot.store import places
from bot.store import volunteers as volunteers_store
from bot.store.engine import Session
from bot.store.tables import Ask
from bot.store.volunteers import History, OnCall

WINDOW, MONTH = timedelta(days=90), timedelta(days=30)
TOGETHER = 100
"""Asks that are matched with each other at most: some milliseconds. More than that wait in turn, urgent and old first."""
NOTHING = History()
NOT_AGAIN = ("asked", "yes", "no", "silent")
"""Who was asked in vain (somebody was quicker, it was called off) may be asked for the same thing again."""


class Pool:
    """A place's volunteers at a moment. Rosters differ by the week whose room counts, and by whom one spares."""

    def __init__(self, session: Session, place_id: int, now: datetime) -> None:
        self.session, self.place_id, self.now = session, place_id, now
        self.place = places.place_by_id(session, place_id)
        near = volunteers_store.neighbours_in(session, place_id)
        self._neighbours: dict[pairs.Patch, tuple[int, ...]] = {patch: near[patch] for patch in near}
        self._rosters: dict[tuple[str, bool], matching.Roster] = {}
        self._chosen: dict[tuple[str, bool], dict[int, int]] = {}
        self._asked: set[int] = set()

    def roster(self, ask: Ask, *, spare: bool) -> matching.Roster:
        """Who may be asked; `spare`: nobody who has not answered something yet, or was asked twice today."""
        week = self.week_of(ask)
        if (week, spare) not in self._rosters:
            self._rosters[week, spare] = self._made(week, spare=spare)
        return self._rosters[week, spare]

    def asked(self, residents: Iterable[int]) -> None:
        """These have been asked meanwhile: they are spared for the rest of this look."""
        self._asked.update(residents)

    def order(self, ask: Ask, *, spare: bool) -> list[Pairing]:
        """Whom to ask for an ask, the best first: the matching's choice, then those whom no other ask needs more."""
        wanted = self.as_ask(ask)
        fitting = matching.in_order(wanted, self.roster(ask, spare=spare))
        if spare:
            fitting = [one for one in fitting if one.volunteer not in self._asked]
        if len(fitting) <= 1 or ask.urgency == Urgency.URGENT:
            return fitting
        chosen = self._choice(ask, wanted, spare=spare)
        theirs = {volunteer for other, volunteer in chosen.items() if other != ask.id}
        return sorted(fitting, key=lambda one: (one.volunteer != chosen.get(ask.id), one.volunteer in theirs))

    def gap(self, ask: Ask) -> matching.Gap:
        """Why nobody more can be asked."""
        return matching.gap(self.as_ask(ask), self.roster(ask, spare=False))

    def _choice(self, ask: Ask, wanted: pairs.Ask, *, spare: bool) -> dict[int, int]:
        """The exact assignment of all that waits for the same week: worked out once a look, and again for a newcomer."""
        key = self.week_of(ask), spare
        known = self._chosen.get(key)
        if known is None or ask.id not in known:
            others = store.waiting_asks(self.session, self.place_id, ("open",), TOGETHER)
            same = [one for one in others if one.id != ask.id and self.week_of(one) == key[0]]
            declined = store.asked_for(self.session, [one.id for one in same], NOT_AGAIN)
            rivals = [wanted, *(self._seen(one, declined.get(one.id, set())) for one in same)]
            found = {one.ask: one.volunteer for one in matching.match(rivals, self.roster(ask, spare=spare)).pairings}
            known = self._chosen[key] = {one.id: found.get(one.id, 0) for one in rivals}
        return known

    def as_ask(self, ask: Ask) -> pairs.Ask:
        """An ask as matching sees it."""
        return self._seen(ask, store.asked_for(self.session, [ask.id], NOT_AGAIN).get(ask.id, set()))

    def _seen(self, ask: Ask, declined: set[int]) -> pairs.Ask:
        """Whoever is on holiday when it is due is not asked, as if they had said no already."""
        away = {row.resident_id for row in self._with_holidays if _away(row, ask.due_at)}
        return _as_ask(ask, declined | away, self.now)

    def week_of(self, ask: Ask) -> str:
        """The week whose room an ask takes."""
        return week_of(max(ask.due_at, self.now), self.place.timezone)

    def _made(self, week: str, *, spare: bool) -> matching.Roster:
        taken = volunteers_store.taken_in(self.session, self.place_id, week)
        histories, unwanted = self._histories, self._unwanted
        people = [
            self._volunteer(row, histories.get(row.resident_id, NOTHING), taken, unwanted, spare=spare)
            for row in self._on_call
        ]
        return matching.Roster(people, self._neighbours)

    @cached_property
    def _on_call(self) -> Sequence[OnCall]:
        return volunteers_store.on_call(self.session, self.place_id, self.now)

    @cached_property
    def _with_holidays(self) -> Sequence[OnCall]:
        """Few: for each ask that waits it is asked who of them is away."""
        return [row for row in self._on_call if row.paused_from is not None]

    @cached_property
    def _histories(self) -> dict[int, History]:
        now = self.now
        begun = now - WINDOW, now - MONTH, now - timedelta(days=1)
        return volunteers_store.histories(self.session, self.place_id, *begun)

    @cached_property
    def _unwanted(self) -> dict[int, set[int]]:
        unwanted: dict[int, set[int]] = {}
        for one, other in volunteers_store.blocks_in(self.session, self.place_id):
            unwanted.setdefault(one, set()).add(other)
            unwanted.setdefault(other, set()).add(one)
        return unwanted

    def _volunteer(
        self, row: OnCall, past: History, taken: dict[int, int], unwanted: dict[int, set[int]], *, spare: bool
    ) -> pairs.Volunteer:
        room = row.per_week - taken.get(row.resident_id, 0)
        if spare:
            room = 0 if past.waiting else min(room, ASKED_A_DAY - past.today)
        return pairs.Volunteer(
            row.resident_id,
            row.kinds,
            row.patches,
            row.languages,
            row.slots,
            capacity=max(room, 0),
            checked=row.checked_until is not None and row.checked_until >= self.now.date(),
            days_since_asked=None if past.last_asked is None else (self.now - past.last_asked).days,
            load_30_days=past.lately,
            acceptance=100 * past.taken // past.answered if past.answered else None,
            blocked=frozenset(unwanted.get(row.resident_id, ())),
        )


def _away(row: OnCall, at: datetime) -> bool:
    return row.paused_from is not None and row.paused_until is not None and row.paused_from <= at < row.paused_until


def _as_ask(ask: Ask, declined: Collection[int], now: datetime) -> pairs.Ask:
    return pairs.Ask(
        ask.id,
        ask.kind,
        ask.patch_id,
        tuple(ask.languages),
        ask.slots,
        ask.urgency,
        max(0, (now - ask.made_at).days),
        ask.needs_checked,
        asker_id(ask),
        declined=frozenset(declined),
    )
