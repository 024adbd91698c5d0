"""Which cards in groups show less than is known. The state is counted, never noted: a vote writes nothing for it."""

from dataclasses import dataclass

from bot.community import polls
from bot.community.polls import Progress
from bot.store import groups
from bot.store import polls as store
from bot.store.engine import Session
from bot.store.tables import Card


@dataclass(frozen=True)
class StaleCard:
    """A card that must be redrawn, and what it will show then."""

    round_id: int
    group_id: int
    chat_id: int
    message_id: int
    language: str
    progress: Progress
    shows: str


def stale(session: Session) -> list[StaleCard]:
    """Cards whose poll has moved on since they were drawn."""
    found = []
    for card, round_, group, message_id in store.cards_shown(session):
        view = polls.poll_view(session, round_.id, group.language)
        assert view is not None
        now_shows = polls.progress(session, view)
        shows = f"{now_shows.voted}/{now_shows.roll}" if round_.state == "open" else "done"
        if shows != card.shows:
            chat_id = groups.chat_id_of(session, group)
            found.append(StaleCard(round_.id, group.id, chat_id, message_id, group.language, now_shows, shows))
    return found


def drawn(session: Session, card: StaleCard) -> None:
    """The card shows its poll as it was counted."""
    kept = session.get(Card, (card.round_id, card.group_id))
    if kept is not None:
        kept.shows = card.shows
