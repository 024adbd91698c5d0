"""A coordinator takes a message from a file or a template to the last letter, and sees before who will read what."""

import base64
import json
from html.parser import HTMLParser

import pytest

from admin_cli import broadcast as commands
from admin_cli.door import Stop
from bot.community import residents, sending
from bot.community.residents import Person
from bot.screens.language import LANGUAGES
from bot.store import broadcasts as store
from bot.store import places
from bot.store import residents as residents_store
from bot.store.tables import Letter
from tests.admin_cli.conftest import now

NOTICE = """\
place = "millbrook"
kind = "event"
send_at = "2126-11-28T10:00"     # in the place's time zone
expires = "2126-12-01T18:00"
[audience]
roles = ["volunteer"]
patches = ["Mill Road"]
languages = ["en", "pl"]
[title]
en = "Winter supper"
pl = "Zimowa kolacja"
[body]
en = "We eat together on Sunday 1 December at 18:00, in the Corner House."
pl = "W niedzielę 1 grudnia o 18:00 jemy razem."
"""
TO_ALL = 'place = "millbrook"\n[title]\nen = "Water"\n[body]\nen = "The water is back."\npl = "Woda wróciła."\n'
TEMPLATE = ("broadcast", "new", "--template", "water_off", "--place", "millbrook")
BLANKS = ("--blank", "place=Mill Road", "--blank", "date=2126-12-01", "--blank", "start=09:00", "--blank", "end=15:00")
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def millbrook(house):
    return with_people(house)


@pytest.fixture
def either_millbrook(either_house):
    return with_people(either_house)


def with_people(house):
    """Nine who agreed to news: four read English, three Polish, two Urdu; a tenth who did not agree."""
    house.says("place", "set", "millbrook", "languages=en,pl,ur")
    house.says("patch", "add", "Mill Road", "Station", "--place", "millbrook")
    for number, tag in enumerate(("en",) * 4 + ("pl",) * 3 + ("ur",) * 2 + ("en",)):
        joins(house, 200 + number, tag, agrees=number < 9)
    return house


def joins(house, telegram_id, language, *roles, agrees=True, patch=None):
    def work(session):
        place = places.place_named(session, "millbrook")
        person = Person(telegram_id, session.vault.keys.lookup(telegram_id), "Amina", language, None)
        made = residents.join(session, person, place, language, {"messages": agrees}, patch, now())
        for role in roles:
            residents_store.give_role(session, made, role)
        return made.id

    return house.do(work)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "notice.toml"
    path.write_text(TO_ALL, encoding="utf-8")
    return path


def goes_out(house, number=1):
    """What the bot does: letters are written, and Telegram takes them."""

    def work(session):
        while sending.send_due_broadcasts(session, now()) + sending.mend_broadcasts(session, now()):
            session.query(Letter).filter(Letter.state == "queued").update({"state": "sent"})
        broadcast = store.broadcast_by_id(session, number)
        for letter in session.query(Letter).filter(Letter.broadcast_id == number, Letter.said_in.is_(None)):
            letter.said_in, letter.said_revision, letter.message_id = "en", broadcast.revision, letter.id

    house.do(work)


def test_a_draft_shows_how_it_looks_to_how_many_and_who_reads_another_language(millbrook, file):
    said = millbrook.says("broadcast", "new", "--file", file)
    assert "Message 1 (info) to everyone of Millbrook: 9 people." in said
    assert "1 more are meant, but cannot be written to" in said
    assert "No wording yet: Urdu 2 (read English). 'kith broadcast translate 1'" in said
    assert "and is through by" in said
    assert "  | The water is back." in said
    assert "  | Woda wróciła." in said
    assert "'kith broadcast send 1' sends it" in said
    facts = json.loads(millbrook.says("broadcast", "preview", 1, "--json"))
    assert [(one["reads"], one["gets"], one["people"]) for one in facts["languages"]] == [
        ("en", "en", 4),
        ("pl", "pl", 3),
        ("ur", "en", 2),
    ]
    assert facts["words"]["pl"] == "Woda wróciła."
    assert millbrook.do(lambda session: session.query(Letter).count()) == 0


def test_an_audience_takes_those_who_fit_every_line(millbrook, file):
    road = millbrook.do(lambda session: store.patch_named(session, 1, "mill road").id)
    joins(millbrook, 300, "pl", "volunteer", patch=road)
    joins(millbrook, 301, "ur", "volunteer", patch=road)
    file.write_text(NOTICE, encoding="utf-8")
    said = millbrook.says("broadcast", "new", "--file", file)
    assert "to roles volunteer and patches Mill Road and languages en, pl of Millbrook: 1 person." in said
    assert "It begins at 2126-11-28 10:00 and is through by 2126-11-28 10:00." in said
    assert "Look again (pl)" not in said
    file.write_text(NOTICE.replace("o 18:00", "o 19:00"), encoding="utf-8")
    looked = [
        line for line in millbrook.says("broadcast", "new", "--file", file).splitlines() if "Look again (pl)" in line
    ]
    assert len(looked) == 2
    assert "18:00" in looked[0]
    assert "19:00" in looked[1]


def test_a_message_goes_to_all_once_it_is_said_how_many(either_millbrook, file):
    house = either_millbrook
    house.says("broadcast", "new", "--file", file)
    assert "9 people will get it. Nothing was done" in house.refuses("broadcast", "send", 1)
    assert "Message 1 goes to 9 people from" in house.says("broadcast", "send", 1, "--yes")
    assert "message 1 is scheduled: only a draft can be sent" in house.refuses("broadcast", "send", 1, "--yes")
    goes_out(house)
    facts = json.loads(house.says("broadcast", "status", 1, "--json"))
    assert (facts["letters"]["expected"], facts["letters"]["sent"], facts["state"]) == (9, 9, "sent")
    assert "9 = 9 sent" in house.says("broadcast", "status", 1)
    assert "9 = 9 sent" in house.says("broadcast", "watch", 1, "--every", 0.1)
    assert json.loads(house.says("broadcast", "list", "--json"))[0]["state"] == "sent"
    assert "Water" in house.says("broadcast", "list", "--place", "millbrook")
    shown = house.says("broadcast", "show", 1)
    assert "audience:        everyone" in shown
    assert json.loads(house.says("broadcast", "show", 1, "--json"))["words"]["en"] == "Water\n\nThe water is back."


def test_the_number_of_people_is_typed(monkeypatch, capsys):
    class Keyboard:
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdin", Keyboard())
    monkeypatch.setattr("typer.prompt", lambda question, **_more: "9" if "9 people" in question else "yes")
    commands._typed(9, yes=False)
    with pytest.raises(Stop):
        commands._typed(10, yes=False)


def test_a_test_goes_to_the_coordinators_alone(millbrook, file):
    millbrook.says("broadcast", "new", "--file", file)
    assert "no coordinator" in millbrook.refuses("broadcast", "send", 1, "--to-me")
    joins(millbrook, 400, "en", "coordinator")
    assert "coordinators: 1. Nobody else gets it." in millbrook.says("broadcast", "send", 1, "--to-me")
    assert "must be one of en, pl, ur" in millbrook.refuses("broadcast", "send", 1, "--to-me", "--language", "tlh")
    kinds = millbrook.do(lambda session: [letter.kind for letter in session.query(Letter)])
    assert kinds == ["broadcast_test"]
    assert json.loads(millbrook.says("broadcast", "status", 1, "--json"))["state"] == "draft"


def test_what_has_not_gone_is_called_off(either_millbrook, file):
    house = either_millbrook
    house.says("broadcast", "new", "--file", file)
    house.says("broadcast", "send", 1, "--yes")

    def half(session):
        sending.send_due_broadcasts(session, now())
        for letter in session.query(Letter).order_by(Letter.id).limit(4):
            letter.state = "sent"

    house.do(half)
    assert "letters that this stopped: 5" in house.says("broadcast", "cancel", 1)
    assert "9 = 4 sent + 5 cancelled" in house.says("broadcast", "status", 1)
    assert "message 1 is cancelled: nothing was done" in house.refuses("broadcast", "cancel", 1)


def test_a_correction_is_shown_and_edits_what_has_arrived(millbrook, file):
    millbrook.says("broadcast", "new", "--file", file)
    millbrook.says("broadcast", "send", 1, "--yes")
    goes_out(millbrook)
    file.write_text(TO_ALL.replace("is back", "will be back at 18:00"), encoding="utf-8")
    said = millbrook.says("broadcast", "correct", 1, "--file", file)
    assert "The water will be back at 18:00." in said
    assert said.endswith("Message 1 is corrected.\n")
    goes_out(millbrook)
    facts = json.loads(millbrook.says("broadcast", "status", 1, "--json"))
    assert facts["edits"] == {"sent": 9}
    assert facts["letters"]["expected"] == 9
    assert "is corrected and goes out again" in millbrook.says("broadcast", "correct", 1, "--file", file, "--again")
    file.write_text(TO_ALL.replace("[title]", 'kind = "urgent"\n[title]'), encoding="utf-8")
    assert "notice.toml, line 2: kind must stay info" in millbrook.refuses("broadcast", "correct", 1, "--file", file)


def test_a_template_is_drafted_and_corrected_by_its_blanks(millbrook):
    said = millbrook.says(*TEMPLATE, *BLANKS)
    assert "No wording yet" not in said
    assert "When: Sunday, 1 December 2126, 09:00 to 15:00" in said
    assert "niedziela, 1 grudnia 2126" in said
    millbrook.says("broadcast", "send", 1, "--yes")
    goes_out(millbrook)
    said = millbrook.says("broadcast", "correct", 1, "--blank", "date=2126-12-02")
    assert "Monday, 2 December 2126" in said
    assert "goes out again" in said
    assert "water_off" in millbrook.says("broadcast", "templates")
    known = {one["template"]: one["blanks"] for one in json.loads(millbrook.says("broadcast", "templates", "--json"))}
    assert known["water_off"][:2] == ["place:text", "date:date"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((*TEMPLATE, "--blank", "date=tomorrow", *BLANKS[:2]), "--blank date must be a date such as 2026-12-01"),
        ((*TEMPLATE, *BLANKS[:2]), "--blank date must be"),
        ((*TEMPLATE, *BLANKS, "--blank", "colour=red"), "--blank colour must be one of the blanks of water_off"),
        ((*TEMPLATE, "--blank", "date"), "write --blank NAME=VALUE"),
        (("broadcast", "new", "--template", "water_of", "--place", "millbrook"), "use one of water_off"),
        (("broadcast", "new", "--template", "water_off"), "a template needs --place"),
        (("broadcast", "new"), "give either --file notice.toml or --template"),
        (("broadcast", "correct", "1"), "give either --file notice.toml, or --blank"),
        (("broadcast", "show", "9"), "there is no message 9"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(millbrook, words, reason):
    assert reason in millbrook.refuses(*words)
    assert json.loads(millbrook.says("broadcast", "list", "--json")) == []


@pytest.mark.parametrize(
    ("right", "wrong", "line", "reason"),
    [
        ('"millbrook"', '"milbrook"', 1, "there is no place 'milbrook'"),
        ('"event"', '"events"', 2, "kind must be info, event or urgent"),
        ("send_at", "sent_at", 3, "sent_at is not known here: did you mean send_at?"),
        ("2126-11-28T10:00", "soon", 3, "send_at must be a time such as 2026-12-01T18:00"),
        ("2126-11", "2016-11", 3, "send_at must be in the future"),
        ("2126-12-01T18:00", "2126-11-01T18:00", 4, "expires must be after it is sent"),
        ('["volunteer"]', '"volunteer"', 6, "roles must be a list of texts"),
        ('["volunteer"]', '["vulunteer"]', 6, "audience.roles must be of"),
        ('["Mill Road"]', '["Mile Road"]', 7, "millbrook has no patch 'Mile Road'"),
        ('["en", "pl"]', '["en", "de"]', 8, "audience.languages must be of en, pl, ur, not de"),
        ("languages =", "language =", 8, "audience.language must be one of roles, patches, languages"),
        ('"Zimowa kolacja"', '"a\\nb"', 11, "title.pl must be 1 to 200 characters on one line"),
        ('"Zimowa kolacja"', "3", 11, "pl must be text in quotes"),
        ('pl = "W', 'de = "W', 11, "there is a title in pl, but no body"),
        ('"W niedzielę', '"\\u200b" # "', 14, "body.pl must be some words"),
        ('"We eat', f'"{"🏡" * 2000}', 13, "body.en must be shorter by"),
        (
            "[audience]",
            'template = "water_off"\n[audience]',
            5,
            "template must be alone: a template brings its own words",
        ),
        ("[audience]", 'blanks = {place = "x"}\n[audience]', 5, "blanks must be left out: only templates have blanks"),
    ],
)
def test_a_mistake_names_line_and_reason_and_nothing_is_made(millbrook, file, right, wrong, line, reason):
    assert right in NOTICE
    file.write_text(NOTICE.replace(right, wrong, 1), encoding="utf-8")
    said = millbrook.refuses("broadcast", "new", "--file", file)
    assert said.startswith(f"notice.toml, line {line}: "), said
    assert reason in said
    assert json.loads(millbrook.says("broadcast", "list", "--json")) == []


def test_a_photo_must_be_one(millbrook, file, tmp_path):
    file.write_text(TO_ALL.replace("[title]", 'photo = "hall.png"\n[title]'), encoding="utf-8")
    assert "notice.toml, line 2: the photo hall.png cannot be read" in millbrook.refuses(
        "broadcast", "new", "--file", file
    )
    (tmp_path / "hall.png").write_text("no picture")
    assert "line 2: photo must be a JPEG or PNG file" in millbrook.refuses("broadcast", "new", "--file", file)
    (tmp_path / "hall.png").write_bytes(DOT)
    assert "Message 1" in millbrook.says("broadcast", "new", "--file", file)


# The public archive


class Page(HTMLParser):
    """What a page is made of: tags with their attributes, and whether each is closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words = [], [], []
        self.feed(text)
        assert self.open == [], self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def of(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def archived(millbrook, file, tmp_path):
    """Three messages: one to all in three languages with markup in it, a template, one to volunteers; the site."""
    nasty = TO_ALL.replace('"Water"', '"<b>W</b> & \\u202eater"').replace(
        "is back.", "is back: https://example.org/?a=1&b=2"
    )
    file.write_text(nasty + 'ur = "پانی واپس آ گیا۔"\n', encoding="utf-8")
    millbrook.says("broadcast", "new", "--file", file)
    millbrook.says(*TEMPLATE, *BLANKS)
    joins(millbrook, 500, "en", "volunteer")
    file.write_text(TO_ALL.replace("[title]", '[audience]\nroles = ["volunteer"]\n[title]'), encoding="utf-8")
    millbrook.says("broadcast", "new", "--file", file)
    for number in (1, 2, 3):
        millbrook.says("broadcast", "send", number, "--yes")
        goes_out(millbrook, number)
    millbrook.says("broadcast", "archive", "--place", "millbrook", "--out", tmp_path / "site")
    return tmp_path / "site"


def test_the_archive_has_a_page_a_message_and_language_and_nothing_from_elsewhere(archived):
    pages = sorted(str(path.relative_to(archived)) for path in archived.rglob("*") if path.is_file())
    expected = ["index.html", *(f"{tag}/{name}.html" for tag in ("en", "pl", "ur") for name in ("1", "2", "index"))]
    assert pages == sorted(expected)
    for path in archived.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        page = Page(text)
        tag = path.parent.name if path.parent != archived else "en"
        direction = "rtl" if LANGUAGES[tag].rtl else "ltr"
        assert page.of("html") == [{"lang": tag, "dir": direction}]
        assert not page.of("script") + page.of("link") + page.of("iframe")
        assert all("src" not in attrs or not attrs["src"].startswith("http") for _tag, attrs in page.tags)
        assert all((path.parent / link["href"]).exists() for link in page.of("a") if "://" not in link["href"])
        assert "\u202e" not in text


def test_the_archive_says_it_in_each_language_as_it_was_written(archived):
    english = Page((archived / "en" / "1.html").read_text(encoding="utf-8"))
    assert "<b>W</b> & ater" in "".join(english.words)
    assert [link["href"] for link in english.of("a") if "://" in link["href"]] == ["https://example.org/?a=1&b=2"]
    urdu = Page((archived / "ur" / "1.html").read_text(encoding="utf-8"))
    assert "پانی واپس آ گیا۔" in "".join(urdu.words)
    assert {"lang": "ur", "dir": "rtl"} in urdu.of("div")
    assert "1 grudnia 2126" in (archived / "pl" / "2.html").read_text(encoding="utf-8")


def test_the_archive_is_the_same_bytes_until_something_is_said(archived, millbrook):
    def write():
        return millbrook.says("broadcast", "archive", "--place", "millbrook", "--out", archived)

    before = {path: path.read_bytes() for path in archived.rglob("*") if path.is_file()}
    (archived / "en" / "notes.html").write_text("mine")
    assert "files written: 0" in write()
    assert {path: path.read_bytes() for path in before} == before
    millbrook.do(lambda session: setattr(store.broadcast_by_id(session, 2), "state", "cancelled"))
    assert "1 messages in 3 languages" in write()
    assert not (archived / "en" / "2.html").exists()
    assert (archived / "en" / "notes.html").read_text() == "mine"


def test_an_empty_archive_says_so(millbrook, tmp_path):
    millbrook.says("broadcast", "archive", "--place", "millbrook", "--out", tmp_path / "site")
    assert "Nothing has been said here yet." in (tmp_path / "site" / "en" / "index.html").read_text(encoding="utf-8")
    (tmp_path / "file").write_text("")
    assert "is a file" in millbrook.refuses("broadcast", "archive", "--place", "millbrook", "--out", tmp_path / "file")
