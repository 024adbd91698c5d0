"""How `kith aid` tells of asks: the board's table, an ask's facts, and how long things take."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from admin_cli.shown import plain

if TYPE_CHECKING:
    from rich.console import RenderableType

    from bot.community.aid_board import BoardRow
    from bot.store.engine import Session
    from bot.store.tables import Ask

URGENCIES = ("routine", "this week", "today", "urgent")
COLUMNS = ("ask", "stands", "kind", "patch", "urgency", "next", "by", "age", "due", "asked", "why")


def board_of(session: "Session", place: str, now: datetime, *, reveal: bool = False) -> list[dict[str, Any]]:
    """A place's board, worded in English; names only where they are to be revealed."""
    from bot.community.aid_board import board
    from bot.store.places import place_named

    home = place_named(session, place)
    assert home is not None
    rows = board(session, home.id, now)
    return [facts_of_row(row, now) | (_names(session, row) if reveal else {}) for row in rows]


def facts_of_row(row: "BoardRow", now: datetime) -> dict[str, Any]:
    """An ask on the board, as JSON tells it; times in UTC, `age` and `due` in words."""
    from bot.screens.aid_words import kind_name, why_nobody
    from bot.screens.language import speaking

    with speaking("en"):
        kind, why = kind_name(row.kind), plain(why_nobody(row.gap)) if row.gap else ""
    assert row.next_at is not None
    return {
        "ask": row.id,
        "stands": row.stands.value,
        "kind": kind,
        "patch": row.patch,
        "urgency": URGENCIES[row.urgency],
        "languages": list(row.languages),
        "needs_checked": row.needs_checked,
        "weekly": row.weekly,
        "for_another": row.for_another,
        "next": row.next_actor,
        "by": away(row.next_at - now),
        "next_at": row.next_at.isoformat(),
        "age": span(now - row.made_at),
        "made_at": row.made_at.isoformat(),
        "due": away(row.due_at - now),
        "due_at": row.due_at.isoformat(),
        "asked": row.asked,
        "waiting_for": row.waiting,
        "why": why,
    }


def _names(session: "Session", row: "BoardRow") -> dict[str, str]:
    return {"asker": name_of(session, row.asker), "helper": name_of(session, row.helper)}


def name_of(session: "Session", resident_id: int | None) -> str:
    """A resident's first name and number; empty for nobody."""
    from bot.store import residents

    person = residents.resident_by_id(session, resident_id) if resident_id is not None else None
    return f"{residents.name_of(session, person)} ({person.id})" if person is not None else ""


def table_of(rows: list[dict[str, Any]]) -> "RenderableType":
    """The board as a table, with a line of counts under it."""
    from collections import Counter

    from rich.box import SIMPLE_HEAD
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return Text("Nothing waits: no ask is open.")
    columns = [*COLUMNS, *(name for name in ("asker", "helper") if name in rows[0])]
    table = Table(*columns, box=SIMPLE_HEAD)
    for row in rows:
        style = {"unmatched": "bold red", "at risk": "yellow", "no word": "yellow"}.get(row["stands"], "")
        table.add_row(*(Text(str(row[name]), style=style if name == "stands" else "") for name in columns))
    counts = Counter(row["stands"] for row in rows)
    return Group(table, Text(", ".join(f"{many} {stands}" for stands, many in counts.items())))


def told_of(session: "Session", ask: "Ask") -> dict[str, str]:
    """What was told about an ask, with names: only for those who reveal it."""
    from bot.community.aid_seen import asker_id
    from bot.store import aid

    words = {name: aid.told(session, ask, name) or "" for name in ("need", "exact_place", "note")}
    return {
        "asker": name_of(session, asker_id(ask)),
        "helper": name_of(session, ask.volunteer_id),
        "voice": "yes" if ask.voice is not None else "no",
        **words,
    }


def away(time: timedelta) -> str:
    """How far off something is: "in 2 h", or "3 d ago"."""
    return f"in {span(time)}" if time > timedelta() else f"{span(-time)} ago"


def span(time: timedelta) -> str:
    """A stretch of time in its largest unit: minutes, hours from 90 minutes on, days from two on."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 90:  # noqa: PLR2004 - as said above
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
