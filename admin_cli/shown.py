"""How commands show things: tables for people, JSON for programs, and the bot's own screens as plain text."""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

import typer

ONE_PIECE = 12
"""Letters of a date or a number: a column of such is not broken into lines."""
_ISOLATES = re.compile("[\u2066-\u2069\u200e\u200f]")


def as_json(value: Any) -> None:
    """Print a value as JSON, with letters as they are."""
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def as_table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Print rows under columns, nothing of them cut off; one line that says what to do where there is none."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    lines = [["" if cell is None else str(cell) for cell in row] for row in rows]
    short = (all(len(cell) <= ONE_PIECE and " " not in cell for cell in cells) for cells in zip(*lines, strict=True))
    made = (Column(name, overflow="fold", no_wrap=whole) for name, whole in zip(columns, short, strict=False))
    table = Table(*made, box=SIMPLE_HEAD, collapse_padding=True)
    for line in lines:
        table.add_row(*map(Text, line))
    if lines:
        Console(highlight=False).print(table)
    else:
        typer.echo(empty)


def as_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Print names and values, one a line."""
    for name, value in facts:
        typer.echo(f"{name + ':':<16} {'' if value is None else value}".rstrip())


def plain(screen: str) -> str:
    """A message as people see it: without the markup and the invisible marks that Telegram needs."""
    return html.unescape(_ISOLATES.sub("", re.sub(r"<[^>]+>", "", screen)))


def indented(text: str) -> str:
    """A message set off from what the command says."""
    return "\n".join(f"  | {line}".rstrip() for line in text.splitlines())
