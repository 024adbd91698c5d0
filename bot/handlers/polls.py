"""Voting: taps on a ballot, and the way to one."""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command

from bot.community import polls, results, voting
from bot.community.residents import Person
from bot.handlers import talks
from bot.handlers.filters import InPrivate
from bot.handlers.road import tapped
from bot.refusals import NotYours, RoundClosed
from bot.replies import Edit, Reply, Say, Screen, Toast
from bot.screens import polls as screens
from bot.screens.refusals import explain
from bot.screens.results import result_screen
from bot.store.engine import Session
from bot.store.tables import Resident
from bot.taps import BallotTap, NewPollTap, VoteTap, WithdrawTap

router = Router(name="polls")


@tapped(VoteTap)
def vote_tapped(tap: VoteTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """One wish on the ballot: saved at once."""
    try:
        ballot = voting.cast_vote(session, resident, tap.poll, tap.option, tap.rank, now)
    except RoundClosed as closed:
        return _closed_meanwhile(session, resident, tap.poll, now, closed)
    return [Toast(screens.ballot_noted(ballot)), Edit(screens.ballot_screen(ballot, page_of(tap.option)))]


def _closed_meanwhile(
    session: Session, resident: Resident, poll: int, now: datetime, closed: RoundClosed
) -> list[Reply]:
    """The ballot under an old button becomes the result; where there is none for this resident, only the word is said."""
    result = ballot(session, resident, poll, now)
    return [Toast(explain(closed)), Edit(result)]


def page_of(option: int) -> int:
    """The page of the ballot that shows an option."""
    return (option - 1) // screens.OPTIONS_A_PAGE


@tapped(WithdrawTap)
def withdraw_tapped(tap: WithdrawTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """The whole ballot is taken back."""
    try:
        ballot = voting.withdraw_ballot(session, resident, tap.poll, now)
    except RoundClosed as closed:
        return _closed_meanwhile(session, resident, tap.poll, now, closed)
    return [Toast(screens.ballot_noted(ballot)), Edit(screens.ballot_screen(ballot, 0))]


@tapped(BallotTap)
def ballot_tapped(tap: BallotTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """Show my ballot, or what a closed poll said."""
    return [Edit(ballot(session, resident, tap.poll, now, tap.page))]


def ballot(session: Session, resident: Resident, poll: int, now: datetime, page: int = 0) -> Screen:
    """The resident's ballot; the result where the poll has closed."""
    try:
        return screens.ballot_screen(voting.show_ballot(session, resident, poll, now), page)
    except RoundClosed:
        result = results.result_of(session, poll, resident.language)
        if result is None or not results.may_see(session, resident, poll):
            raise
        return result_screen(result)


@tapped(NewPollTap)
def new_poll_tapped(session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """Begin to make a poll, from the menu."""
    return [Edit(_new_poll(session, person, resident, now))]


@router.message(Command("newpoll"), InPrivate())
def new_poll_asked(session: Session, person: Person, resident: Resident, now: datetime) -> list[Reply]:
    """Begin to make a poll, by command."""
    return [Say(_new_poll(session, person, resident, now))]


def _new_poll(session: Session, person: Person, resident: Resident, now: datetime) -> Screen:
    if not polls.steering_may_poll(session, resident):
        raise NotYours
    return talks.begin(session, person, "new_poll", {}, now)
