"""What each button carries: frozen dataclasses, packed into Telegram's 64 bytes and back.

A tap states a wish and never toggles: doing it twice does it once. It is a stranger's wish: whoever receives it
checks the person's rights and the object's state at that moment (facts/failures.md 3.2).
"""

import re
from dataclasses import dataclass, fields
from typing import ClassVar, TypeVar

LIMIT = 64
"""Bytes that Telegram lets a button carry (facts/telegram.md D1)."""
LARGEST = 2**31 - 1
_NUMBER = re.compile("-?[0-9]{1,10}")


@dataclass(frozen=True)
class Tap:
    """What a button wishes; subclasses name it and say what it is about."""

    prefix: ClassVar[str] = ""

    def pack(self) -> str:
        """The wish as Telegram carries it: prefix and fields, joined by colons."""
        values = [str(getattr(self, name)) for name in _names(type(self))]
        packed = ":".join([self.prefix, *(values or [""])])
        if len(packed.encode()) > LIMIT:
            msg = f"a button may carry {LIMIT} bytes, not {packed!r}"
            raise ValueError(msg)
        return packed


T = TypeVar("T", bound=Tap)


_NAMES: dict[str, tuple[str, ...]] = {}


def _names(kind: type[Tap]) -> tuple[str, ...]:
    """A tap's fields; asking dataclasses for each button costs more than the rest of packing it."""
    if kind.prefix not in _NAMES:
        _NAMES[kind.prefix] = tuple(field.name for field in fields(kind))
    return _NAMES[kind.prefix]


def unpack(kind: type[T], data: str) -> T | None:
    """The tap of this kind that the data carries; None where it is another's, forged or of an older make."""
    wanted = fields(kind)
    prefix, *values = data.split(":", max(len(wanted), 1))  # the last field may hold colons of its own
    if prefix != kind.prefix or len(values) != max(len(wanted), 1):
        return None
    try:
        return kind(
            *(_whole(value) if field.type is int else value for field, value in zip(wanted, values, strict=False))
        )
    except ValueError:
        return None


def _whole(text: str) -> int:
    """A number as `pack` writes it and a column holds it; a forged one may be anything. Raises ValueError."""
    if not _NUMBER.fullmatch(text) or abs(int(text)) > LARGEST:
        raise ValueError(text)
    return int(text)


@dataclass(frozen=True)
class VoteTap(Tap):
    """Choose, approve or rank an option: `rank` is 0 where the method knows no order; -1 gives it up again."""

    prefix: ClassVar[str] = "v"
    poll: int
    option: int
    rank: int


@dataclass(frozen=True)
class WithdrawTap(Tap):
    """Take my whole ballot back."""

    prefix: ClassVar[str] = "vw"
    poll: int


@dataclass(frozen=True)
class BallotTap(Tap):
    """Show my ballot, at a page."""

    prefix: ClassVar[str] = "vb"
    poll: int
    page: int


@dataclass(frozen=True)
class AnswerTap(Tap):
    """An answer to a question of a conversation: `turn` says which question of which draft it belongs to."""

    prefix: ClassVar[str] = "a"
    turn: str
    value: str


@dataclass(frozen=True)
class MoveTap(Tap):
    """Move within a conversation: back, skip, stop, or a page of a long list."""

    prefix: ClassVar[str] = "m"
    turn: str
    move: str


@dataclass(frozen=True)
class MenuTap(Tap):
    """Open one of the menu's places."""

    prefix: ClassVar[str] = "o"
    place: str


@dataclass(frozen=True)
class NewPollTap(Tap):
    """Begin to make a poll."""

    prefix: ClassVar[str] = "np"


@dataclass(frozen=True)
class ConsentTap(Tap):
    """Give (1) or withdraw (0) consent for a purpose."""

    prefix: ClassVar[str] = "c"
    purpose: str
    given: int


@dataclass(frozen=True)
class LanguageTap(Tap):
    """Speak this language to me from now on."""

    prefix: ClassVar[str] = "l"
    language: str


@dataclass(frozen=True)
class ForgetTap(Tap):
    """Yes, erase me."""

    prefix: ClassVar[str] = "f"
    sure: int


@dataclass(frozen=True)
class WishTap(Tap):
    """I would like to read this text in this language."""

    prefix: ClassVar[str] = "w"
    text: int
    language: str


@dataclass(frozen=True)
class AnnounceTap(Tap):
    """Open the public messages: `list`, or `new` to write one."""

    prefix: ClassVar[str] = "b"
    what: str


@dataclass(frozen=True)
class MessageTap(Tap):
    """Something about a public message: `act` says what (handlers/broadcasts.py)."""

    prefix: ClassVar[str] = "bm"
    message: int
    act: str


@dataclass(frozen=True)
class MessageLookTap(Tap):
    """Show me this public message as readers of a language get it."""

    prefix: ClassVar[str] = "bl"
    message: int
    language: str


@dataclass(frozen=True)
class TaskTap(Tap):
    """Something about a text in a language that I was asked for: `act` says what (handlers/wordings.py)."""

    prefix: ClassVar[str] = "wt"
    text: int
    language: str
    act: str


@dataclass(frozen=True)
class RightTap(Tap):
    """These very words (`stamp`) are right."""

    prefix: ClassVar[str] = "wr"
    text: int
    language: str
    stamp: str


@dataclass(frozen=True)
class LetGoTap(Tap):
    """These very words (`stamp`) may be sent."""

    prefix: ClassVar[str] = "wl"
    text: int
    language: str
    stamp: str


@dataclass(frozen=True)
class HelperTap(Tap):
    """Open my corner as a language helper, or say which languages I write."""

    prefix: ClassVar[str] = "wh"
    what: str


@dataclass(frozen=True)
class SecondLanguageTap(Tap):
    """Where my language is missing I would rather read this one; none with a dash."""

    prefix: ClassVar[str] = "l2"
    language: str


@dataclass(frozen=True)
class CheckinTap(Tap):
    """Show my check-in at a place: 0 the cover, then its questions, then the end; with faces (1) or without."""

    prefix: ClassVar[str] = "k"
    round: int
    at: int
    faces: int


@dataclass(frozen=True)
class CheckinAnswerTap(Tap):
    """Answer a question of my check-in; -1 takes the answer back."""

    prefix: ClassVar[str] = "ka"
    round: int
    at: int
    value: int
    faces: int


@dataclass(frozen=True)
class AssistTap(Tap):
    """Show a community researcher the form of somebody they help: `visit` stands for that person, in this chat alone."""

    prefix: ClassVar[str] = "kh"
    round: int
    at: int
    visit: str


@dataclass(frozen=True)
class AssistAnswerTap(Tap):
    """What somebody answers with a researcher's help; -1 takes it back."""

    prefix: ClassVar[str] = "kj"
    round: int
    at: int
    value: int
    visit: str


@dataclass(frozen=True)
class SnoozeTap(Tap):
    """Ask me this check-in again next week."""

    prefix: ClassVar[str] = "ks"
    round: int


@dataclass(frozen=True)
class NeverAskTap(Tap):
    """Never ask me check-ins again: withdraws that consent."""

    prefix: ClassVar[str] = "kn"
    sure: int


@dataclass(frozen=True)
class CompareTap(Tap):
    """Compare (1) my answers with my next check-in, or do not (0)."""

    prefix: ClassVar[str] = "kc"
    round: int
    wished: int


@dataclass(frozen=True)
class AgeTap(Tap):
    """My age band; "-" for rather not saying; "?" shows the choice."""

    prefix: ClassVar[str] = "ag"
    band: str


@dataclass(frozen=True)
class NeedSomeoneTap(Tap):
    """I am not safe, or need someone today."""

    prefix: ClassVar[str] = "sos"


@dataclass(frozen=True)
class AlertTap(Tap):
    """Yes, tell the coordinators that I need someone; "seen" asks whether anybody has seen it, "well" calls it off."""

    prefix: ClassVar[str] = "sa"
    wish: str


@dataclass(frozen=True)
class TakeAlertTap(Tap):
    """I am taking this alert (1), or it is settled (0)."""

    prefix: ClassVar[str] = "st"
    alert: int
    take: int


@dataclass(frozen=True)
class AidTap(Tap):
    """Open one of the places of neighbours' help: home, ask, mine, tasks, offer, waiting."""

    prefix: ClassVar[str] = "ai"
    place: str


@dataclass(frozen=True)
class AskTap(Tap):
    """Something about an ask of which I am one side: `act` says what (handlers/aid.py)."""

    prefix: ClassVar[str] = "aa"
    ask: int
    act: str


@dataclass(frozen=True)
class OfferTap(Tap):
    """Yes or no to an ask that I was asked for, or show it."""

    prefix: ClassVar[str] = "ao"
    ask: int
    answer: str


@dataclass(frozen=True)
class VolunteerTap(Tap):
    """Something about what I offer: change, week, month, away, resume, leave, sure_leave."""

    prefix: ClassVar[str] = "av"
    act: str


@dataclass(frozen=True)
class TellTap(Tap):
    """I want to tell a concern: from an ask's card, or from nowhere (0); `go` begins, `look` shows whom to call first."""

    prefix: ClassVar[str] = "ct"
    ask: int
    act: str


@dataclass(frozen=True)
class ConcernTap(Tap):
    """Something about a concern of which I am one side: `act` says what (handlers/concerns.py)."""

    prefix: ClassVar[str] = "cc"
    concern: int
    act: str


@dataclass(frozen=True)
class BoardTap(Tap):
    """Show the coordinator's board, at a page."""

    prefix: ClassVar[str] = "bd"
    page: int


@dataclass(frozen=True)
class DeskTap(Tap):
    """What a coordinator does about an ask on the board: show, again, close, or a reason for closing."""

    prefix: ClassVar[str] = "ba"
    ask: int
    act: str
