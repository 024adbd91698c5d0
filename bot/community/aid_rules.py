"""The pure rules of neighbours' help: kinds, times of the week, by when, and whom to ask how quickly."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.community.pairs import Urgency

KINDS = (
    "food",
    "prescription",
    "shopping",
    "lift",
    "company",
    "children",
    "form",
    "interpreting",
    "phone_computer",
    "repairs",
    "meeting",
    "other",
)
"""What can be asked for, unless a place says otherwise; worded in screens/aid_words.py."""
CHECKED_KINDS = frozenset({"company", "children"})
"""Alone with somebody at home, or with children: a checked volunteer only, unless a place says otherwise."""

PARTS = ("morning", "afternoon", "evening", "night")
"""The quarters of a day, as they lie in a week's 28 slots."""
PART_ENDS = {"morning": time(12), "afternoon": time(17), "evening": time(21)}
ANY_TIME = "any"
NIGHT_ENDS, MORNING_ENDS, AFTERNOON_ENDS, EVENING_ENDS = 6, 12, 17, 22

SPELLS = (
    "weekday_morning",
    "weekday_afternoon",
    "weekday_evening",
    "weekend_morning",
    "weekend_afternoon",
    "weekend_evening",
    "night",
)
"""The simple times a volunteer chooses from."""
WEEKDAYS, WEEKEND, ALL_DAYS = range(5), range(5, 7), range(7)

SOON, TODAY, LATER = "soon", "today", "later"
SOON_IN = timedelta(hours=2)
LATER_IN = timedelta(days=14)
DAYS_AHEAD = 6
TODAY_ENDS, TODAY_AT_LEAST = 20, timedelta(hours=1)


@dataclass(frozen=True)
class Policy:
    """Whom to ask how quickly: `first` at once, then `further` (all who fit where None) after each `every`.

    Coordinators hear of an ask that nobody took after `alert`; the asker hears again after `promise`.
    """

    first: int
    further: int | None
    every: timedelta
    alert: timedelta | None
    promise: timedelta


POLICIES = {
    # facts/matching.md 4.5, from what dispatch systems do and a simulation of six ways
    Urgency.URGENT: Policy(5, None, timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=30)),
    Urgency.SAME_DAY: Policy(3, 3, timedelta(minutes=30), None, timedelta(hours=2)),
    Urgency.THIS_WEEK: Policy(2, 2, timedelta(hours=4), None, timedelta(hours=24)),
    Urgency.ROUTINE: Policy(1, 1, timedelta(hours=4), None, timedelta(hours=48)),
}
FIRST_REFUSAL = timedelta(hours=24)
"""Who helped last time is asked alone, for so long."""
SILENCES = 2
"""After so many offers without an answer: shall we pause?"""
ASKED_A_DAY = 2
"""Nobody is asked more often in a day, urgent asks excepted."""

SOON_AGAIN = {
    Urgency.URGENT: timedelta(minutes=30),
    Urgency.SAME_DAY: timedelta(hours=2),
    Urgency.THIS_WEEK: timedelta(hours=24),
    Urgency.ROUTINE: timedelta(hours=24),
}
"""How often an ask that waits for a coordinator is looked at again: somebody may have room, or the coordinator forgot."""

TOLD_AGAIN = timedelta(hours=24)
"""Coordinators hear again after a day, two, four, eight that nobody is left for an ask; of an urgent one each time."""

SETTLES = timedelta(hours=24)
"""A question about how it went waits so long for its answer."""
SILENT = timedelta(days=3)
"""What nobody says anything about waits so long at the coordinator's, and is then closed as unknown."""
REMINDER_HOUR = 9
AFTERWARDS = timedelta(hours=2)


@dataclass(frozen=True)
class Need:
    """By when help is needed: how urgent, until when, and in which quarter days of a week (a mask of 28)."""

    urgency: Urgency
    due_at: datetime
    slots: int


def need_by(when: str, part: str, now: datetime, timezone: str) -> Need | None:
    """What `soon`, `today`, `later` or a day (2026-11-24) with a part of it mean; None for what lies behind us."""
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    if when == SOON:
        return Need(Urgency.URGENT, now + SOON_IN, slots_between(now, now + SOON_IN, timezone))
    if when == TODAY:
        ends = datetime.combine(local.date(), time(TODAY_ENDS), zone).astimezone(now.tzinfo)
        due = max(ends, now + TODAY_AT_LEAST)
        return Need(Urgency.SAME_DAY, due, slots_between(now, due, timezone))
    if when == LATER:
        day = (local + LATER_IN).date()
        return Need(Urgency.ROUTINE, _at(day, time(18), zone, now), slots_of(ALL_DAYS, PARTS[:3]))
    day = date.fromisoformat(when)
    parts = PARTS[:3] if part == ANY_TIME else (part,)
    due = _at(day, PART_ENDS[parts[-1]], zone, now)
    return Need(Urgency.THIS_WEEK, due, slots_of([day.weekday()], parts)) if due > now else None


def days_ahead(now: datetime, timezone: str) -> list[date]:
    """Tomorrow and the days after it."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    return [today + timedelta(days=n) for n in range(1, DAYS_AHEAD + 1)]


def next_week(due_at: datetime, timezone: str) -> datetime:
    """The same hour a week later, by the place's clock."""
    zone = ZoneInfo(timezone)
    local = due_at.astimezone(zone)
    return _at(local.date() + timedelta(days=7), local.time(), zone, due_at)


def _at(day: date, hour: time, zone: ZoneInfo, like: datetime) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(like.tzinfo)


def slots_of(days: Iterable[int], parts: Iterable[str]) -> int:
    """The mask of these parts of these days, Monday being 0."""
    mask = 0
    wanted = [PARTS.index(part) for part in parts]
    for day in days:
        for part in wanted:
            mask |= 1 << day * len(PARTS) + part
    return mask


def slots_between(start: datetime, end: datetime, timezone: str) -> int:
    """The mask of all quarter days that a stretch of time touches; a night belongs to the day it began on."""
    zone, mask, moment = ZoneInfo(timezone), 0, start
    while moment <= end:
        mask |= 1 << _slot(moment.astimezone(zone))
        moment += timedelta(minutes=30)
    return mask | 1 << _slot(end.astimezone(zone))


def _slot(local: datetime) -> int:
    day = local.weekday()
    if local.hour < NIGHT_ENDS:
        return (day - 1) % 7 * len(PARTS) + 3
    ends = (MORNING_ENDS, AFTERNOON_ENDS, EVENING_ENDS)
    return day * len(PARTS) + next((part for part, end in enumerate(ends) if local.hour < end), 3)


def slots_in(spells: Iterable[str]) -> int:
    """The mask of the simple times that a volunteer chose."""
    mask = 0
    for spell in spells:
        days, _, part = spell.partition("_")
        mask |= slots_of(ALL_DAYS, ["night"]) if spell == "night" else slots_of(_days(days), [part])
    return mask


def spells_in(slots: int) -> list[str]:
    """The simple times that a mask holds."""
    return [spell for spell in SPELLS if slots_in([spell]) & slots == slots_in([spell])]


def _days(name: str) -> range:
    return WEEKDAYS if name == "weekday" else WEEKEND


def week_of(moment: datetime, timezone: str) -> str:
    """The ISO week that a moment lies in, by the place's clock, such as 2026-W47."""
    year, week, _day = moment.astimezone(ZoneInfo(timezone)).isocalendar()
    return f"{year}-W{week:02}"


def reminder_at(due_at: datetime, now: datetime, timezone: str) -> datetime | None:
    """When the volunteer is reminded: on the morning of the day, unless they said yes shortly before or later."""
    zone = ZoneInfo(timezone)
    morning = _at(due_at.astimezone(zone).date(), time(REMINDER_HOUR), zone, now)
    return morning if now + timedelta(hours=3) < morning < due_at else None


def raised(urgency: int) -> int:
    """The urgency of an ask whose volunteer fell out: a step higher, but nobody is woken who was not before."""
    return urgency if urgency >= Urgency.SAME_DAY else urgency + 1


def extended(urgency: int, now: datetime) -> datetime:
    """Until when an ask is still needed whose time has passed."""
    return now + (timedelta(hours=24) if urgency >= Urgency.SAME_DAY else timedelta(days=7))
