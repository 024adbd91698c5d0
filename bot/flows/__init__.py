"""Conversations by name. A draft remembers the name, so it must not change while drafts of it may be under way."""

from bot.flows.join import join
from bot.flows.polls import new_poll
from bot.flows.talk import Flow

FLOWS = {
    "join": Flow(join, questions=6),
    "new_poll": Flow(new_poll, questions=4),
}
