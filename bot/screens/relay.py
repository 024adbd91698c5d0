"""The talk between two neighbours, in words: who speaks is "the neighbour you help" or "who helps you", never a name."""

from bot.community.aid_seen import ASKER
from bot.replies import Button, Rows, Screen
from bot.screens.aid_cards import apart_button
from bot.screens.concerns import tell_button
from bot.screens.language import _, label, lines, paragraphs, written
from bot.taps import AskTap


def talking(ask_id: int, notice: str = "") -> Screen:
    """From now on what you write goes to the other side."""
    text = paragraphs(
        written(notice) if notice else "",
        _("<b>You are talking with your neighbour.</b>"),
        _("What you write, and voice notes, go to them through me. I keep nothing of it and tell no name."),
    )
    return Screen(text, (*_rows(ask_id), (tell_button(ask_id),)))


def _rows(ask_id: int) -> Rows:
    enough = Button(label("Enough for now"), AskTap(ask_id, "enough"))
    return ((enough,), (Button(label("End the talk for both"), AskTap(ask_id, "end_talk")),))


def brought(ask_id: int, side: str, words: str) -> Screen:
    """What the other side wrote."""
    return Screen(lines(_who(side), written(words)), _answers(ask_id))


def brought_voice(ask_id: int, side: str) -> Screen:
    """Under a voice note of the other side."""
    return Screen(_who(side), _answers(ask_id))


def _answers(ask_id: int) -> Rows:
    return ((Button(label("Answer"), AskTap(ask_id, "talk")), tell_button(ask_id)),)


def _who(to: str) -> str:
    """Who writes, told to the one on this side."""
    return _("<b>From the neighbour who helps you:</b>") if to == ASKER else _("<b>From the neighbour you help:</b>")


def passed_on(ask_id: int) -> Screen:
    """It has arrived."""
    return Screen(_("Passed on."), _rows(ask_id))


def not_passed_on(ask_id: int) -> Screen:
    """It has not."""
    return Screen(_("That did not reach them. Please try again later."), _rows(ask_id))


def ended(ask_id: int) -> Screen:
    """After ending the talk for both."""
    text = _("The talk has ended. Neither of you can write to the other any more.")
    shown = Button(label("Back to the ask"), AskTap(ask_id, "show"))
    return Screen(text, ((shown,), (apart_button(ask_id),), (tell_button(ask_id),)))


def voice_note() -> str:
    """Above a voice note."""
    return label("The voice note")
