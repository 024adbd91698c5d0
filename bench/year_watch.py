"""Who watches over the year: after every step it looks at the rows and at every word that was shown.

It reads the database by itself, without the house's code, and knows the asks by what was planted in them: `zq12n` in what a
neighbour should know of number 12, `zq12p` in its exact place, `zq12t` in the talk about it, `Qn34x` as a first name.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bench.year_phones import Shown, act_of
from bench.year_plan import ZONE, Plan

LIVE = "('open', 'coordinator', 'matched')"
COLUMNS = (
    "id, coalesce(asker_id, made_by_id) as asker, volunteer_id as helper, state, step, next_actor, next_at, promised_at, "
    "due_at, made_at, matched_at, done_at, ended_as, series_id, place_shared, urgency"
)
QUIET_KINDS = ("aid_offer", "aid_news", "aid_pause", "aid_waits")
PLANTED, NAME, NUMBER = re.compile(r"zq(\d+)([npt])"), re.compile(r"Qn(\d+)x"), re.compile(r"70000\d{5}")
Row = dict[str, Any]


@dataclass
class Watch:
    """What has been seen. Faults are kept as sets of what they were about, so that each counts once."""

    plan: Plan
    file: Path
    per_week: dict[int, int] = field(default_factory=dict)
    live: dict[int, Row] = field(default_factory=dict)
    before: dict[int, Row] = field(default_factory=dict)
    over: dict[int, Row] = field(default_factory=dict)
    number_of: dict[int, int] = field(default_factory=dict)
    """Which of the planned asks a row is; those of a series are all the first one's."""
    asks_of: dict[int, list[int]] = field(default_factory=dict)
    matched: dict[int, datetime] = field(default_factory=dict)
    holds: dict[int, tuple[int, str]] = field(default_factory=dict)
    late: set[int] = field(default_factory=set)
    """Due when last looked at, because somebody was lost while letters went out: the next tick must see to it."""
    asked: Counter[int] = field(default_factory=Counter)
    letters: int = 0
    edits: int = 0
    read: int = 0
    faults: dict[str, set[Any]] = field(default_factory=lambda: {name: set() for name in MUST_BE_NONE})

    def __post_init__(self) -> None:
        """Look into the file beside the house's writer."""
        self._db = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)
        self._db.row_factory = sqlite3.Row

    def close(self) -> None:
        """Look no more."""
        self._db.close()

    def opened(self, number: int, by: int) -> int | None:
        """A planned ask has been asked: its row is the newest of whoever asked."""
        query = "select max(id) from ask where coalesce(asker_id, made_by_id) = ? and series_id is null"
        found = self._db.execute(query, (by + 1,)).fetchone()[0]
        if found is None or found in self.number_of:
            return None
        self._known(found, number)
        return int(found)

    def _known(self, ask: int, number: int) -> None:
        self.number_of[ask] = number
        self.asks_of.setdefault(number, []).append(ask)

    def next_due(self) -> tuple[datetime | None, datetime | None]:
        """When the next ask, and the next letter, falls due."""
        ask = self._db.execute(f"select min(next_at) from ask where state in {LIVE}").fetchone()[0]
        letter = self._db.execute("select min(not_before) from letter where state = 'queued'").fetchone()[0]
        return _moment(ask), _moment(letter)

    # --- the rows

    def look(self, now: datetime) -> list[int]:
        """After a step: is everything in order? The asks of a series that have come by themselves."""
        self.before, rows = self.live, self._db.execute(f"select {COLUMNS} from ask where state in {LIVE}")
        self.live = {row["id"]: dict(row) for row in rows}
        for ask in self.before.keys() - self.live.keys():
            row = self._db.execute(f"select {COLUMNS} from ask where id = ?", (ask,)).fetchone()
            self.over[ask] = dict(row)
            self._note_match(ask, self.over[ask])
        fresh = [ask for ask in self.live if ask not in self.number_of]
        for ask in fresh:
            self._known(ask, self.number_of[self.live[ask]["series_id"]])
        for ask, row in self.live.items():
            self._look_at(ask, row, now)
        self._look_for_two()
        return fresh

    def _look_at(self, ask: int, row: Row, now: datetime) -> None:
        due = _moment(row["next_at"])
        late = due is None or due <= now
        if not row["step"] or not row["next_actor"] or (late and ask in self.late):
            self.faults["without_next_step"].add(ask)
        (self.late.add if late else self.late.discard)(ask)
        promised = _moment(row["promised_at"])
        if row["state"] == "open" and promised is not None and promised <= now:
            self.faults["promises_broken"].add((ask, row["promised_at"]))
        self._note_match(ask, row)

    def _note_match(self, ask: int, row: Row) -> None:
        """Who holds an ask takes room of the week it is for."""
        held = row["helper"] is not None and (row["state"] in {"matched", "done"} or row["step"] == "silent")
        matched_at = _moment(row["matched_at"])
        if not held or matched_at is None:
            self.holds.pop(ask, None)
            return
        self.matched.setdefault(ask, matched_at)
        if ask in self.holds and self.holds[ask][0] == row["helper"]:
            return
        due = max(_moment(row["due_at"]) or matched_at, matched_at).astimezone(ZONE).isocalendar()
        self.holds[ask] = row["helper"], f"{due.year}-{due.week}"
        if Counter(self.holds.values())[self.holds[ask]] > self.per_week[row["helper"] - 1]:
            self.faults["over_capacity"].add(self.holds[ask])

    def _look_for_two(self) -> None:
        query = f"""select ask_id from offer join ask on ask.id = offer.ask_id
            where offer.state = 'yes' and ask.state in {LIVE} group by ask_id having count(*) > 1"""
        self.faults["assigned_twice"].update(row[0] for row in self._db.execute(query))

    # --- the words

    def hear(self, shown: Iterable[Shown], now: datetime, *, letters: bool) -> None:
        """Read everything that was shown in a step, after `look`."""
        for one in shown:
            self.read += 1
            if letters:
                self.letters += 1
                self.edits += one.method.startswith("edit")
                self.asked[one.who] += "yes" in act_of(one.taps)
            self._read(one, now)
        if letters and _is_quiet(now):
            self._look_for_noise(now)

    def _read(self, one: Shown, now: datetime) -> None:
        for number, what in PLANTED.findall(one.words):
            if one.who not in self._may_read(int(number), what) and not self._has_just_promised(
                one.who, int(number), now
            ):
                self.faults["details_told"].add((one.who, number, what))
        for owner in NAME.findall(one.words):
            if int(owner) != one.who:
                self.faults["details_told"].add((one.who, owner, "name"))
        if NUMBER.search(one.words):
            self.faults["details_told"].add((one.who, one.words, "number"))

    def _may_read(self, number: int, what: str) -> set[int]:
        """The two sides, before or after the step; the helper sees the place only once it is shared."""
        sides = {self.wanted[number].by}
        for ask in self.asks_of.get(number, ()):
            for row in (self.before.get(ask), self.live.get(ask), self.over.get(ask)):
                if row is not None and row["helper"] is not None and (what != "p" or row["place_shared"]):
                    sides.add(row["helper"] - 1)
        return sides

    def _has_just_promised(self, who: int, number: int, now: datetime) -> bool:
        """Whether somebody said yes in this very step, and was let go again before it was over."""
        asks = ",".join(map(str, self.asks_of.get(number, ())))
        query = f"select 1 from offer where ask_id in ({asks}) and resident_id = ? and answered_at = ?"
        return self._db.execute(query, (who + 1, _stamp(now))).fetchone() is not None

    @property
    def wanted(self) -> dict[int, Any]:
        """The planned asks by number."""
        if not hasattr(self, "_wanted"):
            self._wanted = {one.number: one for one in self.plan.wanted}
        return self._wanted

    def _look_for_noise(self, now: datetime) -> None:
        query = f"select id from letter where state = 'sent' and settled_at = ? and kind in {QUIET_KINDS}"
        self.faults["letters_at_night"].update(row[0] for row in self._db.execute(query, (_stamp(now),)))

    # --- what came of it

    def figures(self, helpers: Iterable[int]) -> Row:
        """The year in figures. Shares are of asks that were wanted to the end; waits are medians in hours."""
        rows = [*self.over.values(), *self.live.values()]
        kept = [row for row in rows if row["ended_as"] not in {"not_needed", "left"}]
        done = [row for row in kept if row["state"] == "done"]
        tasks = Counter(row["helper"] - 1 for row in done if row["helper"] is not None)
        waits = [self.matched[row["id"]] - _moment(row["made_at"]) for row in rows if row["id"] in self.matched]
        took = [_moment(row["done_at"]) - _moment(row["made_at"]) for row in done]
        return {
            "asks": len(rows),
            "called_off": len(rows) - len(kept),
            "met": len(done),
            "share_met": round(len(done) / max(1, len(kept)), 4),
            "share_matched": round(sum(row["id"] in self.matched for row in kept) / max(1, len(kept)), 4),
            "urgent_met": _share([row for row in kept if row["urgency"] == 3]),
            "ended": dict(Counter(row["ended_as"] or row["state"] for row in rows).most_common()),
            "hours_to_match": _hours(waits),
            "hours_to_done": _hours(took),
            "gini_of_load": gini([tasks[number] for number in helpers]),
            "gini_of_asking": gini([self.asked[number] for number in helpers]),
            "letters_per_ask": round(self.letters / max(1, len(rows)), 2),
            "of_them_quiet_edits": round(self.edits / max(1, len(rows)), 2),
            "texts_read": self.read,
            **{name: len(found) for name, found in self.faults.items()},
            "not_over": len(self.live),
        }


MUST_BE_NONE = (
    "without_next_step",
    "promises_broken",
    "over_capacity",
    "assigned_twice",
    "details_told",
    "letters_at_night",
)


def gini(loads: list[int]) -> float:
    """How unevenly a load is spread: 0 where all bear the same, near 1 where one bears it all."""
    ordered, many = sorted(loads), len(loads)
    total = sum(ordered)
    if not total:
        return 0.0
    weighted = sum(place * load for place, load in enumerate(ordered, 1))
    return round(2 * weighted / (many * total) - (many + 1) / many, 4)


def _share(rows: list[Row]) -> float:
    return round(sum(row["state"] == "done" for row in rows) / max(1, len(rows)), 4)


def _hours(spells: list[timedelta]) -> float:
    return round(median(spells).total_seconds() / 3600, 2) if spells else 0.0


def _is_quiet(now: datetime) -> bool:
    hour = now.astimezone(ZONE).hour
    return hour >= 21 or hour < 8  # as places are founded


def _moment(stamp: str | None) -> datetime | None:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC) if stamp else None


def _stamp(moment: datetime) -> str:
    """As SQLite's columns have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
