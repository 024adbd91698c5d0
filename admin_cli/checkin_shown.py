"""Check-ins, as `kith checkin` shows them: plans, waves, one in full, and what planning tells beforehand."""

from typing import TYPE_CHECKING, Any

import typer

from admin_cli.shown import as_table

if TYPE_CHECKING:
    from bot.community.checkins import Wish
    from bot.community.instruments import Question
    from bot.store.engine import Session
    from bot.store.tables import Place, Round


def local(moment: Any, timezone: str) -> str:
    """A moment by the place's own time."""
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def plans_listed(session: "Session", home: "Place") -> list[dict[str, Any]]:
    """A place's plans, the newest first."""
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
            "next": local(one.next_at, home.timezone) if one.next_at else None,
        }
        for one in plans_of(session, home.id)
    ]


def waves_listed(session: "Session", home: "Place") -> list[dict[str, Any]]:
    """A place's check-ins, the newest first."""
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
                "closes": local(round_.closes_at, home.timezone),
            }
        )
    return found


def _asks(questions: list[dict[str, Any]]) -> str:
    """The instruments, or single questions, in short."""
    names: dict[str, list[str]] = {}
    for question in questions:
        names.setdefault(question["instrument"], []).append(question["key"])
    return ", ".join(f"{key} ({len(keys)})" for key, keys in names.items())


def facts_of(session: "Session", round_: "Round") -> dict[str, Any]:
    """What there is to show of a check-in; while it is open no count is among it."""
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
        "closes": f"{local(round_.closes_at, home.timezone)} ({home.timezone})",
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


def released(release: dict[str, Any] | None) -> list[str]:
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


def tell_outlook(session: "Session", home: "Place", wish: "Wish") -> None:
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
