"""A backup is proved by restoring it; a restore says nothing twice before somebody has said so."""

import json
import shutil
import sqlite3
import uuid
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import select, text, update

from admin_cli.door import opened
from bot.store import letters, manifest, quarantine
from bot.store.backup import BackupImpossible, back_up
from bot.store.engine import open_engine
from bot.store.lock import RunLock
from bot.store.tables import Letter, Place, Round
from bot.store.verify import verify
from tests.admin_cli.conftest import now
from tests.conftest import POSTGRES


def states(house):
    return house.do(letters.counts)


def changed(where, **values):
    return lambda session: session.execute(update(Letter).where(where).values(**values))


# Verify


def test_a_backup_is_proved_by_restoring_it_and_nothing_stays_behind(either_house, tmp_path):
    house = either_house
    house.poll(house.steering_group(5))
    assert "no backup was made here yet" in house.refuses("db", "verify")
    house.says("db", "backup", tmp_path / "a.backup")
    house.joins(900, "Olena")
    before = sorted(house.data.iterdir())
    said = house.says("db", "verify")
    assert f"{tmp_path / 'a.backup'} is sound: schema" in said
    assert "and the keys fit" in said
    assert sorted(house.data.iterdir()) == before
    assert house.do(lambda session: session.query(Letter).count()) == 5, "the house itself was not touched"
    if str(house.do(lambda session: session.get_bind().dialect.name)) == "postgresql":
        with psycopg.connect(POSTGRES) as server:
            left = server.execute("select count(*) from pg_database where datname like 'kith_verify_%'").fetchone()
        assert left == (0,)


def test_a_manifest_tells_what_is_in_a_backup_and_nobodys_name(either_house, tmp_path):
    either_house.steering_group(4)
    either_house.says("db", "backup", tmp_path / "a.backup")
    told = manifest.read(tmp_path / "a.backup")
    assert told.rows["resident"] == told.rows["role"] == 4
    assert told.keys == ("k1",)
    assert told.size == (tmp_path / "a.backup").stat().st_size
    assert told.schema
    assert "Amina" not in manifest.beside(tmp_path / "a.backup").read_text()


def test_a_backup_is_verified_while_the_bot_writes(house, tmp_path):
    house.steering_group(3)
    house.says("db", "backup", tmp_path / "a.db")
    with opened() as store, RunLock(house.data / "run.lock"):
        bot = sqlite3.connect(house.data / "kith.db", isolation_level=None)
        bot.execute("begin immediate")
        bot.execute("insert into bot values (1, 'half_written')")
        assert verify(store.engine, store.vault, tmp_path / "a.db", house.data).rows > 3
        bot.execute("commit")
        bot.close()


def test_a_byte_that_flipped_is_found_and_such_a_backup_is_not_restored(either_house, tmp_path):
    house = either_house
    house.steering_group(3)
    house.says("db", "backup", tmp_path / "a.backup")
    with (tmp_path / "a.backup").open("r+b") as file:
        file.seek(-100, 2)
        byte = file.read(1)
        file.seek(-100, 2)
        file.write(bytes([byte[0] ^ 1]))
    assert "SHA-256 differs" in house.refuses("db", "verify", tmp_path / "a.backup")
    assert "SHA-256 differs" in house.refuses("db", "restore", tmp_path / "a.backup", "--over")
    manifest.beside(tmp_path / "a.backup").write_text("{}")
    assert "cannot be read" in house.refuses("db", "verify", tmp_path / "a.backup")


def test_rows_that_are_missing_are_found(house, tmp_path):
    house.steering_group(3)
    house.says("db", "backup", tmp_path / "a.db")
    copy = sqlite3.connect(tmp_path / "a.db")
    copy.execute("delete from role where resident_id = 1")
    copy.commit()
    copy.close()
    told = json.loads(manifest.beside(tmp_path / "a.db").read_text())
    told["sha256"] = manifest.digest(tmp_path / "a.db")
    manifest.beside(tmp_path / "a.db").write_text(json.dumps(told))
    assert "gives 2 rows of role, not 3" in house.refuses("db", "verify", tmp_path / "a.db")


def test_rows_that_hang_on_nothing_are_found(house, tmp_path):
    house.steering_group(3)
    back = tmp_path / "a.db"
    house.says("db", "backup", back)
    copy = sqlite3.connect(back)
    copy.execute("delete from place")
    copy.commit()
    copy.close()
    manifest.beside(back).unlink()
    assert "rows that hang on nothing" in house.refuses("db", "verify", back)


def test_a_backup_without_a_manifest_is_looked_through_and_that_is_said(house, tmp_path):
    house.says("db", "backup", tmp_path / "a.db")
    manifest.beside(tmp_path / "a.db").unlink()
    assert "nobody can say whether rows are missing" in house.says("db", "verify", tmp_path / "a.db")


def test_keys_that_do_not_read_a_backup_are_found_before_they_are_needed(house, tmp_path):
    house.steering_group(3)
    house.says("db", "backup", tmp_path / "a.db")
    house.says("keys", "rotate")
    house.says("keys", "rotate", "--drop-old")
    assert "the keys here do not read" in house.refuses("db", "verify", tmp_path / "a.db")


def test_a_backup_of_the_other_engine_or_of_no_engine_is_refused(house, tmp_path):
    (tmp_path / "a.dump").write_bytes(b"PGDMP" + b"x" * 100)
    assert "is no SQLite backup" in house.refuses("db", "verify", tmp_path / "a.dump")
    assert "no such file" in house.refuses("db", "verify", tmp_path / "none.db")
    (tmp_path / "half.db").write_bytes((house.data / "kith.db").read_bytes()[:20_000])
    assert "no sound backup" in house.refuses("db", "verify", tmp_path / "half.db")


def test_a_user_of_postgresql_who_may_not_create_databases_is_told_what_is_missing(either_house, tmp_path):
    house = either_house
    if not str(house.do(lambda session: session.get_bind().dialect.name)).startswith("postgres"):
        pytest.skip("a file needs nobody's leave")
    house.says("db", "backup", tmp_path / "a.dump")
    with opened() as store, psycopg.connect(POSTGRES, autocommit=True) as server:
        name = f"kith_humble_{uuid.uuid4().hex[:8]}"
        server.execute(f"create role {name} login")
        try:
            humble = open_engine(store.engine.url.set(username=name).render_as_string(hide_password=False))
            with pytest.raises(BackupImpossible, match=f"alter role {name} createdb"):
                verify(humble, store.vault, tmp_path / "a.dump", house.data)
            humble.dispose()
        finally:
            server.execute(f"drop role {name}")


def test_a_postgresql_backup_counts_what_it_holds_whatever_is_written_meanwhile(either_house, tmp_path, monkeypatch):
    house = either_house
    if not str(house.do(lambda session: session.get_bind().dialect.name)).startswith("postgres"):
        pytest.skip("SQLite's copy is counted itself")
    from bot.store import backup

    dump = backup._postgres

    def write_and_dump(engine, tool, *options):
        house.joins(901, "Latecomer")
        dump(engine, tool, *options)

    house.steering_group(3)
    with opened() as store:
        monkeypatch.setattr(backup, "_postgres", write_and_dump)
        told = back_up(store.engine, tmp_path / "a.dump")
        monkeypatch.setattr(backup, "_postgres", dump)
        assert told.rows["resident"] == 3
        assert verify(store.engine, store.vault, tmp_path / "a.dump", house.data).told
    assert house.do(lambda session: session.execute(text("select count(*) from resident")).scalar()) == 4


# Quarantine


def test_f28_nothing_is_sent_again_before_it_is_released(either_house, tmp_path):
    """facts/failures.md F28: what was to be sent when the backup was made may have been sent since."""
    house = either_house
    house.poll(house.steering_group(5))
    first, second, third = house.do(lambda session: session.scalars(select(Letter.id).order_by(Letter.id)).all())[:3]
    later = now() + timedelta(days=1)
    house.do(changed(Letter.id >= first, not_before=now()))
    house.do(changed(Letter.id == first, state="sending", claim="x", claimed_until=now()))
    house.do(changed(Letter.id == second, state="sent"))
    house.do(changed(Letter.id == third, not_before=later))
    house.says("db", "backup", tmp_path / "monday.backup")
    said = house.says("db", "restore", tmp_path / "monday.backup", "--over")
    assert "4 letters are held" in said
    assert states(house) == {"held": 4, "sent": 1}
    assert house.do(lambda session: session.get(Letter, first).claim) is None
    assert house.do(quarantine.held) == quarantine.Held(perhaps_sent=3, not_yet_due=1)
    refused = house.kith("letters", "release")
    assert refused.exit_code == 2
    assert "Held: 3 that may have been sent, 1 that were not due yet." in refused.stdout
    assert states(house)["held"] == 4, "a script must say --yes"
    assert "Released: 1" in house.says("letters", "release", "--certain", "--yes")
    assert states(house) == {"held": 3, "queued": 1, "sent": 1}
    assert house.do(lambda session: session.get(Letter, third).uncertain) == 0
    assert "Released: 3" in house.says("letters", "release", "--yes")
    assert states(house) == {"queued": 4, "sent": 1}
    assert house.do(lambda session: session.get(Letter, first).uncertain) == 1
    assert "No letter is held." in house.says("letters", "release")


def test_f28_held_letters_can_be_given_up(house, tmp_path):
    house.poll(house.steering_group(5))
    house.says("db", "backup", tmp_path / "a.db")
    house.says("db", "restore", tmp_path / "a.db", "--over")
    assert "say one of them" in house.refuses("letters", "release", "--certain", "--drop")
    assert "Given up: 5" in house.says("letters", "release", "--drop", "--yes")
    assert states(house) == {"cancelled": 5}


def test_f28_reminders_that_fell_due_since_the_backup_are_held_too(house, tmp_path):
    """Their letters are not in the backup: the next tick would have written, and sent, them a second time."""
    poll = house.poll(house.steering_group(5))
    house.says("db", "backup", tmp_path / "a.db")
    copy = sqlite3.connect(tmp_path / "a.db")
    copy.execute("update round set remind_at = '2026-01-01 00:00:00.000000'")
    copy.commit()
    copy.close()
    manifest.beside(tmp_path / "a.db").unlink()
    house.says("db", "restore", tmp_path / "a.db", "--over")
    assert house.do(lambda session: session.get(Round, poll).remind_at) is None
    kinds = house.do(lambda session: {(one.kind, one.state, one.uncertain) for one in session.query(Letter)})
    assert {(kind, state) for kind, state, _uncertain in kinds} == {
        (kind, "held") for kind in ("poll_invitation", "poll_reminder")
    }
    assert {uncertain for kind, _state, uncertain in kinds if kind == "poll_reminder"} == {1}


def test_f28_who_was_erased_stays_erased_after_the_restore_of_an_old_backup(either_house, tmp_path):
    house = either_house
    people = house.steering_group(4)
    house.says("db", "backup", tmp_path / "a.backup")
    house.forgets(people[1])
    assert "is sound" in house.says("db", "verify", tmp_path / "a.backup"), "the proof brings nobody back"
    house.says("db", "restore", tmp_path / "a.backup", "--over")
    assert house.do(lambda session: session.execute(text("select count(*) from resident")).scalar()) == 3


def test_the_database_set_aside_by_a_restore_is_whole_and_named(either_house, tmp_path):
    house = either_house
    house.steering_group(2)
    house.says("db", "backup", tmp_path / "a.backup")
    said = house.says("db", "restore", tmp_path / "a.backup", "--over")
    assert house.do(lambda session: session.query(Place).count()) == 1
    aside = [*house.data.glob("kith.db.before-restore"), *(house.data / "backups").glob("before-restore-*.dump")]
    assert len(aside) == 1
    assert str(aside[0]) in said
    shutil.copy(aside[0], tmp_path / "again")
    assert "is sound" in house.says("db", "verify", tmp_path / "again")
