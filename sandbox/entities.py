"""Text with its entities: cleaned as Telegram cleans it, counted in UTF-16 units, shown as safe HTML."""

import re
from dataclasses import dataclass, field
from html import escape

from sandbox.refusals import Json, bad_request

LINE_BREAK = "\n"
DROPPED = {"\r", *map(chr, range(0x2028, 0x202F))}  # line separators, embeddings and overrides; isolates stay
MARKS = {"\u200e", "\u200f"}
NON_JOINER = "\u200c"
FOUND = (
    ("url", re.compile(r"(?:https?://|www\.)[^\s<>\"]+[^\s<>\".,:;!?)\]]|\bt\.me/[\w/?=&-]+", re.IGNORECASE)),
    ("email", re.compile(r"\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b", re.IGNORECASE)),
    ("bot_command", re.compile(r"(?<![\w/<>@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z0-9_]{3,32}\b")),
    ("hashtag", re.compile(r"(?<![\w#&])#\w*[^\W\d]\w*")),
)
EXTRAS = ("url", "user", "language", "custom_emoji_id")
TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "spoiler": "tg-spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}
KNOWN = {*TAGS, *dict(FOUND), "text_link", "text_mention", "custom_emoji", "cashtag", "phone_number"}


@dataclass
class Span:
    """A stretch of text with a meaning; positions count characters, not UTF-16 units."""

    start: int
    end: int
    type: str
    extra: Json = field(default_factory=dict)


@dataclass
class Styled:
    """A text and its spans."""

    text: str
    spans: list[Span] = field(default_factory=list)


def units(text: str) -> int:
    """Length as Telegram counts it: an emoji is two."""
    return len(text) + sum(character > "\uffff" for character in text)


def cleaned(styled: Styled) -> Styled:
    """What Telegram makes of a text: control characters become spaces, bidi overrides go, ends are trimmed."""
    pieces = [clean_character(styled.text, position) for position in range(len(styled.text))]
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    text = "".join(pieces)
    left, right = len(text) - len(text.lstrip()), len(text.rstrip())
    spans = []
    for span in styled.spans:
        start, end = (min(max(starts[at], left), max(right, left)) - left for at in (span.start, span.end))
        if end > start:
            spans.append(Span(start, end, span.type, span.extra))
    return Styled(text[left:right], spans)


def clean_character(text: str, position: int) -> str:
    """One character as it survives; of a run of direction marks only the last stays what it is."""
    character = text[position]
    if character in DROPPED:
        return ""
    if character in MARKS and text[position + 1 : position + 2] in MARKS:
        return NON_JOINER
    return " " if character < " " and character != LINE_BREAK else character


def with_found(styled: Styled) -> Styled:
    """Add what Telegram finds by itself: commands, links, mentions, hashtags."""
    spans = list(styled.spans)
    solid = [span for span in spans if span.type in ("code", "pre", "text_link", "text_mention")]
    for kind, pattern in FOUND:
        for match in pattern.finditer(styled.text):
            if not any(span.start < match.end() and match.start() < span.end for span in solid):
                solid.append(Span(match.start(), match.end(), kind))
                spans.append(solid[-1])
    return Styled(styled.text, spans)


def to_json(styled: Styled) -> list[Json]:
    """The entities with offsets in UTF-16 units, in Telegram's order."""
    ordered = sorted(styled.spans, key=lambda span: (span.start, -span.end))
    return [
        {
            "offset": units(styled.text[: span.start]),
            "length": units(styled.text[span.start : span.end]),
            "type": span.type,
            **span.extra,
        }
        for span in ordered
    ]


def from_json(text: str, entities: object) -> Styled:
    """A text with entities given one by one."""
    if not isinstance(entities, list):
        raise bad_request("can't parse entities JSON object")
    positions = character_positions(text)
    spans = []
    for entity in entities:
        if not isinstance(entity, dict) or not isinstance(entity.get("type"), str):
            raise bad_request("can't parse MessageEntity: Can't find field \"type\"")
        if entity["type"] not in KNOWN:
            raise bad_request("can't parse MessageEntity: unsupported type specified")
        start, length = entity.get("offset"), entity.get("length")
        if not isinstance(start, int) or not isinstance(length, int):
            raise bad_request("can't parse MessageEntity: Can't find field \"offset\"")
        if start in positions and start + length in positions:
            extra = {name: value for name, value in entity.items() if name in EXTRAS}
            spans.append(Span(positions[start], positions[start + length], entity["type"], extra))
    return Styled(text, spans)


def character_positions(text: str) -> dict[int, int]:
    """From UTF-16 offsets to positions of characters."""
    positions, offset = {}, 0
    for position, character in enumerate(text):
        positions[offset] = position
        offset += units(character)
    return positions | {offset: len(text)}


def to_html(text: str, entities: list[Json]) -> str:
    """The text as HTML that a page may show: escaped, and with Telegram's own tags only."""
    styled = from_json(text, entities)
    spans = sorted(styled.spans, key=lambda span: (span.start, -span.end))
    places = sorted({0, len(text), *(s.start for s in spans), *(s.end for s in spans)})
    out: list[str] = []
    opened: list[Span] = []
    for place, following in zip(places, [*places[1:], len(text)], strict=True):
        close_ended(opened, place, out)
        for span in spans:
            if span.start == place and span.end > place:
                opened.append(span)
                out.append(opening(span, text))
        out.append(escape(text[place:following]).replace(LINE_BREAK, "<br>"))
    close_ended(opened, len(text), out)
    return "".join(out)


def close_ended(opened: list[Span], place: int, out: list[str]) -> None:
    """Close what ends here; what lies above it and goes on is opened again."""
    ended = [index for index, span in enumerate(opened) if span.end <= place]
    if not ended:
        return
    above = opened[ended[0] :]
    out.extend(closing(span) for span in reversed(above))
    del opened[ended[0] :]
    for span in above:
        if span.end > place:
            opened.append(span)
            out.append(opening(span, ""))


def link_of(span: Span, text: str) -> str | None:
    """Where a span leads, if anywhere a browser may go."""
    if span.type == "text_link":
        target = str(span.extra.get("url", ""))
        return target if target.startswith(("http://", "https://")) else None
    if span.type != "url":
        return None
    shown = text[span.start : span.end]
    return shown if shown.lower().startswith(("http://", "https://")) else f"https://{shown}"


def opening(span: Span, text: str) -> str:
    """The tag that opens a span."""
    if span.type in TAGS:
        return f"<{TAGS[span.type]}>"
    span.extra.setdefault("shown_link", link_of(span, text))
    link = span.extra["shown_link"]
    return f'<a href="{escape(link)}">' if link else ""


def closing(span: Span) -> str:
    """The tag that closes a span."""
    if span.type in TAGS:
        return f"</{TAGS[span.type]}>"
    return "</a>" if span.extra.get("shown_link") else ""
