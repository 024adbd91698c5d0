"""What a letter says, worded at the moment of sending, in the reader's language."""

from collections.abc import Callable
from typing import Any

from bot.community.polls import Progress
from bot.community.results import Result
from bot.replies import Screen
from bot.screens import (
    aid_news,
    alerts,
    broadcasts,
    checkins,
    concern_news,
    playback,
    polls,
    residents,
    volunteers,
    wordings,
)
from bot.screens.language import n_, speaking
from bot.screens.menu import back_to_menu, menu_button
from bot.screens.results import result_screen, result_text


def word(kind: str, content: Any, language: str, *, to_group: bool) -> Screen:
    """A letter's screen. Raises KeyError for a kind that has no words."""
    with speaking(language):
        return (IN_GROUPS if to_group and kind in IN_GROUPS else WORDS)[kind](content)


def _card(content: Progress) -> Screen:
    return polls.card(content) if content.poll.state == "open" else polls.card_closed(content)


def _invite_used(role: str) -> Screen:
    return back_to_menu(residents.invite_was_used(role))


def _letters_dead(count: int) -> Screen:
    words = n_(
        "{n} message could not be delivered lately. Whoever runs Kith here can look why: kith letters dead list",
        "{n} messages could not be delivered lately. Whoever runs Kith here can look why: kith letters dead list",
        count,
    )
    return Screen(words, ((menu_button(),),))


def _result_in_group(content: Result) -> Screen:
    return Screen(result_text(content))


WORDS: dict[str, Callable[[Any], Screen]] = {
    "aid_offer": volunteers.offer,
    "aid_offer_urgent": volunteers.offer,
    "aid_taken": volunteers.taken,
    "aid_pause": volunteers.pause_asked,
    "aid_news": aid_news.news,
    "aid_news_urgent": aid_news.news,
    "aid_waits": aid_news.waits,
    "aid_waits_urgent": aid_news.waits,
    "poll_card": _card,
    "poll_invitation": polls.invitation,
    "poll_reminder": polls.reminder,
    "poll_result": result_screen,
    "invite_used": _invite_used,
    "checkin_invitation": checkins.invitation,
    "checkin_result": playback.result_screen,
    "alert": alerts.alert,
    "alert_seen": alerts.alert_seen,
    "alert_off": alerts.alert_off,
    "concern": concern_news.news,
    "concern_urgent": concern_news.news,
    "letters_dead": _letters_dead,
    "broadcast": broadcasts.notice,
    "broadcast_urgent": broadcasts.notice,
    "broadcast_edit": broadcasts.notice,
    "broadcast_test": broadcasts.notice,
    "wording_ask": wordings.asked,
    "wording_ask_urgent": wordings.asked,
    "wording_ready": wordings.to_let_go,
    "wording_done": wordings.done_by_others,
    "wording_here": wordings.here_it_is,
}
"""The words of each kind, made from its matter's content (bot/community/letters.py)."""
IN_GROUPS: dict[str, Callable[[Any], Screen]] = {
    "poll_result": _result_in_group,
    "broadcast": broadcasts.notice_in_group,
    "broadcast_urgent": broadcasts.notice_in_group,
    "broadcast_edit": broadcasts.notice_in_group,
}
"""Kinds that are said otherwise in a group, where no button of one's own makes sense."""
