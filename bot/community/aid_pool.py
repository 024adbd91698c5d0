"""Who can be asked for what, now: the rows of a place as matching sees them, read once for a whole look."""

from collections import Counter
from datetime import datetime, timedelta

from bot.community import matching, pairs
from bot.community.aid_rules import ASKED_A_DAY, week_of
from bot.community.aid_seen import asker_id
from bot.community.pairs import Pairing, Urgency
from bot.store import aid as store
from bot.store import places
from bot.store import volunteers as volunteers_store
from bot.store.tables import Ask, Offer, Volunteer
from bot.store.volunteers import History
from bot.store.writer import Session

WINDOW, MONTH = timedelta(days=90), timedelta(days=30)
TOGETHER = 100
"""Asks that are matched with each other at most: some milliseconds. More than that wait in turn, urgent and old first."""
AGAIN = frozenset({"taken", "called_off"})
"""Who was asked in vain may be asked for the same thing again."""


class Pool:
    """A place's volunteers at a moment. Rosters differ by the week whose room counts, and by whom one spares."""

    def __init__(self, session: Session, place_id: int, now: datetime) -> None:
        self.session, self.place_id, self.now = session, place_id, now
        self.place = places.place_by_id(session, place_id)
        near = volunteers_store.neighbours_in(session, place_id)
        self._neighbours: dict[pairs.Patch, tuple[int, ...]] = {patch: near[patch] for patch in near}
        self._rosters: dict[tuple[str, bool], matching.Roster] = {}

    def roster(self, ask: Ask, *, spare: bool) -> matching.Roster:
        """Who may be asked; `spare`: nobody who has not answered something yet, or was asked twice today."""
        week = self.week_of(ask)
        if (week, spare) not in self._rosters:
            self._rosters[week, spare] = self._made(week, spare=spare)
        return self._rosters[week, spare]

    def changed(self) -> None:
        """Somebody was asked, or took something on: what was read does not hold any more."""
        self._rosters.clear()

    def week_of(self, ask: Ask) -> str:
        """The week whose room an ask takes."""
        return week_of(max(ask.due_at, self.now), self.place.timezone)

    def _made(self, week: str, *, spare: bool) -> matching.Roster:
        session, now = self.session, self.now
        begun = now - WINDOW, now - MONTH, now - timedelta(days=1)
        histories = volunteers_store.histories(session, self.place_id, *begun)
        taken = volunteers_store.taken_in(session, self.place_id, week)
        unwanted: dict[int, set[int]] = {}
        for one, other in volunteers_store.blocks_in(session, self.place_id):
            unwanted.setdefault(one, set()).add(other)
            unwanted.setdefault(other, set()).add(one)
        people = [
            self._volunteer(row, histories.get(row.resident_id, History()), taken, unwanted, spare=spare)
            for row in volunteers_store.on_call(session, self.place_id, now)
        ]
        return matching.Roster(people, self._neighbours)

    def _volunteer(
        self, row: Volunteer, past: History, taken: dict[int, int], unwanted: dict[int, set[int]], *, spare: bool
    ) -> pairs.Volunteer:
        room = row.per_week - taken.get(row.resident_id, 0)
        if spare:
            room = 0 if past.waiting else min(room, ASKED_A_DAY - past.today)
        return pairs.Volunteer(
            row.resident_id,
            frozenset(row.kinds),
            frozenset(row.patches),
            frozenset(row.languages),
            row.slots,
            capacity=max(room, 0),
            checked=row.checked_until is not None and row.checked_until >= self.now.date(),
            days_since_asked=None if past.last_asked is None else (self.now - past.last_asked).days,
            load_30_days=past.lately,
            acceptance=100 * past.taken // past.answered if past.answered else None,
            blocked=frozenset(unwanted.get(row.resident_id, ())),
        )


def as_ask(ask: Ask, offers: list[Offer], now: datetime) -> pairs.Ask:
    """An ask as matching sees it."""
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
        declined=frozenset(one.resident_id for one in offers if one.state not in AGAIN),
    )


def in_order(pool: Pool, ask: Ask, *, spare: bool) -> list[Pairing]:
    """Whom to ask for an ask, the best first: the exact matching's choice, then those whom no other ask needs more."""
    roster = pool.roster(ask, spare=spare)
    wanted = _view(pool, ask)
    fitting = matching.in_order(wanted, roster)
    if len(fitting) <= 1 or ask.urgency == Urgency.URGENT:
        return fitting
    chosen = matching.match(_rivals(pool, ask, wanted), roster).pairings
    mine = {one.volunteer for one in chosen if one.ask == ask.id}
    theirs = Counter(one.volunteer for one in chosen if one.ask != ask.id)
    return sorted(fitting, key=lambda one: (one.volunteer not in mine, one.volunteer in theirs))


def gap(pool: Pool, ask: Ask) -> matching.Gap:
    """Why nobody more can be asked."""
    return matching.gap(_view(pool, ask), pool.roster(ask, spare=False))


def _view(pool: Pool, ask: Ask) -> pairs.Ask:
    return as_ask(ask, list(store.offers_for(pool.session, ask.id)), pool.now)


def _rivals(pool: Pool, ask: Ask, wanted: pairs.Ask) -> list[pairs.Ask]:
    """The ask, and what else waits at the place for the same week."""
    others = store.waiting_asks(pool.session, pool.place_id, ("open",), TOGETHER)
    week = pool.week_of(ask)
    return [wanted, *(_view(pool, one) for one in others if one.id != ask.id and pool.week_of(one) == week)]
