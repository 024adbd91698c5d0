"""Alembic's way in: the engine comes from bot/store/schema.py, or from the environment when run by hand."""

from alembic import context
from sqlalchemy import Connection

from bot.store.tables import Table


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    from bot.settings import read_settings
    from bot.store.engine import open_engine

    with open_engine(read_settings().database).begin() as made:
        _run(made)
