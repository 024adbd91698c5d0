"""`kith checkin`: check-ins of a place, planned to come again or opened once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin_cli.assisting import assist
from admin_cli.checkin_shown import facts_of, local, plans_listed, released, tell_outlook, waves_listed
from admin_cli.door import Json, PlaceName, Stop, Store, Yes, now, opened, place_named, sure
from admin_cli.shown import as_facts, as_json, as_table

if TYPE_CHECKING:
    from bot.community.checkins import Wish
    from bot.store.engine import Session
    from bot.store.tables import Round

app = typer.Typer(name="checkin", help="Check-ins: plan, open, look at and close them. Nobody sees who answered what.")
app.command("assist")(assist)

Number = Annotated[
    int, typer.Argument(metavar="ID", help="The check-in's number; 'kith checkin list'.", show_default=False)
]
Instruments = Annotated[
    list[str] | None,
    typer.Option("--instrument", help="What to ask: ons4, or ons4.happy for one question; may come again."),
]
Files = Annotated[list[Path] | None, typer.Option("--file", help="An instrument of your own; may come again.")]
Audience = Annotated[str, typer.Option(help="Whom to ask: everyone, steering or volunteers.")]
Days = Annotated[int, typer.Option("--open-days", help="For how many days it is open.")]
Breakdowns = Annotated[
    list[str] | None, typer.Option("--breakdown", help="Declare a breakdown: patch, language or age; may come again.")
]
FromPoll = Annotated[
    int | None, typer.Option("--from-poll", help="Ask what this closed poll chose.", show_default=False)
]
Take = Annotated[int, typer.Option(help="How many of the poll's options, where it tells an order.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be asked and published.")]


@app.command("plan")
def plan(
    place: PlaceName,
    every: Annotated[str, typer.Option(help='A cron line in the place\'s time, weekdays by name: "0 10 1 */3 *".')],
    instrument: Instruments = None,
    file: Files = None,
    audience: Audience = "everyone",
    open_days: Days = 5,
    breakdown: Breakdowns = None,
    from_poll: FromPoll = None,
    take: Take = 1,
    compare: Annotated[bool, typer.Option("--compare/--no-compare", help="Tell change since the last wave.")] = True,
    dry_run: DryRun = False,
) -> None:
    """Plan a check-in that comes again; see which tables will be publishable at which turnout, and how exact.

    Example: kith checkin plan --instrument ons4 --place millbrook --every "0 10 1 */3 *" --breakdown patch
    """
    from bot.community import checkins

    with opened() as store, store.transaction() as session:
        home = place_named(session, place)
        wish = _wish(session, instrument, file, from_poll, take, audience, breakdown, open_days, compare, every)
        checkins.check(session, home, wish)
        tell_outlook(session, home, wish)
        if dry_run:
            typer.echo("Nothing was planned.")
            return
        made = checkins.plan(session, home, wish, now())
        assert made.next_at is not None
        typer.echo(f"Plan {made.id} is made; the first wave opens {local(made.next_at, home.timezone)}.")


@app.command("open")
def open_checkin(
    place: PlaceName,
    instrument: Instruments = None,
    file: Files = None,
    audience: Audience = "everyone",
    open_days: Days = 5,
    breakdown: Breakdowns = None,
    from_poll: FromPoll = None,
    take: Take = 1,
    dry_run: DryRun = False,
) -> None:
    """Open a check-in that comes once: whoever agreed to check-ins is invited. The bot delivers the invitations.

    Example: kith checkin open --instrument collective-control --place millbrook --audience steering
    """
    from bot.community import checkins

    with opened() as store, store.transaction() as session:
        home = place_named(session, place)
        wish = _wish(session, instrument, file, from_poll, take, audience, breakdown, open_days, False, "")
        checkins.check(session, home, wish)
        tell_outlook(session, home, wish)
        if dry_run:
            typer.echo("Nothing was opened.")
            return
        round_ = checkins.open_now(session, home, wish, now())
        typer.echo(f"Check-in {round_.id} is open until {local(round_.closes_at, home.timezone)}.")


def _wish(
    session: "Session", specs: list[str] | None, files: list[Path] | None, from_poll: int | None, take: int,
    audience: str, breakdowns: list[str] | None, open_days: int, compare: bool, every: str,
) -> "Wish":  # fmt: skip
    from bot.community.checkin_choice import from_poll as chosen_by
    from bot.community.checkins import Wish
    from bot.community.instruments import named, read_instrument

    own = [read_instrument(path) for path in files or []]
    questions = [question for spec in specs or [] for question in named(spec, own)]
    questions += [question for one in own if not specs for question in one.questions]
    if from_poll is not None:
        questions += chosen_by(session, from_poll, take, own)
    if not questions:
        raise Stop("say what to ask: --instrument ons4, --file FILE or --from-poll ID ('kith instrument list')")
    return Wish(questions, audience, breakdowns or [], open_days, compare, every)


@app.command("list")
def list_checkins(
    place: Annotated[str | None, typer.Option(help="Only this place's.", show_default=False)] = None,
    as_json_: Json = False,
) -> None:
    """List check-ins and the plans they come from, the newest first.

    Example: kith checkin list --place millbrook
    """
    from bot.store.places import all_places

    with opened() as store, store.transaction() as session:
        homes = [place_named(session, place)] if place else list(all_places(session))
        waves = [facts for home in homes for facts in waves_listed(session, home)]
        plans = [facts for home in homes for facts in plans_listed(session, home)]
    if as_json_:
        as_json({"plans": plans, "checkins": waves})
        return
    rows = [[one[key] for key in ("plan", "place", "asks", "every", "state", "next")] for one in plans]
    as_table(["Plan", "Place", "Asks", "Every", "State", "Next"], rows, "No plan yet: 'kith checkin plan' makes one.")
    rows = [[one[key] for key in ("id", "place", "asks", "wave", "state", "closes")] for one in waves]
    as_table(
        ["No.", "Place", "Asks", "Wave", "State", "Closes"], rows, "No check-in yet: 'kith checkin open' opens one."
    )


@app.command("show")
def show(checkin: Number, as_json_: Json = False) -> None:
    """Show a check-in: what it asks, whom, and once closed what it released. While it is open no count is shown.

    Example: kith checkin show 4
    """
    with opened() as store, store.transaction() as session:
        facts = facts_of(session, _numbered(session, checkin))
    if as_json_:
        as_json(facts)
        return
    as_facts((name, value) for name, value in facts.items() if name not in {"release", "rings_true", "questions"})
    for line in facts["questions"]:
        typer.echo(f"  {line}")
    for line in (*released(facts["release"]), *released(facts["rings_true"])):
        typer.echo(line)


@app.command("close")
def close(checkin: Number, yes: Yes = False) -> None:
    """Close an open check-in now: count it, store the release, destroy the answers. The bot tells the result.

    Example: kith checkin close 4
    """
    from bot.community import checkins

    with opened() as store:
        with store.transaction() as session:
            _still_open(session, checkin)
        sure(f"Check-in {checkin} will be closed for good. Go on?", yes=yes)
        with store.transaction() as session:
            release = checkins.close(session, _still_open(session, checkin), now())
        _destroy_seals(store)
    told = "its counts are released" if release.is_published else "too few answered, so nothing is published"
    typer.echo(f"Check-in {checkin} is closed; {told}. sha256 {release.sha256}")


@app.command("end")
def end(
    plan: Annotated[int, typer.Argument(metavar="PLAN", help="The plan's number.", show_default=False)],
    yes: Yes = False,
) -> None:
    """End a plan: no further waves come. One that is open closes at its time.

    Example: kith checkin end 2
    """
    from bot.community import checkins
    from bot.store.checkins import plan_by_id

    with opened() as store:
        sure(f"Plan {plan} will end. Go on?", yes=yes)
        with store.transaction() as session:
            made = plan_by_id(session, plan)
            if made is None or made.state != "active":
                raise Stop(f"there is no active plan {plan}: 'kith checkin list' shows them")
            checkins.end_plan(session, made, now())
        _destroy_seals(store)
    typer.echo(f"Plan {plan} has ended.")


def _numbered(session: "Session", number: int) -> "Round":
    from bot.store import rounds

    round_ = rounds.round_by_id(session, number)
    if round_ is None or round_.kind != "checkin":
        raise Stop(f"there is no check-in {number}: 'kith checkin list' shows them")
    return round_


def _still_open(session: "Session", number: int) -> "Round":
    round_ = _numbered(session, number)
    if round_.state != "open":
        raise Stop(f"check-in {number} is {round_.state}")
    return round_


def _destroy_seals(store: Store) -> None:
    from bot.community.rounds import seals_to_destroy

    with store.transaction() as session:
        names = seals_to_destroy(session)
    for name in names:
        store.vault.seals.destroy(name)
