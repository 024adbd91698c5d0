"""A message cut to Telegram's length: counted as Telegram counts, after parsing, and never inside a tag or an entity."""

import html
import re

TEXT_LIMIT = 4096
_PIECE = re.compile(r"<(/?)(\w[\w-]*)[^<>]*>|&#?\w+;|.", re.DOTALL)
FSI, PDI = "\u2068", "\u2069"


def units(text: str) -> int:
    """A text's length as Telegram counts it: in UTF-16 units, two for most emoji."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fitted(text: str, most: int = TEXT_LIMIT) -> str:
    """HTML that fits: as it is, or cut with an ellipsis, its tags and isolates closed."""
    if units(text) <= most:
        return text
    pieces = [(piece, 0 if piece[2] else units(html.unescape(piece[0]))) for piece in _PIECE.finditer(text)]
    return text if sum(size for _piece, size in pieces) <= most else _cut(pieces, most - 1)


def _cut(pieces: list[tuple[re.Match[str], int]], left: int) -> str:
    kept, tags, isolates = list[str](), list[str](), 0
    for piece, size in pieces:
        isolates += (piece[0] == FSI) - (piece[0] == PDI)
        left -= size
        if left < isolates:  # each open isolate needs a unit to be closed with
            isolates -= piece[0] == FSI
            break
        kept.append(piece[0])
        if piece[2] and piece[1]:
            tags.pop()
        elif piece[2]:
            tags.append(piece[2])
    return "".join(kept) + "…" + PDI * isolates + "".join(f"</{tag}>" for tag in reversed(tags))
