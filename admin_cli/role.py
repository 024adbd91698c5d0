"""`kith role`: taking roles away. Giving them is what invitations are for."""

from typing import TYPE_CHECKING, Annotated

import typer

from admin_cli.door import PlaceName, Stop, Store, Yes, now, opened, place_named, sure
from admin_cli.invite import ROLES

if TYPE_CHECKING:
    from bot.store.engine import Session
    from bot.store.tables import Place

app = typer.Typer(name="role", help="Roles: take one away ('kith invite' gives them).")


@app.callback()
def role() -> None:
    """Roles: take one away ('kith invite' gives them)."""


@app.command("revoke")
def revoke(
    role: Annotated[str, typer.Argument(help=f"Which: {ROLES}.", show_default=False)],
    place: PlaceName,
    telegram_id: Annotated[int | None, typer.Option(help="Whose: their Telegram number.", show_default=False)] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Take it from all who have it.")] = False,
    keep_invites: Annotated[bool, typer.Option(help="Let open invitations to the role work on.")] = False,
    yes: Yes = False,
) -> None:
    """Take a role from one person or from all, and end the open invitations to it.

    Nobody is listed: the person is found by a hash of the number you give. Polls that are open keep their roll.

    Example: kith role revoke steering --place millbrook --telegram-id 123456789
    """
    if (telegram_id is None) is not everybody:
        raise Stop("say whose role it is: --telegram-id NUMBER, or --all")
    with opened() as store:
        if everybody:
            sure(f"Everybody at {place} will lose the role {role}.", yes=yes, must_ask=True)
        taken, ended = _revoke(store, role, place, telegram_id, keep_invites=keep_invites)
    typer.echo(f"{'All have' if everybody else 'They have'} lost the role {role}." if taken else f"Nobody had {role}.")
    if ended:
        typer.echo(f"Open invitations to it that were ended: {ended}. 'kith invite {role}' makes new ones.")


def _revoke(store: Store, role: str, place: str, telegram_id: int | None, *, keep_invites: bool) -> tuple[bool, int]:
    from bot.community import residents, roles

    if role not in residents.ROLES:
        raise Stop(f"there is no role {role!r}: use {ROLES}")
    with store.transaction() as session:
        found = place_named(session, place)
        taken = _take(session, found, role, telegram_id)
        return taken, 0 if keep_invites else roles.end_invitations(session, found, role, now())


def _take(session: "Session", place: "Place", role: str, telegram_id: int | None) -> bool:
    from bot.community import roles

    if telegram_id is None:
        return roles.revoke_all(session, place, role) > 0
    if not roles.revoke(session, place, role, telegram_id):
        raise Stop(f"nobody with this number has the role {role} at {place.slug}; nothing was done")
    return True
