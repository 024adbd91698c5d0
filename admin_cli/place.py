"""`kith place`: neighbourhoods."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin_cli import helpline
from admin_cli.door import Json, Stop, opened, place_named
from admin_cli.shown import as_facts, as_json, as_table

if TYPE_CHECKING:
    from bot.community.toml_lines import TomlFile
    from bot.store.engine import Session
    from bot.store.tables import Place

app = typer.Typer(name="place", help="Neighbourhoods: found one, look at it, change it.")
app.add_typer(helpline.app)

FACTS = (
    "name", "run_by", "contact", "languages", "timezone", "quiet_from", "quiet_to", "steering_polls",
    "duty_from", "duty_to", "steering_first_days", "weekly_letters",
)  # fmt: skip
KEYS = ("slug", *FACTS, "patches")
MOST_LETTERS = 100
"""A week; the number is there to be low."""
OPTIONAL = ("quiet_from", "quiet_to", "steering_polls", "duty_from", "duty_to", "steering_first_days", "weekly_letters")
Slug = Annotated[str, typer.Argument(help="The place's short name, such as millbrook.", show_default=False)]


@app.command("add")
def add(
    slug: Annotated[str | None, typer.Argument(help="A short name: a-z, digits, hyphens.", show_default=False)] = None,
    name: Annotated[str | None, typer.Option(help="Its name as people say it.", show_default=False)] = None,
    run_by: Annotated[str | None, typer.Option(help="Who runs it: residents are told.", show_default=False)] = None,
    language: Annotated[list[str] | None, typer.Option(help="A language it offers; once for each.")] = None,
    timezone: Annotated[str, typer.Option(help="Its time zone.")] = "Europe/London",
    contact: Annotated[str, typer.Option(help="Where residents reach whoever runs it.")] = "",
    file: Annotated[Path | None, typer.Option(help="Take all of it from place.toml instead, patches too.")] = None,
) -> None:
    """Found a place.

    Example: kith place add millbrook --name Millbrook --run-by "Millbrook Association" --language en --language pl
    """
    if file is not None:
        if any((slug, name, run_by, language, contact)):
            raise Stop("give either --file or the facts, not both")
        _add_from_file(file)
        return
    if slug is None or name is None or run_by is None:
        raise Stop("a place needs SLUG, --name and --run-by; or --file place.toml")
    _add({"slug": slug, "name": name, "run_by": run_by, "contact": contact, "timezone": timezone}, language or ["en"])


def _add(facts: dict[str, str], languages: list[str]) -> None:
    from bot.community import places

    _check_languages(languages)
    with opened() as store, store.transaction() as session:
        places.add_place(session, languages=languages, **facts)
    typer.echo(f"{facts['name']} is founded. Next: kith patch add NAME --place {facts['slug']}")


def _add_from_file(path: Path) -> None:
    from bot.community.toml_lines import read_toml

    file = read_toml(path)
    file.only(KEYS)
    with opened() as store, store.transaction() as session:
        place, patches = _founded(session, file)
    typer.echo(f"{place.name} is founded, with {patches} patches. Next: kith invite coordinator --place {place.slug}")


def _founded(session: "Session", file: "TomlFile") -> "tuple[Place, int]":
    from bot.community import places

    languages = file.texts("languages") or ["en"]
    try:
        _check_languages(languages)
        place = places.add_place(
            session,
            file.text("slug"),
            file.text("name"),
            file.text("run_by"),
            languages,
            file.text("timezone", "Europe/London"),
            file.text("contact", ""),
        )
        places.change_place(session, place, _rest_of(file))
        for name in file.texts("patches"):
            places.add_patch(session, place, name)
    except (places.PlaceWrong, Stop) as wrong:
        raise file.wrong(_meant(str(wrong), file), str(wrong)) from None
    return place, len(file.texts("patches"))


def _rest_of(file: "TomlFile") -> dict[str, object]:
    found = {key: file.data[key] for key in OPTIONAL if key in file.data}
    if not isinstance(found.get("steering_polls", True), bool):
        raise file.wrong("steering_polls", "steering_polls must be true or false")
    if type(found.get("steering_first_days", 0)) is not int:
        raise file.wrong("steering_first_days", "steering_first_days must be a whole number")
    weekly = found.get("weekly_letters", 0)
    if type(weekly) is not int or not 0 <= weekly <= MOST_LETTERS:
        raise file.wrong("weekly_letters", f"weekly_letters must be a whole number, 0 to {MOST_LETTERS}")
    return found


def _meant(reason: str, file: "TomlFile") -> str:
    """The key that a refusal is about: the one it names, or whose value it quotes."""
    named = next((key for key in KEYS if reason.startswith(key)), "")
    quoted = (key for key, value in file.data.items() if isinstance(value, str) and repr(value) in reason)
    listed = (key for key in ("languages", "patches") if any(repr(one) in reason for one in file.texts(key)))
    return named or next(listed, next(quoted, "slug"))


@app.command("list")
def list_places(as_json_: Json = False) -> None:
    """List the places of this install.

    Example: kith place list
    """
    from bot.store.places import all_places

    with opened() as store, store.transaction() as session:
        known = [_facts(place) for place in all_places(session)]
    if as_json_:
        as_json(known)
        return
    rows = [[one["slug"], one["name"], " ".join(one["languages"]), one["timezone"], one["run_by"]] for one in known]
    as_table(["Place", "Name", "Languages", "Time zone", "Run by"], rows, "No place yet: 'kith place add' founds one.")


@app.command("show")
def show(slug: Slug, as_json_: Json = False) -> None:
    """Show a place: its facts, patches, quiet hours and linked chats.

    Example: kith place show millbrook
    """
    from bot.community.places import patches
    from bot.store.groups import groups_of

    with opened() as store, store.transaction() as session:
        place = place_named(session, slug)
        facts = _facts(place)
        facts["patches"] = [patch.name for patch in patches(session, place)]
        facts["chat_linked"] = bool(groups_of(session, place.id, "steering"))
    if as_json_:
        as_json(facts)
        return
    as_facts((name, ", ".join(value) if isinstance(value, list) else value) for name, value in facts.items())


@app.command("set")
def change(
    slug: Slug,
    facts: Annotated[list[str], typer.Argument(help=f"NAME=VALUE, of {', '.join(FACTS)}.", show_default=False)],
) -> None:
    """Change some of a place's facts.

    Example: kith place set millbrook quiet_from=22:00 languages=en,pl steering_polls=off
    """
    from bot.community.places import change_place

    changes = dict(_change(fact) for fact in facts)
    with opened() as store, store.transaction() as session:
        change_place(session, place_named(session, slug), changes)
    typer.echo(f"{slug}: {', '.join(changes)} changed.")


@app.command("bot")
def bot(
    slug: Slug,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Let the bot that runs next on this database serve it.")
    ] = False,
) -> None:
    """Show which bot writes to a place's residents, or let the place move to another one.

    Whoever has never started the new bot cannot be written to until they do: tell residents before you move.

    Example: kith place bot millbrook --give-up
    """
    from bot.store.places import bot_of

    with opened() as store, store.transaction() as session:
        place = place_named(session, slug)
        known = bot_of(session, place)
        if give_up:
            place.bot_id = None
    if known is None:
        typer.echo(f"No bot serves {slug} yet: the next one that runs here will.")
    elif give_up:
        typer.echo(
            f"@{known} has given {slug} up. The bot that runs next here serves it; residents must start it first."
        )
    else:
        typer.echo(f"@{known} serves {slug}.")


def _change(fact: str) -> tuple[str, object]:
    name, equals, value = fact.partition("=")
    if not equals or name not in FACTS:
        raise Stop(f"{fact!r}: write NAME=VALUE, with one of {', '.join(FACTS)}")
    if name == "languages":
        languages = [tag.strip() for tag in value.split(",") if tag.strip()]
        _check_languages(languages)
        return name, languages
    if name == "steering_polls":
        if value.lower() not in {"on", "off"}:
            raise Stop("steering_polls must be on or off")
        return name, value.lower() == "on"
    if name == "weekly_letters":
        if not value.isdecimal() or int(value) > MOST_LETTERS:
            raise Stop(f"weekly_letters must be 0 to {MOST_LETTERS}")
        return name, int(value)
    if name == "steering_first_days":
        if not value.isdecimal() or int(value) > 30:  # noqa: PLR2004 - a month
            raise Stop("steering_first_days must be 0 to 30")
        return name, int(value)
    return name, value


def _check_languages(languages: list[str]) -> None:
    from bot.screens.language import LANGUAGES

    for tag in languages:
        if tag not in LANGUAGES:
            raise Stop(f"languages: there is no {tag!r}; there are {', '.join(LANGUAGES)}")
    if len(set(languages)) != len(languages):
        raise Stop("languages: each may be there once")


def _facts(place: "Place") -> dict[str, Any]:
    return {"slug": place.slug, **{name: getattr(place, name) for name in FACTS}}
