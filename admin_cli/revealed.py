"""Looking at names or words that people told is written down: which login, when, numbers of rows alone."""

import getpass
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from admin_cli.door import Json, now, opened, place_named
from admin_cli.shown import as_json, as_table

if TYPE_CHECKING:
    from bot.store.engine import Session


def write_down(session: "Session", what: str, place_id: int, rows: Iterable[int]) -> None:
    """Write a look down in the transaction that reads: what cannot be written is not shown, as the show comes after."""
    from bot.store import revealed

    revealed.add(session, place_id, _login(), what, rows, now())
    typer.echo(
        "This look is being written down: what is revealed, when, and to which login ('kith revealed').", err=True
    )


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())


def looks(
    place: Annotated[str | None, typer.Option(help="Only this place's.", show_default=False)] = None,
    days: Annotated[int, typer.Option(min=1, help="How far back; a year is kept.")] = 90,
    json_: Json = False,
) -> None:
    """List who looked at names, or at what people told, here at the desk: when, which login, numbers of rows.

    Example: kith revealed --place millbrook --days 30
    """
    from datetime import timedelta

    from bot.store import places, revealed

    with opened() as store, store.transaction() as session:
        homes = [place_named(session, place)] if place else places.all_places(session)
        found = [
            {
                "at": look.at.isoformat(timespec="seconds"),
                "place": home.slug,
                "login": look.login,
                "what": look.what,
                "rows": look.rows,
            }
            for look, home in revealed.looks(session, [one.id for one in homes], now() - timedelta(days=days))
        ]
    if json_:
        as_json(found)
        return
    rows = [[*list(one.values())[:4], ", ".join(map(str, one["rows"]))] for one in found]
    as_table(["When (UTC)", "Place", "Login", "What", "Numbers"], rows, f"Nobody looked in the last {days} days.")
