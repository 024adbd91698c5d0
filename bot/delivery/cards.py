"""Cards in groups: redrawn at most every few seconds, and always with the last state."""

from dataclasses import dataclass
from typing import Any

from bot.clock import Clock
from bot.community import cards, groups
from bot.delivery.pace import Pace
from bot.replies import Screen
from bot.screens import polls as screens
from bot.screens.language import speaking
from bot.store.engine import Session
from bot.store.writer import Writer
from bot.telegram import Fate, Silence, Telegram, TelegramSaid, fate_of


@dataclass(frozen=True)
class Redraw:
    """A card that shows less than is known."""

    card: cards.StaleCard
    screen: Screen


async def redraw_cards(telegram: Telegram, writer: Writer, clock: Clock, pace: Pace) -> int:
    """Redraw the cards that are behind; says how many there were.

    A group's budget is 20 calls a minute, edits included: one whose group is not ready stays behind until the next look.
    """
    now = clock.now()
    stale = await writer.transact(lambda session: _worded(session, now))
    for redraw in stale:
        if not pace.wait(redraw.card.chat_id):
            await pace.turn(redraw.card.chat_id, to_group=True)
            await _draw(telegram, writer, redraw, pace)
    return len(stale)


def _worded(session: Session, _now: Any) -> list[Redraw]:
    return [Redraw(card, _word(card)) for card in cards.stale(session)]


def _word(card: cards.StaleCard) -> Screen:
    with speaking(card.language):
        is_open = card.progress.poll.state == "open"
        return screens.card(card.progress) if is_open else screens.card_closed(card.progress)


async def _draw(telegram: Telegram, writer: Writer, redraw: Redraw, pace: Pace) -> None:
    card = redraw.card
    params = {"chat_id": card.chat_id, "message_id": card.message_id, **telegram.message(redraw.screen)}
    try:
        await telegram.call("editMessageText", params)
    except (TelegramSaid, Silence) as answer:
        fate = fate_of(answer)
        if isinstance(answer, TelegramSaid) and fate is Fate.WAIT:
            pace.hold(card.chat_id, answer.retry_after)
        if isinstance(answer, TelegramSaid) and answer.moved_to is not None:
            new_chat_id = answer.moved_to
            return await writer.transact(lambda session: groups.move(session, card.chat_id, new_chat_id))
        if fate not in {Fate.DONE, Fate.LOST, Fate.POISON, Fate.GONE}:
            return None  # it stays stale, and is drawn at the next look
    return await writer.transact(lambda session: cards.drawn(session, card))
