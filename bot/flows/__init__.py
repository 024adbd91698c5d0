"""Conversations by name. A draft remembers the name, so it must not change while drafts of it may be under way."""

from bot.flows.aid import ask_again, ask_for_help, change_ask
from bot.flows.broadcasts import announce, correct_message
from bot.flows.concerns import tell_concern, write_about_concern
from bot.flows.join import join
from bot.flows.polls import new_poll
from bot.flows.talk import Flow
from bot.flows.volunteers import holidays, offer_help
from bot.flows.wordings import change_wording, return_wording, write_wording, written_languages

FLOWS = {
    "aid_ask": Flow(ask_for_help, questions=9),
    "aid_again": Flow(ask_again, questions=2),
    "aid_away": Flow(holidays, questions=2),
    "aid_change": Flow(change_ask, questions=2),
    "aid_offer": Flow(offer_help, questions=5),
    "announce": Flow(announce, questions=8),
    "concern": Flow(tell_concern, questions=5),
    "concern_words": Flow(write_about_concern, questions=1),
    "correct_message": Flow(correct_message, questions=4),
    "join": Flow(join, questions=7),
    "new_poll": Flow(new_poll, questions=4),
    "wording": Flow(write_wording, questions=3),
    "wording_change": Flow(change_wording, questions=3),
    "wording_return": Flow(return_wording, questions=2),
    "written_languages": Flow(written_languages, questions=2),
}
