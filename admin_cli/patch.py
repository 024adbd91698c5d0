"""`kith patch`: the parts of a place."""

from typing import Annotated

import typer

from admin_cli.door import Json, PlaceName, opened, place_named
from admin_cli.shown import as_json, as_table

app = typer.Typer(name="patch", help="Patches: the parts of a place that residents choose from.")


@app.command("add")
def add(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="The patch's name.", show_default=False)],
    place: PlaceName,
) -> None:
    """Add patches to a place, in this order, behind those it has.

    Example: kith patch add "Mill Road" "Station Street" --place millbrook
    """
    from bot.community.places import add_patch

    with opened() as store, store.transaction() as session:
        found = place_named(session, place)
        for name in names:
            add_patch(session, found, name)
    typer.echo(f"{place}: {', '.join(names)} added.")


@app.command("list")
def list_patches(place: PlaceName, as_json_: Json = False) -> None:
    """List a place's patches in their order.

    Example: kith patch list --place millbrook
    """
    from bot.community.places import patches

    with opened() as store, store.transaction() as session:
        known = [{"id": one.id, "name": one.name} for one in patches(session, place_named(session, place))]
    if as_json_:
        as_json(known)
        return
    empty = f"No patch yet: 'kith patch add NAME --place {place}' adds one."
    as_table(["No.", "Patch"], [[number, one["name"]] for number, one in enumerate(known, 1)], empty)
