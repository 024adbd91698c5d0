"""`kith aid volunteers`, `check`, `kinds`: who can help, by count; what is missing; what can be asked for."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin_cli.door import Json, PlaceName, Stop, now, opened, place_named
from admin_cli.shown import as_json, as_table

if TYPE_CHECKING:
    from bot.community.aid_gaps import Gap
    from bot.store.engine import Session
    from bot.store.tables import Place

kinds = typer.Typer(name="kinds", help="What can be asked for at a place: on or off, for checked volunteers only.")


def volunteers(
    place: PlaceName,
    everything: Annotated[bool, typer.Option("--all", help="Also gaps that nobody has asked for lately.")] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="With numbers and names; this is written down.")] = False,
    json_: Json = False,
) -> None:
    """Count the volunteers who can be asked, and tell the gaps: no Urdu-speaking volunteer for a lift on Fridays.

    Counts are rounded to 5. Gaps that somebody ran into in the last 90 days come first.

    Example: kith aid volunteers --place millbrook
    """
    from admin_cli.revealed import write_down
    from bot.community import aid_gaps

    with opened() as store, store.transaction() as session:
        home = place_named(session, place)
        found = aid_gaps.supply(session, home.id, home.languages, now())
        counts = _counts(session, home, found.kinds)
        gaps = [_gap(session, home, gap) for gap in found.gaps if everything or gap.asked or gap.of_all]
        named = _people(session, home) if reveal else []
        if reveal:
            write_down(session, "volunteers", home.id, [one["volunteer"] for one in named])
    if json_:
        as_json({"rounded_to": 5, "kinds": counts, "gaps": gaps} | ({"volunteers": named} if reveal else {}))
        return
    as_table(["Kind", "Volunteers", "Checked"], [list(one.values()) for one in counts], "")
    typer.echo("Gaps:" if gaps else "No gaps in what is asked for.")
    for gap in gaps:
        typer.echo(f"  {gap['said']}{' (was asked for)' if gap['asked'] else ''}")
    if reveal:
        as_table(["No.", "Name", "Kinds", "Checked until"], [list(one.values()) for one in named], "Nobody yet.")


def _counts(session: "Session", home: "Place", found: dict[str, tuple[int, int]]) -> list[dict[str, str]]:
    return [
        {"kind": _kind_name(session, home, key), "volunteers": _about(many), "checked": _about(checked)}
        for key, (many, checked) in found.items()
    ]


def _about(number: int) -> str:
    """None, a few, or rounded to 5: that nobody is there is told, since it is about nobody."""
    if number == 0:
        return "none"
    return "1 to 4" if number < 5 else f"about {5 * round(number / 5)}"  # noqa: PLR2004 - rounded to 5


def _gap(session: "Session", home: "Place", gap: "Gap") -> dict[str, Any]:
    kind = _kind_name(session, home, gap.kind)
    facts = {"kind": gap.kind, "language": gap.language, "day": gap.day, "checked": gap.checked, "asked": gap.asked}
    return facts | {"said": said_of(kind, gap)}


def said_of(kind: str, gap: "Gap") -> str:
    """A gap in words."""
    from calendar import day_name

    from bot.screens.language import english_name

    speaking = f"{english_name(gap.language)}-speaking " if gap.language else ""
    on = f" on {day_name[gap.day]}s" if gap.day is not None else ""
    return f"no {'checked ' if gap.checked else ''}{speaking}volunteer for {kind}{on}"


def _people(session: "Session", home: "Place") -> list[dict[str, Any]]:
    from bot.store import residents
    from bot.store.volunteers import on_call

    found = []
    for one in on_call(session, home.id, now()):
        person = residents.resident_by_id(session, one.resident_id)
        assert person is not None
        kinds_ = ", ".join(_kind_name(session, home, key) for key in sorted(one.kinds))
        name = residents.name_of(session, person)
        found.append({"volunteer": person.id, "name": name, "kinds": kinds_, "checked_until": one.checked_until})
    return found


def _kind_name(session: "Session", home: "Place", key: str) -> str:
    from bot.community.aid_place import kind_named
    from bot.screens.aid_words import kind_name
    from bot.screens.language import speaking

    with speaking("en"):
        return kind_name(kind_named(session, home.id, key))


def check(
    resident: Annotated[
        int,
        typer.Argument(metavar="RESIDENT", help="The volunteer's number, from 'show' or 'volunteers --reveal'."),
    ],
    until: Annotated[str | None, typer.Option(help="The last day it holds, such as 2027-11-30.")] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="It holds no more.")] = False,
) -> None:
    """Note that you have seen a volunteer's check (DBS or similar), and until when it holds. What waits is matched anew.

    Example: kith aid check 7 --until 2027-11-30
    """
    from bot.community.volunteers import set_checked
    from bot.refusals import NotYours
    from bot.store.residents import resident_by_id

    if (until is None) is not revoke:
        raise Stop("say until when the check holds, --until 2027-11-30, or --revoke")
    last = _day(until) if until is not None else None
    with opened() as store, store.transaction() as session:
        person = resident_by_id(session, resident)
        wrong = Stop(f"{resident} offers no help: 'kith aid volunteers --reveal' shows who does")
        if person is None:
            raise wrong
        try:
            set_checked(session, person, last, now())
        except NotYours:
            raise wrong from None
    typer.echo(f"Volunteer {resident} is checked until {last}." if last else f"Volunteer {resident} is not checked.")


def _day(said: str) -> date:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise Stop(f"{said!r} is no day: write 2027-11-30") from None
    if day < now().date():
        raise Stop(f"{day} has passed: a check that holds no more is taken back with --revoke")
    return day


@kinds.command("list")
def list_kinds(place: PlaceName, json_: Json = False) -> None:
    """List what can be asked for, what is switched off, and what needs a checked volunteer.

    Example: kith aid kinds list --place millbrook
    """
    from bot.community import aid_place

    with opened() as store, store.transaction() as session:
        home = place_named(session, place)
        on = {kind.key for kind in aid_place.kinds(session, home.id)}
        rows = [
            {
                "kind": kind.key,
                "name": _kind_name(session, home, kind.key),
                "on": kind.key in on,
                "needs_checked": kind.needs_checked,
            }
            for kind in aid_place.kinds(session, home.id, also_off=True)
        ]
    if json_:
        as_json(rows)
        return
    yes = {True: "yes", False: "no"}
    shown = [[row["kind"], row["name"], yes[bool(row["on"])], yes[bool(row["needs_checked"])]] for row in rows]
    as_table(["Kind", "Name", "On", "Checked only"], shown, "")


@kinds.command("set")
def set_kind(
    kind: Annotated[str, typer.Argument(help="Its key; 'kith aid kinds list'. A new one needs --name.")],
    place: PlaceName,
    on: Annotated[bool | None, typer.Option("--on/--off", help="Whether it can be asked for.")] = None,
    checked: Annotated[
        bool | None, typer.Option("--checked/--unchecked", help="Whether it needs a checked volunteer.")
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="Its name, such as en=Gardening; once a language, the source first.")
    ] = None,
) -> None:
    """Switch a kind on or off, say whether it needs a checked volunteer, or add one of the place's own.

    Example: kith aid kinds set gardening --place millbrook --name en=Gardening --name pl=Ogród
    """
    from bot.community import aid_place

    if on is None and checked is None and not name:
        raise Stop("say what changes: --on, --off, --checked, --unchecked or --name en=...")
    with opened() as store, store.transaction() as session:
        home = place_named(session, place)
        words = _wordings(name or [], home.languages)
        if not (kind.isidentifier() and len(kind) <= KEY_AT_MOST):
            raise Stop(f"a kind's key has {KEY_AT_MOST} letters at most, without spaces, such as gardening")
        aid_place.set_kind(session, home, kind, offered=on, needs_checked=checked, wordings=words)
    typer.echo(f"{kind} is changed at {place}.")


KEY_AT_MOST = 24


def _wordings(names: list[str], languages: list[str]) -> dict[str, str]:
    words = {}
    for name in names:
        tag, _, said = name.partition("=")
        if tag not in languages or not said.strip():
            raise Stop(f"{name!r}: write en=Gardening, in one of {', '.join(languages)}")
        words[tag] = said.strip()
    return words
