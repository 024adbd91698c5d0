"""`kith texts`: what is missing, files for translators outside, and a coordinator's approval."""

import csv
import io
import json

import pytest

from admin_cli.texts_files import Entry, read, written
from bot.community import broadcasts, helpers
from bot.community.broadcasts import Plan
from bot.store import places, texts
from bot.store import residents as residents_store
from bot.store.tables import Broadcast, Letter
from tests.admin_cli.conftest import now
from tests.handlers.test_wordings import BODY, POLISH, TITLE


@pytest.fixture
def message(either_house):
    """A public message in English alone, which Ola helps to put into Polish: its text."""
    ola = either_house.joins(1, "Ola", "helper")

    def draft(session):
        helpers.set_languages(session, residents_store.resident_by_id(session, ola), ["pl"])
        place = places.place_named(session, "millbrook")
        return broadcasts.draft(session, place, Plan("info", words={"en": (TITLE, BODY)}), now()).text_id

    return either_house.do(draft)


def states(house, text):
    return house.do(lambda session: {one.language: (one.state, one.origin) for one in texts.wordings_of(session, text)})


def filled(path, words):
    """The file as a translator gives it back."""
    content = path.read_text(encoding="utf-8")
    for source, wording in zip((TITLE, BODY), words, strict=True):
        content = content.replace(f'msgid "{source}"\nmsgstr ""', f'msgid "{source}"\nmsgstr "{wording}"')
    path.write_text(content, encoding="utf-8")


def test_what_is_missing_is_listed_in_numbers(message, either_house):
    assert "1 asked to write" not in either_house.says("texts", "todo", "--place", "millbrook")
    found = json.loads(either_house.says("texts", "todo", "--place", "millbrook", "--json"))
    assert [(one["text"], one["title"], one["language"], one["state"], one["helpers"]) for one in found] == [
        (message, TITLE, "pl", "missing", 1)
    ]
    either_house.says("broadcast", "translate", 1)
    assert "1 asked to write" in either_house.says("texts", "todo", "--place", "millbrook")


def test_a_po_file_goes_out_and_comes_back(message, either_house, tmp_path):
    out = tmp_path / "polski.po"
    either_house.says("texts", "export", "--place", "millbrook", "--language", "pl", "--out", out)
    assert f'msgctxt "{message}.1.title"' in out.read_text(encoding="utf-8")
    assert "exists already" in either_house.refuses(
        "texts", "export", "--place", "millbrook", "--language", "pl", "--out", out
    )
    assert "0 taken in" in either_house.says("texts", "import", out, "--place", "millbrook")
    filled(out, POLISH)
    assert "1 taken in and waiting for a review, 0 left out" in either_house.says(
        "texts", "import", out, "--place", "millbrook"
    )
    assert states(either_house, message)["pl"] == ("needs_review", "import")
    kinds = either_house.do(lambda session: [letter.kind for letter in session.query(Letter)])
    assert kinds == ["wording_ask"]
    shown = either_house.says("texts", "show", message)
    assert "pl: needs_review, import, of revision 1" in shown
    assert POLISH[1] in shown


def test_approval_needs_a_second_person(message, either_house, tmp_path):
    assert "is missing in pl" in either_house.refuses("texts", "approve", message, "pl")
    out = tmp_path / "polski.po"
    either_house.says("texts", "export", "--place", "millbrook", "--language", "pl", "--out", out)
    filled(out, POLISH)
    either_house.says("texts", "import", out, "--place", "millbrook")
    assert "a second person must read it first" in either_house.refuses("texts", "approve", message, "pl")
    either_house.says("texts", "approve", message, "pl", "--checked-elsewhere")
    assert states(either_house, message)["pl"][0] == "approved"
    assert "Nothing is missing" in either_house.says("texts", "todo", "--place", "millbrook")
    assert "there is no text 99" in either_house.refuses("texts", "approve", 99, "pl")
    result = either_house.kith("texts", "import", out, "--place", "millbrook")
    assert result.exit_code == 1
    assert "approved already" in result.stderr


def test_a_csv_file_goes_through_a_spreadsheet_and_back(message, either_house, tmp_path):
    out = tmp_path / "polski.csv"
    either_house.says("texts", "export", "--place", "millbrook", "--language", "pl", "--format", "csv", "--out", out)
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"), newline="")))
    for row, words in zip(rows, POLISH, strict=True):
        row["wording"] = words
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.DictWriter(file, rows[0].keys())
        lines.writeheader()
        lines.writerows(rows)
    assert "does not say its language" in either_house.refuses("texts", "import", out, "--place", "millbrook")
    either_house.says("texts", "import", out, "--place", "millbrook", "--language", "pl")
    assert states(either_house, message)["pl"] == ("needs_review", "import")


def test_what_the_checks_notice_is_one_line_each(message, either_house, tmp_path):
    out = tmp_path / "polski.po"
    either_house.says("texts", "export", "--place", "millbrook", "--language", "pl", "--out", out)
    filled(out, (POLISH[0], POLISH[1].replace("15:30", "16:30")))
    result = either_house.kith("texts", "import", out, "--place", "millbrook")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        f"polski.po, text {message}: body: Times of the original that are missing: 15:30",
        f"polski.po, text {message}: body: Times that the original does not have: 16:30",
    ]


def test_a_wording_that_cannot_be_is_left_out(message, either_house, tmp_path):
    out = tmp_path / "polski.po"
    either_house.says("texts", "export", "--place", "millbrook", "--language", "pl", "--out", out)
    filled(out, (POLISH[0] + " {nazwa}", POLISH[1]))
    result = either_house.kith("texts", "import", out, "--place", "millbrook")
    assert result.exit_code == 1
    assert "0 taken in and waiting for a review, 1 left out." in result.stdout
    assert "pl" not in states(either_house, message)


def test_a_file_made_for_an_older_source_is_left_out(message, either_house, tmp_path):
    from bot.community import wordings

    out = tmp_path / "polski.po"
    either_house.says("texts", "export", "--place", "millbrook", "--language", "pl", "--out", out)
    filled(out, POLISH)
    either_house.do(lambda session: wordings.revise_source(session, message, TITLE, BODY + " Sorry.", now()))
    result = either_house.kith("texts", "import", out, "--place", "millbrook")
    assert result.exit_code == 1
    assert "its source has changed since the file was made" in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.po", 'msgid "a"\nthis is no line of a PO file\n', "this is no PO file"),
        ("a.po", 'msgctxt "other"\nmsgid "a"\nmsgstr "b"\n', "is none of ours"),
        ("a.csv", "text,revision\n1,1\n", "column 'field' is missing"),
        ("a.csv", "text,revision,field,source,wording\nx,1,body,a,b\n", "is none of ours"),
        ("a.csv", b"text,revision,field,source,wording\n1,1,body,a,\xff\n", "no CSV file in UTF-8"),
        ("a.txt", "", "must end in .po or .csv"),
    ],
)
def test_a_broken_file_is_refused_in_one_line(house, tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert said in house.refuses("texts", "import", path, "--place", "millbrook", "--language", "pl")
    missing = tmp_path / "missing.po"
    assert "No such file" in house.refuses("texts", "import", missing, "--place", "millbrook", "--language", "pl")


@pytest.mark.parametrize("format_", ["po", "csv"])
def test_a_spreadsheet_calculates_nothing_and_nothing_is_lost(tmp_path, format_):
    words = ["=1+1", "+44 20 7946 0958", "@home", "-", "'quoted'", 'a "b", c;\n\nd\t—', "پانی بند", "\\n"]
    entries = [Entry(n, 2, "body", f"{n} {word}", word, "draft") for n, word in enumerate(words, 1)]
    path = tmp_path / f"a.{format_}"
    path.write_bytes(written(entries, "ur", format_))
    language, back = read(path)
    assert [(one.text, one.revision, one.source, one.wording) for one in back] == [
        (one.text, one.revision, one.source, one.wording) for one in entries
    ]
    assert language == ("ur" if format_ == "po" else None)
    if format_ == "csv":
        assert "\n1,2,body,1 =1+1,'=1+1," in path.read_text(encoding="utf-8-sig").replace("\r", "")


def test_a_message_that_was_called_off_is_not_on_the_list(message, either_house):
    either_house.do(lambda session: setattr(session.query(Broadcast).one(), "state", "cancelled"))
    assert "Nothing is missing" in either_house.says("texts", "todo", "--place", "millbrook")
    assert message
