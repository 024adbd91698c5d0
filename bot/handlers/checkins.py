"""Check-ins: opened, answered, put off, declined; one's age band; and "I need someone today"."""

from datetime import datetime

from bot.community import alerts, checkin_answers, checkins, places, residents
from bot.community.checkin_answers import NOT_ANSWERED, Sheet
from bot.handlers.road import tapped
from bot.refusals import OldButton
from bot.replies import Edit, Reply, Say, Screen, Toast
from bot.screens import alerts as alert_screens
from bot.screens import checkins as screens
from bot.screens import residents as resident_screens
from bot.store.engine import Session
from bot.store.tables import Resident
from bot.taps import (
    AgeTap,
    AlertTap,
    CheckinAnswerTap,
    CheckinTap,
    CompareTap,
    NeedSomeoneTap,
    NeverAskTap,
    SnoozeTap,
    TakeAlertTap,
)


@tapped(CheckinAnswerTap)
def answer_tapped(tap: CheckinAnswerTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """One answer, kept at once; then the next question."""
    sheet = checkin_answers.answer(session, resident, tap.round, tap.at, tap.value, now)
    noted = screens.taken_back() if tap.value == NOT_ANSWERED else screens.noted(sheet)
    if sheet.echo:
        return [Toast(noted)]  # the buttons stand under a picture, which stays
    return [Toast(noted), Edit(_sheet(session, resident, sheet, tap.faces))]


@tapped(CheckinTap)
def checkin_tapped(tap: CheckinTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """My check-in, at one of its places."""
    return [Edit(_sheet(session, resident, checkin_answers.show(session, resident, tap.round, tap.at, now), tap.faces))]


def _sheet(session: Session, resident: Resident, sheet: Sheet, faces: int) -> Screen:
    lines = alerts.helplines(session, sheet.place_id, resident.language)
    return screens.sheet_screen(sheet, int(bool(faces)), lines)


@tapped(CompareTap)
def compare_tapped(tap: CompareTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """Compare my answers with my next check-in, or do not."""
    sheet = checkin_answers.wish_comparison(session, resident, tap.round, now, wished=bool(tap.wished))
    return [Toast(screens.noted(sheet)), Edit(_sheet(session, resident, sheet, 0))]


@tapped(SnoozeTap)
def snooze_tapped(tap: SnoozeTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """Ask me next week."""
    again = checkin_answers.snooze(session, resident, tap.round, now)
    return [Edit(screens.snoozed(again, places.place_of(session, resident).timezone))]


@tapped(NeverAskTap)
def never_tapped(tap: NeverAskTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """Never ask me again."""
    if not tap.sure:
        return [Edit(screens.sure_never())]
    residents.change_consent(session, resident, checkins.PURPOSE, now, given=False)
    return [Edit(screens.never_again())]


@tapped(AgeTap)
def age_tapped(tap: AgeTap, session: Session, resident: Resident) -> list[Reply]:
    """My age band, or rather not."""
    if tap.band == "?":
        return [Edit(resident_screens.age_bands(resident.age_band))]
    residents.change_age_band(session, resident, None if tap.band == "-" else tap.band)
    return [Toast(resident_screens.age_noted()), Edit(resident_screens.age_bands(resident.age_band))]


@tapped(NeedSomeoneTap)
def need_tapped(session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """The numbers, at once, as a message of their own: whatever stands above stays."""
    return [Say(alert_screens.need_screen(alerts.need(session, resident, now)))]


@tapped(AlertTap)
def alert_tapped(tap: AlertTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """Tell the coordinators; ask whether anybody has seen it; call it off."""
    match tap.wish:
        case "tell":
            residents.change_consent(session, resident, alerts.PURPOSE, now, given=True)
            need = alerts.raise_alert(session, resident, now)
        case "seen":
            need = alerts.need(session, resident, now)
        case "well":
            need = alerts.call_off(session, resident, now)
        case _:
            raise OldButton
    return [Edit(alert_screens.need_screen(need))]


@tapped(TakeAlertTap)
def take_tapped(tap: TakeAlertTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """A coordinator takes an alert on, or says that it is settled."""
    if not tap.take:
        alerts.settle(session, resident, tap.alert)
        return [Edit(alert_screens.settled())]
    return [Edit(alert_screens.alert_taken(alerts.take(session, resident, tap.alert, now)))]
