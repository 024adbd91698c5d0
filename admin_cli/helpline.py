"""`kith place helpline`: whom the people of a place can call, in each of its languages."""

from typing import Annotated

import typer

from admin_cli.door import Json, Stop, opened, place_named
from admin_cli.shown import as_json, as_table

app = typer.Typer(name="helpline", help="Helplines of a place: numbers to call, for each language it speaks.")
Slug = Annotated[str, typer.Argument(help="The place's short name.", show_default=False)]


@app.command("add")
def add(
    slug: Slug,
    number: Annotated[str, typer.Argument(help="The telephone number.", show_default=False)],
    name: Annotated[str, typer.Option(help="Who answers, in that language.", show_default=False)],
    language: Annotated[
        list[str], typer.Option(help="For readers of this language; once for each.", show_default=False)
    ],
    hours: Annotated[str, typer.Option(help="When they answer, in that language.")] = "",
) -> None:
    """Add a helpline. Check each number by calling it: nobody else does.

    Example: kith place helpline add millbrook "116 123" --name Samaritans --language en --hours "day and night"
    """
    from bot.community.alerts import add_helpline

    with opened() as store, store.transaction() as session:
        place = place_named(session, slug)
        for tag in language:
            add_helpline(session, place, tag, name, number, hours)
    typer.echo(f"{number} ({name}) is added for {', '.join(language)}.")


@app.command("list")
def list_helplines(slug: Slug, as_json_: Json = False) -> None:
    """List a place's helplines, and the languages that have none.

    Example: kith place helpline list millbrook
    """
    from bot.community.alerts import without_helplines
    from bot.store.alerts import helplines_of

    with opened() as store, store.transaction() as session:
        place = place_named(session, slug)
        known = [
            {"id": one.id, "language": one.language, "number": one.number, "name": one.name, "hours": one.hours}
            for one in helplines_of(session, place.id)
        ]
        missing = without_helplines(session, place)
    if as_json_:
        as_json({"helplines": known, "without": missing})
        return
    as_table(["No.", "Language", "Number", "Name", "Hours"], [list(one.values()) for one in known], "No helpline yet.")
    if missing:
        typer.echo(f"Without a helpline: {', '.join(missing)}. They are shown those of the others.")


@app.command("remove")
def remove(
    slug: Slug, number: Annotated[int, typer.Argument(metavar="NO", help="Its number in the list.", show_default=False)]
) -> None:
    """Remove a helpline.

    Example: kith place helpline remove millbrook 3
    """
    from bot.store.alerts import drop_helpline

    with opened() as store, store.transaction() as session:
        if not drop_helpline(session, place_named(session, slug).id, number):
            raise Stop(f"{slug} has no helpline {number}: 'kith place helpline list {slug}' shows them")
    typer.echo(f"Helpline {number} is removed.")
