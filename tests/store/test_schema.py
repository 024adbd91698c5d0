"""Migrations: up, down and up again; and nothing in the tables that no migration made."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from bot.store import schema
from bot.store.engine import open_engine
from bot.store.tables import Table


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


def test_rows_stay_when_their_tables_are_made_anew(engine):
    """SQLite drops a table that is changed: with foreign keys on, everybody would go along with their place."""
    schema.downgrade(engine, "0001")
    with engine.begin() as connection:
        for row in (
            (
                "into place (id, slug, name, run_by, contact, languages, timezone, quiet_from, quiet_to, steering_polls)"
                " values (1, 'm', 'M', 'us', '', '[]', 'UTC', '21:00', '08:00', true)"
            ),
            "into patch (id, place_id, name, position) values (1, 1, 'Mill Road', 1)",
            "into text (id, place_id, source_language) values (1, 1, 'en')",
            "into wording (text_id, language, body, state) values (1, 'en', 'Which?', 'approved')",
            (
                "into group_chat (id, place_id, purpose, lookup, chat_id, language, lost)"
                " values (1, 1, 'steering', 'l', 'c', 'en', false)"
            ),
            (
                "into round (id, place_id, kind, audience, secrecy, state, title_id, closes_at, breakdowns)"
                " values (1, 1, 'poll', 'steering', 'private', 'open', 1, '2026-01-01 00:00:00', '[]')"
            ),
            (
                "into letter (id, place_id, group_id, round_id, kind, facts, priority, dedupe, state, not_before,"
                " expires_at, attempts, uncertain) values (1, 1, 1, 1, 'poll_card', 'f', 2, 'd', 'queued',"
                " '2026-01-01 00:00:00', '2026-01-01 00:00:00', 0, 0)"
            ),
            "into card (round_id, group_id, letter_id, shows) values (1, 1, 1, '')",
        ):
            connection.execute(text(f"insert {row}"))
    schema.upgrade(engine)
    with engine.connect() as connection:
        for table in ("place", "patch", "text", "wording", "group_chat", "round", "letter", "card"):
            assert connection.scalar(text(f"select count(*) from {table}")) == 1, table
        assert connection.execute(text("select weekly_letters, letters_paused from place")).one() == (5, False)
        connection.execute(text("update letter set state = 'held'"))
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(text("update letter set state = 'nonsense'"))
