"""Which questions a check-in asks, where the steering group voted on them."""

import json
from collections.abc import Sequence

from bot.community import instruments
from bot.community.disclosure import PollRelease
from bot.community.instruments import Instrument, Question
from bot.community.polls import PollView, poll_view
from bot.community.toml_lines import FileWrong
from bot.refusals import CheckinInvalid
from bot.store import rounds
from bot.store.engine import Session


def from_poll(session: Session, poll_id: int, take: int, files: Sequence[Instrument] = ()) -> list[Question]:
    """The questions that a poll chose.

    Each option names an instrument (`ons4`), one question of it (`ons4.happy`), or is a question's or an instrument's own
    words. A poll says only what the disclosure rule let it say: under 30 private votes the winner alone.

    Raises CheckinInvalid where it has no result, or chose something that is no question.
    """
    poll, release = poll_view(session, poll_id), rounds.release_of(session, poll_id)
    if poll is None or release is None:
        raise CheckinInvalid("from-poll", "a poll that has closed with a result")
    told = PollRelease.from_facts(json.loads(release.body))
    chosen = list(told.order[:take]) or ([told.winner] if told.winner is not None else [])
    if not chosen:
        raise CheckinInvalid("from-poll", "a poll that decided something")
    found = [question for option in chosen for question in _meant(poll, option, files)]
    return list({question.name: question for question in found}.values())


def _meant(poll: PollView, option: int, files: Sequence[Instrument]) -> list[Question]:
    words = poll.options[option]
    said = words.said_in(words.source).strip() if words is not None else ""
    known = [*(one for key, one in instruments.shipped().items() if key != instruments.ECHO), *files]
    for one in known:
        if said.casefold() in {name.casefold() for name in one.name.values()}:
            return list(one.questions)
        matching = [question for question in one.questions if said in question.text.values()]
        if matching:
            return matching
    try:
        return instruments.named(said, files)
    except FileWrong:
        must = f"a poll whose options name questions: {said!r} is none ('kith instrument list')"
        raise CheckinInvalid("from-poll", must) from None
