"""Every test gets a fresh database, SQLite and PostgreSQL in turn, copied from one that was migrated once."""

import os
import shutil
import sys
import uuid

import pytest
import structlog

from bot.store import schema
from bot.store.engine import checkpoint, open_engine
from tests.chromium import browser  # noqa: F401 - a fixture
from tests.town import millbrook, until

POSTGRES = os.environ.get("KITH_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
NO_POSTGRES = "no PostgreSQL answers at KITH_TEST_POSTGRES (or on this machine): set it to run these"


def _postgres(name=None):
    """The test server's address, for a database of it."""
    base = POSTGRES.replace("postgresql://", "postgresql+psycopg://", 1)
    return base if name is None else base.rpartition("/")[0] + "/" + name


def _run_on_server(statement):
    engine = open_engine(_postgres())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(scope="session", autouse=True)
def quiet_log():
    """A test that fails shows the log; one that passes shows none."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.KeyValueRenderer()],
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
    )


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "kith.db"
    engine = open_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    checkpoint(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def migrated_postgres():
    name = f"kith_template_{uuid.uuid4().hex[:8]}"
    try:
        _run_on_server(f"create database {name}")
    except Exception:
        return None
    engine = open_engine(_postgres(name))
    schema.upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture(scope="session", autouse=True)
def _clean_server(request):
    yield
    template = request.session.__dict__.get("_kith_template")
    if template:
        _run_on_server(f"drop database if exists {template} with (force)")


@pytest.fixture
def postgres_database(request, migrated_postgres):
    """The address of a fresh, migrated database on PostgreSQL."""
    if migrated_postgres is None:
        pytest.skip(NO_POSTGRES)
    request.session.__dict__["_kith_template"] = migrated_postgres
    name = f"kith_{uuid.uuid4().hex[:12]}"
    _run_on_server(f"create database {name} template {migrated_postgres}")
    yield _postgres(name)
    _run_on_server(f"drop database if exists {name} with (force)")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    """The address of a fresh, migrated database."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture
def sqlite_database(tmp_path, migrated_sqlite):
    """As `database`, where the other engine would prove nothing more."""
    path = tmp_path / "kith.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def town(database, tmp_path):
    """Millbrook on either database."""
    async with millbrook(database, tmp_path / "data") as place:
        yield place


@pytest.fixture
async def small_town(sqlite_database, tmp_path):
    """Millbrook on SQLite alone."""
    async with millbrook(sqlite_database, tmp_path / "data") as place:
        yield place


@pytest.fixture
async def webhook_town(sqlite_database, tmp_path, unused_tcp_port):
    """Millbrook with Telegram bringing the updates: its secret is "millbrook-secret"."""
    hook = {"webhook_url": f"http://127.0.0.1:{unused_tcp_port}/hook", "webhook_port": unused_tcp_port}
    async with millbrook(sqlite_database, tmp_path / "data", webhook_secret="millbrook-secret", **hook) as place:
        await until(lambda: place.box.bot.webhook is not None)
        yield place


def pytest_terminal_summary(terminalreporter):
    """Figures that a test wants to be seen, whichever worker ran it."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "shown":
                terminalreporter.write_line(value)
