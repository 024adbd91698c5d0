"""`kith poll`: polls of a place, from a file to their result."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin_cli import poll_shown as shown
from admin_cli.count import count_file
from admin_cli.door import Json, Stop, Store, Yes, now, opened, place_named, poll_numbered, sure
from admin_cli.shown import as_facts, as_json, as_table

if TYPE_CHECKING:
    from bot.community.poll_file import PollFile
    from bot.store.engine import Session
    from bot.store.tables import Round

app = typer.Typer(name="poll", help="Polls: make, open, look at, close and recount them. Nobody sees who voted what.")
app.command("count")(count_file)

Number = Annotated[int, typer.Argument(metavar="ID", help="The poll's number; 'kith poll list'.", show_default=False)]


@app.command("new")
def new(
    file: Annotated[Path, typer.Option(help="The poll, as poll.toml (docs/cli.md shows one).", show_default=False)],
    open_now: Annotated[bool, typer.Option("--open", help="Open it at once.")] = False,
) -> None:
    """Draft a poll from a file, and see what will be shown, to how many, and what will be published.

    A file with a mistake names line and reason, and nothing is made. Times in it are in the place's time zone.

    Example: kith poll new --file poll.toml --open
    """
    from bot.community.poll_file import read_poll_file

    asked = read_poll_file(file)
    with opened() as store, store.transaction() as session:
        number = _made(session, asked, open_now=open_now)
        typer.echo(shown.preview(session, poll_numbered(session, number)))
    typer.echo(
        f"Poll {number} is open." if open_now else f"Poll {number} is a draft: 'kith poll open {number}' opens it."
    )


def _made(session: "Session", asked: "PollFile", *, open_now: bool) -> int:
    from bot.community import polls
    from bot.refusals import PollInvalid
    from bot.store import places

    place = places.place_named(session, asked.place)
    if place is None:
        raise asked.no_such_place()
    plan = asked.plan(place)
    try:
        round_ = polls.make_poll(session, place, plan, now())
        if open_now:
            polls.open_poll(session, round_, now())
    except PollInvalid as invalid:
        raise asked.blame(invalid, plan, place) from None
    return round_.id


@app.command("open")
def open_poll(poll: Number) -> None:
    """Open a drafted poll: fix the roll, and owe the card and the invitations. The bot delivers them.

    Example: kith poll open 3
    """
    from bot.community import polls
    from bot.refusals import PollInvalid

    with opened() as store, store.transaction() as session:
        round_ = poll_numbered(session, poll)
        try:
            begun = polls.open_poll(session, round_, now())
        except PollInvalid as invalid:
            raise Stop(f"poll {poll} cannot be opened: {invalid.field} must be {invalid.reason}") from None
        until = shown.local(begun.poll.closes_at, begun.poll.timezone)
    typer.echo(f"Poll {poll} is open until {until}; {begun.roll} can vote.")


@app.command("list")
def list_polls(
    place: Annotated[str | None, typer.Option(help="Only this place's.", show_default=False)] = None,
    as_json_: Json = False,
) -> None:
    """List polls, the newest first.

    Example: kith poll list --place millbrook
    """
    from bot.store.places import all_places

    with opened() as store, store.transaction() as session:
        places = [place_named(session, place)] if place else all_places(session)
        known = [facts for one in places for facts in shown.polls_of(session, one)]
    if as_json_:
        as_json(known)
        return
    rows = [[one[key] for key in ("id", "place", "title", "method", "state", "closes")] for one in known]
    empty = "No poll yet: 'kith poll new --file poll.toml' drafts one."
    as_table(["No.", "Place", "Title", "Method", "State", "Closes"], rows, empty)


@app.command("show")
def show(poll: Number, as_json_: Json = False) -> None:
    """Show a poll as people see it, and how many of the roll have voted; never what.

    Example: kith poll show 3
    """
    with opened() as store, store.transaction() as session:
        round_ = poll_numbered(session, poll)
        facts, picture = shown.facts_of(session, round_), shown.preview(session, round_)
    if as_json_:
        as_json(facts)
        return
    as_facts((name, value) for name, value in facts.items() if name not in {"title", "options"})
    typer.echo(picture)


@app.command("close")
def close(poll: Number, yes: Yes = False) -> None:
    """Close an open poll now: count it, store the result, destroy the ballots. The bot tells the result.

    Example: kith poll close 3
    """
    from bot.community import polls

    with opened() as store:
        _check_open(store, poll)
        sure(f"Poll {poll} will be closed for good. Go on?", yes=yes)
        with store.transaction() as session:
            polls.close_poll(session, _still_open(session, poll), now())
        _destroy_seals(store)
        with store.transaction() as session:
            typer.echo(shown.result_text(session, poll))


@app.command("cancel")
def cancel(poll: Number, yes: Yes = False) -> None:
    """Call a poll off: its ballots are destroyed uncounted.

    Example: kith poll cancel 3
    """
    from bot.community import polls

    with opened() as store:
        _check_open(store, poll, or_draft=True)
        sure(f"Poll {poll} will be called off, and its votes destroyed. Go on?", yes=yes)
        with store.transaction() as session:
            polls.cancel_poll(session, _still_open(session, poll, or_draft=True), now())
        _destroy_seals(store)
    typer.echo(f"Poll {poll} is called off; no vote of it is kept.")


@app.command("results")
def results(poll: Number, as_json_: Json = False) -> None:
    """Tell a closed poll's result: what was released when it closed, and nothing besides.

    Example: kith poll results 3 --json
    """
    with opened() as store, store.transaction() as session:
        round_ = poll_numbered(session, poll)
        if as_json_:
            as_json(shown.result_facts(session, round_))
        else:
            typer.echo(shown.result_text(session, round_.id))


def _check_open(store: Store, poll: int, *, or_draft: bool = False) -> None:
    with store.transaction() as session:
        _still_open(session, poll, or_draft=or_draft)


def _still_open(session: "Session", poll: int, *, or_draft: bool = False) -> "Round":
    round_ = poll_numbered(session, poll)
    if round_.state not in ({"open", "draft"} if or_draft else {"open"}):
        raise Stop(f"poll {poll} is {round_.state}: nothing was done")
    return round_


def _destroy_seals(store: Store) -> None:
    """Sever every copy of the answers, once their deletion is committed. A crash before this is made good by the bot."""
    from bot.community.rounds import seals_to_destroy
    from bot.store.backup import is_sqlite
    from bot.store.engine import checkpoint

    with store.transaction() as session:
        names = seals_to_destroy(session)
    for name in names:
        store.vault.seals.destroy(name)
    if is_sqlite(store.engine):
        checkpoint(store.engine)
