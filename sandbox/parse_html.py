"""Telegram's HTML, read as strictly as Telegram reads it, with its words for what it does not accept."""

import re
from dataclasses import dataclass
from html import unescape

from sandbox.entities import Span, Styled
from sandbox.refusals import Refused, bad_request

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
ENTITY = re.compile(r"&(?:(?:lt|gt|amp|quot)\b;?|#\d+;?|#[xX][0-9a-fA-F]+;?)")
PIECE = re.compile(r"[^<&]+")
NAME = re.compile(r"[^\s>]*")
ATTRIBUTE = re.compile(r"""\s*([^\s=>"'/]*)\s*(?:(=)\s*("[^"]*"|'[^']*'|[A-Za-z0-9.;/:_-]*))?""")
LANGUAGE = "language-"


@dataclass
class Open:
    """A tag that waits for its end."""

    name: str
    start: int
    attributes: dict[str, str]


class HtmlReader:
    """Reads one source from left to right."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text = ""
        self.opened: list[Open] = []
        self.spans: list[Span] = []

    def read(self) -> Styled:
        """The plain text and its spans; Refused where Telegram would refuse."""
        while self.at < len(self.source):
            if self.source[self.at] == "<":
                self.read_tag()
            elif self.source[self.at] == "&":
                self.read_entity()
            else:
                self.text += self.take(PIECE)
        if self.opened:
            raise unparsable(f'Can\'t find end tag corresponding to start tag "{self.opened[-1].name}"')
        return Styled(self.text, self.spans)

    def take(self, pattern: re.Pattern[str]) -> str:
        """Read on for as long as the pattern goes."""
        match = pattern.match(self.source, self.at)
        assert match is not None
        self.at = match.end()
        return match.group()

    def read_entity(self) -> None:
        """An ampersand that begins no entity Telegram knows stands for itself."""
        match = ENTITY.match(self.source, self.at)
        self.text += unescape(match.group()) if match else "&"
        self.at = match.end() if match else self.at + 1

    def read_tag(self) -> None:
        """A start or an end."""
        begin = self.at
        self.at += 1
        if self.source.startswith("/", self.at):
            self.at += 1
            self.read_end(begin)
        else:
            self.read_start(begin)

    def read_start(self, begin: int) -> None:
        """A tag opens."""
        name = self.take(NAME).lower()
        if self.at >= len(self.source):
            raise unparsable(f"Unclosed start tag at byte offset {self.offset(begin)}")
        if name not in KINDS:
            raise unparsable(f'Unsupported start tag "{name}" at byte offset {self.offset(begin)}')
        attributes = self.read_attributes(name, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {self.offset(begin)}')
        self.opened.append(Open(name, len(self.text), attributes))

    def read_attributes(self, name: str, begin: int) -> dict[str, str]:
        """What stands between the tag's name and its end."""
        attributes: dict[str, str] = {}
        while True:
            while self.source[self.at : self.at + 1].isspace():
                self.at += 1
            if self.at >= len(self.source):
                raise unparsable(f"Unclosed start tag at byte offset {self.offset(begin)}")
            if self.source[self.at] == ">":
                self.at += 1
                return attributes
            match = ATTRIBUTE.match(self.source, self.at)
            if match is None or not match[1]:
                raise unparsable(f'Empty attribute name in the tag "{name}" at byte offset {self.offset(begin)}')
            attributes[match[1].lower()] = unescape((match[3] or "").strip("\"'"))
            self.at = match.end()
            if self.source[self.at : self.at + 1] in ("'", '"'):
                raise unparsable(f"Unclosed start tag at byte offset {self.offset(begin)}")

    def read_end(self, begin: int) -> None:
        """A tag closes; it must be the one opened last."""
        if not self.opened:
            raise unparsable(f"Unexpected end tag at byte offset {self.offset(begin)}")
        name = self.take(NAME).lower()
        while self.source[self.at : self.at + 1].isspace():
            self.at += 1
        if not self.source.startswith(">", self.at):
            raise unparsable(f"Unclosed end tag at byte offset {self.offset(begin)}")
        self.at += 1
        tag = self.opened.pop()
        if name not in ("", tag.name):
            raise unparsable(
                f'Unmatched end tag at byte offset {self.offset(begin)}, expected "</{tag.name}>", found "</{name}>"'
            )
        self.close(tag)

    def close(self, tag: Open) -> None:
        """A span is complete; `<pre><code class="language-x">` is one span, not two."""
        if len(self.text) == tag.start:
            return
        span = Span(tag.start, len(self.text), KINDS[tag.name])
        attributes = tag.attributes
        match tag.name:
            case "a":
                span = link(span, attributes.get("href") or self.text[tag.start :])
            case "blockquote" if "expandable" in attributes:
                span.type = "expandable_blockquote"
            case "tg-emoji":
                span.extra = {"custom_emoji_id": attributes.get("emoji-id", "")}
            case "code" if attributes.get("class", "").startswith(LANGUAGE):
                span.extra = {"language": attributes["class"].removeprefix(LANGUAGE)}
            case "pre":
                span = self.with_language(span)
        self.spans.append(span)

    def with_language(self, span: Span) -> Span:
        """A code block takes over the language of the code within it."""
        inner = next((s for s in self.spans if (s.start, s.end, s.type) == (span.start, span.end, "code")), None)
        if inner is None or not inner.extra:
            return span
        self.spans.remove(inner)
        return Span(span.start, span.end, "pre", inner.extra)

    def offset(self, position: int) -> int:
        """Telegram counts the bytes of its source."""
        return len(self.source[:position].encode())


def link(span: Span, target: str) -> Span:
    """A link; to a person when it names one by id."""
    person = target.removeprefix("tg://user?id=")
    if person != target and person.isdigit():
        return Span(span.start, span.end, "text_mention", {"user": {"id": int(person)}})
    if "." not in target and "://" not in target:
        return Span(span.start, span.start, "text_link")
    url = target if "://" in target else f"http://{target}/"
    return Span(span.start, span.end, "text_link", {"url": url})


def unparsable(words: str) -> Refused:
    """Telegram's refusal of a markup."""
    return bad_request(f"can't parse entities: {words}")


def parse_html(source: str) -> Styled:
    """Telegram's HTML as text and spans."""
    return HtmlReader(source).read()
