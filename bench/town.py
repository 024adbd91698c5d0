"""A neighbourhood to vote in: some hundred residents, one open poll with five options, and the taps they make.

Each resident approves options 1 to 5, then takes them back one by one, and so on: every tap writes.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.community import places, polls, residents, rounds
from bot.community.polls import Plan, PollView
from bot.community.residents import Person
from bot.community.voting import Ballot, Change
from bot.screens import language
from bot.screens import polls as screens
from bot.store import polls as polls_store
from bot.store import rounds as rounds_store
from bot.store import schema
from bot.store.engine import Session, open_engine, transaction
from bot.store.vault import open_vault
from bot.taps import VoteTap
from bot.telegram import Telegram
from sandbox.load import tap_update

OPTIONS = ("A safer crossing on Mill Road", "A community garden", "Benches", "A youth club", "Street lights")
FIRST_PERSON = 7_000_000_001
CYCLE = 2 * len(OPTIONS)
Shown = dict[str, Any]
"""What a resident sees after a tap: `toast`, and the `message` as parameters of editMessageText."""


def wish(tap: int) -> tuple[int, int]:
    """Option and rank of a resident's nth tap, from 0: approve each in turn, then take each back."""
    step = tap % CYCLE
    return step % len(OPTIONS) + 1, 0 if step < len(OPTIONS) else -1


def chosen_after(taps: int) -> range:
    """The options on a resident's ballot after so many taps."""
    step, last = taps % CYCLE, len(OPTIONS)
    return range(1, step + 1) if step <= last else range(step - last + 1, last + 1)


def shown_by_data(poll: PollView) -> dict[str, Shown]:
    """What the bot answers to each of the ten taps: the plain bots answer the same."""
    language.load(["en"])
    with language.speaking("en"):
        return {VoteTap(poll.id, *wish(tap)).pack(): _shown(poll, tap) for tap in range(CYCLE)}


def _shown(poll: PollView, tap: int) -> Shown:
    change = Change.COUNTED if wish(tap)[1] == 0 else Change.WITHDRAWN
    ballot = Ballot(poll, dict.fromkeys(chosen_after(tap + 1), 0), change)
    message = Telegram("1:bench", "").message(screens.ballot_screen(ballot, 0))
    return {"toast": screens.ballot_noted(ballot), "message": message}


class Residents:
    """Who taps: everybody in turn, each at their own place in the cycle; each tap has the message they see."""

    def __init__(self, count: int, shown: dict[str, Shown]) -> None:
        self.taps = [0] * count
        self.data = list(shown)
        self.shown = list(shown.values())
        self.number = 1_000_000

    def taps_of(self, count: int) -> Iterator[dict[str, Any]]:
        """The next taps."""
        for _ in range(count):
            self.number += 1
            who = self.number % len(self.taps)
            step = self.taps[who] % CYCLE
            self.taps[who] += 1
            yield self._tap(who, self.data[step], self.shown[step - 1]["message"])

    def _tap(self, who: int, data: str, seen: Shown) -> dict[str, Any]:
        update = tap_update(self.number, FIRST_PERSON + who, data, None)
        message = update["callback_query"]["message"]
        message["message_id"] = self.number
        message["text"] = re.sub("<[^>]+>", "", seen["text"])
        message["reply_markup"] = seen["reply_markup"]
        return update


class Town:
    """Millbrook, founded in a database."""

    def __init__(self, database: str, folder: Path, people: int) -> None:
        self.engine = open_engine(database)
        schema.upgrade(self.engine)
        self.vault = open_vault(folder, None)[0]
        with transaction(self.engine, self.vault) as session:
            self.residents, self.poll = self._found(session, people)

    def _found(self, session: Session, people: int) -> tuple[list[int], PollView]:
        now = Clock().now()
        place = places.add_place(session, "millbrook", "Millbrook", "Millbrook Trust", ["en"], "Europe/London")
        consents = dict.fromkeys(residents.PURPOSES, True)
        joined = []
        for number in range(FIRST_PERSON, FIRST_PERSON + people):
            person = Person(number, self.vault.keys.lookup(number), f"Person {number % 1000}", "en", None)
            joined.append(residents.join(session, person, place, "en", consents, None, now).id)
        words = [{"en": option} for option in OPTIONS]
        title = {"en": "What should we do first?"}
        plan = Plan("everyone", "approve", "private", now + timedelta(days=5), 5, "en", title, words)
        round_ = polls.make_poll(session, place, plan, now)
        polls.open_poll(session, round_, now)
        polls_store.drop_letters_about(session, round_.id, ("poll_invitation",))
        view = polls.poll_view(session, round_.id, "en")
        assert view is not None
        return joined, view

    def wrong_ballots(self, taps: list[int]) -> int:
        """How many ballots are not what their residents' taps make them."""
        with transaction(self.engine, self.vault) as session:
            kept = rounds_store.all_answers(session, self.poll.id)
            seal = rounds.seal_of(session, self.poll.id)
        marks = [rounds.mark_of(seal, resident) for resident in self.residents]
        pairs = zip(marks, taps, strict=True)
        return sum(set(kept.get(mark, {})) != set(chosen_after(count)) for mark, count in pairs)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()
