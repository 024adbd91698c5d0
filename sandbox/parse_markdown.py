"""Telegram's two kinds of Markdown, as text and spans."""

from dataclasses import dataclass

from sandbox.entities import LINE_BREAK, Span, Styled
from sandbox.parse_html import link, unparsable

RESERVED = set("_*[]()~`>#+-=|{}.!")
MARKS = {"||": "spoiler", "__": "underline", "*": "bold", "_": "italic", "~": "strikethrough"}
OLD_MARKS = {"*": "bold", "_": "italic", "`": "code", "```": "pre"}
WORDS = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "text_link": "TextUrl",
    "code": "Code",
    "pre": "PreCode",
}


@dataclass
class Open:
    """A mark that waits for its other end."""

    mark: str
    type: str
    start: int
    begin: int


class MarkdownReader:
    """Reads MarkdownV2 from left to right."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text = ""
        self.opened: list[Open] = []
        self.spans: list[Span] = []
        self.quote: int | None = None

    def read(self) -> Styled:
        """The plain text and its spans; Refused where Telegram would refuse."""
        while self.at < len(self.source):
            self.read_one()
        self.end_quote()
        if self.opened:
            last = self.opened[-1]
            raise unparsable(f"Can't find end of {WORDS[last.type]} entity at byte offset {self.offset(last.begin)}")
        return Styled(self.text, self.spans)

    def read_one(self) -> None:
        """The next character, mark or block."""
        character = self.source[self.at]
        if character == "\\" and self.at + 1 < len(self.source):
            self.text += self.source[self.at + 1]
            self.at += 2
        elif character == "`":
            self.read_code()
        elif character == ">" and self.at_line_start():
            self.quote = len(self.text) if self.quote is None else self.quote
            self.at += 1
        elif character in RESERVED:
            self.read_mark(character)
        else:
            self.read_plain(character)

    def read_plain(self, character: str) -> None:
        """An ordinary character; a line that does not go on with `>` ends a quotation."""
        if character == LINE_BREAK and self.source[self.at + 1 : self.at + 2] != ">":
            self.end_quote()
        self.text += character
        self.at += 1

    def read_mark(self, character: str) -> None:
        """A mark opens or closes; any other reserved character should have been escaped."""
        mark = next((mark for mark in MARKS if self.source.startswith(mark, self.at)), None)
        if mark:
            self.toggle(mark)
        elif character == "[" or self.source.startswith("![", self.at):
            begin, skip = self.at, 1 if character == "[" else 2
            self.opened.append(Open("[", "text_link", len(self.text), begin))
            self.at += skip
        elif character == "]" and any(one.mark == "[" for one in self.opened):
            self.close_link()
        else:
            raise unparsable(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")

    def toggle(self, mark: str) -> None:
        """Open a mark, or close it if it is the one opened last."""
        begin = self.at
        if self.opened and self.opened[-1].mark == mark:
            last = self.opened.pop()
            self.add(Span(last.start, len(self.text), last.type))
        elif any(one.mark == mark for one in self.opened):
            last = self.opened[-1]
            raise unparsable(f"Can't find end of {WORDS[last.type]} entity at byte offset {self.offset(last.begin)}")
        else:
            self.opened.append(Open(mark, MARKS[mark], len(self.text), begin))
        self.at += len(mark)

    def close_link(self) -> None:
        """`](target)`; without a target the words stay and are no link."""
        last = self.opened.pop()
        if last.mark != "[":
            raise unparsable(f"Can't find end of {WORDS[last.type]} entity at byte offset {self.offset(last.begin)}")
        self.at += 1
        if not self.source.startswith("(", self.at):
            return
        end = self.source.find(")", self.at)
        if end < 0:
            raise unparsable(f"Can't find end of a URL at byte offset {self.offset(self.at)}")
        self.add(link(Span(last.start, len(self.text), "text_link"), self.source[self.at + 1 : end].replace("\\", "")))
        self.at = end + 1

    def read_code(self) -> None:
        """Code goes on to the next mark of its kind; within it only the backslash still escapes."""
        mark = "```" if self.source.startswith("```", self.at) else "`"
        begin, start = self.at, len(self.text)
        self.at += len(mark)
        while not self.source.startswith(mark, self.at):
            if self.at >= len(self.source):
                kind = WORDS["pre" if mark == "```" else "code"]
                raise unparsable(f"Can't find end of {kind} entity at byte offset {self.offset(begin)}")
            self.at += self.source[self.at] == "\\"
            self.text += self.source[self.at : self.at + 1]
            self.at += 1
        self.at += len(mark)
        self.add(self.code_block(start) if mark == "```" else Span(start, len(self.text), "code"))

    def code_block(self, start: int) -> Span:
        """A first line of one word names the language."""
        language, line_break, code = self.text[start:].partition(LINE_BREAK)
        if not line_break or " " in language:
            return Span(start, len(self.text), "pre")
        self.text = self.text[:start] + code
        return Span(start, len(self.text), "pre", {"language": language} if language else {})

    def add(self, span: Span) -> None:
        """Keep a span, unless it is empty."""
        if span.end > span.start:
            self.spans.append(span)

    def end_quote(self) -> None:
        """A quotation ends with its last line."""
        if self.quote is not None:
            self.add(Span(self.quote, len(self.text), "blockquote"))
        self.quote = None

    def at_line_start(self) -> bool:
        """Whether nothing stands before this on its line."""
        return self.at == 0 or self.source[self.at - 1] == LINE_BREAK

    def offset(self, position: int) -> int:
        """Telegram counts the bytes of its source."""
        return len(self.source[:position].encode())


def parse_markdown(source: str) -> Styled:
    """MarkdownV2."""
    return MarkdownReader(source).read()


def parse_old_markdown(source: str) -> Styled:
    """The first Markdown: nothing nests, and only an unfinished mark is refused."""
    text, spans, at = "", list[Span](), 0
    while at < len(source):
        mark = next((mark for mark in ("```", "`", "*", "_", "[") if source.startswith(mark, at)), None)
        if source[at] == "\\" and source[at + 1 : at + 2] in ("_", "*", "`", "["):
            text, at = text + source[at + 1], at + 2
        elif mark is None:
            text, at = text + source[at], at + 1
        else:
            start, begin = len(text), at
            end = source.find("]" if mark == "[" else mark, at + len(mark))
            if end < 0:
                offset = len(source[:begin].encode())
                raise unparsable(f"Can't find end of the entity starting at byte offset {offset}")
            text += source[at + len(mark) : end]
            at = end + len(mark)
            span = Span(start, len(text), OLD_MARKS.get(mark, "text_link"))
            if mark == "[":
                span, at = old_link(source, span, at)
            spans += [span] if span.end > span.start else []
    return Styled(text, spans)


def old_link(source: str, span: Span, at: int) -> tuple[Span, int]:
    """`(target)` after the words in brackets."""
    end = source.find(")", at)
    if not source.startswith("(", at) or end < 0:
        return Span(span.start, span.start, span.type), at
    return link(span, source[at + 1 : end]), end + 1
