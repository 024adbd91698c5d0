"""The loopback port tells how the house is: figures for Prometheus, and a list of what is wrong. Nothing of anybody."""

import asyncio
import os
import socket
import sys
import threading
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text, update

from bot import metrics, systemd
from bot.app import start
from bot.settings import Settings
from bot.store import stamps
from bot.store.tables import Gate, Letter, Place, Resident, Sender, TickRun
from bot.taps import NeedSomeoneTap, TakeAlertTap
from bot.web import health
from bot.web.port import watch
from tests.edge.test_production_failures import crowd, locked_by_a_stranger
from tests.town import millbrook, until


@pytest.fixture
async def watched_town(database, tmp_path, unused_tcp_port):
    """Millbrook with its port open."""
    async with watched(database, tmp_path, unused_tcp_port) as town:
        yield town


@pytest.fixture
async def small_watched_town(sqlite_database, tmp_path, unused_tcp_port):
    async with watched(sqlite_database, tmp_path, unused_tcp_port) as town:
        yield town


@asynccontextmanager
async def watched(database, folder, port):
    metrics.counted.clear()
    async with millbrook(database, folder / "data", web_port=port) as town:
        town.port = port
        await until(lambda: town.box.bot.poller is not None and metrics.counted["ticks", "close_due_rounds", "ok"])
        yield town


async def asks(town, page, method="GET"):
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"http://127.0.0.1:{town.port}/{page}") as answer,
    ):
        return answer.status, await answer.text()


async def ready(town):
    """Whether the house says it is ready, and what is wrong."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{town.port}/readyz") as answer,
    ):
        told = await answer.json()
        assert told["ready"] is (answer.status == 200) is (not told["wrong"])
        assert answer.status in {200, 503}
        return told["wrong"]


async def figures(town):
    """What /metrics tells: value by name and labels, as Prometheus's own parser reads it."""
    status, page = await asks(town, "metrics")
    assert status == 200
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


async def test_without_the_setting_nothing_listens(small_town, unused_tcp_port):
    assert small_town.house.settings.web_port is None
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", unused_tcp_port)


async def test_the_port_listens_on_this_machine_alone(small_watched_town):
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Somebody who listens on all addresses would be in the way of another address of this machine.
    listening.bind(("127.0.0.2", small_watched_town.port))
    listening.close()


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path, capsys):
    async def never():
        raise OSError(98, "Address already in use")

    settings = Settings(_env_file=None, data=tmp_path, database_url=f"sqlite:///{tmp_path}/kith.db", web_port=9100)
    with pytest.raises(SystemExit) as stopped:
        start(settings, never())
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "KITH_WEB_PORT" in said
    assert said.count("\n") == 1


async def test_a_sound_house_is_alive_and_ready_and_only_looked_at(watched_town):
    town = watched_town
    assert await asks(town, "healthz") == (200, '{"alive": true}')
    assert await ready(town) == []
    for page in ("", "metrics/..", "readyz/x", "admin"):
        assert (await asks(town, page))[0] == 404
    for page in ("healthz", "readyz", "metrics"):
        for method in ("POST", "PUT", "DELETE"):
            assert (await asks(town, page, method))[0] == 405


async def test_what_happens_is_counted(watched_town):
    town = watched_town
    (amina, janek) = await town.steering(("Amina", "en"), ("Janek", "en"))
    await town.poll()
    await amina.sends_tap("v:1:1:0")
    await janek.sends_tap("v:1:99:0")
    await town.store(lambda session: session.add(Gate(bot_id=1, lookup=b"x", until=town.now + timedelta(hours=1))))
    found = await figures(town)
    assert found["kith_updates_total", "applied", "callback_query"] == 2
    assert found["kith_updates_total", "applied", "message"] == 2
    assert found["kith_refusals_total", "OldButton"] == 1
    assert found["kith_letters", "poll_invitation", "sent"] == 2
    assert found["kith_sends_total", "sent"] == 2
    assert found["kith_letters_oldest_due_seconds",] == 0
    assert found["kith_gates_held",] == 1
    assert found["kith_update_lag_seconds_count",] >= 2
    assert found["kith_database_commit_seconds_bucket", "+Inf"] == found["kith_database_commit_seconds_count",] > 0
    assert found["kith_ticks_total", "close_due_rounds", "ok"] >= 1
    assert found["kith_tick_failing", "close_due_rounds"] == 0
    assert found["kith_tick_last_success_timestamp_seconds", "close_due_rounds"] == pytest.approx(
        town.now.timestamp(), abs=60
    )
    assert found["kith_database_up",] == 1
    assert found["process_resident_memory_bytes",] > 0
    assert ("kith_backup_age_seconds",) not in found


async def test_somebody_who_waits_to_be_seen_is_told_by_their_waiting_alone(watched_town):
    town = watched_town
    janek = await town.resident("Janek")
    assert (await figures(town))["kith_alert_oldest_unseen_seconds",] == 0
    george = await town.resident("George", "en", "coordinator")
    await janek.sends_tap(NeedSomeoneTap().pack())
    await janek.taps("Yes, tell the coordinators")
    await town.passes(minutes=20)
    found = await figures(town)
    assert 20 * 60 <= found["kith_alert_oldest_unseen_seconds",] < 22 * 60
    assert [labels for labels in found if "alert" in labels[0] and len(labels) > 1] == []
    await george.sends_tap(TakeAlertTap(1, 1).pack())
    assert (await figures(town))["kith_alert_oldest_unseen_seconds",] == 0


async def test_a_flood_and_an_update_set_aside_are_counted(sqlite_database, tmp_path, unused_tcp_port, monkeypatch):
    metrics.counted.clear()
    async with millbrook(sqlite_database, tmp_path / "data", web_port=unused_tcp_port, flood_burst=5) as town:
        town.port = unused_tcp_port
        amina = await town.resident("Amina")
        for _ in range(12):
            town.box.say(amina.person, "/menu")
        await town.settles()
        town.brings("poll", {"id": "1"})
        await town.settles()
        found = await figures(town)
    assert found["kith_updates_total", "flood", "message"] >= 1
    assert found["kith_updates_total", "other", "set_aside"] == 1


async def test_a_pause_of_a_whole_bot_and_the_age_of_the_backup_are_told(small_watched_town):
    town = small_watched_town
    stamps.stamp_backup(town.house.settings.data, town.house.settings.data / "x.db", town.now - timedelta(hours=3))

    def pause(session):
        times = {"until": town.now, "paused_until": town.now + timedelta(seconds=90), "slow_until": town.now}
        session.merge(Sender(bot_id=7, holder="somebody", term=1, **times))

    await town.store(pause)
    found = await figures(town)
    assert found["kith_senders_paused_seconds",] == pytest.approx(90, abs=20)
    assert found["kith_senders_slow",] == 0
    assert found["kith_backup_age_seconds",] == pytest.approx(3 * 3600, abs=60)


async def test_people_who_cannot_be_reached_are_counted_only_where_they_are_many(small_watched_town):
    town = small_watched_town
    await crowd(town, 28)

    async def lost(many):
        ids = await town.store(lambda session: [one for (one,) in session.query(Resident.id).limit(many)])
        await town.store(
            lambda session: session.execute(update(Resident).where(Resident.id.in_(ids)).values(state="unreachable"))
        )
        return (await figures(town)).get(("kith_unreachable_residents",))

    assert await lost(19) is None
    assert await lost(20) == 20
    assert await lost(24) == 20
    assert await lost(28) == 25


async def test_a_database_that_is_gone_is_told_and_the_rest_all_the_same(small_watched_town, monkeypatch):
    town = small_watched_town
    monkeypatch.setattr(health.Reader, "_look", _gone)
    found = await figures(town)
    assert found["kith_database_up",] == 0
    assert found["kith_ticks_total", "close_due_rounds", "ok"] >= 1
    assert await ready(town) == ["the database does not answer: OperationalError"]
    assert (await asks(town, "healthz"))[0] == 200


def _gone(*_given):
    from sqlalchemy.exc import OperationalError

    raise OperationalError("select", {}, Exception("gone"))


async def test_a_database_of_another_schema_is_not_ready(watched_town):
    await watched_town.store(lambda session: session.execute(text("update alembic_version set version_num = '9999'")))
    assert "schema 9999" in (await ready(watched_town))[0]


async def test_f20_a_database_that_takes_nothing_makes_health_red_until_it_does(small_watched_town):
    """facts/failures.md F20 and F21: health is red, and turns green by itself."""
    town = small_watched_town
    async with locked_by_a_stranger(town):
        await town.house.ticker.run_all()
        assert await ready(town) == ["the database takes nothing: OperationalError"]
        assert (await figures(town))["kith_database_trouble",] == 1
    await town.house.ticker.run_all()
    assert await ready(town) == []


async def test_a_change_that_is_held_up_is_told(small_watched_town, monkeypatch):
    monkeypatch.setattr(health, "WRITE_WITHIN", 0.05)
    gate = threading.Event()
    held = asyncio.create_task(small_watched_town.store(lambda _session: gate.wait(30)))
    await until(lambda: small_watched_town.house.writer.stuck() > 0.05)
    assert "held up a change" in (await ready(small_watched_town))[0]
    gate.set()
    await held


async def test_telegram_that_does_not_answer_is_told_but_not_before_the_first_poll_could_return(
    small_watched_town, monkeypatch
):
    """The first poll with nothing to bring takes 25 seconds: a house is not ill meanwhile."""
    town = small_watched_town
    town.house.updates.last_poll = 0.0
    assert await ready(town) == []
    monkeypatch.setattr(health, "POLL_WITHIN", -1.0)
    assert "Telegram has not answered for" in (await ready(town))[0]


async def test_a_letter_that_nobody_sends_is_told_and_one_that_waits_for_many_others_is_not(watched_town):
    town = watched_town
    await town.steering(("Amina", "en"), ("Janek", "en"))
    await town.poll()
    await town.stops()
    long_ago = town.now - timedelta(minutes=6)

    async def letters(where, **values):
        await town.store(lambda session: session.execute(update(Letter).where(where).values(**values)))

    first = await town.store(lambda session: session.query(Letter.id).order_by(Letter.id).first()[0])
    await letters(Letter.id == first, state="queued", not_before=long_ago, settled_at=None)
    await letters(Letter.id != first, settled_at=long_ago)
    async with _port_again(town):
        assert "a letter has been due for" in (await ready(town))[0]
        await letters(Letter.id != first, settled_at=town.now)
        assert await ready(town) == []
        await letters(Letter.id != first, settled_at=None)
        await town.store(lambda session: session.execute(update(Place).values(letters_paused=True)))
        assert await ready(town) == [], "paused by a coordinator: it waits rightly"


@asynccontextmanager
async def _port_again(town):
    """The port of a house whose work has been stopped, as if it hung; it does not poll."""
    house = town.house
    async with watch(house.settings, house.writer, house.clock, None, lambda: house.delivery.unauthorised):
        yield


async def test_a_token_that_telegram_refuses_is_told(watched_town):
    town = watched_town
    town.house.delivery.unauthorised = True
    assert await ready(town) == ["Telegram refuses the token"]


async def test_a_clock_that_does_not_tick_is_told(watched_town):
    town = watched_town
    await town.stops()
    async with _port_again(town):
        assert await ready(town) == []
        long_ago = town.now - timedelta(minutes=3)
        await town.store(lambda session: session.execute(update(TickRun).values(finished_at=long_ago)))
        assert await ready(town) == ["no tick has gone through for two minutes"]


async def test_a_house_that_only_works_is_not_asked_for_polls(small_watched_town, monkeypatch):
    await small_watched_town.stops()
    monkeypatch.setattr(health, "POLL_WITHIN", -1.0)
    async with _port_again(small_watched_town):
        assert await ready(small_watched_town) == []


# systemd


async def test_systemd_is_told_when_the_house_is_ready_alive_and_stopping(sqlite_database, tmp_path, monkeypatch):
    from bot.app import assemble, run_until_stopped
    from sandbox.server import Sandbox

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        settings = Settings(_env_file=None, data=tmp_path / "data", database_url=sqlite_database)
        async with Sandbox(port=0) as box, assemble(settings, box.token, box.url) as house:
            running = asyncio.create_task(run_until_stopped(house))
            heard = [await asyncio.to_thread(line.recv, 100) for _ in range(3)]
            assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
            os.kill(os.getpid(), 15)
            await running
            while (said := line.recv(100)) == b"WATCHDOG=1":
                pass
            assert said == b"STOPPING=1"
            for sign in (2, 15):
                asyncio.get_running_loop().remove_signal_handler(sign)


def test_without_systemd_nothing_is_told(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    systemd.tell("READY=1")


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")
def test_an_abstract_address_is_understood(monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind("\0kith-test-notify")
        monkeypatch.setenv("NOTIFY_SOCKET", "@kith-test-notify")
        systemd.tell("READY=1")
        assert line.recv(100) == b"READY=1"
