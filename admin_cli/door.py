"""The way into the house for every command: settings, keys and database, and one line for whatever goes wrong."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bot.settings import Settings
    from bot.store.engine import Session
    from bot.store.tables import Place, Round
    from bot.store.vault import Vault

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
PlaceName = Annotated[str, typer.Option("--place", help="The place's short name.", show_default=False)]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether I am sure.")]


class Stop(Exception):
    """The command cannot go on; the message says what to do."""


@dataclass(frozen=True)
class Store:
    """An open database with its keys."""

    settings: "Settings"
    engine: "Engine"
    vault: "Vault"

    def transaction(self) -> "AbstractContextManager[Session]":
        """One transaction; it commits at the end, unless something was raised."""
        from bot.store.engine import transaction

        return transaction(self.engine, self.vault)


@contextmanager
def opened() -> Iterator[Store]:
    """The store of this install, checked: there, of this program's make, and with the keys that fit it."""
    from bot.settings import read_settings
    from bot.store import schema
    from bot.store.encrypted import check_keys

    settings = read_settings()
    with connected(settings) as engine:
        schema.check(engine)
        store = Store(settings, engine, keys_for(settings, engine))
        with store.transaction() as session:
            check_keys(session)
        yield store


@contextmanager
def connected(settings: "Settings", *, make: bool = False) -> Iterator["Engine"]:
    """The database, whatever its state. A missing SQLite file is made only by those who say so."""
    from bot.store import backup
    from bot.store.engine import open_engine

    engine = open_engine(settings.database)
    if backup.is_sqlite(engine):
        path = backup.file_of(engine)
        if make:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.exists():
            raise Stop(f"there is no database at {path} yet: 'kith db upgrade' makes it (KITH_DATA says where)")
    try:
        yield engine
    finally:
        engine.dispose()


def keys_for(settings: "Settings", engine: "Engine") -> "Vault":
    """The keys. New ones are made only for a database that nothing was encrypted in yet."""
    from bot.store.opening import KeysMissing, vault_for

    given = settings.keys.get_secret_value() if settings.keys else None
    try:
        vault, made = vault_for(engine, settings.data, given)
    except KeysMissing:
        raise Stop(f"the key file {settings.data / 'keys'} is missing: put it back, or set KITH_KEYS") from None
    if made:
        typer.echo(f"A new key file was made: {settings.data / 'keys'}. Back it up, apart from the database.", err=True)
    return vault


def alone(settings: "Settings", engine: "Engine") -> AbstractContextManager[object]:
    """Nobody else at work on this database. Raises AlreadyRunning, or Stop on PostgreSQL."""
    from bot.store import backup
    from bot.store.lock import one_house

    if backup.is_sqlite(engine):
        return one_house(settings.data, settings.database)
    if others := backup.others_at_work(engine):
        raise Stop(f"the database has {others} other connections: stop the bot (all its processes) first")
    return nullcontext()


def now() -> datetime:
    """The present moment; where the sandbox is what runs here, by its clock."""
    return datetime.now(UTC) + _ahead()


def _ahead() -> timedelta:
    """How far somebody has moved the sandbox's clock. With a bot's token set, this is no sandbox."""
    from pydantic import ValidationError

    from bot.settings import Settings

    with suppress(ValidationError, OSError, ValueError, OverflowError):
        settings = Settings()
        if settings.bot_token is None:
            return timedelta(seconds=float((settings.data / "sandbox.clock").read_text(encoding="ascii")))
    return timedelta()


def place_named(session: "Session", slug: str) -> "Place":
    """The place, or a word on where to find its name."""
    from bot.store import places

    place = places.place_named(session, slug)
    if place is None:
        raise Stop(f"there is no place {slug!r}: 'kith place list' shows them")
    return place


def poll_numbered(session: "Session", number: int) -> "Round":
    """The poll, or a word on where to find its number."""
    from bot.store import rounds

    round_ = rounds.round_by_id(session, number)
    if round_ is None or round_.kind != "poll":
        raise Stop(f"there is no poll {number}: 'kith poll list' shows them")
    return round_


def sure(question: str, *, yes: bool, must_ask: bool = False) -> None:
    """Ask whoever sits there. A script is not asked, but for what `must_ask` says it has to confirm with --yes."""
    import sys

    if yes:
        return
    if sys.stdin.isatty():
        if not typer.confirm(question):
            raise Stop("nothing was done")
    elif must_ask:
        raise Stop(f"{question} Nothing was done: say so with --yes")


def one_line(error: BaseException) -> str | None:
    """What went wrong and what to do, in one line; None for a fault of the program, whose trace is wanted."""
    if hasattr(error, "format_message"):  # Typer's own: a wrong option, a missing argument
        command = getattr(getattr(error, "ctx", None), "command_path", "kith")
        return f"{command}: {_joined(error.format_message()).rstrip('.')}. See '{command} --help'."
    if isinstance(error, typer.Abort):
        return "nothing was done"
    said = _house_error(error) or _database_error(error)
    return _joined(said) if said else None


def _house_error(error: BaseException) -> str | None:
    from bot.community.aid_place import AidWrong
    from bot.community.alerts import HelplineWrong
    from bot.community.evaluators import LabelWrong
    from bot.community.places import PlaceWrong
    from bot.community.tallies import NoSuchRelease, ReleaseAltered
    from bot.community.toml_lines import FileWrong
    from bot.refusals import BroadcastInvalid, CheckinInvalid, PollInvalid
    from bot.store.backup import BackupImpossible
    from bot.store.lock import AlreadyRunning
    from bot.store.schema import SchemaWrong
    from bot.store.vault import KeysWrong

    match error:
        case NoSuchRelease() | ReleaseAltered() | LabelWrong():
            return str(error)
        case Stop() | AidWrong() | PlaceWrong() | HelplineWrong() | FileWrong() | BackupImpossible():
            return str(error)
        case PollInvalid() | BroadcastInvalid() | CheckinInvalid():
            return f"{error.field} must be {error.reason}"
        case AlreadyRunning():
            return "the bot is running on this database: stop it first"
        case KeysWrong():
            return "the keys do not fit this database: set KITH_KEYS, or put the right key file into the data folder"
        case SchemaWrong(found=None):
            return "the database has not been set up yet: 'kith db upgrade' does it"
        case SchemaWrong():
            return (
                f"the database has schema {error.found}, this program {error.wanted}: "
                "'kith db upgrade' brings it up; if it is the newer one, install the newer program"
            )
        case OSError():
            return f"{error.filename or 'a file'}: {error.strerror}: check the path and who may write there"
        case _:
            return None


def _database_error(error: BaseException) -> str | None:
    from sqlalchemy.exc import DBAPIError

    if not isinstance(error, DBAPIError):
        return None
    reason = str(error.orig)
    if "locked" in reason:
        return "the database is busy: try again in a moment"
    return f"the database does not answer as it should ({reason}): check KITH_DATABASE_URL, then 'kith doctor'"


def _joined(text: Any) -> str:
    return " ".join(str(text).split())
