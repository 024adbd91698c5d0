"""`kith checkin`: check-ins of a place, planned to come again or opened once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin_cli.assisting import assist
from admin_cli.door import Json, PlaceName, Stop, Store, Yes, now, opened, place_named, sure
from admin_cli.shown import as_facts, as_json, as_table

if TYPE_CHECKING:
    from bot.community.checkins import Wish
    from bot.community.instruments import Question
    from bot.store.tables import Place, Round
    from bot.store.writer import Session

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
        _tell_outlook(session, home, wish)
        if dry_run:
            typer.echo("Nothing was planned.")
            return
        made = checkins.plan(session, home, wish, now())
        assert made.next_at is not None
        typer.echo(f"Plan {made.id} is made; the first wave opens {_local(made.next_at, home.timezone)}.")


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
        _tell_outlook(session, home, wish)
        if dry_run:
            typer.echo("Nothing was opened.")
            return
        round_ = checkins.open_now(session, home, wish, now())
        typer.echo(f"Check-in {round_.id} is open until {_local(round_.closes_at, home.timezone)}.")


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
        waves = [facts for home in homes for facts in _waves(session, home)]
        plans = [facts for home in homes for facts in _plans(session, home)]
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
        facts = _facts(session, _numbered(session, checkin))
    if as_json_:
        as_json(facts)
        return
    as_facts((name, value) for name, value in facts.items() if name not in {"release", "rings_true", "questions"})
    for line in facts["questions"]:
        typer.echo(f"  {line}")
    for line in (*_released(facts["release"]), *_released(facts["rings_true"])):
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


def _local(moment: Any, timezone: str) -> str:
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


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


def _plans(session: "Session", home: "Place") -> list[dict[str, Any]]:
    from bot.store.checkins import plans_of

    return [
        {
            "plan": one.id,
            "place": home.slug,
            "asks": _asks(one.questions),
            "audience": one.audience,
            "every": one.every,
            "open_days": one.open_days,
            "breakdowns": one.breakdowns,
            "state": one.state,
            "next": _local(one.next_at, home.timezone) if one.next_at else None,
        }
        for one in plans_of(session, home.id)
    ]


def _waves(session: "Session", home: "Place") -> list[dict[str, Any]]:
    from bot.store.checkins import checkin_of
    from bot.store.rounds import rounds_of

    found = []
    for round_ in rounds_of(session, home.id, "checkin"):
        checkin = checkin_of(session, round_.id)
        assert checkin is not None
        found.append(
            {
                "id": round_.id,
                "place": home.slug,
                "plan": checkin.plan_id,
                "asks": _asks(checkin.questions),
                "wave": checkin.wave,
                "audience": round_.audience,
                "state": round_.state,
                "closes": _local(round_.closes_at, home.timezone),
            }
        )
    return found


def _asks(questions: list[dict[str, Any]]) -> str:
    """The instruments, or single questions, in short."""
    names: dict[str, list[str]] = {}
    for question in questions:
        names.setdefault(question["instrument"], []).append(question["key"])
    return ", ".join(f"{key} ({len(keys)})" for key, keys in names.items())


def _facts(session: "Session", round_: "Round") -> dict[str, Any]:
    import json

    from bot.store import places, rounds
    from bot.store.checkins import checkin_of

    checkin, home = checkin_of(session, round_.id), places.place_by_id(session, round_.place_id)
    release = rounds.release_of(session, round_.id)
    assert checkin is not None
    return {
        "id": round_.id,
        "place": home.slug,
        "plan": checkin.plan_id,
        "wave": checkin.wave,
        "audience": round_.audience,
        "state": round_.state,
        "closes": f"{_local(round_.closes_at, home.timezone)} ({home.timezone})",
        "breakdowns": ", ".join(checkin.groups) or "none",
        "change": "told" if checkin.compare else "not told",
        "invited": checkin.invited,
        "sha256": release.sha256 if release else None,
        "questions": [f"{one['instrument']}.{one['key']}: {one['text'][one['official']]}" for one in checkin.questions],
        "rings_true": _rings_true(session, round_.id),
        "release": json.loads(release.body) if release else None,
    }


def _rings_true(session: "Session", round_id: int) -> dict[str, Any] | None:
    """What was released of the tiny round after the result, once that has closed."""
    import json

    from bot.store import rounds
    from bot.store.checkins import echo_of

    number = echo_of(session, round_id)
    release = rounds.release_of(session, number) if number is not None else None
    return json.loads(release.body) if release else None


def _released(release: dict[str, Any] | None) -> list[str]:
    """What was released, and nothing besides."""
    if release is None:
        return []
    if not release["came"]:
        return ["Too few answered: nothing is published."]
    told = ["", "Came: " + ", ".join(f"{count} {stage}" for stage, count in release["came"].items())]
    for table in release["tables"]:
        told.append(f"{table['question']} by {table['breakdown']}: {table['status']}")
        told += [f"  {row['group']}: {row['band']} {_number(row)}" for row in table["rows"]]
    return told


def _number(row: dict[str, Any]) -> str:
    share = "" if row["share_pct"] is None else f" ({row['share_pct']} %)"
    return f"[{row['flag']}]" if row["count"] is None or row["flag"] == "low" else f"{row['count']}{share}"


def _tell_outlook(session: "Session", home: "Place", wish: "Wish") -> None:
    """What will be asked of how many, and what can be published at which turnout."""
    from bot.community import checkins, rounds
    from bot.community.checkin_tables import spread
    from bot.store.checkins import consenting

    shared = spread(wish.questions, wish.breakdowns, compare=wish.compare)
    people = len(consenting(session, home.id, rounds.AUDIENCES[wish.audience], checkins.PURPOSE))
    for question in wish.questions:
        typer.echo(f"  {question.name}: {question.said_in('en')}{_marks(question, home)}")
    typer.echo(f"\n{people} people ({wish.audience}) agreed to check-ins; open for {wish.open_days} days.")
    told = [f"{name} by {', '.join(by)}" for name, by in shared.by.items() if by]
    typer.echo(f"Tables a person's answers enter: {shared.cost} of 12. Breakdowns: {'; '.join(told) or 'none'}.")
    typer.echo(f"Change since the last wave: {'told' if shared.compare else 'not told'}.")
    if shared.left_out:
        typer.echo(f"{shared.left_out} more tables were wished for and do not fit: they will not exist.")
    _tell_thresholds()


def _marks(question: "Question", home: "Place") -> str:
    """What is to be known of a question's wording."""
    missing = [tag for tag in home.languages if tag not in question.text]
    said = ["own wording"] if question.own else []
    said += ["answers not verified"] if question.unverified else []
    said += [f"in English for {', '.join(missing)}"] if missing else []
    return f" [{'; '.join(said)}]" if said else ""


def _tell_thresholds() -> None:
    from bot.community.tally_release import POLICY

    rows = [
        [f"under {POLICY.least_wave}", "nothing", "-", "-"],
        [f"{POLICY.least_wave} to {POLICY.least_all_bands - 1}", "in two bands", "-", _points(POLICY.least_wave, 2)],
        [f"{POLICY.least_all_bands} to {POLICY.least_fine_breakdown - 1}", "in all bands", "in two bands",
         _points(POLICY.least_all_bands, 4)],
        [f"{POLICY.least_fine_breakdown} and more", "in all bands", "in all bands",
         _points(POLICY.least_fine_breakdown, 4)],
    ]  # fmt: skip
    as_table(["Answers", "Over all", "Breakdowns", "Noise on a share (at the fewest)"], rows, "")
    typer.echo(f"A group is shown from {POLICY.least_group} answers; counts are rounded to {POLICY.base}.")


def _points(answers: int, bands: int) -> str:
    from bot.community.tally_release import POLICY

    return f"± {POLICY.share_error(answers, bands):.1f} percentage points"
