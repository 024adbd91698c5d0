"""A restored backup forgets people who were erased since, and holds what may have been said since."""

from dataclasses import dataclass
from datetime import datetime

from bot.community import charts, checkins, playback, quarters, sending
from bot.community import polls as polls_rules
from bot.community.residents import erase_keyless
from bot.store import polls, quarantine, rounds
from bot.store.checkins import INVITATION
from bot.store.engine import Session
from bot.store.quarantine import Held
from bot.store.tables import Round


@dataclass(frozen=True)
class Restored:
    """What was done to a backup so that it can live on."""

    erased: int
    held: Held
    closed: tuple[int, ...]
    open: tuple[int, ...]
    passed: tuple[str, ...]
    """Quarters that were over and are not counted (quarters.pass_over)."""


def settle(session: Session, now: datetime) -> Restored:
    """Make a backup fit to live on: erased people stay erased, nothing is said twice, no stale ballot is counted."""
    erased = erase_keyless(session)
    closed, still = [], []
    for round_ in rounds.open_rounds(session):
        if session.vault.seals.read(str(round_.id)) is None:
            _close_uncounted(session, round_)
            closed.append(round_.id)
        else:
            still.append(round_.id)
    return Restored(
        erased, _hold_all(session, now), tuple(closed), tuple(still), tuple(quarters.pass_over(session, now))
    )


def _hold_all(session: Session, now: datetime) -> Held:
    """Hold what was to be sent, and what was due to be written by now: it may all have been said since the backup.

    Asks, alerts and what helpers were asked stay as they are: each may have gone another way since, so no step is taken.
    """
    newest = quarantine.newest_letter(session)
    charts.do_without(session)  # nobody draws while this goes on
    for say_what_is_due in (
        polls_rules.remind_non_voters,
        sending.send_due_broadcasts,
        checkins.invite,
        playback.tell,
    ):
        while say_what_is_due(session, now):
            pass
    quarantine.hold(session, now, newest)
    quarantine.begin(session, now)
    quarantine.lapse(session)
    return quarantine.held(session)


def _close_uncounted(session: Session, round_: Round) -> None:
    """Close a round whose seal is gone: it closed after the backup, and counting old ballots would give two results."""
    rounds.delete_answers(session, round_.id)
    polls.set_state(session, round_, "closed")
    polls.drop_letters_about(session, round_.id, ("poll_reminder", "poll_invitation", INVITATION))
