"""What a letter says, worded at the moment of sending, in the reader's language."""

from bot.community.polls import PollView, Progress
from bot.community.post import Content
from bot.community.results import Result
from bot.replies import Screen
from bot.screens import polls, residents
from bot.screens.language import speaking
from bot.screens.menu import back_to_menu
from bot.screens.results import result_screen, result_text


def word(kind: str, content: Content, language: str, *, to_group: bool) -> Screen:
    """A letter's screen."""
    with speaking(language):
        match kind, content:
            case "poll_card", Progress():
                return polls.card(content) if content.poll.state == "open" else polls.card_closed(content)
            case "poll_invitation", PollView():
                return polls.invitation(content)
            case "poll_reminder", PollView():
                return polls.reminder(content)
            case "poll_result", Result():
                return Screen(result_text(content)) if to_group else result_screen(content)
            case "invite_used", str():
                return back_to_menu(residents.invite_was_used(content))
            case _:
                msg = f"no words for a letter of kind {kind!r}"
                raise ValueError(msg)
