"""`kith aid ask`: asking for somebody without a telephone. Nothing personal stands on the command line."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin_cli.door import PlaceName, Stop, Store, now, opened, place_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.community.toml_lines import TomlFile
    from bot.store.engine import Session
    from bot.store.tables import Place, Resident


def ask(
    place: PlaceName,
    file: Annotated[
        Path | None, typer.Option(help="Read it from a TOML file (docs/aid.md); - is standard input.")
    ] = None,
    by: Annotated[
        int | None, typer.Option(help="Which coordinator hears how it goes on: their number, where there are several.")
    ] = None,
) -> None:
    """Ask for somebody without a telephone: question by question, or from a file. Neighbours are asked at once.

    What is told is encrypted and erased with the ask; the coordinator who asks hears how it goes on, and speaks for them.

    Example: kith aid ask --place millbrook --file ask.toml
    """
    with opened() as store:
        with store.transaction() as session:
            _coordinator(session, place_named(session, place), by)
        wanted = _asked(store, place) if file is None else _read(file)
        number, state = _open(store, place, wanted, by, now())
    told = "neighbours are being asked" if state == "open" else "nobody can be asked: 'kith aid show' says why"
    typer.echo(f"Ask {number} is made: {told}.")
    if file is not None and str(file) != "-":
        typer.echo(f"{file} still holds what was told: delete it.", err=True)


def _open(store: Store, place: str, wanted: "TomlFile", by: int | None, moment: datetime) -> tuple[int, str]:
    from bot.community import aid
    from bot.community.aid_file import wish_in
    from bot.refusals import AidTooMany

    with store.transaction() as session:
        home = place_named(session, place)
        wish = wish_in(session, home, wanted, moment)
        try:
            made = aid.open_ask(session, _coordinator(session, home, by), wish, moment)
        except AidTooMany:
            most = aid.OPEN_AT_MOST
            raise Stop(f"this coordinator has {most} open asks, which is the most: close one, or use --by") from None
        return made.id, made.state


def _coordinator(session: "Session", home: "Place", by: int | None) -> "Resident":
    """Who asks: the only coordinator that can, or the one named."""
    from bot.community.aid_desk import SPEAK_FOR_OTHERS, may_ask_for_others
    from bot.store.residents import residents_with

    people = {one.id: one for role in SPEAK_FOR_OTHERS for one in residents_with(session, home.id, role)}
    able = may_ask_for_others(session, list(people))
    if not able:
        raise Stop(f"no coordinator of {home.slug} has agreed to help between neighbours: they do by sending /ask once")
    if by is None and len(able) > 1:
        raise Stop(f"say who asks: --by {' or '.join(str(one) for one in able)}, numbers of coordinators")
    if by is not None and by not in able:
        raise Stop(f"{by} is no coordinator who agreed to help between neighbours: {', '.join(map(str, able))}")
    return people[by if by is not None else able[0]]


def _read(file: Path) -> "TomlFile":
    import sys

    from bot.community.toml_lines import parse_toml, read_toml

    return parse_toml("standard input", sys.stdin.read()) if str(file) == "-" else read_toml(file)


def _asked(store: Store, place: str) -> "TomlFile":
    """The same, question by question."""
    from bot.community import aid_file, aid_place
    from bot.community.places import patches
    from bot.community.toml_lines import TomlFile

    with store.transaction() as session:
        home = place_named(session, place)
        kinds = [kind.key for kind in aid_place.kinds(session, home.id)]
        names, tags = [one.name for one in patches(session, home)], list(home.languages)
        days = aid_file.whens(now(), home.timezone)
    if not names:
        raise Stop(f"{place} has no patches yet: 'kith patch add NAME --place {place}' adds one")
    data: dict[str, Any] = {"kind": _one_of("What would help", kinds), "when": _one_of("By when", days)}
    if data["when"][0].isdigit():
        data["part"] = _one_of("Which part of the day", aid_file.DAY_PARTS)
    data["patch"] = _one_of("Which patch", names)
    data["languages"] = [_one_of("Which language they speak", tags)]
    data["need"] = typer.prompt("What a neighbour should know", default="", show_default=False)
    data["exact_place"] = typer.prompt("The exact place, shown once you press for it", default="", show_default=False)
    return TomlFile("your answers", data, {})


def _one_of(question: str, choices: "Sequence[str]") -> str:
    """Ask until one of the choices is typed."""

    def fits(said: str) -> str:
        found = next((one for one in choices if one.casefold() == said.strip().casefold()), None)
        if found is None:
            raise typer.BadParameter(f"one of {', '.join(choices)}")
        return found

    return str(typer.prompt(f"{question} ({', '.join(choices)})", value_proc=fits))
