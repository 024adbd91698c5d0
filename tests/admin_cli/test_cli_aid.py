"""A coordinator sees what waits for help, and sees to it; names only when they ask for them, which is written down."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.community import aid, aid_steps, housekeeping, offers, residents, volunteers
from bot.community.aid import Wish
from bot.community.aid_rules import need_by, slots_of
from bot.community.residents import Person
from bot.community.volunteers import Offering
from bot.store import places
from bot.store import residents as residents_store
from bot.store import volunteers as volunteers_store
from bot.store.tables import Ask, Letter, Offer
from tests.admin_cli.conftest import now

ALWAYS = slots_of(range(7), ["morning", "afternoon", "evening", "night"])
SECRET = "PLEASE-RING-TWICE"


class Helpers:
    """Millbrook with its patches, and people who agreed to help between neighbours."""

    def __init__(self, house):
        self.house = house
        self.count = 500
        house.says("patch", "add", "Mill Road", "Station", "--place", "millbrook")
        house.do(self._awake)

    def _awake(self, session):
        """No quiet hours, so that the tests go the same way by night."""
        place = places.place_named(session, "millbrook")
        place.quiet_from = place.quiet_to = "03:00"

    def says(self, *words):
        return self.house.says("aid", *words)

    def json(self, *words):
        return json.loads(self.says(*words, "--json"))

    def refuses(self, *words):
        return self.house.refuses("aid", *words)

    def joins(self, name, *roles, language="en", agrees=True):
        self.count += 1
        number = self.count

        def work(session):
            place = places.place_named(session, "millbrook")
            who = Person(number, session.vault.keys.lookup(number), name, language, None)
            made = residents.join(session, who, place, language, {"aid": agrees}, None, now())
            for role in roles:
                residents_store.give_role(session, made, role)
            return made.id

        return self.house.do(work)

    def offers(self, name, *kinds, patch="Mill Road", slots=ALWAYS, language="en", per_week=3):
        who = self.joins(name, language=language)

        def work(session):
            place = places.place_named(session, "millbrook")
            patches = tuple(one.id for one in places.patches_of(session, place.id) if one.name == patch)
            resident = residents_store.resident_by_id(session, who)
            volunteers.offer_help(session, resident, Offering(kinds, patches, (language,), slots, per_week), now())

        self.house.do(work)
        return who

    def asks(self, name, kind="lift", when="later", **more):
        who = self.joins(name) if isinstance(name, str) else name

        def work(session):
            place = places.place_named(session, "millbrook")
            patch = places.patches_of(session, place.id)[0].id
            need = need_by(when, "any", now(), place.timezone)
            wish = Wish(kind, patch, need, more.pop("languages", ("en",)), SECRET, **more)
            return aid.open_ask(session, residents_store.resident_by_id(session, who), wish, now()).id

        return self.house.do(work)

    def ask(self, number):
        """An ask's columns as they are now."""
        return self.house.do(
            lambda session: (
                {column.name: getattr(found, column.name) for column in Ask.__table__.columns}
                if (found := session.get(Ask, number))
                else None
            )
        )

    def letters(self, kind):
        def facts(session):
            return [one.resident_id for one in session.scalars(select(Letter).where(Letter.kind.like(kind)))]

        return self.house.do(facts)

    def answers(self, who, ask, *, yes):
        say = offers.say_yes if yes else offers.say_no
        self.house.do(lambda session: say(session, residents_store.resident_by_id(session, who), ask, now()))

    def log(self):
        return json.loads(self.house.says("revealed", "--json"))[::-1]


@pytest.fixture
def help_(either_house):
    return Helpers(either_house)


def test_a_quiet_board_says_so(help_):
    assert "no ask is open" in help_.says("board", "--place", "millbrook", "--once")
    assert help_.json("board", "--place", "millbrook") == []
    assert "there is no place" in help_.refuses("board", "--place", "atlantis", "--once")


def test_the_board_shows_the_worst_first_who_acts_next_and_why_but_nobodys_name(help_):
    helper = help_.offers("Bronwen", "lift")
    waiting, alone, urgent = help_.asks("Amina"), help_.asks("Janek", "repairs"), help_.asks("Carys", "lift", "soon")
    arranged = help_.asks("Ifor")
    help_.house.do(lambda session: offers.ask_one(session, session.get(Ask, arranged), helper, now(), now()) and None)
    help_.answers(helper, arranged, yes=True)
    rows = help_.json("board", "--place", "millbrook")
    stands = {row["ask"]: (row["stands"], row["next"]) for row in rows}
    assert stands[alone] == ("unmatched", "coordinator")
    assert stands[waiting][0] == "waiting"
    assert stands[urgent] == ("waiting", "volunteer")
    assert stands[arranged] == ("arranged", "volunteer")
    assert next(row["ask"] for row in rows) == alone
    assert [row["ask"] for row in rows][-1] == arranged
    assert rows[0]["why"] == "Nobody offers this kind of help yet."
    shown = help_.says("board", "--place", "millbrook")
    for name in ("Amina", "Janek", "Carys", "Ifor", "Bronwen", SECRET):
        assert name not in shown
        assert name not in json.dumps(rows)
    assert "1 unmatched" in shown
    assert help_.log() == []


def test_an_ask_with_little_time_left_is_at_risk(help_):
    help_.offers("Bronwen", "lift")
    ask = help_.asks("Amina", "lift", "soon")

    def later(session):
        session.get(Ask, ask).due_at = now() + timedelta(minutes=50)

    help_.house.do(later)
    assert [row["stands"] for row in help_.json("board", "--place", "millbrook")] == ["at risk"]


def test_what_neither_side_says_anything_about_is_told_as_no_word(help_):
    helper = help_.offers("Bronwen", "lift")
    ask = help_.asks("Amina", "lift", "soon")
    help_.answers(helper, ask, yes=True)

    def nudged(session):
        found = session.get(Ask, ask)
        found.step = "worked"
        aid_steps.STEPS["worked"](session, found, now())

    help_.house.do(nudged)
    (row,) = help_.json("board", "--place", "millbrook")
    assert (row["stands"], row["next"]) == ("no word", "asker")


def test_names_are_shown_only_when_revealed_and_that_is_written_down_without_them(help_):
    ask = help_.asks("Amina")
    (row,) = help_.json("board", "--place", "millbrook", "--reveal")
    assert row["asker"].startswith("Amina (")
    shown = help_.says("show", ask, "--reveal")
    assert "Amina" in shown
    assert SECRET in shown
    first, second = help_.log()
    assert (first["what"], first["place"], first["rows"]) == ("board", "millbrook", [ask])
    assert (second["what"], second["rows"]) == ("ask", [ask])
    assert first["login"]
    assert first["at"].startswith(f"{now():%Y-%m-%d}")
    assert "Amina" not in json.dumps(help_.log())
    assert SECRET not in json.dumps(help_.log())
    table = help_.house.says("revealed", "--place", "millbrook")
    assert table.index("ask") < table.index("board"), "the newest first"


def test_what_cannot_be_written_down_is_not_revealed(help_, monkeypatch):
    """The look is written in the transaction that reads; what is shown is shown after its commit."""
    ask = help_.asks("Amina")

    def full(*_words):
        raise OSError("no space left on device")

    monkeypatch.setattr("bot.store.revealed.add", full)
    for words in (("show", ask), ("board", "--place", "millbrook"), ("volunteers", "--place", "millbrook")):
        result = help_.house.kith("aid", *words, "--reveal")
        assert result.exit_code == 2
        assert "Amina" not in result.output
        assert SECRET not in result.output
    assert help_.log() == []


def test_looks_are_kept_a_year(help_):
    help_.json("show", help_.asks("Amina"), "--reveal")

    def later(days):
        def forget(session):
            return housekeeping.forget_what_is_old(session, now() + timedelta(days=days)) and None

        return forget

    help_.house.do(later(364))
    assert len(help_.log()) == 1
    help_.house.do(later(366))
    assert help_.log() == []
    assert "Nobody looked in the last 90 days." in help_.house.says("revealed")


def test_an_ask_is_shown_with_who_was_asked_and_who_else_fits_by_number(help_):
    ask = help_.asks("Amina")
    near = help_.offers("Bronwen", "lift")
    far = help_.offers("Ifor", "lift")
    shown = help_.json("show", ask)
    asked = [one["volunteer"] for one in shown["offers"]]
    assert len(asked) == 1
    assert {*asked, *(one["volunteer"] for one in shown["fitting"])} == {near, far}
    assert all(one["total"] > 0 for one in shown["fitting"])
    said = help_.says("show", ask)
    assert "Amina" not in said
    assert SECRET not in said
    assert "Who else fits" in said
    assert "there is no ask 999" in help_.refuses("show", 999)


def test_a_volunteer_whom_a_coordinator_names_is_asked_first_and_says_yes_themselves(help_):
    ask = help_.asks("Amina", "repairs")
    helper = help_.offers("Bronwen", "lift")
    assert "do not offer this; --anyway" in help_.refuses("assign", ask, helper)
    said = help_.says("assign", ask, helper, "--anyway")
    assert f"Volunteer {helper} is asked first" in said
    now_ = help_.ask(ask)
    assert (now_["state"], now_["step"], now_["next_actor"], now_["volunteer_id"]) == (
        "open", "first_refusal", "volunteer", None)  # fmt: skip
    assert help_.letters("aid_offer%") == [helper]
    assert "has not answered yet" in help_.refuses("assign", ask, helper, "--anyway")
    help_.answers(helper, ask, yes=True)
    assert help_.ask(ask)["volunteer_id"] == helper
    assert "nobody can be asked" in help_.refuses("assign", ask, helper)


def test_after_a_no_to_the_coordinator_the_ask_is_theirs_again(help_):
    ask = help_.asks("Amina", "repairs")
    helper = help_.offers("Bronwen", "lift")
    help_.says("assign", ask, helper, "--anyway")
    help_.answers(helper, ask, yes=False)
    assert (help_.ask(ask)["state"], help_.ask(ask)["next_actor"]) == ("coordinator", "coordinator")


def test_not_even_a_coordinator_passes_over_a_check_a_full_week_or_a_wish(help_):
    amina = help_.joins("Amina")
    helper, full = help_.offers("Bronwen", "lift"), help_.offers("Ifor", "lift", per_week=0)
    checked = help_.asks(amina, "children", needs_checked=True)
    assert "checked volunteer" in help_.refuses("assign", checked, helper, "--anyway")
    ask = help_.asks(amina, "repairs")
    assert "all they offered" in help_.refuses("assign", ask, full, "--anyway")
    help_.house.do(lambda session: volunteers_store.add_block(session, helper, amina))
    assert help_.refuses("assign", ask, helper, "--anyway").endswith("not for this ask")
    assert "offers no help" in help_.refuses("assign", ask, amina)
    assert help_.house.do(lambda session: session.scalars(select(Offer)).all()) == []


@pytest.mark.parametrize(("closed_as", "state"), [("done", "done"), ("elsewhere", "ended"), ("unmet", "ended")])
def test_a_closed_ask_leaves_the_board_and_both_sides_are_told(help_, closed_as, state):
    helper = help_.offers("Bronwen", "lift")
    ask = help_.asks("Amina")
    help_.says("close", ask, "--as", closed_as)
    found = help_.ask(ask)
    assert (found["state"], found["next_at"]) == (state, None)
    assert help_.json("board", "--place", "millbrook") == []
    assert help_.letters("aid_taken") == [helper]
    assert found["ended_as"] == (None if closed_as == "done" else closed_as)
    assert (found["asker_id"] in help_.letters("aid_news")) == (closed_as != "done")
    assert "is over already" in help_.refuses("close", ask, "--as", closed_as)
    assert help_.json("show", ask)["stands"] == "over"


def test_an_ask_is_not_closed_as_something_unheard_of(help_):
    ask = help_.asks("Amina")
    assert "done, not_needed, elsewhere, unmet" in help_.refuses("close", ask, "--as", "boring")
    assert help_.ask(ask)["ended_at"] is None


def test_a_note_is_asked_for_kept_encrypted_and_erased(help_, tmp_path):
    ask = help_.asks("Amina")
    assert help_.house.kith("aid", "note", ask, input="rang her, wants mornings\n").exit_code == 0
    assert b"rang her" not in help_.ask(ask)["note"]
    assert "rang her" not in help_.says("show", ask)
    assert help_.json("show", ask, "--reveal")["note"] == "rang her, wants mornings"
    (tmp_path / "note.txt").write_text("called back")
    help_.says("note", ask, "--file", tmp_path / "note.txt")
    assert help_.json("show", ask, "--reveal")["note"] == "called back"
    (tmp_path / "note.txt").write_text("x" * 501)
    assert "500 characters at most" in help_.refuses("note", ask, "--file", tmp_path / "note.txt")
    help_.says("note", ask, "--clear")
    assert help_.ask(ask)["note"] is None
    help_.says("close", ask, "--as", "unmet")
    assert "is over" in help_.refuses("note", ask, "--clear")


def test_gaps_are_told_by_kind_language_and_day_and_counts_are_rounded(help_):
    help_.offers("Bronwen", "lift", slots=ALWAYS & ~slots_of([4], ["morning", "afternoon", "evening"]))
    help_.offers("Zainab", "shopping", language="pl")
    facts = help_.json("volunteers", "--place", "millbrook", "--all")
    said = {gap["said"] for gap in facts["gaps"]}
    assert "no Polish-speaking volunteer for a lift" in said
    assert "no English-speaking volunteer for a lift on Fridays" in said
    assert "no English-speaking volunteer for a lift on Thursdays" not in said
    assert "no English-speaking volunteer for shopping" in said
    assert "no checked volunteer for something with children" in said
    assert {row["kind"]: row["volunteers"] for row in facts["kinds"]}["a lift"] == "1 to 4"
    short = help_.json("volunteers", "--place", "millbrook")["gaps"]
    assert "no Polish-speaking volunteer for a lift" not in {gap["said"] for gap in short}
    help_.asks("Olena", "lift", languages=("pl", "en"))
    first = help_.json("volunteers", "--place", "millbrook")["gaps"][0]
    assert (first["said"], first["asked"]) == ("no Polish-speaking volunteer for a lift", True)
    shown = help_.says("volunteers", "--place", "millbrook")
    assert "Bronwen" not in shown
    assert "no Polish-speaking volunteer for a lift (was asked for)" in shown
    assert "Bronwen" in help_.says("volunteers", "--place", "millbrook", "--reveal")
    assert help_.log()[-1]["what"] == "volunteers"


def test_a_check_lets_what_waits_be_offered_until_it_is_taken_back(help_):
    ask = help_.asks("Amina", "children", needs_checked=True)
    helper = help_.offers("Bronwen", "children")
    assert help_.ask(ask)["state"] == "coordinator"
    help_.says("check", helper, "--until", (now() + timedelta(days=300)).date())
    assert (help_.ask(ask)["state"], help_.letters("aid_offer%")) == ("open", [helper])
    assert "is not checked" in help_.says("check", helper, "--revoke")
    gaps = help_.json("volunteers", "--place", "millbrook")["gaps"]
    assert "no checked volunteer for something with children" in {gap["said"] for gap in gaps}
    for words in ((helper,), (helper, "--until", "2001-01-01"), (helper, "--until", "soon"), (9999, "--revoke")):
        help_.refuses("check", *words)


def test_kinds_are_switched_off_checked_and_added_in_a_places_own_words(help_):
    help_.says("kinds", "set", "company", "--place", "millbrook", "--off")
    help_.says("kinds", "set", "lift", "--place", "millbrook", "--checked")
    help_.says("kinds", "set", "gardening", "--place", "millbrook", "--name", "en=Gardening", "--name", "pl=Ogród")
    rows = {row["kind"]: row for row in help_.json("kinds", "list", "--place", "millbrook")}
    assert (rows["company"]["on"], rows["lift"]["on"], rows["lift"]["needs_checked"]) == (False, True, True)
    assert rows["gardening"]["name"] == "Gardening"
    assert "needs words" in help_.refuses("kinds", "set", "cooking", "--place", "millbrook", "--on")
    assert "in one of en, pl" in help_.refuses("kinds", "set", "x", "--place", "millbrook", "--name", "ur=Y")
    assert "say what changes" in help_.refuses("kinds", "set", "lift", "--place", "millbrook")


def test_neighbouring_patches_bring_a_volunteer_nearer_at_once(help_):
    helper = help_.offers("Bronwen", "lift", patch="Station")
    ask = help_.asks("Amina")
    assert help_.ask(ask)["gap"] == "no_patch"
    neighbours = ("patch", "neighbours", "--place", "millbrook")
    help_.house.says(*neighbours, "Mill Road", "Station")
    assert json.loads(help_.house.says(*neighbours, "--json")) == {"Mill Road": ["Station"], "Station": ["Mill Road"]}
    assert help_.letters("aid_offer%") == [helper]
    help_.house.says(*neighbours, "Mill Road", "--none")
    assert json.loads(help_.house.says(*neighbours, "--json")) == {"Mill Road": [], "Station": []}
    assert "has no patch 'Moon'" in help_.house.refuses(*neighbours, "Mill Road", "Moon")
    assert "or --none" in help_.house.refuses(*neighbours, "Mill Road")


ASK = f"""\
kind = "lift"
patch = "Mill Road"
when = "later"
languages = ["en"]
need = "{SECRET}"
exact_place = "14 Mill Road"
"""


def test_a_coordinator_asks_for_somebody_without_a_telephone_from_a_file_or_a_pipe(help_, tmp_path):
    george = help_.joins("George", "coordinator")
    helper = help_.offers("Bronwen", "lift")
    (tmp_path / "ask.toml").write_text(ASK)
    assert "neighbours are being asked" in help_.says("ask", "--place", "millbrook", "--file", tmp_path / "ask.toml")
    piped = help_.house.kith("aid", "ask", "--place", "millbrook", "--file", "-", input=ASK)
    assert piped.exit_code == 0
    first, second = (row["ask"] for row in help_.json("board", "--place", "millbrook"))
    found = help_.ask(first)
    assert (found["asker_id"], found["made_by_id"], found["state"]) == (None, george, "open")
    assert SECRET.encode() not in found["need"]
    assert help_.ask(second)["exact_place"] is not None
    help_.answers(helper, first, yes=True)
    assert help_.letters("aid_news") == [george]
    assert help_.json("show", first, "--reveal")["need"] == SECRET


def test_the_same_is_asked_question_by_question_until_the_answers_fit(help_):
    help_.joins("George", "coordinator")
    day = (now() + timedelta(days=3)).date().isoformat()
    typed = f"lofts\nlift\n{day}\nmorning\nmill road\npl\n{SECRET}\n\n"
    result = help_.house.kith("aid", "ask", "--place", "millbrook", input=typed)
    assert result.exit_code == 0, result.output
    assert "nobody can be asked" in result.stdout
    (row,) = help_.json("board", "--place", "millbrook")
    assert (row["kind"], row["patch"], row["languages"], row["for_another"]) == ("a lift", "Mill Road", ["pl"], True)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"lift"', '"loft"', "line 1: kind must be one of"),
        ("Mill Road", "Moon Road", "line 2: patch must be one of Mill Road, Station"),
        ('"later"', '"1999-01-01"', "line 3: when must be one of"),
        ('["en"]', '["ur"]', "line 4: languages are among en, pl"),
        (SECRET, "x" * 501, "line 5: need has 500 characters at most"),
        ("need =", "needs =", "did you mean need?"),
    ],
)
def test_a_mistake_in_an_ask_is_named_by_its_line_and_asks_nobody(help_, tmp_path, right, wrong, said):
    help_.joins("George", "coordinator")
    (tmp_path / "ask.toml").write_text(ASK.replace(right, wrong, 1))
    assert said in help_.refuses("ask", "--place", "millbrook", "--file", tmp_path / "ask.toml")
    assert help_.json("board", "--place", "millbrook") == []


def test_only_a_coordinator_who_agreed_asks_for_others(help_, tmp_path):
    (tmp_path / "ask.toml").write_text(ASK)
    words = ("ask", "--place", "millbrook", "--file", tmp_path / "ask.toml")
    help_.joins("Maria", "coordinator", agrees=False)
    assert "by sending /ask once" in help_.refuses(*words)
    george, olena = help_.joins("George", "coordinator"), help_.joins("Olena", "coordinator")
    assert f"--by {george} or {olena}" in help_.refuses(*words)
    assert "is no coordinator" in help_.refuses(*words, "--by", 9999)
    help_.says(*words, "--by", olena)
    (row,) = help_.json("board", "--place", "millbrook")
    assert help_.ask(row["ask"])["made_by_id"] == olena
