"""`kith evaluator`: tokens by which evaluators pull a place's releases over the web port, and nothing else."""

from datetime import timedelta
from typing import Annotated

import typer

from admin_cli.door import Json, PlaceName, Stop, now, opened, place_named
from admin_cli.shown import as_json, as_table

app = typer.Typer(name="evaluator", help="Tokens by which evaluators pull a place's releases, and nothing else.")


@app.command("token")
def token(
    place: PlaceName,
    label: Annotated[str, typer.Option(help="For whom it is, so that it can be revoked later.", show_default=False)],
    days: Annotated[int, typer.Option(min=1, max=366, help="For how many days it works.")] = 90,
) -> None:
    """Make a token. It is shown once; only its hash is kept. KITH_TALLIES_WEB lets /tallies be asked with it.

    Example: kith evaluator token --place millbrook --label "University, spring report" --days 90
    """
    from bot.community import evaluators

    with opened() as store:
        with store.transaction() as session:
            home = place_named(session, place)
            made = evaluators.make_token(session, home, label, timedelta(days=days), now())
        typer.echo(made)
        typer.echo(
            f"Shown once. It reads the releases of {place} for {days} days: Authorization: Bearer TOKEN", err=True
        )
        if not store.settings.tallies_web:
            typer.echo("Nothing answers to it yet: set KITH_TALLIES_WEB=true and KITH_WEB_PORT.", err=True)


@app.command("list")
def list_tokens(as_json_: Json = False) -> None:
    """List tokens: for whom, of which place, until when. Never the token.

    Example: kith evaluator list
    """
    from bot.community import evaluators
    from bot.store.evaluators import all_tokens

    moment = now()
    with opened() as store, store.transaction() as session:
        found = [
            {
                "id": one.id,
                "place": place.slug,
                "label": one.label,
                "state": evaluators.state(one, moment),
                "expires": f"{one.expires_at:%Y-%m-%d}",
            }
            for one, place in all_tokens(session)
        ]
    if as_json_:
        as_json(found)
        return
    as_table(["No.", "Place", "For", "State", "Expires"], [tuple(one.values()) for one in found],
             "No token yet: 'kith evaluator token' makes one.")  # fmt: skip


@app.command("revoke")
def revoke(
    token: Annotated[int, typer.Argument(metavar="ID", help="The token's number.", show_default=False)],
) -> None:
    """Let a token work no more, from this moment on.

    Example: kith evaluator revoke 3
    """
    from bot.community import evaluators

    with opened() as store, store.transaction() as session:
        if not evaluators.revoke(session, token, now()):
            raise Stop(f"there is no token {token} that works: 'kith evaluator list' shows them")
    typer.echo(f"Token {token} works no more.")
