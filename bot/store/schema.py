"""The schema's age: migrating up and down, and refusing to run on another one."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text


class SchemaWrong(Exception):
    """The database is newer than this program, or was not migrated: `found` and `wanted` are revisions."""

    def __init__(self, found: str | None, wanted: str | None) -> None:
        super().__init__(found, wanted)
        self.found = found
        self.wanted = wanted


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, to: str = "head") -> None:
    """Migrate up to a revision; on PostgreSQL one process at a time. Raises SchemaWrong on a newer database."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(726974)"))
        found = _refuse_newer(connection)
        if to != "head" or found != _head(connection):
            command.upgrade(_config(connection), to)


def downgrade(engine: Engine, to: str = "base") -> None:
    """Migrate down to a revision."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), to)


def check(engine: Engine) -> None:
    """Raise SchemaWrong unless the database has exactly this program's schema."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        wanted = _head(connection)
    if found != wanted:
        raise SchemaWrong(found, wanted)


def _head(connection: Connection) -> str | None:
    return ScriptDirectory.from_config(_config(connection)).get_current_head()


def _refuse_newer(connection: Connection) -> str | None:
    """The database's revision, if this program knows it."""
    found = MigrationContext.configure(connection).get_current_revision()
    known = ScriptDirectory.from_config(_config(connection))
    if found is not None and found not in {script.revision for script in known.walk_revisions()}:
        raise SchemaWrong(found, known.get_current_head())
    return found
