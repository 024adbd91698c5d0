"""A new key reaches every encrypted row, whatever ends the work midway; wrong keys touch nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary

from admin_cli.door import opened
from bot.store import drafts, encrypted, groups, letters, places, residents
from bot.store.encrypted import ENCRYPTED
from bot.store.lock import RunLock
from bot.store.tables import Table
from bot.store.vault import Keyring, write_keys
from tests.admin_cli.conftest import now

NOT_ENCRYPTED = {"lookup", "token_hash", "mark", "photo", "png"}
"""Hashes: what is looked up by them is not kept. Pictures: they were made to be seen by everybody."""

KILLED_AT_THE_NTH_BATCH = """
import os, signal, sys
from bot.community import keys
from admin_cli.main import main
real, left = keys.turn, [int(sys.argv.pop())]
def turn(session, at, most=2):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return real(session, at, 2)
keys.turn = turn
main()
"""


def filled(house, size=5):
    """People, a group, a draft and letters: something in every encrypted column."""
    people = house.steering_group(size)
    house.poll(people)

    def work(session):
        place = places.place_named(session, "millbrook")
        groups.link_group(session, place.id, "steering", -1001, "en")
        drafts.keep_draft(session, b"d" * 16, "join", {"name": "Amina"}, "abc", now().replace(year=2099))

    house.do(work)
    return people


def everything(house):
    """All that is encrypted, in words."""

    def work(session):
        people = [residents.resident_found_by(session, session.vault.keys.lookup(100 + n)) for n in range(5)]
        return (
            [(residents.telegram_id_of(session, one), residents.name_of(session, one)) for one in people],
            groups.chat_id_of(session, groups.group_found_by(session, -1001)),
            drafts.answers_in(session, drafts.draft_of(session, b"d" * 16, now())),
            letters.counts(session),
        )

    return house.do(work)


def rotate_and_die(batches):
    return subprocess.run(
        [sys.executable, "-c", KILLED_AT_THE_NTH_BATCH, "keys", "rotate", str(batches)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    ).returncode


def key_names(house):
    return list(Keyring.parse((house.data / "keys").read_text()).keys)


def test_every_encrypted_column_is_known_to_the_rotation():
    known = {(sealed.table.__tablename__, column) for sealed in ENCRYPTED for column in sealed.columns}
    binary = {
        (table.name, column.name)
        for table in Table.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.name not in NOT_ENCRYPTED
    }
    assert known == binary


def test_a_rotation_turns_every_row_and_then_lets_the_old_key_go(either_house):
    house = either_house
    filled(house)
    before = everything(house)
    assert "rows were encrypted with k2" in house.says("keys", "rotate")
    assert everything(house) == before
    assert house.do(encrypted.count_old) == 0
    assert "Every row uses k2" in house.says("keys", "rotate")
    assert key_names(house) == ["k2", "k1"]
    assert "k1 was removed" in house.says("keys", "rotate", "--drop-old")
    assert key_names(house) == ["k2"]
    assert everything(house) == before
    assert (house.data / "keys").stat().st_mode & 0o777 == 0o600
    assert "no old key" in house.refuses("keys", "rotate", "--drop-old")


@pytest.mark.slow
@pytest.mark.parametrize("batches", [0, 1, 3, 6])
def test_a_rotation_killed_at_any_batch_loses_nothing_and_goes_on(house, batches):
    filled(house)
    before = everything(house)
    assert rotate_and_die(batches) == -9
    assert everything(house) == before
    assert "run 'kith keys rotate' first" in house.refuses("keys", "rotate", "--drop-old")
    assert rotate_and_die(2) == -9
    assert key_names(house) == ["k2", "k1"]  # it went on with the new key it had, and made no third
    assert "The old key can be removed" in house.says("keys", "rotate")
    house.says("keys", "rotate", "--drop-old")
    assert everything(house) == before


def test_keys_from_the_environment_are_printed_before_anything_needs_them(house, monkeypatch):
    filled(house)
    before = everything(house)
    monkeypatch.setenv("KITH_KEYS", (house.data / "keys").read_text().replace("\n", ","))
    (house.data / "keys").unlink()
    said = house.says("keys", "rotate")
    assert "Nothing was encrypted yet" in said
    value = next(line for line in said.splitlines() if line.startswith("KITH_KEYS=")).partition("=")[2]
    assert house.do(encrypted.count_old) == 0
    monkeypatch.setenv("KITH_KEYS", value)
    assert "rows were encrypted with k2" in house.says("keys", "rotate")
    said = house.says("keys", "rotate", "--drop-old")
    monkeypatch.setenv("KITH_KEYS", next(line for line in said.splitlines() if line[:10] == "KITH_KEYS=")[10:])
    assert everything(house) == before
    assert not (house.data / "keys").exists()


def test_a_running_bot_knows_no_new_key_so_it_must_stop_first(house):
    filled(house)
    with RunLock(house.data / "run.lock"):
        assert house.refuses("keys", "rotate") == "the bot is running on this database: stop it first"
    assert key_names(house) == ["k1"]


def test_people_whose_key_is_gone_are_left_for_the_sweep(house):
    people = filled(house)
    name = house.do(lambda session: residents.resident_by_id(session, people[0]).key_name)
    with opened() as store:
        store.vault.people.destroy(name)
    assert "1 residents have no key" in house.says("keys", "rotate")
    assert "rows still use an old key" in house.refuses("keys", "rotate", "--drop-old")


@pytest.mark.parametrize("wrong", ["all", "lookup", "missing", "garbage"])
def test_wrong_keys_are_refused_before_anything_is_touched(house, wrong):
    filled(house)
    path = house.data / "keys"
    right = path.read_text()
    if wrong == "all":
        write_keys(path, Keyring.fresh())
    elif wrong == "lookup":
        fresh = Keyring.fresh().text().splitlines()[-1]
        path.write_text(right.splitlines()[0] + "\n" + fresh + "\n")
    elif wrong == "garbage":
        path.write_text("k1:abc")
    else:
        path.unlink()
    said = house.refuses("patch", "add", "Mill Road", "--place", "millbrook")
    assert ("is missing: put it back" if wrong == "missing" else "the keys do not fit this database") in said
    assert path.exists() is (wrong != "missing")
