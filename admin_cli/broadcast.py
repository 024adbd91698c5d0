"""`kith broadcast`: public messages, from a file or a phrase template to the last letter."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin_cli import broadcast_shown as shown
from admin_cli.archive import archive
from admin_cli.broadcast_made import made_from_file, made_from_template, plan_again
from admin_cli.door import Json, Stop, Yes, now, opened, place_named, sure
from admin_cli.shown import as_json, as_table

if TYPE_CHECKING:
    from bot.store.engine import Session
    from bot.store.tables import Broadcast

app = typer.Typer(
    name="broadcast",
    help="Public messages: write, look at, send, follow, correct and call off. Each goes out in its readers' languages.",
)
app.command("archive")(archive)

Number = Annotated[
    int, typer.Argument(metavar="ID", help="The message's number; 'kith broadcast list'.", show_default=False)
]
Blanks = Annotated[list[str] | None, typer.Option("--blank", help="A blank, as NAME=VALUE; once for each.")]


@app.command("new")
def new(
    file: Annotated[Path | None, typer.Option(help="The message, as notice.toml (docs/cli.md shows one).")] = None,
    template: Annotated[str | None, typer.Option(help="A phrase template instead; 'kith broadcast templates'.")] = None,
    place: Annotated[str | None, typer.Option(help="With --template: the place's short name.")] = None,
    blank: Blanks = None,
    as_json_: Json = False,
) -> None:
    """Draft a message, and see how it looks, to how many it will go, and what could be said better.

    A file with a mistake names line and reason, and nothing is made. Times in it are in the place's time zone.

    Example: kith broadcast new --template water_off --place millbrook --blank place="Mill Road" --blank date=2026-12-01
    """
    if (file is None) is (template is None):
        raise Stop("give either --file notice.toml or --template NAME with --place and --blank")
    if template is not None and place is None:
        raise Stop("a template needs --place: whose residents is it for?")
    with opened() as store, store.transaction() as session:
        broadcast = (
            made_from_file(session, file)
            if file is not None
            else made_from_template(session, str(template), str(place), blank or [])
        )
        number, facts, looks = broadcast.id, shown.preview_facts(session, broadcast), shown.preview(session, broadcast)
    if as_json_:
        as_json(facts)
        return
    typer.echo(looks)
    typer.echo(f"Message {number} is a draft: 'kith broadcast send {number}' sends it ('--to-me' first, as a test).")


@app.command("templates")
def list_templates(as_json_: Json = False) -> None:
    """List the phrase templates: they exist in every language, and go out at once in all of them.

    Example: kith broadcast templates
    """
    from bot.community.templates import TEMPLATES
    from bot.screens.language import speaking
    from bot.screens.templates import template_name

    with speaking("en"):
        known = [
            {"template": one.name, "says": template_name(one.name), "kind": one.kind, "blanks": shown.blanks_of(one)}
            for one in TEMPLATES.values()
        ]
    if as_json_:
        as_json(known)
        return
    rows = [[one["template"], one["says"], one["kind"], " ".join(one["blanks"])] for one in known]
    as_table(["Template", "Says", "Kind", "Blanks (those in brackets may be left out)"], rows, "")


@app.command("preview")
def preview(broadcast: Number, as_json_: Json = False) -> None:
    """Show a message in every language, to how many it goes, who reads it in another language, and when it is through.

    Example: kith broadcast preview 3
    """
    with opened() as store, store.transaction() as session:
        found = numbered(session, broadcast)
        facts, looks = shown.preview_facts(session, found), shown.preview(session, found)
    as_json(facts) if as_json_ else typer.echo(looks)


@app.command("send")
def send(
    broadcast: Number,
    to_me: Annotated[bool, typer.Option("--to-me", help="Only to the place's coordinators, marked as a test.")] = False,
    language: Annotated[str | None, typer.Option(help="With --to-me: in this language, not in each one's own.")] = None,
    yes: Yes = False,
) -> None:
    """Send a message: you type the number of people, once. A script says --yes. The bot delivers it.

    Example: kith broadcast send 3 --to-me
    """
    from bot.community import broadcasts

    with opened() as store:
        if to_me:
            typer.echo(_tested(store.transaction(), broadcast, language))
            return
        with store.transaction() as session:
            found = numbered(session, broadcast)
            _only_draft(found)
            people = shown.looked_at(session, found).people
        _typed(people, yes=yes)
        with store.transaction() as session:
            found = numbered(session, broadcast)
            start = broadcasts.send(session, found, now())
            typer.echo(shown.sent_line(session, found, people, start))


def _tested(transaction: "shown.Transaction", number: int, language: str | None) -> str:
    from bot.community.sending import owe_test
    from bot.store.places import place_by_id

    with transaction as session:
        found = numbered(session, number)
        languages = place_by_id(session, found.place_id).languages
        if language is not None and language not in languages:
            raise Stop(f"--language must be one of {', '.join(languages)}")
        people = owe_test(session, found, now(), language)
    if not people:
        raise Stop("the place has no coordinator who can be written to: 'kith invite coordinator' makes a link")
    return f"A test of message {number} goes to the place's coordinators: {people}. Nobody else gets it."


def _only_draft(found: "Broadcast") -> None:
    if found.state != "draft":
        raise Stop(f"message {found.id} is {found.state}: only a draft can be sent")


def _typed(people: int, *, yes: bool) -> None:
    """Ask once, so that a number is read before it is obeyed."""
    import sys

    if yes:
        return
    if not sys.stdin.isatty():
        raise Stop(f"{people} people will get it. Nothing was done: say so with --yes")
    answer = typer.prompt(f"{people} people will get it. Type {people} to send it", default="", show_default=False)
    if answer.strip() != str(people):
        raise Stop("nothing was sent")


@app.command("translate")
def translate(broadcast: Number) -> None:
    """Ask the place's language helpers for the wordings that are missing. Sending asks them too.

    Example: kith broadcast translate 3
    """
    from bot.community import broadcasts

    with opened() as store, store.transaction() as session:
        asked = broadcasts.ask_for_wordings(session, numbered(session, broadcast), now())
    typer.echo(
        f"Helpers who were asked: {asked}." if asked else "Nobody was asked: nothing is missing, or nobody helps."
    )


@app.command("status")
def status(broadcast: Number, as_json_: Json = False) -> None:
    """Tell what became of a message's letters: sent, waiting, unreachable and all others add up to those expected.

    Example: kith broadcast status 3
    """
    with opened() as store, store.transaction() as session:
        facts = shown.status_facts(session, numbered(session, broadcast))
    as_json(facts) if as_json_ else shown.status(facts)


@app.command("watch")
def watch(
    broadcast: Number,
    every: Annotated[float, typer.Option(help="Seconds between looks.", min=0.1)] = 1.0,
) -> None:
    """Follow a message while it goes out, until nothing waits any more. Ctrl-C ends the watching, not the sending.

    Example: kith broadcast watch 3
    """
    with opened() as store:
        shown.watch(store, lambda session: numbered(session, broadcast), every)


@app.command("cancel")
def cancel(broadcast: Number, yes: Yes = False) -> None:
    """Call a message off: what has not gone does not go. What is on its way at that moment still arrives.

    Example: kith broadcast cancel 3
    """
    from bot.community import broadcasts

    with opened() as store:
        with store.transaction() as session:
            found = numbered(session, broadcast)
            if found.state not in {"draft", "scheduled", "sending"}:
                raise Stop(f"message {broadcast} is {found.state}: nothing was done")
        sure(f"Message {broadcast} will be called off for good. Go on?", yes=yes)
        with store.transaction() as session:
            stopped = broadcasts.cancel(session, numbered(session, broadcast))
    typer.echo(f"Message {broadcast} is called off; letters that this stopped: {stopped}.")


@app.command("correct")
def correct(
    broadcast: Number,
    file: Annotated[Path | None, typer.Option(help="The whole message as it should be, as notice.toml.")] = None,
    blank: Blanks = None,
    again: Annotated[bool, typer.Option("--again", help="Also send a new message: an edit makes no sound.")] = False,
    yes: Yes = False,
) -> None:
    """Correct a message: what has arrived is edited in place, wordings are asked for anew.

    An event, and a template whose place or time has changed, are also told in a new message. Of a template, give only
    the blanks that change. Audience and kind stay.

    Example: kith broadcast correct 3 --blank date=2026-12-02
    """
    from bot.community import broadcasts

    if (file is None) is (not blank):
        raise Stop("give either --file notice.toml, or --blank NAME=VALUE for a template")
    with opened() as store:
        with store.transaction() as session:
            plan_again(session, numbered(session, broadcast), file, blank or [])
        sure(f"Message {broadcast} will be changed for all who have it. Go on?", yes=yes)
        with store.transaction() as session:
            found = numbered(session, broadcast)
            plan, blame = plan_again(session, found, file, blank or [])
            with blame():
                told_again = broadcasts.correct(session, found, plan, now(), again=again)
            looks = shown.preview(session, found)
    typer.echo(looks)
    typer.echo(f"Message {broadcast} is corrected{' and goes out again' if told_again else ''}.")


@app.command("list")
def list_broadcasts(
    place: Annotated[str | None, typer.Option(help="Only this place's.", show_default=False)] = None,
    as_json_: Json = False,
) -> None:
    """List public messages, the newest first.

    Example: kith broadcast list --place millbrook
    """
    from bot.store.places import all_places

    with opened() as store, store.transaction() as session:
        places = [place_named(session, place)] if place else all_places(session)
        known = [facts for one in places for facts in shown.messages_of(session, one)]
    if as_json_:
        as_json(known)
        return
    rows = [[one[key] for key in ("id", "place", "title", "kind", "state", "sends", "expected")] for one in known]
    empty = "No message yet: 'kith broadcast new --file notice.toml' drafts one."
    as_table(["No.", "Place", "Title", "Kind", "State", "Sent or due", "Letters"], rows, empty)


@app.command("show")
def show(broadcast: Number, as_json_: Json = False) -> None:
    """Show a message: its facts, its words in every language, and what became of its letters.

    Example: kith broadcast show 3
    """
    with opened() as store, store.transaction() as session:
        found = numbered(session, broadcast)
        facts, looks = shown.facts_of(session, found), shown.in_words(session, found)
    if as_json_:
        as_json(facts)
        return
    shown.status(facts)
    typer.echo(looks)


def numbered(session: "Session", number: int) -> "Broadcast":
    """The message, or a word on where to find its number."""
    from bot.store import broadcasts

    found = broadcasts.broadcast_by_id(session, number)
    if found is None:
        raise Stop(f"there is no message {number}: 'kith broadcast list' shows them")
    return found
