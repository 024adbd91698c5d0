"""Somebody needs someone today: numbers at once, and with their consent an alert until a coordinator takes it.

Only a button raises an alert; no word that anybody writes is ever judged (facts/failures.md 3.7). The person is told
honestly whether anybody has seen it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.community import residents
from bot.community.letters import KINDS, REPLY, Kind, Matter, Reading, owe
from bot.community.residents import has_role
from bot.refusals import AlertTaken, NotYours, OldButton
from bot.store import alerts as store
from bot.store import places, quarantine
from bot.store import residents as residents_store
from bot.store.engine import Session
from bot.store.tables import Alert, Helpline, Place, Resident

PURPOSE = "alerts"
REPEAT = timedelta(minutes=10)
ESCALATE = timedelta(minutes=30)
KEPT = timedelta(days=30)
UNSEEN_AT_MOST = timedelta(minutes=15)
"""An alert that waits longer makes the house unhealthy (facts/failures.md 3.7)."""
NUMBER = re.compile(r"[+0-9][0-9 ()-]{1,38}")


class HelplineWrong(ValueError):
    """A helpline cannot be like this; the message says what to do, to an operator."""


@dataclass(frozen=True)
class Line:
    """A helpline, as people see it."""

    name: str
    number: str
    hours: str


@dataclass(frozen=True)
class Need:
    """What somebody who needs someone is told: the numbers, and how their alert stands.

    `consent`: whether coordinators may be told. `state`: open, taken, or none where there is no alert. `on_duty`: whether
    coordinators are on duty at this moment; `reach`: how many people an alert goes to.
    """

    lines: Sequence[Line]
    consent: bool
    state: str | None
    on_duty: bool
    duty: tuple[str, str]
    reach: int


@dataclass(frozen=True)
class AlertNews:
    """What a coordinator, or whoever raised it, is told of an alert. `name` and `telegram_id` are its owner's to see."""

    id: int
    state: str
    raised_at: datetime
    timezone: str
    name: str = ""
    telegram_id: int | None = None
    times: int = 1


def helplines(session: Session, place_id: int, language: str) -> list[Line]:
    """A place's helplines in a language; where it has none, all there are: a number can be called in any language."""
    known = store.helplines_of(session, place_id, language) or store.helplines_of(session, place_id)
    return [Line(one.name, one.number, one.hours) for one in known]


def add_helpline(session: Session, place: Place, language: str, name: str, number: str, hours: str) -> Helpline:
    """Give a place a helpline. Raises HelplineWrong."""
    if language not in place.languages:
        raise HelplineWrong(f"{place.slug} does not speak {language!r}; it speaks {', '.join(place.languages)}")
    if not 0 < len(name.strip()) <= 80 or len(hours) > 80:  # noqa: PLR2004 - as the table keeps them
        raise HelplineWrong("a helpline has a name of 1 to 80 characters, and hours of 80 at most")
    if not NUMBER.fullmatch(number):
        raise HelplineWrong(f"{number!r} is no telephone number")
    if any(one.number == number for one in store.helplines_of(session, place.id, language)):
        raise HelplineWrong(f"{number} is there already in {language}")
    made = Helpline(place_id=place.id, language=language, name=name.strip(), number=number, hours=hours)
    store.add_helpline(session, made)
    return made


def without_helplines(session: Session, place: Place) -> list[str]:
    """The languages of a place that have no helpline of their own."""
    known = {one.language for one in store.helplines_of(session, place.id)}
    return [tag for tag in place.languages if tag not in known]


def on_duty(place: Place, now: datetime) -> bool:
    """Whether coordinators of a place are on duty: within its hours, Monday to Friday."""
    local = now.astimezone(ZoneInfo(place.timezone))
    start, end = time.fromisoformat(place.duty_from), time.fromisoformat(place.duty_to)
    return local.weekday() < 5 and start <= local.time() < end  # noqa: PLR2004 - Saturday is 5


def need(session: Session, resident: Resident, now: datetime) -> Need:
    """What somebody who needs someone is told, at once."""
    place = places.place_by_id(session, resident.place_id)
    alert = store.open_alert_of(session, resident.id)
    return Need(
        helplines(session, place.id, resident.language),
        residents.consents(session, resident)[PURPOSE],
        alert.state if alert else None,
        on_duty(place, now),
        (place.duty_from, place.duty_to),
        len(_told(session, resident, "coordinator")),
    )


def raise_alert(session: Session, resident: Resident, now: datetime) -> Need:
    """Tell the coordinators that this resident needs someone. Raises NotYours without the consent for it."""
    if not residents.consents(session, resident)[PURPOSE]:
        raise NotYours
    if store.open_alert_of(session, resident.id) is None:
        alert = Alert(place_id=resident.place_id, resident_id=resident.id, state="open", raised_at=now, next_at=now)
        alert.told = 0
        store.add_alert(session, alert)
        _tell(session, alert, now)
    return need(session, resident, now)


def call_off(session: Session, resident: Resident, now: datetime) -> Need:
    """The person says that they are well: the alert is closed, what waits to be said about it is dropped."""
    alert = store.open_alert_of(session, resident.id)
    if alert is not None and store.close(session, alert.id):
        _drop_letters(session, alert.id)
        if alert.taken_by_id is not None:
            _owe(session, alert, alert.taken_by_id, "alert_off", f"alert_off:{alert.id}", now)
    return need(session, resident, now)


def take(session: Session, coordinator: Resident, alert_id: int, now: datetime) -> AlertNews:
    """Take an alert: one owner, whoever is first. The person is told. Raises AlertTaken, NotYours, OldButton."""
    alert = store.alert_by_id(session, alert_id)
    if alert is None or alert.place_id != coordinator.place_id:
        raise OldButton
    if not has_role(session, coordinator, "coordinator", "steering"):
        raise NotYours
    if alert.taken_by_id == coordinator.id and alert.state == "taken":
        return news(session, alert, own=True)
    if not store.take(session, alert_id, coordinator.id, now):
        raise AlertTaken
    session.refresh(alert)
    _drop_letters(session, alert_id)
    _owe(session, alert, alert.resident_id, "alert_seen", f"alert_seen:{alert_id}", now)
    return news(session, alert, own=True)


def settle(session: Session, coordinator: Resident, alert_id: int) -> None:
    """The owner says that it is settled."""
    alert = store.alert_by_id(session, alert_id)
    if alert is None or alert.taken_by_id != coordinator.id:
        raise NotYours
    store.close(session, alert_id)


def news(session: Session, alert: Alert, *, own: bool = False) -> AlertNews:
    """An alert as it stands; who it is about, for its owner's eyes only."""
    place = places.place_by_id(session, alert.place_id)
    person = residents_store.resident_by_id(session, alert.resident_id) if own else None
    return AlertNews(
        alert.id,
        alert.state,
        alert.raised_at,
        place.timezone,
        residents_store.name_of(session, person) if person else "",
        residents_store.telegram_id_of(session, person) if person else None,
        alert.told,
    )


def repeat(session: Session, now: datetime) -> int:
    """Tell alerts that nobody has taken once more, and after half an hour to the steering group too; says how many.

    After a restore those of before it wait: perhaps somebody has taken them since. The command that restored says so.
    """
    due = store.due_alerts(session, now, quarantine.since(session))
    for alert in due:
        _tell(session, alert, now)
    return len(due)


def _tell(session: Session, alert: Alert, now: datetime) -> None:
    """Owe the alert to whoever should take it; at once, whatever the hour."""
    person = residents_store.resident_by_id(session, alert.resident_id)
    if person is None:
        return
    if alert.escalated_at is None and now - alert.raised_at >= ESCALATE:
        alert.escalated_at = now
    alert.told += 1
    alert.next_at = now + REPEAT
    to = _told(session, person, "coordinator")
    if alert.escalated_at is not None or not to:
        to += [other for other in _told(session, person, "steering") if other not in to]
    for other in to:
        _owe(session, alert, other, "alert", f"alert:{alert.id}:{other}:{alert.told}", now)
    session.flush()


def _told(session: Session, person: Resident, role: str) -> list[int]:
    """Those with a role who are here; never the person themselves."""
    return [one.id for one in residents_store.residents_with(session, person.place_id, role) if one.id != person.id]


def _owe(session: Session, alert: Alert, to: int, kind: str, dedupe: str, now: datetime) -> None:
    owe(session, alert.place_id, kind, {"alert": alert.id}, dedupe, now, resident_id=to)


def _drop_letters(session: Session, alert_id: int) -> None:
    store.drop_queued_letters(session, "alert", f"alert:{alert_id}:")


def forget_old(session: Session, now: datetime) -> int:
    """Delete alerts that were taken or closed a month ago."""
    return store.prune(session, now - KEPT)


def _about(session: Session, reading: Reading) -> Matter | None:
    """What a letter about an alert says now; none where it has been taken, or the person was erased, meanwhile."""
    alert = store.alert_by_id(session, int(reading.facts(session)["alert"]))
    if alert is None or (reading.kind == "alert" and alert.state != "open"):
        return None
    return Matter(news(session, alert))


for _kind, _lasts in (("alert", REPEAT), ("alert_seen", timedelta(days=1)), ("alert_off", timedelta(days=1))):
    KINDS[_kind] = Kind(REPLY, _lasts, _about, any_hour=True)  # before everything else (facts/failures.md 3.7)
