"""`kith letters`: how what the bot owes to say goes out, and what to do about what did not."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin_cli.door import Json, Stop, Yes, now, opened, place_named, sure
from admin_cli.shown import as_facts, as_json, as_table

if TYPE_CHECKING:
    from bot.community.letter_desk import Done, Stream
    from bot.store.engine import Session
    from bot.store.quarantine import Held

app = typer.Typer(name="letters", help="What the bot owes to say: watch it go out, mend what failed, pause it.")
dead = typer.Typer(name="dead", help="Letters that could not be delivered: list them, try again, drop them.")
app.add_typer(dead)

Numbers = Annotated[list[int] | None, typer.Argument(help="Numbers of letters, as 'dead list' shows.")]
OnePlace = Annotated[str | None, typer.Option("--place", help="Of this place alone.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="All of them.")]
SECONDS = 1.0


@app.command("watch")
def watch(
    once: Annotated[bool, typer.Option("--once", help="Show it once and end.")] = False,
    json_: Json = False,
) -> None:
    """Watch the letters go out: waiting, sent, failed, pace and time left. Ctrl-C ends it.

    Example: kith letters watch --once --json
    """
    with opened() as store:
        if json_ or once:
            _once(_stream(store), json_=json_)
        else:
            _live(store)


def _stream(store: Any) -> "Stream":
    from bot.community import letter_desk

    with store.transaction() as session:
        return letter_desk.stream(session, now())


def _once(stream: "Stream", *, json_: bool) -> None:
    if json_:
        as_json(_plain(stream))
        return
    as_facts(_facts(stream))


def _plain(stream: "Stream") -> dict[str, Any]:
    from dataclasses import asdict

    senders = [asdict(one) for one in stream.senders]
    facts = {"pace": stream.pace, "seconds_left": stream.seconds_left, "share": round(stream.share, 3)}
    return {**stream.counts, **facts, "senders": senders, "paused_places": stream.paused}


def _facts(stream: "Stream") -> list[tuple[str, object]]:
    counts = stream.counts
    return [
        ("waiting", f"{counts['waiting']} now, {counts['later']} later"),
        ("on their way", counts["sending"]),
        ("sent", f"{counts['sent_minute']} in the last minute, {counts['sent_hour']} in the last hour"),
        (
            "failed",
            f"{counts['failed_day']} in the last day" + (": kith letters dead list" if counts["failed_day"] else ""),
        ),
        ("held", f"{counts['held']} since a restore: kith letters release" if counts["held"] else 0),
        ("pace", f"{stream.pace} a second"),
        ("time left", _left(stream)),
        ("sender", _sender(stream)),
        ("paused", ", ".join(stream.paused) or "no place"),
    ]


def _left(stream: "Stream") -> str:
    if stream.seconds_left is None:
        return "nothing has gone for a minute"
    minutes, seconds = divmod(round(stream.seconds_left), 60)
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


def _sender(stream: "Stream") -> str:
    """What the sending processes do, each bot's."""
    if not any(one.alive for one in stream.senders):
        return "none runs: start the bot"
    words = []
    for one in (one for one in stream.senders if one.alive):
        state = (
            f"pauses {one.paused:.0f} s (Telegram asked to)"
            if one.paused
            else "slow for a while"
            if one.slow
            else "runs"
        )
        words.append(state + (f", {one.gates} chats wait" if one.gates else ""))
    return "; ".join(words)


def _live(store: Any) -> None:
    import contextlib
    import time

    from rich.console import Console, Group
    from rich.live import Live
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    def drawn() -> Group:
        stream = _stream(store)
        lines = [Text(f"{name + ':':<14} {value}") for name, value in _facts(stream)]
        return Group(*lines, ProgressBar(total=1.0, completed=stream.share, width=50))

    with contextlib.suppress(KeyboardInterrupt), Live(drawn(), console=Console(highlight=False)) as live:
        while True:
            time.sleep(SECONDS)
            live.update(drawn())


@dead.command("list")
def dead_list(place: OnePlace = None, json_: Json = False) -> None:
    """List the letters that could not be delivered, or may not have been, with the reason; never to whom.

    Example: kith letters dead list --place millbrook
    """
    from bot.community import letter_desk

    with opened() as store, store.transaction() as session:
        found = letter_desk.dead(session, _place(session, place))
    if json_:
        as_json(found)
        return
    columns = ("id", "place", "kind", "to", "state", "reason", "tries", "since")
    as_table(columns, [[one[name] for name in columns] for one in found], "No letter has failed.")


@dead.command("retry")
def dead_retry(numbers: Numbers = None, everything: All = False, yes: Yes = False) -> None:
    """Send failed letters again. One that may have arrived ('unknown') is only sent when it is named.

    Example: kith letters dead retry 12 13
    """
    from bot.community import letter_desk

    with opened() as store, store.transaction() as session:
        ids = _asked(numbers, everything)
        sure("Send them again?", yes=yes)
        _told(letter_desk.retry(session, ids, now()), "will be sent again")


@dead.command("drop")
def dead_drop(numbers: Numbers = None, everything: All = False, yes: Yes = False) -> None:
    """Forget failed letters: they are not listed any more, and not sent.

    Example: kith letters dead drop --all
    """
    from bot.community import letter_desk

    with opened() as store, store.transaction() as session:
        ids = _asked(numbers, everything)
        sure("Drop them?", yes=yes)
        _told(letter_desk.drop(session, ids, now()), "dropped")


def _asked(numbers: list[int] | None, everything: bool) -> list[int] | None:
    if bool(numbers) == everything:
        raise Stop("say which letters: their numbers, or --all")
    return None if everything else numbers


def _told(done: "Done", what: str) -> None:
    if done.unknown:
        raise Stop(f"no failed letter has the number {', '.join(map(str, done.unknown))}: nothing was done")
    typer.echo(f"{len(done.done)} letters: {what}." if len(done.done) != 1 else f"1 letter: {what}.")
    if done.too_old:
        typer.echo(f"{len(done.too_old)} are too old to make sense, and stay as they are.")


@app.command("pause")
def pause(place: OnePlace = None) -> None:
    """Hold back all letters, or those of one place; replies to people go on.

    Example: kith letters pause --place millbrook
    """
    _pause(place, paused=True)


@app.command("resume")
def resume(place: OnePlace = None) -> None:
    """Let the letters go again.

    Example: kith letters resume
    """
    _pause(place, paused=False)


def _pause(place: str | None, *, paused: bool) -> None:
    from bot.community import letter_desk

    with opened() as store, store.transaction() as session:
        changed = letter_desk.pause(session, _place(session, place), paused=paused)
    state = "paused" if paused else "going"
    typer.echo(f"Letters are {state}: {', '.join(changed)}." if changed else f"Letters were {state} already.")


@app.command("release")
def release(
    certain: Annotated[
        bool, typer.Option(help="Only those that cannot have been sent: they were not due yet.")
    ] = False,
    drop: Annotated[bool, typer.Option(help="Give them up instead.")] = False,
    yes: Yes = False,
) -> None:
    """Let go what is held since a backup was restored: letters that may have been sent, asks in progress, alerts, wordings.

    Letters that still make sense go out at the bot's pace; what must never come twice (reminders, what names another's
    business) and may have been sent becomes 'unknown'. --drop gives all letters up. With --certain, all else waits on.

    Example: kith letters release --certain
    """
    from bot.store import quarantine

    if certain and drop:
        raise Stop("--certain lets letters go, --drop gives them up: say one of them")
    with opened() as store:
        with store.transaction() as session:
            held = quarantine.held(session)
        if not held.all:
            with store.transaction() as session:
                quarantine.end(session)
            typer.echo("No letter is held.")
            return
        typer.echo(f"Held: {held.perhaps_sent} that may have been sent, {held.not_yet_due} that were not due yet.")
        if waiting := waiting_since(held):
            typer.echo(f"Also waiting: {waiting}.")
        sure(_question(held, certain=certain, drop=drop), yes=yes, must_ask=True)
        with store.transaction() as session:
            done = quarantine.drop(session) if drop else quarantine.release(session, certain=certain)
    typer.echo(f"{'Given up' if drop else 'Released'}: {done}.")


def waiting_since(held: "Held") -> str:
    """What was under way when a restored backup was made, and waits; empty where there is none."""
    parts = [
        f"{many} {what}{'' if many == 1 else 's'}"
        for many, what in ((held.asks, "ask"), (held.alerts, "alert"), (held.wordings, "wording"))
        if many
    ]
    return ", ".join(parts)


def _question(held: "Held", *, certain: bool, drop: bool) -> str:
    if not held.letters:
        return "Let all of that go on?"
    if drop:
        return f"Give all {held.letters} letters up, and let all else go on?"
    if certain:
        return f"Let the {held.not_yet_due} go out that cannot have been sent?"
    return (
        f"Let all {held.letters} go out, {held.perhaps_sent} of them perhaps for the second time, and all else go on?"
    )


def _place(session: "Session", slug: str | None) -> int | None:
    return None if slug is None else place_named(session, slug).id
