"""The doctor finds each fault by its name, says how to mend it, and prints no secret."""

import json
import threading
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import update

from bot.community import alerts, residents
from bot.screens import language
from bot.store import inbox, places, ticks
from bot.store.residents import resident_by_id
from bot.store.tables import Letter, Place
from tests.admin_cli.conftest import now

TOKEN = "123456:geheimes-token"
CATALOGUE = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Vote"
msgstr "x"
"""


@pytest.fixture(autouse=True)
def complete_catalogues(monkeypatch, tmp_path):
    """Small, complete catalogues: what is shipped has a check of its own."""
    for tag in language.LANGUAGES:
        folder = tmp_path / "locales" / tag / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.po").write_text(CATALOGUE)
    monkeypatch.setattr(language, "locales_folder", lambda: tmp_path / "locales")
    language.catalogue.cache_clear()
    yield tmp_path / "locales"
    language.catalogue.cache_clear()


@pytest.fixture
def sound(house):
    """A house in which nothing is wrong."""
    house.steering_group(5)
    house.joins(190, "Ruth", "safeguarding")
    house.do(lambda session: places.remember_bot(session, 1, "millbrook_bot"))
    house.says("db", "backup", house.data / "backups" / "sunday.db")
    return house


def examined(house, code=0):
    result = house.kith("doctor", "--json")
    assert result.exit_code == code, result.output
    return {one["check"]: one for one in json.loads(result.stdout)}


def wrong(house):
    """The one thing that is wrong."""
    (found,) = [one for one in examined(house, 1).values() if one["state"] == "wrong"]
    assert found["cure"]
    return found


class Telegram(BaseHTTPRequestHandler):
    """Answers getMe, with a clock of its own."""

    ahead = timedelta()

    def do_GET(self):
        right = self.path == f"/bot{TOKEN}/getMe"
        body = b'{"ok":true,"result":{"id":1,"username":"millbrook_bot"}}' if right else b'{"ok":false}'
        self.send_response_only(200 if right else 401)
        self.send_header("Date", format_datetime(now() + self.ahead, usegmt=True))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def telegram(monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), Telegram)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("KITH_API_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("KITH_BOT_TOKEN", TOKEN)
    yield Telegram
    server.shutdown()
    server.server_close()


def test_a_sound_house_is_green(sound, telegram):
    found = examined(sound)
    assert {one["state"] for name, one in found.items() if name != "web port"} == {"ok"}
    assert found["web port"]["state"] == "skipped"
    assert found["token"]["said"] == "it is @millbrook_bot's"
    said = sound.says("doctor")
    assert said.endswith("All is well.\n")
    assert " 1. ok" in said


def test_postgresql_is_examined_too(either_house):
    found = examined(either_house)
    assert found["database"]["state"] == "ok"
    assert found["token"]["state"] == "skipped"


def test_a_wrong_setting_is_the_first_thing_said(sound, monkeypatch):
    monkeypatch.setenv("KITH_LOG", "loud")
    assert "KITH_LOG" in wrong(sound)["said"]


def test_a_slip_of_the_pen_in_a_settings_name_is_noticed(sound, monkeypatch):
    monkeypatch.setenv("KITH_BOT_TOKN", "1:x")
    assert examined(sound)["settings"]["state"] == "look"


def test_a_key_file_that_others_can_read(sound):
    (sound.data / "keys").chmod(0o644)
    found = wrong(sound)
    assert found["check"] == "key file"
    assert found["cure"].startswith("chmod 600")


def test_a_missing_key_file_is_told_and_none_is_made(sound):
    (sound.data / "keys").unlink()
    assert wrong(sound)["check"] == "key file"
    assert not (sound.data / "keys").exists()


def test_keys_among_the_backups(sound):
    sound.says("db", "backup")
    (sound.data / "backups" / "keys").write_bytes((sound.data / "keys").read_bytes())
    assert wrong(sound)["check"] == "backups"


def test_keys_that_do_not_fit(sound):
    from bot.store.vault import Keyring, write_keys

    write_keys(sound.data / "keys", Keyring.fresh())
    found = [one for one in examined(sound, 1).values() if one["state"] == "wrong"]
    assert "keys" in {one["check"] for one in found}


def test_people_without_keys_are_found_before_the_bot_erases_them(sound):
    (sound.data / "people").rename(sound.data / "elsewhere")
    assert wrong(sound)["check"] == "people's keys"


def test_an_open_round_without_its_seal(sound):
    poll = sound.poll(None)
    (sound.data / "seals" / str(poll)).unlink()
    assert wrong(sound)["check"] == "seals"


def test_a_token_that_telegram_refuses_is_not_printed(sound, telegram, monkeypatch):
    monkeypatch.setenv("KITH_BOT_TOKEN", "999:verraten")
    found = wrong(sound)
    assert (found["check"], found["said"]) == ("token", "Telegram refuses it (401)")
    assert "verraten" not in sound.kith("doctor").output


def test_a_telegram_that_cannot_be_reached(sound, monkeypatch):
    monkeypatch.setenv("KITH_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("KITH_API_URL", "http://127.0.0.1:9")
    assert wrong(sound)["said"].startswith("Telegram cannot be reached")
    assert TOKEN not in sound.kith("doctor").output


def test_a_clock_that_is_a_minute_off(sound, telegram, monkeypatch):
    monkeypatch.setattr(telegram, "ahead", timedelta(minutes=1))
    assert wrong(sound)["check"] == "clock"


def test_a_catalogue_that_lacks_words(sound, complete_catalogues):
    path = complete_catalogues / "pl" / "LC_MESSAGES" / "messages.po"
    path.write_text(path.read_text().replace('"x"', '""'))
    assert wrong(sound)["said"] == "pl lacks 1"


def test_an_old_schema(sound):
    import sqlite3

    database = sqlite3.connect(sound.data / "kith.db")
    database.execute("delete from alembic_version")
    database.commit()
    database.close()
    assert "kith db upgrade" in wrong(sound)["said"]


def test_a_disk_that_is_full(sound, monkeypatch):
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(100, 99, 1))
    assert wrong(sound)["check"] == "disk"


def test_what_should_be_looked_at_is_not_a_fault(sound):
    sound.poll(None)
    sound.do(lambda session: session.execute(update(Letter).where(Letter.id == 1).values(state="unknown")))
    sound.do(lambda session: inbox.set_aside(session, 1, 7, "message", "ValueError", now().date()))
    found = examined(sound)
    assert (found["letters"]["state"], found["updates"]["state"]) == ("look", "look")
    assert "have a look" in sound.says("doctor")


def test_a_rotation_that_is_not_finished(sound):
    sound.says("keys", "rotate")
    assert examined(sound)["keys"]["cure"] == "kith keys rotate --drop-old"


def test_a_backup_that_is_old_or_gone_or_was_never_made(sound, monkeypatch):
    later = now() + timedelta(days=9)
    with monkeypatch.context() as in_nine_days:
        in_nine_days.setattr("admin_cli.checks.now", lambda: later)
        assert examined(sound)["last backup"]["said"] == "it was made 9 days ago"
    assert "not yet proved" in examined(sound)["last backup"]["said"]
    sound.says("db", "verify")
    assert "proved sound" in examined(sound)["last backup"]["said"]
    (sound.data / "backups" / "sunday.db").unlink()
    assert "is not there any more" in examined(sound)["last backup"]["said"]
    (sound.data / "last-backup.json").write_text("{")
    found = examined(sound)["last backup"]
    assert (found["state"], found["said"]) == ("look", "none has been made")


def test_a_tick_that_failed_is_named_until_it_went_through(sound):
    slot = now().replace(microsecond=0)
    sound.do(lambda session: ticks.fail(session, "close_due_rounds", slot, "KeyError", now()))
    assert wrong(sound)["said"] == "failed when last run: close_due_rounds (KeyError)"
    sound.do(lambda session: ticks.take(session, "close_due_rounds", slot + timedelta(seconds=10)))
    assert examined(sound)["ticks"]["state"] == "ok"


def test_letters_that_nobody_sends(sound):
    sound.poll(None)
    assert examined(sound)["sending"]["state"] == "ok"
    long_ago = now() - timedelta(minutes=20)
    sound.do(lambda session: session.execute(update(Letter).where(Letter.id == 1).values(not_before=long_ago)))
    assert examined(sound)["sending"]["said"] == "a letter has been due for 20 minutes"
    left = {"state": "sending", "claimed_until": long_ago}
    sound.do(lambda session: session.execute(update(Letter).where(Letter.id == 1).values(**left)))
    assert examined(sound)["sending"]["said"] == "1 letters lie with a sender that is gone"


def test_letters_that_are_held(sound):
    sound.poll(None)
    sound.do(lambda session: session.execute(update(Letter).where(Letter.id == 1).values(state="held")))
    found = examined(sound)["quarantine"]
    assert (found["state"], found["cure"]) == ("look", "kith letters release")


class Port(BaseHTTPRequestHandler):
    """Answers /readyz as the bot does."""

    wrong = ()

    def do_GET(self):
        self.send_response(503 if self.wrong else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"ready": not self.wrong, "wrong": list(self.wrong)}).encode())

    def log_message(self, *_arguments):
        pass


def test_what_the_running_bot_says_of_itself(sound, monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), Port)
    monkeypatch.setenv("KITH_WEB_PORT", str(server.server_port))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    assert examined(sound)["web port"]["state"] == "ok"
    monkeypatch.setattr(Port, "wrong", ("no tick has gone through for two minutes",))
    assert wrong(sound)["said"] == "no tick has gone through for two minutes"
    server.shutdown()
    server.server_close()
    found = examined(sound)["web port"]
    assert found["state"] == "look"
    assert "nobody answers" in found["said"]


def test_a_place_that_another_bot_serves_is_told_and_can_be_given_up(sound, telegram):
    """A new token after an old one: nothing would be said to anybody, and nobody would know why."""

    def of_another(session):
        places.remember_bot(session, 99, "old_bot")
        session.flush()
        session.execute(update(Place).values(bot_id=99))

    assert sound.says("place", "bot", "millbrook").startswith("No bot serves millbrook yet")
    sound.do(of_another)
    found = examined(sound)["places"]
    assert (found["state"], "millbrook by @old_bot" in found["said"]) == ("look", True)
    assert sound.says("place", "bot", "millbrook") == "@old_bot serves millbrook.\n"
    assert "residents must start it first" in sound.says("place", "bot", "millbrook", "--give-up")
    assert examined(sound)["places"]["state"] == "ok"


def test_what_pictures_lack_is_named_and_is_no_fault(sound, monkeypatch):
    assert examined(sound)["pictures"]["state"] == "ok"
    monkeypatch.setattr("bot.fonts.folder", lambda: None)
    found = examined(sound)["pictures"]
    assert found["state"] == "look"
    assert "NotoSansGurmukhi" in found["said"]
    assert "kith[charts]" in found["cure"]
    monkeypatch.setattr("bot.fonts.version", lambda _name: "3.10.9")
    assert "too old" in examined(sound)["pictures"]["said"]


@pytest.mark.parametrize("minutes, state", [(5, "ok"), (20, "wrong")])
def test_somebody_who_waits_to_be_seen_is_a_fault_after_a_quarter_of_an_hour(sound, minutes, state):
    janek = sound.joins(900, "Janek")

    def raise_it(session):
        residents.change_consent(session, resident_by_id(session, janek), "alerts", now(), given=True)
        alerts.raise_alert(session, resident_by_id(session, janek), now() - timedelta(minutes=minutes))

    sound.do(raise_it)
    found = examined(sound, int(state == "wrong"))["alerts"]
    assert found["state"] == state
    assert ("call a coordinator now" in found["cure"]) == (state == "wrong")


def test_a_language_without_a_number_to_call_is_a_fault(sound):
    first = json.loads(sound.says("place", "helpline", "list", "millbrook", "--json"))["helplines"][0]
    sound.says("place", "helpline", "remove", "millbrook", first["id"])
    found = wrong(sound)
    assert found["check"] == "helplines"
    assert f"none in {first['language']}" in found["said"]
