"""Conversations: a form is one function, run again from the top for each new answer.

A question whose answer is kept returns it at once; the first one without an answer raises `Asked`, which is shown. So
a conversation survives restarts and deploys, and back, cancel, progress and paging are written once. Pure: answers in,
screen out; community/drafts.py keeps the answers, handlers/talks.py connects the two.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.community.residents import Person
from bot.replies import Button, Rows, Screen
from bot.screens.language import Html, _, label, paragraphs, written
from bot.store.engine import Session
from bot.store.tables import Place
from bot.taps import AnswerTap, MoveTap

PAGE = 7
"""Choices on a screen; with one row to turn pages it makes eight (DESIGN 9)."""
SKIPPED = ""
SENT = "\x01"
"""In front of an answer that is something sent, such as a voice note: nobody can type it."""
OVER = "!"
"""Behind a choice of several that is made."""
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Choice:
    """Something to choose: the key that is kept, and the words on its button."""

    key: str
    label: str


class Asked(Exception):
    """A question without an answer: its name, its screen, whether words may be written to it, and what came before.

    `takes`: what may be sent to it besides (`voice`, `photo`); `put`: what a button makes of the answer so far.
    """

    def __init__(
        self,
        name: str,
        screen: Screen,
        at_most: int = 0,
        before: str | None = None,
        takes: Collection[str] = (),
        put: Callable[[str], str] = str,
    ) -> None:
        super().__init__(name)
        self.name = name
        self.screen = screen
        self.at_most = at_most
        self.before = before
        self.takes = takes
        self.put = put


def sent(kind: str, file_id: str) -> str:
    """Something sent, by Telegram's id for it, as an answer is kept."""
    return f"{SENT}{kind}:{file_id}"


def thing_in(answer: str) -> tuple[str, str] | None:
    """The kind and Telegram's id of something sent; None for words."""
    kind, colon, file_id = answer.removeprefix(SENT).partition(":")
    return (kind, file_id) if answer.startswith(SENT) and colon else None


@dataclass
class Talk:
    """One run of a conversation, with the answers given so far."""

    session: Session
    person: Person
    place: Place
    now: datetime
    token: str
    answers: Mapping[str, str]
    questions: int
    page: int = 0
    notice: str = ""
    asked: int = field(default=0, init=False)
    answered: list[str] = field(default_factory=list, init=False)

    def choose(
        self,
        name: str,
        text: Html,
        choices: Sequence[Choice],
        *,
        may_skip: bool = False,
        across: int = 1,
        beside: Rows = (),
    ) -> str:
        """One of the choices, by its key; a kept key that is no longer on offer is asked again.

        Short words may stand two or more across; then as many rows of them fit as of single ones. `beside`: buttons that
        lead elsewhere, and leave the question open.
        """
        self.asked += 1
        kept = self.answers.get(name)
        if kept is not None and (kept in {choice.key for choice in choices} or (may_skip and kept == SKIPPED)):
            self.answered.append(name)
            return kept
        buttons = [
            Button(choice.label, AnswerTap(self._turn(name), choice.key)) for choice in self._paged(choices, across)
        ]
        rows = [tuple(buttons[i : i + across]) for i in range(0, len(buttons), across)]
        raise self._ask(name, text, [*rows, *self._page_row(name, choices, across), *beside], may_skip=may_skip)

    def choose_some(
        self, name: str, text: Html, choices: Sequence[Choice], *, across: int = 1, at_first: Collection[str] = ()
    ) -> list[str]:
        """One choice or more, by their keys, in the order on offer; `at_first`: those marked before anything is pressed.

        Each button states a wish ("this one", "not this one"), never toggles; the last one says that this is all.
        """
        self.asked += 1
        keys = [choice.key for choice in choices]
        kept = self.answers.get(name)
        marked = set(at_first if kept is None else kept.removesuffix(OVER).split(",")) & set(keys)
        if kept is not None and kept.endswith(OVER) and marked:
            self.answered.append(name)
            return [key for key in keys if key in marked]
        buttons = [self._marking(name, choice, marked) for choice in choices]
        rows = [tuple(buttons[i : i + across]) for i in range(0, len(buttons), across)]
        if marked:
            rows.append((Button(label("That is all"), AnswerTap(self._turn(name), OVER)),))
        asked = self._ask(name, text, rows, may_skip=False)
        asked.put = lambda wish: _with_wish([key for key in keys if key in marked], wish)
        raise asked

    def _marking(self, name: str, choice: Choice, marked: Collection[str]) -> Button:
        chosen = choice.key in marked
        words = label("✓ {option}", option=choice.label) if chosen else choice.label
        return Button(words, AnswerTap(self._turn(name), ("-" if chosen else "+") + choice.key))

    def write(self, name: str, text: Html, *, at_most: int, may_skip: bool = False, takes: Collection[str] = ()) -> str:
        """What the person writes, at most so many characters; empty where skipped.

        `takes`: what may be sent instead (`voice`, `photo`); `thing_in` tells it from words.
        """
        self.asked += 1
        kept = self.answers.get(name)
        if kept is not None and self._is_written(kept, at_most, takes, may_skip=may_skip):
            self.answered.append(name)
            return kept
        asked = self._ask(name, text, [], may_skip=may_skip, at_most=at_most)
        asked.takes = takes
        raise asked

    @staticmethod
    def _is_written(kept: str, at_most: int, takes: Collection[str], *, may_skip: bool) -> bool:
        if (thing := thing_in(kept)) is not None:
            return thing[0] in takes
        return 0 < len(kept) <= at_most or (may_skip and kept == SKIPPED)

    def write_or_choose(self, name: str, text: Html, choices: Sequence[Choice], *, at_most: int) -> str:
        """What the person writes, at most so many characters; or the key of a button that spares them the writing."""
        self.asked += 1
        kept = self.answers.get(name)
        if kept is not None and (0 < len(kept) <= at_most or kept in {choice.key for choice in choices}):
            self.answered.append(name)
            return kept
        rows: list[tuple[Button, ...]] = [
            (Button(choice.label, AnswerTap(self._turn(name), choice.key)),) for choice in choices
        ]
        raise self._ask(name, text, rows, may_skip=False, at_most=at_most)

    def confirm(self, name: str, text: Html, yes: str, beside: Rows = ()) -> None:
        """Go on only once the person has said so."""
        self.choose(name, text, [Choice(YES, yes)], beside=beside)

    def ask_again(self, name: str, why: Html, at_most: int) -> Asked:
        """The question of this name once more, because its answer will not do."""
        return self._ask(name, why, [], may_skip=False, at_most=at_most)

    def _turn(self, name: str) -> str:
        return f"{self.token}.{name}"

    def _ask(self, name: str, text: Html, rows: list[tuple[Button, ...]], *, may_skip: bool, at_most: int = 0) -> Asked:
        head = _("{n} of {total}", n=self.asked, total=max(self.questions, self.asked)) if self.asked > 1 else ""
        body = paragraphs(written(self.notice) if self.notice else "", head, text)
        before = next((known for known in reversed(self.answered) if known != name), None)
        return Asked(name, Screen(body, (*rows, self._moves(name, may_skip=may_skip))), at_most, before)

    def _moves(self, name: str, *, may_skip: bool) -> tuple[Button, ...]:
        moves = []
        if self.asked > 1:
            moves.append(Button(label("Back"), MoveTap(self._turn(name), "back")))
        if may_skip:
            moves.append(Button(label("Skip"), MoveTap(self._turn(name), "skip")))
        moves.append(Button(label("Cancel"), MoveTap(self._turn(name), "cancel")))
        return tuple(moves)

    def _paged(self, choices: Sequence[Choice], across: int) -> Sequence[Choice]:
        if len(choices) <= (PAGE + 1) * across:
            return choices
        page = self._page_of(choices, across)
        return choices[page * PAGE * across : (page + 1) * PAGE * across]

    def _page_of(self, choices: Sequence[Choice], across: int) -> int:
        """The page that is shown: an old button may name one that is no more."""
        return min(self.page, (len(choices) - 1) // (PAGE * across))

    def _page_row(self, name: str, choices: Sequence[Choice], across: int) -> list[tuple[Button, ...]]:
        if len(choices) <= (PAGE + 1) * across:
            return []
        row, page = [], self._page_of(choices, across)
        if page > 0:
            row.append(Button(label("Earlier"), MoveTap(self._turn(name), f"page{page - 1}")))
        if (page + 1) * PAGE * across < len(choices):
            row.append(Button(label("More"), MoveTap(self._turn(name), f"page{page + 1}")))
        return [tuple(row)]


def _with_wish(marked: Sequence[str], wish: str) -> str:
    """The keys chosen so far, with one more, one less, or as all there is."""
    key = wish[1:]
    match wish[:1]:
        case "+":
            return ",".join([*(one for one in marked if one != key), key])
        case "-":
            return ",".join(one for one in marked if one != key)
        case _:
            return ",".join(marked) + (OVER if wish == OVER else "")


@dataclass(frozen=True)
class Flow:
    """A conversation: the function, and how many questions it asks at most."""

    ask: Callable[[Talk], Screen]
    questions: int
