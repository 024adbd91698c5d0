"""`kith residents`: how many, never who."""

from typing import TYPE_CHECKING

import typer

from admin_cli.door import Json, PlaceName, opened, place_named
from admin_cli.shown import as_json, as_table

if TYPE_CHECKING:
    from bot.community.census import Census

app = typer.Typer(name="residents", help="Residents: how many, never who.")


@app.callback()
def residents() -> None:
    """Residents: how many, never who."""


@app.command("count")
def count(place: PlaceName, as_json_: Json = False) -> None:
    """Count a place's residents by language, patch, state and role.

    Numbers are rounded to 5, and "under 5" stands for 0 to 4, so that nobody can be found in them. Nothing lists people.

    Example: kith residents count --place millbrook
    """
    from bot.community.census import census

    with opened() as store, store.transaction() as session:
        counted = census(session, place_named(session, place))
    if as_json_:
        as_json({"place": place, "rounded_to": 5, "null_means": "under 5", "total": counted.total, "by": counted.by})
        return
    _show(place, counted)


def _show(place: str, counted: "Census") -> None:
    typer.echo(f"{place}: {_about(counted.total)} residents. Numbers are rounded to 5.")
    for what, rows in counted.by.items():
        as_table([what.capitalize(), "Residents"], [[value, _about(many)] for value, many in rows.items()], "")


def _about(number: int | None) -> str:
    return "under 5" if number is None else f"about {number}"
