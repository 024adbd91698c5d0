"""The menu: what waits for me, and the ways to everything else."""

from collections.abc import Sequence

from bot.community.checkins import Invitation
from bot.community.polls import PollView
from bot.replies import Button, Rows, Screen
from bot.screens.alerts import need_button
from bot.screens.language import Html, _, current, label, n_, n_label, paragraphs, written
from bot.taps import (
    AidTap,
    AnnounceTap,
    AssistTap,
    BallotTap,
    CheckinTap,
    HelperTap,
    MenuTap,
    NewPollTap,
    TellTap,
)

SHOWN = 4
"""Waiting things that get a button of their own: with the rest of the menu at most eight."""


def menu(
    place: str,
    first: Sequence[PollView],
    waiting: int,
    *,
    may_poll: bool,
    checkins: Sequence[Invitation] = (),
    wordings: int | None = None,
    may_announce: bool = False,
    to_assist: int | None = None,
    concerns: int = 0,
    notice: str = "",
) -> Screen:
    """What waits for this resident (the first few with buttons), and where else to go.

    `to_assist`: the check-in that a community researcher can fill in with somebody, or None.
    `wordings`: how many wait to be written, checked or let go by a helper or coordinator; None for everybody else.
    `concerns`: how many wait with a safeguarding lead.
    """
    text = paragraphs(written(notice) if notice else "", _("<b>{place}</b>", place=place), _what_waits(waiting))
    rows = (
        _waiting_rows(first)
        + _checkin_rows(checkins)
        + _assist_row(to_assist)
        + _wordings_row(wordings)
        + _concerns_row(concerns)
        + _rows(may_poll=may_poll, may_announce=may_announce)
    )
    return Screen(text, (*rows, (need_button(),)))


def _what_waits(n: int) -> Html:
    if n == 0:
        return _("Nothing waits for you.")
    return n_("{n} thing to answer.", "{n} things to answer.", n)


def _waiting_rows(waiting: Sequence[PollView]) -> Rows:
    return tuple(
        (Button(label("Vote: {title}", title=_short(poll.title.said_in(current()))), BallotTap(poll.id, 0)),)
        for poll in waiting
    )


def _checkin_rows(waiting: Sequence[Invitation]) -> Rows:
    return tuple(
        (
            Button(
                n_label("Check-in: {n} question", "Check-in: {n} questions", one.questions),
                CheckinTap(one.round_id, 0, 0),
            ),
        )
        for one in waiting
    )


def _assist_row(round_id: int | None) -> Rows:
    if round_id is None:
        return ()
    return ((Button(label("Check-in with somebody"), AssistTap(round_id, 0, "-")),),)


def _wordings_row(waiting: int | None) -> Rows:
    if waiting is None:
        return ()
    said = n_label("Languages: {n} message waits", "Languages: {n} messages wait", waiting)
    return ((Button(said if waiting else label("Languages I help with"), HelperTap("tasks")),),)


def _concerns_row(waiting: int) -> Rows:
    said = n_label("{n} concern waits for you", "{n} concerns wait for you", waiting)
    return ((Button(said, TellTap(0, "waiting")),),) if waiting else ()


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _rows(*, may_poll: bool, may_announce: bool) -> Rows:
    ask = ((Button(label("Ask the group to vote"), NewPollTap()),),) if may_poll else ()
    announce = ((Button(label("Public messages"), AnnounceTap("list")),),) if may_announce else ()
    return (
        (Button(label("Help between neighbours"), AidTap("home")),),
        *announce,
        *ask,
        (Button(label("Language"), MenuTap("language")), Button(label("My choices"), MenuTap("consents"))),
        (Button(label("What is kept about me"), MenuTap("mydata")), Button(label("Help"), MenuTap("help"))),
    )


def menu_button() -> Button:
    """The way back."""
    return Button(label("Menu"), MenuTap("menu"))


def back_to_menu(words: str) -> Screen:
    """A word, and the way back."""
    return Screen(written(words), ((menu_button(),),))


def good_to_see_you() -> str:
    """After coming back from /stop."""
    return label("Good to see you again.")
