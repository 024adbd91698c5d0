"""After a restore nothing that was under way goes on before somebody has said so; what begins then goes its way."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.community import aid_steps, alerts, checkins, housekeeping, quarters, residents, wording_tasks
from bot.community.checkins import Wish
from bot.community.instruments import named
from bot.store import places, quarantine
from bot.store import residents as residents_store
from bot.store.tables import Alert, Ask, Letter, Offer, QuarterRelease
from tests.admin_cli.conftest import now
from tests.admin_cli.test_cli_aid import Helpers


@pytest.fixture
def help_(either_house):
    return Helpers(either_house)


def restored(house, tmp_path):
    """What a backup and its restore say."""
    house.says("db", "backup", tmp_path / "a.backup")
    return house.says("db", "restore", tmp_path / "a.backup", "--over")


def ticks(house, job, hours=0.0):
    """How many things a tick did: run to its end, as the ticker does."""
    done = 0
    while found := house.do(lambda session: job(session, now() + timedelta(hours=hours))):
        done += found
    return done


def letters_of(house, kind):
    return house.do(lambda session: len(session.scalars(select(Letter.id).where(Letter.kind.like(kind))).all()))


def test_asks_in_progress_wait_until_they_are_released(help_, tmp_path):
    house = help_.house
    helpers = [help_.offers(name, "lift") for name in ("Bronwen", "Ifor", "Tomasz")]
    ask = help_.asks("Amina", "lift", "today")
    assert len(helpers) == 3
    asked, before = letters_of(house, "aid_offer"), help_.ask(ask)
    said = restored(house, tmp_path)
    assert "1 ask: they wait for 'kith letters release'" in said
    assert ticks(house, aid_steps.see_to_asks, hours=30) == 0, "its time has long come"
    assert help_.ask(ask) == before
    assert "1 ask wait since a restore" in house.kith("doctor").output
    newer = help_.asks("Carys", "lift", "today")
    assert ticks(house, aid_steps.see_to_asks, hours=30) > 0, "what begins now goes its way"
    assert help_.ask(newer)["step"] != "offer"
    assert help_.ask(ask) == before
    held = house.kith("letters", "release")
    assert (held.exit_code, "Also waiting: 1 ask." in held.stdout) == (2, True)
    house.says("letters", "release", "--certain", "--yes")
    assert ticks(house, aid_steps.see_to_asks, hours=30) == 0
    house.says("letters", "release", "--yes")
    assert ticks(house, aid_steps.see_to_asks, hours=30) > 0
    assert help_.ask(ask) != before
    assert letters_of(house, "aid_offer") >= asked
    assert house.do(quarantine.since) is None


def test_people_can_still_act_on_what_waits(help_, tmp_path):
    """A yes, a no or 'not needed' is somebody's own act, and says how things stand now."""
    helper = help_.offers("Bronwen", "lift")
    ask = help_.asks("Amina", "lift", "later")
    restored(help_.house, tmp_path)
    assert help_.house.do(lambda session: session.scalars(select(Offer.resident_id)).all()) == [helper]
    help_.answers(helper, ask, yes=True)
    assert help_.ask(ask)["volunteer_id"] == helper


def test_an_alert_that_nobody_had_taken_is_told_to_the_operator_and_repeated_only_after_the_release(help_, tmp_path):
    house = help_.house
    amina, _george = help_.joins("Amina"), help_.joins("George", "coordinator")

    def raise_it(session):
        who = residents_store.resident_by_id(session, amina)
        residents.change_consent(session, who, alerts.PURPOSE, now(), given=True)
        alerts.raise_alert(session, who, now())

    house.do(raise_it)
    said = restored(house, tmp_path)
    assert "1 alert: they wait" in said
    assert "look after these people now" in said
    assert house.do(lambda session: alerts.repeat(session, now() + timedelta(hours=2))) == 0
    assert house.do(lambda session: session.scalar(select(Alert.told))) == 1

    def another(session):
        who = residents_store.resident_by_id(session, help_.carys)
        residents.change_consent(session, who, alerts.PURPOSE, now(), given=True)
        alerts.raise_alert(session, who, now())

    help_.carys = help_.joins("Carys")
    house.do(another)
    assert house.do(lambda session: alerts.repeat(session, now() + timedelta(hours=2))) == 1, "hers alone"
    house.says("letters", "release", "--yes")
    assert house.do(lambda session: alerts.repeat(session, now() + timedelta(hours=2))) >= 1


def test_nobody_is_asked_for_a_wording_before_the_release(help_, tmp_path):
    house = help_.house
    help_.asks("Amina", "lift", "later")
    restored(house, tmp_path)
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wording_tasks, "_ask_for_the_unasked", lambda *_facts: asked.append(1) or 1)
        assert house.do(lambda session: wording_tasks.see_to(session, now())) == 0
        house.says("letters", "release", "--yes")
        assert house.do(lambda session: wording_tasks.see_to(session, now())) == 1
    assert asked == [1]


def test_invitations_to_a_check_in_that_were_still_to_be_written_are_held(help_, tmp_path):
    house = help_.house

    def open_it(session):
        for number in range(3):
            who = residents_store.resident_by_id(session, help_.people[number])
            residents.change_consent(session, who, checkins.PURPOSE, now(), given=True)
        place = places.place_named(session, "millbrook")
        checkins.open_now(session, place, Wish(named("ons4.happy"), "everyone", [], 5, compare=False), now())

    help_.people = [help_.joins(name) for name in ("Amina", "Janek", "Carys")]
    house.do(open_it)
    assert letters_of(house, "checkin_invitation") == 0, "the tick has not come yet"
    said = restored(house, tmp_path)
    assert "3 letters are held" in said
    states = house.do(lambda session: session.execute(select(Letter.kind, Letter.state, Letter.uncertain)).all())
    assert [tuple(one) for one in states] == [("checkin_invitation", "held", 1)] * 3


def test_where_nothing_waits_there_is_no_quarantine_and_one_lapses_by_itself(help_, tmp_path):
    house = help_.house
    help_.joins("Amina")
    assert "wait for" not in restored(house, tmp_path)
    assert house.do(quarantine.since) is None
    ask = help_.asks("Janek", "lift", "later")
    house.says("db", "backup", tmp_path / "b.backup")
    house.says("db", "restore", tmp_path / "b.backup", "--over")
    assert house.do(quarantine.since) is not None
    house.says("letters", "release", "--certain", "--yes")
    house.says("aid", "close", ask, "--as", "not_needed", "--yes")
    house.do(lambda session: session.query(Letter).delete() and None)
    house.do(lambda session: housekeeping.forget_what_is_old(session, now()) and None)
    assert house.do(quarantine.since) is None
    assert house.do(lambda session: session.query(Ask).count()) == 1


def test_a_quarter_that_ended_between_backup_and_restore_is_passed_over_and_that_is_said(help_, tmp_path):
    house = help_.house
    help_.joins("Amina")
    house.do(lambda session: quarters.close_due(session, now() - timedelta(days=120)) and None)
    said = restored(house, tmp_path)
    assert "stays uncounted" in said
    assert house.do(lambda session: quarters.close_due(session, now())) == 0
    assert house.do(lambda session: session.query(QuarterRelease).count()) == 0
