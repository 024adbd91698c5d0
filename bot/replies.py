"""What a handler may answer: plain values. Nothing here knows Telegram; bot/telegram.py says them."""

from dataclasses import dataclass

from bot.taps import Tap


@dataclass(frozen=True)
class Button:
    """One button: it carries a tap, or opens the private chat with a start payload, or opens a link."""

    label: str
    tap: Tap | None = None
    start: str | None = None
    url: str | None = None


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True)
class Screen:
    """One message: HTML as screens/language.py makes it, and rows of buttons."""

    text: str
    rows: Rows = ()


@dataclass(frozen=True)
class Say:
    """A new message in the chat that the update came from."""

    screen: Screen


@dataclass(frozen=True)
class Again(Say):
    """Where the person stands, because an update came a second time: said once, however many of theirs did."""


@dataclass(frozen=True)
class Edit:
    """The tapped message becomes this screen; a new message where there is none to edit."""

    screen: Screen


@dataclass(frozen=True)
class Toast:
    """A short word over the chat, in plain text of at most 200 characters; an alert waits to be dismissed."""

    text: str
    alert: bool = False


@dataclass(frozen=True)
class File:
    """A document: a name, its bytes, and a caption in HTML."""

    name: str
    content: bytes
    caption: str


@dataclass(frozen=True)
class Voice:
    """A voice note, by Telegram's id for it, with a screen under it."""

    file_id: str
    screen: Screen


@dataclass(frozen=True)
class Carry:
    """A message to somebody else's chat, of which nothing is kept: what it says, and a voice note where it is one.

    Then the one who sent it is told: `arrived`, or `lost`.
    """

    chat_id: int
    screen: Screen
    arrived: Screen
    lost: Screen
    voice: str | None = None


@dataclass(frozen=True)
class Bar:
    """A share in a picture: its words, how long it is in per cent (None: not told), its number; or one to compare with."""

    words: str
    percent: float | None
    shown: str
    theirs: bool = False


@dataclass(frozen=True)
class Block:
    """What one question shows in a picture."""

    heading: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Picture:
    """A picture's words and numbers, in plain text, before it is drawn; `rtl`: it runs from right to left."""

    language: str
    rtl: bool
    title: str
    line: str
    blocks: tuple[Block, ...]
    foot: str


Reply = Say | Edit | Toast | File | Voice | Carry
