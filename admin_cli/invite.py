"""`kith invite`: a link that gives a role."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin_cli.door import Json, PlaceName, Stop, now, opened, place_named
from admin_cli.shown import as_json

if TYPE_CHECKING:
    from bot.store.engine import Session

ROLES = (
    "steering, volunteer, helper, writer, researcher, gatekeeper, safeguarding, second_lead, coordinator or evaluator"
)


def make_invite(
    role: Annotated[str, typer.Argument(help=f"What it gives: {ROLES}.", show_default=False)],
    place: PlaceName,
    uses: Annotated[int, typer.Option(help="How many people may use it.", min=1, max=500)] = 1,
    days: Annotated[int, typer.Option(help="How long it works.", min=1, max=90)] = 7,
    png: Annotated[Path | None, typer.Option(help="Also write the QR code as a picture.")] = None,
    bot: Annotated[str | None, typer.Option(help="The bot's username, where it has not run from here yet.")] = None,
    as_json_: Json = False,
) -> None:
    """Make an invitation to a role: a link and a QR code. It is shown once and kept nowhere.

    Example: kith invite steering --place millbrook --uses 9 --days 14 --png invite.png
    """
    from datetime import timedelta

    from bot.community.invites import invite

    moment = now()
    with opened() as store, store.transaction() as session:
        name = _username(session, bot)
        try:
            payload = invite(session, place_named(session, place), role, uses, timedelta(days=days), moment)
        except ValueError:
            raise Stop(f"there is no role {role!r}: use {ROLES}") from None
    link = f"https://t.me/{name}?start={payload}"
    expires = moment + timedelta(days=days)
    if png is not None:
        _picture(link, png)
    if as_json_:
        as_json({"link": link, "role": role, "place": place, "uses": uses, "expires_at": expires.isoformat()})
        return
    _show(
        link,
        f"{role} of {place}, for {uses} {'person' if uses == 1 else 'people'}, until {expires:%d %B %Y, %H:%M} UTC",
    )


def _username(session: "Session", given: str | None) -> str:
    from bot.store.places import bot_username

    name = (given or bot_username(session) or "").removeprefix("@")
    if not name:
        raise Stop("the bot's name is not known yet: start the bot once, or give --bot USERNAME")
    return name


def _picture(link: str, path: Path) -> None:
    import segno

    if path.suffix.lower() != ".png":
        raise Stop("--png: the file's name must end in .png")
    segno.make(link, error="m").save(str(path), scale=8, border=4)


def _show(link: str, what: str) -> None:
    import sys

    import segno

    typer.echo(f"{what}:\n\n{link}\n")
    segno.make(link, error="m").terminal(out=sys.stdout, compact=True)
    typer.echo("Hand it only to whom it is for: whoever has it gets the role. It cannot be shown again.")
