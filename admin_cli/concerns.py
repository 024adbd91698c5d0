"""`kith concerns`: what safeguarding leads received, by receipt; what was written, only with a code that the lead has."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin_cli.door import Json, PlaceName, Stop, Store, Yes, now, opened, place_named, sure
from admin_cli.shown import as_facts, as_json, as_table

if TYPE_CHECKING:
    from bot.community.concern_seen import ConcernSeen
    from bot.store.engine import Session
    from bot.store.tables import Concern, Resident

app = typer.Typer(
    name="concerns", help="Concerns told to the safeguarding leads: what waits, and answering at the desk."
)
Receipt = Annotated[str, typer.Argument(help="The concern's receipt, such as 7KQ2-M9XT.", show_default=False)]
Code = Annotated[str | None, typer.Option(help="The lead's code; asked for where it is left out.", show_default=False)]
COLUMNS = ("receipt", "state", "about", "next", "by", "age", "reminded")


@app.callback()
def concerns() -> None:
    """Concerns told to the safeguarding leads: what waits, and answering at the desk."""


@app.command("list")
def list_concerns(place: PlaceName, json_: Json = False) -> None:
    """List a place's concerns by receipt: what they are about, who acts next and by when. Not a word, not a name.

    Example: kith concerns list --place millbrook
    """
    from bot.store.concerns import concerns_of

    with opened() as store, store.transaction() as session:
        rows = [_row(one) for one in concerns_of(session, place_named(session, place).id)]
    if json_:
        as_json(rows)
        return
    as_table(list(COLUMNS), [[row[name] for name in COLUMNS] for row in rows], "No concern has been told.")


def _row(concern: "Concern") -> dict[str, Any]:
    from admin_cli.aid_shown import away, span

    due = concern.due_at
    return {
        "receipt": concern.receipt,
        "state": concern.state,
        "about": concern.about,
        "next": concern.next_actor or "",
        "by": away(due - now()) if due else "",
        "due_at": due.isoformat() if due else None,
        "age": span(now() - concern.made_at),
        "made_at": concern.made_at.isoformat(),
        "seen": concern.acknowledged_at is not None,
        "reminded": concern.reminded,
    }


@app.command("show")
def show(receipt: Receipt, code: Code = None, json_: Json = False) -> None:
    """Show what was written about a concern, to its lead alone: the code is under 'Code for the desk' in their chat.

    Each look is written down, and the one who told it sees when it was read last. Nobody's name is shown.

    Example: kith concerns show 7KQ2-M9XT
    """
    from admin_cli.revealed import write_down
    from bot.community import concerns

    with opened() as store:
        with _as_lead(store, receipt, code) as (session, concern, lead):
            shown = concerns.show(session, lead, concern.id, now(), at_desk=True)
            write_down(session, "concern", concern.place_id, [shown.id])
        facts = _facts(shown)
    if json_:
        as_json(facts)
        return
    said = facts.pop("messages")
    as_facts(list(facts.items()))
    for one in said:
        typer.echo(f"\n{one['by']}, {one['at']}:\n{one['words']}")


def _facts(shown: "ConcernSeen") -> dict[str, Any]:
    ask = shown.ask
    return {
        "receipt": shown.receipt,
        "state": shown.state,
        "about": shown.about,
        "against": shown.against,
        "ask": ask.id if ask else None,
        "next": shown.next_actor,
        "due_at": shown.due_at.isoformat(timespec="minutes") if shown.due_at else None,
        "made_at": shown.made_at.isoformat(timespec="minutes"),
        "messages": [
            {
                "by": "lead" if one.by_lead else "reporter",
                "at": one.at.isoformat(timespec="minutes"),
                "words": one.words or "(a voice note: it can be heard in the chat)",
            }
            for one in shown.messages
        ],
    }


@app.command("reply")
def reply(
    receipt: Receipt,
    code: Code = None,
    file: Annotated[Path | None, typer.Option(help="Read the answer from a file; - is standard input.")] = None,
) -> None:
    """Answer whoever told a concern, without a name on either side. The words are asked for, never on the command line.

    Example: kith concerns reply 7KQ2-M9XT
    """
    from bot.community import concerns

    with opened() as store:
        with _as_lead(store, receipt, code):
            pass  # a wrong code is said before anything is written
        words = _words(file)
        with _as_lead(store, receipt, code or _typed.get(receipt)) as (session, concern, lead):
            if concern.state != "open" or concern.reporter_id is None:
                raise Stop(f"{receipt} is closed, or whoever told it has erased themselves: nobody would read it")
            concerns.write_to(session, lead, concern.id, words, "", now())
    typer.echo(f"The answer about {receipt} is on its way.")


@app.command("close")
def close(receipt: Receipt, code: Code = None, yes: Yes = False) -> None:
    """Close a concern; whoever told it hears so, and may once have it looked at again.

    Example: kith concerns close 7KQ2-M9XT
    """
    from bot.community import concerns

    with opened() as store:
        with _as_lead(store, receipt, code):
            pass
        sure(f"Close {receipt}?", yes=yes)
        with _as_lead(store, receipt, code or _typed.get(receipt)) as (session, concern, lead):
            concerns.close(session, lead, concern.id, now())
    typer.echo(f"{receipt} is closed.")


_typed: dict[str, str] = {}
"""Codes that were asked for in this run, so that nobody types one twice."""


@contextmanager
def _as_lead(store: Store, receipt: str, code: str | None) -> Iterator[tuple["Session", "Concern", "Resident"]]:
    """A transaction in which the concern's lead acts, whom their code proves. Raises Stop."""
    from bot.community import concern_desk

    if code is None:
        code = _typed[receipt] = str(typer.prompt("Code (the lead's chat, 'Code for the desk')"))
    with store.transaction() as session:
        found = concern_desk.at_desk(session, receipt, code, now())
        if found is None:
            raise Stop("receipt and code do not fit, or the code is too old: the lead finds a new one in the chat")
        yield session, *found


def _words(file: Path | None) -> str:
    import sys

    from bot.community.concern_rules import WORDS_AT_MOST

    if file is None:
        words = str(typer.prompt("Answer"))
    else:
        words = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    if not 0 < len(words.strip()) <= WORDS_AT_MOST:
        raise Stop(f"an answer has 1 to {WORDS_AT_MOST} characters")
    return words.strip()
