"""`kith db`: the database's schema, its backups, and putting one back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin_cli.door import Stop, alone, connected, keys_for, now, opened

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bot.community.restore import Restored
    from bot.settings import Settings
    from bot.store.vault import Vault

app = typer.Typer(name="db", help="The database: bring it up to date, back it up, put a backup back.")


@app.command("upgrade")
def upgrade() -> None:
    """Set the database up, or bring it to this program's schema; an SQLite one with data is backed up first.

    Example: kith db upgrade
    """
    from bot.settings import read_settings
    from bot.store import backup, schema

    settings = read_settings()
    with connected(settings, make=True) as engine:
        if _is_current(engine):
            typer.echo("The database is up to date.")
            return
        with alone(settings, engine):
            if backup.is_sqlite(engine) and backup.has_tables(engine):
                typer.echo(f"Backed up first: {_back_up(settings, engine, None)}")
            schema.upgrade(engine)
        keys_for(settings, engine)
    typer.echo("The database is up to date now.")


def _is_current(engine: "Engine") -> bool:
    from bot.store import schema

    try:
        schema.check(engine)
    except schema.SchemaWrong:
        return False
    return True


@app.command("backup")
def backup(
    file: Annotated[Path | None, typer.Argument(help="Where to; default: data/backups/, dated.")] = None,
) -> None:
    """Copy the database, while the bot goes on. Never in it: keys, seals, people's keys. Keep those elsewhere.

    Example: kith db backup /media/usb/kith-monday.db
    """
    from bot.store.stamps import stamp_backup

    with opened() as store:
        target = _back_up(store.settings, store.engine, file, tuple(store.vault.keys.keys))
        stamp_backup(store.settings.data, target.absolute(), now())
        keys = "KITH_KEYS" if store.settings.keys else str(store.settings.data / "keys")
        people = store.settings.data / "people"
    typer.echo(
        f"Backed up to {target} ({target.stat().st_size // 1024} KiB), with what is in it in {target.name}.json."
    )
    typer.echo(f"Nobody is named in it without {keys} and {people}: back those up apart, never beside it.")


def _back_up(settings: "Settings", engine: "Engine", file: Path | None, keys: tuple[str, ...] = ()) -> Path:
    from bot.store import backup

    tail = "db" if backup.is_sqlite(engine) else "dump"
    target = file or settings.data / "backups" / f"kith-{now():%Y%m%d-%H%M%S}.{tail}"
    if target.exists():
        raise Stop(f"{target} exists already: name another file")
    backup.back_up(engine, target, keys=keys)
    return target


@app.command("verify")
def verify(
    file: Annotated[Path | None, typer.Argument(help="Which backup; default: the last one.")] = None,
) -> None:
    """Prove that a backup can be restored: restore it to a temporary place, look through it, take it away again.

    The bot goes on meanwhile. Rows, schema, keys and the file's SHA-256 must be what they were when it was made. On
    PostgreSQL the place is a database of its own on the same server, so its user must be allowed to create one.

    Example: kith db verify
    """
    from bot.store.stamps import last_backup, stamp_verified
    from bot.store.verify import verify as prove

    with opened() as store:
        last = last_backup(store.settings.data)
        chosen = file or (Path(last.file) if last else None)
        if chosen is None:
            raise Stop("no backup was made here yet: 'kith db backup' makes one")
        if not chosen.is_file():
            raise Stop(f"{chosen}: there is no such file")
        proof = prove(store.engine, store.vault, chosen, store.settings.data)
        stamp_verified(store.settings.data, chosen, now())
    typer.echo(
        f"{chosen} is sound: schema {proof.schema}, {proof.rows} rows in {proof.tables} tables, and the keys fit."
    )
    if not proof.told:
        typer.echo("It has no manifest beside it, so nobody can say whether rows are missing.")


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="A backup that 'kith db backup' made.", show_default=False)],
    over: Annotated[bool, typer.Option(help="Replace a database that holds residents.")] = False,
    without_people: Annotated[bool, typer.Option(help="Go on though nobody in it has a key here any more.")] = False,
) -> None:
    """Put a backup in place of the database. The bot must be stopped.

    People who were erased since stay erased; polls that closed since stay closed; every letter that was to be sent is
    held until 'kith letters release', since it may have been sent. What happened after the backup is gone.

    Example: kith db restore data/backups/kith-20261201-180000.db --over
    """
    from bot.settings import read_settings
    from bot.store import backup
    from bot.store.verify import check_file

    settings = read_settings()
    if not file.is_file():
        raise Stop(f"{file}: there is no such file")
    check_file(file)
    with connected(settings, make=True) as engine, alone(settings, engine):
        vault = _vault(settings)
        _refuse_people(engine, vault, over=over)
        if backup.is_sqlite(engine):
            done = _restore_sqlite(engine, vault, file, without_people=without_people)
        else:
            done = _restore_postgres(settings, engine, vault, file, without_people=without_people)
    _tell(done)


def _vault(settings: "Settings") -> "Vault":
    """The keys for a backup: never new ones, with which nothing in it could be read."""
    from bot.store.vault import open_vault

    path = settings.data / "keys"
    if settings.keys is None and not path.exists():
        raise Stop(f"the keys are missing: put {path} back first, or set KITH_KEYS")
    return open_vault(settings.data, settings.keys.get_secret_value() if settings.keys else None)[0]


def _refuse_people(engine: "Engine", vault: "Vault", *, over: bool) -> None:
    from bot.store import backup
    from bot.store.engine import transaction

    if over or not backup.has_tables(engine):
        return
    with transaction(engine, vault) as session:
        if backup.count_people(session):
            raise Stop("this database holds residents: --over replaces it (an SQLite one is set aside, not deleted)")


def _restore_sqlite(engine: "Engine", vault: "Vault", file: Path, *, without_people: bool) -> "Restored":
    """Everything is done to a copy beside the database; only then does it take its place, in one step."""
    from bot.store import backup
    from bot.store.engine import open_engine

    database = backup.file_of(engine)
    staged = backup.stage(file, database)
    copy = open_engine(f"sqlite:///{staged}")
    try:
        done = _settled(copy, vault, without_people=without_people)
        backup.settle_log(copy)
    except BaseException:
        copy.dispose()
        staged.unlink()
        raise
    worth_keeping = backup.has_tables(engine)
    backup.settle_log(engine)
    aside = backup.put_in_place(staged, database, keep=worth_keeping)
    if aside is not None:
        typer.echo(f"The database that was there is now {aside}: delete it when you are content.")
    return done


def _restore_postgres(
    settings: "Settings", engine: "Engine", vault: "Vault", file: Path, *, without_people: bool
) -> "Restored":
    """PostgreSQL's own tool replaces all tables in one transaction; the bot must not start before this has finished."""
    from bot.store import backup, schema

    aside = None
    if backup.has_tables(engine):
        aside = settings.data / "backups" / f"before-restore-{now():%Y%m%d-%H%M%S}.dump"
        backup.back_up(engine, aside)
        typer.echo(f"The database that was there was saved to {aside}. Start no bot before this command has finished.")
    engine.dispose()
    backup.restore_postgres(engine, file)
    try:
        return _settled(engine, vault, without_people=without_people)
    except BaseException:
        engine.dispose()
        if aside is not None:
            backup.restore_postgres(engine, aside)
        else:
            schema.downgrade(engine)
        raise


def _settled(engine: "Engine", vault: "Vault", *, without_people: bool) -> "Restored":
    from bot.community.residents import nobody_has_a_key
    from bot.community.restore import settle
    from bot.store import schema
    from bot.store.encrypted import check_keys
    from bot.store.engine import transaction

    schema.upgrade(engine)
    with transaction(engine, vault) as session:
        check_keys(session)
        if nobody_has_a_key(session) and not without_people:
            raise Stop(
                f"nobody in this backup has a key in {vault.people.folder}, so all would be erased: "
                "put that folder back first, or say --without-people"
            )
        return settle(session, now())


def _tell(done: "Restored") -> None:
    from admin_cli.letters import waiting_since

    typer.echo("Restored.")
    if done.erased:
        typer.echo("People who were erased since the backup (or whose keys are missing) are erased again.")
    if done.held.letters:
        typer.echo(
            f"{done.held.letters} letters are held, since they may have been sent: 'kith letters release' shows them."
        )
    if waiting := waiting_since(done.held):
        typer.echo(f"{waiting}: they wait for 'kith letters release', since they may have gone another way meanwhile.")
    if done.held.alerts:
        typer.echo("Nobody had seen to an alert when the backup was made: look after these people now, by other ways.")
    for quarter in done.passed:
        typer.echo(f"{quarter} was over: it stays uncounted, since it may have been released after the backup.")
    for poll in done.closed:
        typer.echo(f"Poll {poll} has no seal any more: it stays closed, and its old votes were deleted uncounted.")
    for poll in done.open:
        typer.echo(f"Poll {poll} is open: votes since the backup are lost; ask people to look at their ballot.")
