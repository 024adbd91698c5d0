"""`kith keys`: a new key for what is encrypted."""

from typing import TYPE_CHECKING, Annotated

import typer

from admin_cli.door import Stop, Store, alone, opened

if TYPE_CHECKING:
    from bot.store.vault import Keyring

app = typer.Typer(name="keys", help="Keys: what makes a stolen database name nobody.")


@app.callback()
def keys() -> None:
    """Keys: what makes a stolen database name nobody."""


@app.command("rotate")
def rotate(
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Remove old keys that no row uses any more.")] = False,
) -> None:
    """Put a new key in front and encrypt everything with it. The bot must be stopped; it may be cut short anywhere.

    Run it again after a crash: it goes on where it was. Then remove the old key with --drop-old. With KITH_KEYS set, it
    prints the new value: set that, and run it again.

    Example: kith keys rotate
    """
    with opened() as store:
        if drop_old:
            _drop_old(store)
            return
        with alone(store.settings, store.engine):
            _rotate(store)


def _rotate(store: Store) -> None:
    from bot.community.keys import Stage, old_names, stage

    with store.transaction() as session:
        at = stage(session)
    if at is Stage.TURNED:
        old = ", ".join(old_names(store.vault.keys))
        typer.echo(f"Every row uses {store.vault.keys.current}. Next: 'kith keys rotate --drop-old' removes {old}.")
        return
    if at is Stage.DONE:
        fresh = store.vault.keys.with_new_key()
        if not _keep(store, fresh):
            typer.echo("Nothing was encrypted yet: set this value, start no bot, and run 'kith keys rotate' again.")
            return
        store = _with_keys(store, fresh)
    _turn_all(store)


def _with_keys(store: Store, keyring: "Keyring") -> Store:
    from dataclasses import replace

    return replace(store, vault=replace(store.vault, keys=keyring))


def _turn_all(store: Store) -> None:
    """Turn batch after batch, a transaction each: whatever ends it, every row can be read with the keys there are."""
    from bot.community.keys import old_names, turn
    from bot.store.backup import is_sqlite
    from bot.store.engine import checkpoint

    rows = keyless = 0
    at: tuple[int, object] | None = (0, None)
    while at is not None:
        with store.transaction() as session:
            done = turn(session, at)
        rows, keyless, at = rows + done.rows, keyless + done.keyless, done.next
    if is_sqlite(store.engine):
        checkpoint(store.engine)
    old = ", ".join(old_names(store.vault.keys))
    typer.echo(f"{rows} rows were encrypted with {store.vault.keys.current}.")
    if keyless:
        typer.echo(f"{keyless} residents have no key of their own: they were erased, and the bot will delete them.")
    typer.echo(f"The old key can be removed: 'kith keys rotate --drop-old'. Backups made before now still need {old}.")


def _drop_old(store: Store) -> None:
    from bot.community.keys import Stage, old_names, stage

    with store.transaction() as session:
        at = stage(session)
    if at is Stage.DONE:
        raise Stop("there is no old key to remove")
    if at is Stage.TURNING:
        raise Stop("rows still use an old key: run 'kith keys rotate' first (or start the bot once, if it says so)")
    old = ", ".join(old_names(store.vault.keys))
    if _keep(store, store.vault.keys.without_old()):
        typer.echo(f"{old} was removed from the key file.")
    typer.echo(f"Backups made before the rotation can be read only with {old}: keep it as long as you keep them.")


def _keep(store: Store, keyring: "Keyring") -> bool:
    """Write the key file; or print the value to set, where keys come from the environment. Says whether it is written."""
    from bot.store.vault import write_keys

    if store.settings.keys is None:
        write_keys(store.settings.data / "keys", keyring)
        return True
    typer.echo("Set this, wherever KITH_KEYS is set (it is a secret):")
    typer.echo("KITH_KEYS=" + ",".join(keyring.text().split()))
    return False
