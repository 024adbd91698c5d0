"""What somebody can do who holds the database, all keys and all of this program, but not a round's seal."""

import asyncio
import hmac
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import MetaData, select, text

from bot.app import assemble, run
from bot.delivery.pace import Pace
from bot.settings import Settings
from bot.store.encrypted import ENCRYPTED
from bot.store.engine import transaction
from bot.store.tables import Resident
from sandbox.server import Sandbox
from tests.town import Town

ENCRYPTED_IN = {sealed.table.__tablename__: sealed for sealed in ENCRYPTED}


def every_row(engine):
    """Every row of every table there is, whatever the program thinks there should be: (table, {column: value})."""
    schema = MetaData()
    schema.reflect(engine)
    with engine.connect() as connection:
        for table in schema.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                yield table, dict(row)


def opened(vault, table, row):
    """A row with its encrypted columns read, as far as the keys reach."""
    sealed = ENCRYPTED_IN.get(table.name)
    if sealed is None:
        return row
    own = vault.people.read(row["key_name"]) if sealed.own else b""
    name = row[sealed.named_by]
    named = bytes(name).hex() if not isinstance(name, str) else name
    where = {column: f"{table.name}:{column}:{named}" for column in sealed.columns}
    return row | {
        column: vault.keys.decrypt(where[column], bytes(row[column]), own).decode() for column in sealed.columns
    }


class Known:
    """All that stands for one person: row id, Telegram id, name, lookup hash, the name of their key."""

    def __init__(self, session, neighbour):
        lookup = session.vault.keys.lookup(neighbour.person.id)
        resident = session.scalar(select(Resident).where(Resident.lookup == lookup))
        self.id, self.lookup, self.key_name = resident.id, lookup, resident.key_name
        self.telegram_id, self.name = neighbour.person.id, neighbour.person.name
        self.key = session.vault.people.read(resident.key_name)
        self._words = re.compile(rf"\b({self.telegram_id}|{re.escape(self.name)}|{self.key_name})\b")

    def named_in(self, table, column, value):
        """Whether a cell names this person, in whatever way."""
        if isinstance(value, bytes | memoryview):
            return self.lookup in bytes(value)
        if isinstance(value, str):
            return bool(self._words.search(value)) or (column == "dedupe" and self.id in _numbers(value)[1:])
        if isinstance(value, int):
            return value == self.telegram_id or (value == self.id and _means_residents(table, column))
        return False


def _numbers(words):
    return [int(number) for number in re.findall(r"\d+", words)]


def _means_residents(table, column):
    keys = table.columns[column].foreign_keys
    return (table.name, column) == ("resident", "id") or any(key.column.table.name == "resident" for key in keys)


def said_of(engine, vault, known, since):
    """What the database says of a person: each row that names them, without what names them, and without row ids.

    Times before `since` are all alike: who joined when was known before the poll. `message_id` is Telegram's own
    number, and `claim` is drawn anew for each batch of letters.
    """
    said = []
    for table, row in every_row(engine):
        cells = opened(vault, table, row)
        if any(known.named_in(table, column, value) for column, value in cells.items()):
            rest = {
                column: _timed(value, since)
                for column, value in cells.items()
                if not known.named_in(table, column, value) and column not in {"id", "message_id", "claim"}
            }
            said.append(f"{table.name} {sorted(rest.items())}")
    return sorted(said)


def _timed(value, since):
    if not isinstance(value, datetime):
        return value
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return "before" if aware < since else aware.isoformat()


def cells_with(engine, needles):
    """Where in the database any of these bytes stand, raw or as text."""
    return [
        f"{table.name}.{column}"
        for table, row in every_row(engine)
        for column, value in row.items()
        for needle in needles
        if needle in _bytes(value) or needle.hex() in str(value)
    ]


def _bytes(value):
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def files_with(folder, needles):
    """Which files under a folder hold any of these bytes, free pages and write-ahead logs included."""
    return [
        path.name
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and (content := path.read_bytes()) and any(needle in content for needle in needles)
    ]


def marks_made(seal, people):
    """Marks, made as the house makes them, from the design's own words; nothing of the house is called."""
    return {known.id: hmac.digest(seal, b"answer:%d" % known.id, sha256)[:16] for known in people}


def guessed_marks(secrets_held, people):
    """Every mark that somebody can make who lacks the seal but has every other secret, and knows the recipe."""
    return {
        hmac.digest(secret, said, sha256)[:16]
        for secret in secrets_held
        for known in people
        for said in (
            b"answer:%d" % known.id,
            b"answer:%d" % known.telegram_id,
            b"answer:" + known.lookup,
            b"answer:" + known.key_name.encode(),
            known.lookup,
        )
    }


def transactions_of(engine, table):
    """PostgreSQL's own stamps on the rows of a table: which transactions wrote or locked them."""
    with engine.connect() as connection:
        stamps = connection.execute(text(f'select xmin::text, xmax::text from "{table}"'))
        return {stamp for row in stamps for stamp in row} - {"0"}


@asynccontextmanager
async def house_again(database, folder):
    """The same house once more, as after a restart, beside a Telegram that knows nobody."""
    async with Sandbox(port=0) as box:
        settings = Settings(_env_file=None, data=folder, database_url=database, flood_burst=10_000)
        async with assemble(settings, box.token, box.url) as house:
            box.limits.enabled = False
            house.delivery.pace = Pace(0, 0, 0)
            running = asyncio.create_task(run(house))
            try:
                yield Town(box, house)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


def done_by_hand(house_or_engine, vault, work):
    """One transaction without the house: what the command line does, or a process that dies right after it."""
    with transaction(house_or_engine, vault) as session:
        return work(session)
