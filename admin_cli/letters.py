"""`kith letters`: what is owed to people."""

from typing import TYPE_CHECKING, Annotated

import typer

from admin_cli.door import Stop, Yes, opened, sure

if TYPE_CHECKING:
    from bot.store.quarantine import Held

app = typer.Typer(name="letters", help="Letters: what the bot owes to people.")


@app.command("release")
def release(
    certain: Annotated[
        bool, typer.Option(help="Only those that cannot have been sent: they were not due yet.")
    ] = False,
    drop: Annotated[bool, typer.Option(help="Give them up instead.")] = False,
    yes: Yes = False,
) -> None:
    """Let letters go out that are held since a backup was restored. They may have been sent after it was made.

    Those that still make sense go out at the bot's pace; what must never come twice (reminders, what names another's
    business) and may have been sent becomes 'unknown'. --drop gives all of them up.

    Example: kith letters release --certain
    """
    from bot.store import quarantine

    if certain and drop:
        raise Stop("--certain lets letters go, --drop gives them up: say one of them")
    with opened() as store:
        with store.transaction() as session:
            held = quarantine.held(session)
        if not held.all:
            typer.echo("No letter is held.")
            return
        typer.echo(f"Held: {held.perhaps_sent} that may have been sent, {held.not_yet_due} that were not due yet.")
        sure(_question(held, certain=certain, drop=drop), yes=yes, must_ask=True)
        with store.transaction() as session:
            done = quarantine.drop(session) if drop else quarantine.release(session, certain=certain)
    typer.echo(f"{'Given up' if drop else 'Released'}: {done}.")


def _question(held: "Held", *, certain: bool, drop: bool) -> str:
    if drop:
        return f"Give all {held.all} up?"
    if certain:
        return f"Let the {held.not_yet_due} go out that cannot have been sent?"
    return f"Let all {held.all} go out, {held.perhaps_sent} of them perhaps for the second time?"
