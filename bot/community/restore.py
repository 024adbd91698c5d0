"""What a restored backup must forget: people who were erased since, and letters that may have been sent since."""

from dataclasses import dataclass
from datetime import datetime

from bot.community.residents import erase_keyless
from bot.store import backup, polls, rounds
from bot.store.tables import Round
from bot.store.writer import Session


@dataclass(frozen=True)
class Restored:
    """What was done to a backup so that it can live on."""

    erased: int
    unknown_letters: int
    closed: tuple[int, ...]
    open: tuple[int, ...]


def settle(session: Session, now: datetime) -> Restored:
    """Make a backup fit to live on: erased people stay erased, nothing is said twice, no stale ballot is counted."""
    erased = erase_keyless(session)
    unknown = backup.distrust_letters(session, now)
    closed, still = [], []
    for round_ in rounds.open_rounds(session):
        if session.vault.seals.read(str(round_.id)) is None:
            _close_uncounted(session, round_)
            closed.append(round_.id)
        else:
            still.append(round_.id)
    return Restored(erased, unknown, tuple(closed), tuple(still))


def _close_uncounted(session: Session, round_: Round) -> None:
    """Close a round whose seal is gone: it closed after the backup, and counting old ballots would give two results."""
    rounds.delete_answers(session, round_.id)
    polls.set_state(session, round_, "closed")
    polls.drop_letters_about(session, round_.id, ("poll_reminder", "poll_invitation"))
