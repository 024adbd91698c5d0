"""`kith aid board`, `show`, `assign`, `close`, `note`: what a coordinator does about asks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin_cli.door import Json, PlaceName, Stop, Store, Yes, now, opened, place_named, sure
from admin_cli.shown import as_facts, as_json, as_table

if TYPE_CHECKING:
    from bot.store.engine import Session
    from bot.store.tables import Ask

Number = Annotated[int, typer.Argument(metavar="ASK", help="The ask's number; 'kith aid board'.", show_default=False)]
Reveal = Annotated[bool, typer.Option("--reveal", help="With names and what was told; this is written down.")]
SECONDS = 5.0


def board(
    place: PlaceName,
    once: Annotated[
        bool, typer.Option("--once/--watch", help="Show it once and end, or go on showing it (at a terminal).")
    ] = False,
    json_: Json = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="With names, once; this is written down.")] = False,
) -> None:
    """Show the asks that are not over: what stands how, who acts next, how old it is. Ctrl-C ends it.

    Nobody is named, unless with --reveal.

    Example: kith aid board --place millbrook --once
    """
    import sys

    with opened() as store:
        with store.transaction() as session:
            place_named(session, place)
        if not (once or json_ or reveal) and sys.stdout.isatty():
            _live(store, place)
            return
        rows, said = _board(store, place, reveal=reveal), _concerns(store, place)
    if json_:
        as_json(rows)
        return
    from rich.console import Console

    from admin_cli.aid_shown import table_of

    Console(highlight=False).print(table_of(rows))
    if said:
        typer.echo(said)


def _concerns(store: Store, place: str) -> str:
    """How many concerns are open, and no more; nothing where there are none."""
    from bot.community.concern_seen import counted

    with store.transaction() as session:
        counts = counted(session, place_named(session, place).id)
    late = f", {counts.late} of them late" if counts.late else ""
    return f"Concerns with the safeguarding leads: {counts.open}{late} ('kith concerns list')." if counts.open else ""


def _board(store: Store, place: str, *, reveal: bool = False) -> list[dict[str, Any]]:
    from admin_cli.aid_shown import board_of
    from admin_cli.revealed import write_down

    with store.transaction() as session:
        rows = board_of(session, place, now(), reveal=reveal)
        if reveal:
            write_down(session, "board", place_named(session, place).id, [row["ask"] for row in rows])
    return rows


def _live(store: Store, place: str) -> None:
    import contextlib
    import time

    from rich.console import Console
    from rich.live import Live

    from admin_cli.aid_shown import table_of

    console = Console(highlight=False)
    with contextlib.suppress(KeyboardInterrupt), Live(table_of(_board(store, place)), console=console) as live:
        while True:
            time.sleep(SECONDS)
            live.update(table_of(_board(store, place)))


def show(number: Number, json_: Json = False, reveal: Reveal = False) -> None:
    """Show an ask: how it stands, who was asked, who else fits and why, by number; names and words only with --reveal.

    Example: kith aid show 12
    """
    from admin_cli.aid_shown import told_of
    from admin_cli.revealed import write_down

    with opened() as store, store.transaction() as session:
        ask = _ask(session, number)
        facts = _facts(session, ask)
        told = told_of(session, ask) if reveal else {}
        if reveal:
            write_down(session, "ask", ask.place_id, [number])
    if json_:
        as_json(facts | told)
        return
    lists = {name: facts.pop(name) for name in ("offers", "fitting")}
    as_facts([*facts.items(), *told.items()])
    for name, columns in (("offers", ["volunteer", "state", "asked_at", "answer_by"]), ("fitting", FITTING)):
        typer.echo({"offers": "\nWho was asked:", "fitting": "\nWho else fits, the best first:"}[name])
        as_table(columns, [[row[column] for column in columns] for row in lists[name]], "  nobody")


FITTING = ["volunteer", "total", "nearness", "rest", "load", "acceptance", "language"]
FITTING_AT_MOST = 10


def _facts(session: "Session", ask: "Ask") -> dict[str, Any]:
    from admin_cli.aid_shown import facts_of_row
    from bot.community.aid_board import board
    from bot.store import aid

    row = next((one for one in board(session, ask.place_id, now()) if one.id == ask.id), None)
    facts: dict[str, Any] = (
        {"ask": ask.id, "stands": "over", "ended_as": ask.ended_as or ask.state}
        if row is None
        else {**facts_of_row(row, now()), "step": ask.step}
    )
    facts["offers"] = [
        {
            "volunteer": one.resident_id,
            "state": one.state,
            "asked_at": one.asked_at.isoformat(timespec="minutes"),
            "answer_by": one.answer_by.isoformat(timespec="minutes"),
        }
        for one in aid.offers_for(session, ask.id)
    ]
    facts["fitting"] = [] if row is None or row.helper else _fitting(session, ask)
    return facts


def _fitting(session: "Session", ask: "Ask") -> list[dict[str, Any]]:
    from dataclasses import asdict

    from bot.community.aid_desk import fitting

    found = fitting(session, ask, now())[:FITTING_AT_MOST]
    return [{"volunteer": one.resident, "total": one.weight.total, **asdict(one.weight)} for one in found]


def assign(
    number: Number,
    volunteer: Annotated[
        int, typer.Argument(metavar="VOLUNTEER", help="Whom to ask: a number from 'show'.", show_default=False)
    ],
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Although kind, patch, language or time do not fit.")
    ] = False,
) -> None:
    """Ask one volunteer before anybody else. Whether they do it is theirs to say; a no, or silence, asks the others.

    Example: kith aid assign 12 7
    """
    from bot.community import aid_desk
    from bot.store import places

    with opened() as store, store.transaction() as session:
        zone = places.place_by_id(session, _ask(session, number).place_id).timezone
        until = aid_desk.assign(session, number, volunteer, now(), anyway=anyway)
    from admin_cli.poll_shown import local

    typer.echo(f"Volunteer {volunteer} is asked first for ask {number}, until {local(until, zone)}.")


def close(
    number: Number,
    closed_as: Annotated[str, typer.Option("--as", help="done, not_needed, elsewhere or unmet.", show_default=False)],
    yes: Yes = False,
) -> None:
    """Close an ask: done, not needed any more, helped elsewhere, or nobody could help. Both sides are told.

    Example: kith aid close 12 --as elsewhere
    """
    from bot.community import aid_desk

    with opened() as store:
        with store.transaction() as session:
            _ask(session, number)
        sure(f"Close ask {number} as {closed_as}?", yes=yes)
        with store.transaction() as session:
            aid_desk.close(session, number, closed_as, now())
    typer.echo(f"Ask {number} is closed: {closed_as}.")


def note(
    number: Number,
    file: Annotated[Path | None, typer.Option(help="Read it from a file; - is standard input.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Erase the note.")] = False,
) -> None:
    """Keep a note on an ask, for coordinators: asked for here, never given on the command line. Erased with the ask.

    It replaces the note before. 'kith aid show ASK --reveal' shows it.

    Example: kith aid note 12
    """
    from bot.community import aid_desk

    with opened() as store:
        with store.transaction() as session:
            _ask(session, number)
        words = "" if clear else _words(file)
        with store.transaction() as session:
            aid_desk.note(session, number, words)
    typer.echo(f"The note on ask {number} is {'erased' if clear else 'kept, encrypted'}.")


def _words(file: Path | None) -> str:
    import sys

    if file is None:
        return str(typer.prompt("Note"))
    words = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    if not words.strip():
        raise Stop("the note is empty: --clear erases one")
    return words


def _ask(session: "Session", number: int) -> "Ask":
    from bot.store import aid

    ask = aid.ask_by_id(session, number)
    if ask is None:
        raise Stop(f"there is no ask {number}: 'kith aid board' shows them")
    return ask
