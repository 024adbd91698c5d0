"""The schema's age: migrating up and down, and refusing to run on another one.

Alembic is imported only where something is to be migrated: a start on a migrated database does without its 9 MB.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaWrong(Exception):
    """The database is newer than this program, or was not migrated: `found` and `wanted` are revisions."""

    def __init__(self, found: str | None, wanted: str | None) -> None:
        super().__init__(found, wanted)
        self.found = found
        self.wanted = wanted


def revisions() -> list[str]:
    """This program's revisions in order: each migration's file begins with its own."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def upgrade(engine: Engine, to: str = "head") -> None:
    """Migrate up to a revision; on PostgreSQL one process at a time. Raises SchemaWrong on a newer database."""
    with _migrating(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(726974)"))
        found = revision_in(connection)
        if found is not None and found not in revisions():
            raise SchemaWrong(found, revisions()[-1])
        if to != "head" or found != revisions()[-1]:
            from alembic import command

            command.upgrade(_config(connection), to)


def bring_up(engine: Engine) -> None:
    """Migrate with an engine of its own, which is let go of: a migration may take its time, a house that serves may not."""
    try:
        upgrade(engine)
    finally:
        engine.dispose()


def downgrade(engine: Engine, to: str = "base") -> None:
    """Migrate down to a revision."""
    from alembic import command

    with _migrating(engine) as connection:
        command.downgrade(_config(connection), to)


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """A transaction to migrate in.

    SQLite changes a table by making it anew and dropping the old one, which would take along every row that hangs on
    it: foreign keys are off meanwhile, and looked through before the commit (sqlite.org/lang_altertable.html, 7).
    """
    with engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            with connection.begin():
                yield connection
            return
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                lost = connection.execute(text("PRAGMA foreign_key_check")).all()
                if lost:
                    msg = (
                        f"the migration would leave rows without what they hang on: {sorted({row[0] for row in lost})}"
                    )
                    raise RuntimeError(msg)
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def check(engine: Engine) -> None:
    """Raise SchemaWrong unless the database has exactly this program's schema."""
    with engine.connect() as connection:
        check_in(connection)


def check_in(connection: Connection) -> None:
    """As `check`, for a connection that is open already."""
    found, wanted = revision_in(connection), revisions()[-1]
    if found != wanted:
        raise SchemaWrong(found, wanted)


def revision_in(connection: Connection) -> str | None:
    """The revision that the database says it has."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("select version_num from alembic_version"))
    return found


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
