"""`kith patch`: the parts of a place."""

from typing import TYPE_CHECKING, Annotated

import typer

from admin_cli.door import Json, PlaceName, Stop, now, opened, place_named
from admin_cli.shown import as_json, as_table

if TYPE_CHECKING:
    from bot.store.engine import Session
    from bot.store.tables import Place

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


@app.command("neighbours")
def neighbours(
    place: PlaceName,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME [OTHER...]]", help="A patch, and those next to it.")
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="No patch is next to this one.")] = False,
    as_json_: Json = False,
) -> None:
    """Show which patches lie side by side, or say which lie next to one: these, and no others.

    Volunteers are asked for their own patches first, then for those next to them.

    Example: kith patch neighbours "Mill Road" "Station Street" --place millbrook
    """
    with opened() as store, store.transaction() as session:
        found = place_named(session, place)
        if names:
            _set_neighbours(session, found, names, none=none)
        known = _neighbours(session, found)
    if as_json_:
        as_json(known)
        return
    as_table(["Patch", "Next to it"], [[name, ", ".join(near) or "-"] for name, near in known.items()], "No patch yet.")


def _set_neighbours(session: "Session", place: "Place", names: list[str], *, none: bool) -> None:
    """Also offers what waits to those who have come nearer by it."""
    from bot.community.aid_place import set_neighbours
    from bot.community.offers import look_again

    first, *others = names
    if none is bool(others):
        raise Stop(f"say which patches are next to {first!r}, or --none")
    set_neighbours(session, place, first, others)
    look_again(session, place.id, now())


def _neighbours(session: "Session", place: "Place") -> dict[str, list[str]]:
    from bot.community.places import patches
    from bot.store.volunteers import neighbours_in

    named = {one.id: one.name for one in patches(session, place)}
    near = neighbours_in(session, place.id)
    return {name: [named[other] for other in near.get(number, ())] for number, name in named.items()}
