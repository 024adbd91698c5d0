"""Migrations: up, down and up again; and nothing in the tables that no migration made."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from bot.store import schema
from bot.store.tables import Table
from bot.store.writer import open_engine


@pytest.fixture
def engine(database):
    made = open_engine(database)
    yield made
    made.dispose()


def tables_in(engine):
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_the_stairway_goes_down_and_up_again(engine):
    assert tables_in(engine) == set(Table.metadata.tables)
    schema.downgrade(engine)
    assert tables_in(engine) == set()
    schema.upgrade(engine)
    assert tables_in(engine) == set(Table.metadata.tables)


def test_the_tables_have_not_drifted_from_the_migrations(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []


def test_a_database_of_a_newer_program_is_refused(engine):
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(schema.SchemaWrong):
        schema.upgrade(engine)
    with pytest.raises(schema.SchemaWrong):
        schema.check(engine)
