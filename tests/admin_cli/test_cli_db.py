"""A backup holds no keys; what is put back brings nobody back who was erased, and says nothing twice."""

import sqlite3

import pytest
from sqlalchemy import select, update

from admin_cli.door import opened
from bot.store import letters, places, residents, rounds
from bot.store.backup import back_up
from bot.store.engine import open_engine
from bot.store.lock import RunLock
from bot.store.tables import Letter, Release, Resident
from tests.admin_cli.conftest import now


def count(house):
    return house.do(lambda session: len(session.scalars(select(Resident.id)).all()))


def letter_states(house):
    return house.do(letters.counts)


def test_a_backup_is_one_file_without_any_secret(house):
    people = house.steering_group(5)
    poll = house.poll(people)
    house.votes(poll, people[0], 1)
    said = house.says("db", "backup")
    backup, manifest = sorted((house.data / "backups").iterdir())
    assert str(backup) in said
    assert manifest.name == f"{backup.name}.json"
    assert {path.stat().st_mode & 0o777 for path in (backup, manifest)} == {0o600}
    content = backup.read_bytes() + manifest.read_bytes()
    secrets = [path for folder in ("seals", "people") for path in (house.data / folder).rglob("*") if path.is_file()]
    assert len(secrets) == 6
    for path in [*secrets, house.data / "keys"]:
        assert path.read_bytes()[:32] not in content
    assert b"Amina" not in content
    assert "exists already" in house.refuses("db", "backup", backup)


def test_a_backup_is_made_while_the_bot_writes(house, tmp_path):
    bot = sqlite3.connect(house.data / "kith.db", isolation_level=None)
    bot.execute("begin immediate")
    bot.execute("insert into bot values (1, 'half_written')")
    with RunLock(house.data / "run.lock"):
        engine = open_engine(f"sqlite:///{house.data / 'kith.db'}")
        back_up(engine, tmp_path / "a.db")
        engine.dispose()
    bot.execute("commit")
    bot.close()
    copy = sqlite3.connect(tmp_path / "a.db")
    assert copy.execute("select count(*) from bot").fetchone() == (0,)
    copy.close()


def test_erased_people_stay_erased_and_nothing_is_said_twice(either_house, tmp_path):
    house = either_house
    people = house.steering_group(6)
    house.poll(people)
    later = house.do(
        lambda session: session.scalars(
            update(Letter)
            .where(Letter.resident_id == people[5])
            .values(not_before=now().replace(year=2099), expires_at=now().replace(year=2100))
            .returning(Letter.id)
        ).one()
    )
    house.do(lambda session: session.execute(update(Letter).where(Letter.id != later).values(not_before=now())))
    house.says("db", "backup", tmp_path / "monday.backup")
    house.forgets(people[0])
    assert "holds residents: --over replaces it" in house.refuses("db", "restore", tmp_path / "monday.backup")
    said = house.says("db", "restore", tmp_path / "monday.backup", "--over")
    assert "People who were erased since the backup (or whose keys are missing) are erased again." in said
    assert count(house) == 5
    assert house.do(lambda session: residents.resident_found_by(session, session.vault.keys.lookup(100))) is None
    assert letter_states(house) == {"held": 5}
    assert "5 letters are held, since they may have been sent" in said
    assert "Poll 1 is open: votes since the backup are lost" in said


def test_a_poll_that_closed_since_stays_closed_and_its_old_ballots_are_not_counted_again(either_house, tmp_path):
    house = either_house
    people = house.steering_group(6)
    poll = house.poll(people)
    for person in people:
        house.votes(poll, person, 1)
    house.says("db", "backup", tmp_path / "monday.backup")
    house.says("poll", "close", poll)
    said = house.says("db", "restore", tmp_path / "monday.backup", "--over")
    assert "Poll 1 has no seal any more: it stays closed" in said
    assert house.do(lambda session: rounds.all_answers(session, poll)) == {}
    assert house.do(lambda session: session.get(Release, poll)) is None
    assert "its result is only where it was told" in house.refuses("poll", "results", poll)


def test_what_was_there_is_set_aside_and_can_be_put_back_too(house, tmp_path):
    house.steering_group(2)
    house.says("db", "backup", tmp_path / "two.db")
    house.joins(900, "Olena")
    said = house.says("db", "restore", tmp_path / "two.db", "--over")
    aside = house.data / "kith.db.before-restore"
    assert str(aside) in said
    assert count(house) == 2
    house.says("db", "restore", aside, "--over")
    assert count(house) == 3


def test_a_fresh_machine_is_told_to_bring_the_keys_of_its_people(house, tmp_path, monkeypatch):
    house.steering_group(3)
    house.says("db", "backup", tmp_path / "monday.db")
    monkeypatch.setenv("KITH_DATA", str(tmp_path / "new"))
    assert "the keys are missing: put" in house.refuses("db", "restore", tmp_path / "monday.db")
    (tmp_path / "new").mkdir(exist_ok=True)
    (tmp_path / "new" / "keys").write_bytes((house.data / "keys").read_bytes())
    said = house.refuses("db", "restore", tmp_path / "monday.db")
    assert "put that folder back first, or say --without-people" in said
    assert not list((tmp_path / "new").glob("*.restoring*"))
    assert "Restored." in house.says("db", "restore", tmp_path / "monday.db", "--without-people")
    assert count(house) == 0
    assert house.do(lambda session: places.place_named(session, "millbrook").name) == "Millbrook"


def test_wrong_keys_leave_the_database_as_it_was(either_house, tmp_path):
    house = either_house
    house.steering_group(3)
    house.says("db", "backup", tmp_path / "monday.backup")
    house.says("keys", "rotate")
    house.says("keys", "rotate", "--drop-old")
    house.joins(900, "Olena")
    said = house.refuses("db", "restore", tmp_path / "monday.backup", "--over")
    assert "the keys do not fit" in said
    assert count(house) == 4


def test_a_file_that_is_no_backup_changes_nothing(house, tmp_path):
    house.steering_group(2)
    (tmp_path / "photo.db").write_bytes(b"\x89PNG" * 1000)
    sqlite3.connect(tmp_path / "other.db").executescript("create table cats (name)")
    assert "no sound backup" in house.refuses("db", "restore", tmp_path / "photo.db", "--over")
    assert "no sound backup" in house.refuses("db", "restore", tmp_path / "other.db", "--over")
    assert "no such file" in house.refuses("db", "restore", tmp_path / "none.db", "--over")
    assert count(house) == 2


def test_a_backup_of_a_newer_program_is_refused(house, tmp_path):
    house.says("db", "backup", tmp_path / "newer.db")
    (tmp_path / "newer.db.json").unlink()
    newer = sqlite3.connect(tmp_path / "newer.db")
    newer.execute("update alembic_version set version_num = '9999'")
    newer.commit()
    newer.close()
    assert "schema 9999" in house.refuses("db", "restore", tmp_path / "newer.db", "--over")


def test_nothing_is_restored_under_a_running_bot(house, tmp_path):
    house.says("db", "backup", tmp_path / "a.db")
    with RunLock(house.data / "run.lock"):
        assert "stop it first" in house.refuses("db", "restore", tmp_path / "a.db", "--over")


def test_nothing_is_restored_while_another_is_connected_to_postgresql(either_house, tmp_path):
    house = either_house
    if not str(house.do(lambda session: session.get_bind().dialect.name)).startswith("postgres"):
        return
    house.says("db", "backup", tmp_path / "a.dump")
    with opened() as store, store.engine.connect():
        assert "stop the bot" in house.refuses("db", "restore", tmp_path / "a.dump", "--over")


def test_an_old_schema_is_backed_up_before_it_is_changed(house):
    assert "is up to date." in house.says("db", "upgrade")
    database = sqlite3.connect(house.data / "kith.db")
    database.execute("delete from alembic_version")
    database.commit()
    assert "'kith db upgrade' does it" in house.refuses("place", "list")
    database.execute("insert into alembic_version values ('9999')")
    database.commit()
    database.close()
    assert "install the newer program" in house.refuses("place", "list")
    assert "install the newer program" in house.refuses("db", "upgrade")
    assert len(list((house.data / "backups").glob("*.db"))) == 1


def test_without_postgresqls_tools_a_backup_is_refused_clearly(house, monkeypatch, tmp_path):
    from bot.store import backup
    from bot.store.engine import open_engine

    monkeypatch.setenv("PATH", str(tmp_path))
    engine = open_engine("postgresql+psycopg://nobody:geheim@127.0.0.1:9/kith")
    with pytest.raises(backup.BackupImpossible, match="pg_dump is not installed here"):
        backup.back_up(engine, tmp_path / "a.dump")
    assert not list(tmp_path.glob("*.dump*"))
