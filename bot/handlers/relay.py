"""The talk between two neighbours: begun and ended by buttons; words and voice notes go to the other side."""

from datetime import datetime

from bot.community import relay
from bot.community.residents import Person
from bot.refusals import OldButton, TalkEnded
from bot.replies import Carry, Edit, Reply, Say, Screen
from bot.screens import relay as screens
from bot.screens.language import speaking
from bot.screens.menu import back_to_menu
from bot.screens.refusals import explain
from bot.store.engine import Session
from bot.store.tables import Resident


def begun(session: Session, person: Person, resident: Resident, ask: int, now: datetime) -> list[Reply]:
    """I want to talk with the other side."""
    shown = relay.open_talk(session, person, resident, ask, now)
    return [Say(screens.talking(shown.id))]


def left(session: Session, person: Person) -> None:
    """Enough for now: words go nowhere any more."""
    relay.stop_talking(session, person)


def gone_elsewhere(session: Session, person: Person, now: datetime) -> None:
    """Another screen was opened: what is written now is not for the other side."""
    relay.go_elsewhere(session, person, now)


def ended(session: Session, person: Person, resident: Resident, ask: int) -> list[Reply]:
    """The talk is over, for both."""
    relay.end_talk(session, person, resident, ask)
    return [Edit(screens.ended(ask))]


def words_said(session: Session, person: Person, text: str, now: datetime) -> list[Reply] | None:
    """Words: to the other side where somebody is talking; None where they are not."""
    return _carried(session, person, text, None, now)


def voice_sent(session: Session, person: Person, file_id: str, now: datetime) -> list[Reply] | None:
    """A voice note: to the other side where somebody is talking; None where they are not."""
    return _carried(session, person, "", file_id, now)


def _carried(session: Session, person: Person, text: str, voice: str | None, now: datetime) -> list[Reply] | None:
    ask = relay.talking(session, person, now)
    if ask is None or person.resident is None:
        return None
    try:
        other = relay.other_side(session, person, person.resident, ask, now)
    except (TalkEnded, OldButton) as over:
        relay.stop_talking(session, person)
        return [Say(back_to_menu(explain(over)))]
    with speaking(other.language):
        shown = screens.brought_voice(ask, other.side) if voice else screens.brought(ask, other.side, text)
    return [Carry(other.chat_id, shown, screens.passed_on(ask), screens.not_passed_on(ask), voice)]


def shown_again(session: Session, person: Person, now: datetime, notice: str = "") -> Screen | None:
    """That somebody is talking, or None where they are not."""
    ask = relay.talking(session, person, now)
    return None if ask is None else screens.talking(ask, notice)
