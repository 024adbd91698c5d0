"""What evaluators pull: stored releases as tidy files, the same bytes each time, and nothing of anybody."""

import csv
import io
import json
import re
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from bot.community import checkin_answers, checkins, places, residents
from bot.community.checkins import Wish
from bot.community.instruments import named
from bot.community.residents import Person
from bot.screens.tally_report import FRAMEWORKS
from bot.store import places as places_store
from bot.store import residents as residents_store
from bot.store.tables import Release
from tests.admin_cli.conftest import now

CANARY = "Zebedee Quillfeather"
PATCHES = ("Mill Road", "Station Street", "Hilltop")


def neighbours(house, slug, many, seed=0):
    """So many people of a place, in three patches and two languages, who agreed to everything."""

    def work(session):
        place = places_store.place_named(session, slug)
        known = {patch.name for patch in places_store.patches_of(session, place.id)}
        for patch in PATCHES if not known else ():
            places.add_patch(session, place, patch)
        patches = places_store.patches_of(session, place.id)
        made = []
        for number in range(many):
            telegram_id = 5_000_000 + seed * 10_000 + number
            lookup = session.vault.keys.lookup(telegram_id)
            person = Person(telegram_id, lookup, CANARY, "en", None)
            patch = patches[number % len(patches)].id
            consents = dict.fromkeys(residents.PURPOSES, True)
            language = "pl" if number % 4 == 0 else "en"
            made.append(residents.join(session, person, place, language, consents, patch, now()).id)
        return made

    return house.do(work)


def wave(house, slug, people, spec="ons4.happy", breakdowns=("patch",), value=lambda n: n % 11):
    """A check-in that these people answer, and its close; its number."""

    def open_it(session):
        place = places_store.place_named(session, slug)
        wish = Wish(named(spec), "everyone", list(breakdowns), 5, compare=False)
        return checkins.open_now(session, place, wish, now()).id

    def answer(session):
        for n, person in enumerate(people):
            resident = residents_store.resident_by_id(session, person)
            for question in range(1, len(named(spec)) + 1):
                checkin_answers.answer(session, resident, number, question, value(n), now())

    number = house.do(open_it)
    house.do(answer)
    house.says("checkin", "close", number, "--yes")
    return number


@pytest.fixture
def surveyed(house):
    """Millbrook after a wave of 140 answers, and one that too few answered."""
    people = neighbours(house, "millbrook", 140)
    house.first_release = wave(house, "millbrook", people)
    wave(house, "millbrook", people[:4], "involvement", value=lambda n: 1 + n % 2)
    return house


def pulled(house, folder, *words):
    house.says("tallies", "export", *words, "--out", folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def table(files, name):
    return list(csv.DictReader(io.StringIO(files[f"{name}.csv"].decode())))


def test_an_empty_house_says_when_there_will_be_something(house, tmp_path):
    assert "Nothing has been published yet" in house.says("tallies", "list")
    assert json.loads(house.says("tallies", "list", "--json")) == []
    assert "nothing has been published yet" in house.refuses("tallies", "export", "--out", tmp_path / "out")
    assert "there is no release '7'" in house.refuses("tallies", "show", "7")
    assert "there is no place" in house.refuses("tallies", "list", "--place", "nowhere")


def test_releases_are_listed_with_the_hash_that_was_stored(surveyed):
    listed = json.loads(surveyed.says("tallies", "list", "--json"))
    stored = surveyed.do(lambda session: {str(one.round_id): one.sha256 for one in session.query(Release)})
    assert {one["release"]: one["sha256"] for one in listed} == stored
    assert [one["published"] for one in listed] == [True, False]
    assert "too few" in surveyed.says("tallies", "list")
    shown = surveyed.says("tallies", "show", listed[0]["release"])
    assert "ons4.happy by patch" in shown
    assert "Mill Road" in shown


def test_two_exports_of_one_release_are_byte_identical_and_a_later_wave_changes_no_number(surveyed, tmp_path):
    first, second = (pulled(surveyed, tmp_path / name) for name in ("first", "second"))
    assert first == second
    assert set(first) == {"waves.csv", "results.csv", "tables.csv", "codebook.csv", "datapackage.json", "README.txt",
                          "results.xlsx"}  # fmt: skip
    wave(surveyed, "millbrook", neighbours(surveyed, "millbrook", 60, seed=1))
    after = table(pulled(surveyed, tmp_path / "after"), "results")
    assert [row for row in table(first, "results") if row not in after] == []


def test_the_package_describes_its_tables_as_they_are(surveyed, tmp_path):
    """Hash, header, types, enums, keys: read by ourselves, as frictionless below reads them."""
    files = pulled(surveyed, tmp_path / "out")
    package = json.loads(files["datapackage.json"])
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    for resource in package["resources"]:
        body, schema = files[resource["path"]], resource["schema"]
        assert resource["hash"] == f"sha256:{sha256(body).hexdigest()}"
        assert resource["bytes"] == len(body)
        rows = list(csv.DictReader(io.StringIO(body.decode())))
        assert body.decode().splitlines()[0].split(",") == [field["name"] for field in schema["fields"]]
        keys = [tuple(row[name] for name in schema["primaryKey"]) for row in rows]
        assert len(set(keys)) == len(keys)
        assert all(field["description"] and "{" not in field["description"] for field in schema["fields"])
        for row in rows:
            for field in schema["fields"]:
                _fits(field, row[field["name"]])
        for foreign in schema.get("foreignKeys", ()):
            waves = {row["wave"] for row in table(files, foreign["reference"]["resource"])}
            assert {row["wave"] for row in rows} <= waves


def _fits(field, cell):
    if not cell:
        return
    match field["type"]:
        case "integer":
            int(cell)
        case "number":
            float(cell)
        case "boolean":
            assert cell in {"true", "false"}
        case "date":
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", cell)
    assert cell in field.get("constraints", {}).get("enum", [cell])


def validated(folder):
    """What frictionless, a validator of others, says of a package: its exit code and words."""
    program = Path(sys.executable).with_name("frictionless")
    words = [str(program), "validate", "datapackage.json"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_frictionless_finds_the_package_valid_and_would_not_if_a_number_were_no_number(surveyed, tmp_path):
    out = tmp_path / "out"
    pulled(surveyed, out)
    code, said = validated(out)
    assert code == 0, said
    results = (out / "results.csv").read_text(encoding="utf-8")
    (out / "results.csv").write_text(re.sub(r",\d+,", ",many,", results, count=1), encoding="utf-8")
    code, said = validated(out)
    assert code == 1, said
    assert "results" in said


def test_the_codebook_has_the_exact_wording_in_every_language_and_says_which_are_not_tested(surveyed, tmp_path):
    rows = {
        row["language"]: row
        for row in table(pulled(surveyed, tmp_path / "out"), "codebook")
        if row["question"] == "ons4.happy"
    }
    assert rows["en"]["wording"] == "Overall, how happy did you feel yesterday?"
    assert rows["en"]["translation"] == "official"
    assert rows["pl"]["translation"] == "community"
    assert rows["en"]["bands"] == "low: 0-4 | medium: 5-6 | high: 7-8 | very high: 9-10"
    assert rows["en"]["scale"] == "0 = not at all | 10 = completely"
    assert (rows["en"]["benchmark_pct"], rows["en"]["benchmark_bands"]) == ("8.9", "low")
    assert "dividends:wellbeing" in rows["en"]["framework"]


def test_denominators_are_stated_and_a_wave_of_too_few_tells_none(surveyed, tmp_path):
    told, few = table(pulled(surveyed, tmp_path / "out"), "waves")
    assert int(told["answered"]) == pytest.approx(140, abs=15)
    assert int(told["invited"]) == pytest.approx(140, abs=15)
    assert told["published"], told["response_pct"]
    assert (few["published"], few["answered"], few["invited"], few["response_pct"]) == ("false", "", "", "")


def test_the_workbook_opens_one_table_a_sheet_and_symbols_where_there_is_no_number(surveyed, tmp_path):
    people = neighbours(surveyed, "millbrook", 80, seed=2)
    wave(surveyed, "millbrook", people, "ons4.happy", (), value=lambda _n: 10)
    files = pulled(surveyed, tmp_path / "out")
    book = openpyxl.load_workbook(io.BytesIO(files["results.xlsx"]))
    assert book.sheetnames == ["cover", "notes", "waves", "results", "tables", "codebook"]
    for sheet in book:
        assert sheet.freeze_panes is None
        assert sheet.auto_filter.ref is None
    header, *rows = [[cell.value for cell in row] for row in book["results"].iter_rows(min_row=4)]
    assert header == list(table(files, "results")[0])
    assert len(rows) == len(table(files, "results"))
    symbols = {row[5] for row in rows if isinstance(row[5], str)}
    assert symbols <= {"[low]", "[c]"}
    assert symbols


def test_nothing_of_a_person_is_in_any_file(surveyed, tmp_path):
    files = pulled(surveyed, tmp_path / "out")
    book = openpyxl.load_workbook(io.BytesIO(files["results.xlsx"]))
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    texts += [body.decode() for name, body in files.items() if not name.endswith("xlsx")]
    for canary in ("Zebedee", "Quillfeather", "5000001"):
        assert not any(canary in text for text in texts)


def test_several_places_stand_side_by_side_and_are_pooled_from_published_numbers(surveyed, tmp_path):
    surveyed.says("place", "add", "hilltop", "--name", "Hilltop", "--run-by", "Us", "--language", "en")
    wave(surveyed, "hilltop", neighbours(surveyed, "hilltop", 120, seed=3), breakdowns=())
    files = pulled(surveyed, tmp_path / "out")
    assert [row["place"] for row in table(files, "waves")] == ["hilltop", "millbrook", "millbrook"]
    parts = [row for row in table(files, "results") if row["question"] == "ons4.happy" and row["breakdown"] == "all"]
    for row in table(files, "pooled"):
        added = [int(part["count"]) for part in parts if part["band"] == row["band"]]
        assert (int(row["places"]), int(row["count"])) == (2, sum(added))
        assert float(row["count_error"]) == pytest.approx(2.45 * 2**0.5, abs=0.06)
    only = pulled(surveyed, tmp_path / "one", "--place", "hilltop")
    assert "pooled.csv" not in only


def test_places_that_told_other_bands_are_pooled_in_the_two_they_share(surveyed, tmp_path):
    surveyed.says("place", "add", "hilltop", "--name", "Hilltop", "--run-by", "Us", "--language", "en")
    wave(surveyed, "hilltop", neighbours(surveyed, "hilltop", 60, seed=3), breakdowns=())
    rows = table(pulled(surveyed, tmp_path / "out"), "pooled")
    assert [row["band"] for row in rows] == ["0-6", "7-10"]
    assert {row["count_error"] for row in rows} == {"4.2"}, "three published numbers each"
    assert sum(int(row["share_pct"]) for row in rows) in {99, 100, 101}


def test_a_release_that_somebody_changed_is_not_shown(surveyed, tmp_path):
    def change(session):
        first = session.query(Release).order_by(Release.round_id).first()
        first.body = first.body.replace('"count": ', '"count": 1', 1)

    surveyed.do(change)
    assert "does not fit its hash" in surveyed.refuses("tallies", "list")
    assert "does not fit its hash" in surveyed.refuses("tallies", "export", "--out", tmp_path / "out")


def test_a_file_is_not_taken_for_a_folder(surveyed, tmp_path):
    (tmp_path / "out").write_text("mine")
    assert "is a file" in surveyed.refuses("tallies", "export", "--out", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def drawn(house, folder, *words):
    house.says("tallies", "chart", *words, "--out", folder)
    return {path.name: ET.fromstring(path.read_text(encoding="utf-8")) for path in folder.iterdir()}


def texts(picture):
    return [node.text.strip("\u2066\u2069") for node in picture.iter("{http://www.w3.org/2000/svg}text")]


def test_a_chart_says_every_number_in_the_readers_language_and_direction(surveyed, tmp_path):
    first = json.loads(surveyed.says("tallies", "list", "--json"))[0]["release"]
    english = drawn(surveyed, tmp_path / "en", first)["ons4.happy.svg"]
    urdu = drawn(surveyed, tmp_path / "ur", first, "--language", "ur")["ons4.happy.svg"]
    assert "Overall, how happy did you feel yesterday?" in english[0].text
    assert (english.get("direction"), urdu.get("direction")) == ("ltr", "rtl")
    assert "آپ کل کتنے خوش تھے" in " ".join(texts(urdu))
    told = json.loads(surveyed.says("tallies", "show", first, "--json"))
    rows = [row for one in told["tables"] for row in one["rows"] if not row["flag"]]
    for picture in (english, urdu):
        for row in rows:
            assert f"{row['share_pct']} %" in texts(picture)
    assert "\u20660–6\u2069" in {node.text for node in urdu.iter("{http://www.w3.org/2000/svg}text")}
    starts = {float(node.get("x")) for node in urdu.iter("{http://www.w3.org/2000/svg}text") if "؟" in node.text}
    assert min(starts) > 300, "Urdu begins at the right"


def test_there_is_nothing_to_draw_of_too_few_and_no_unknown_language(surveyed, tmp_path):
    few = json.loads(surveyed.says("tallies", "list", "--json"))[1]["release"]
    assert "too few" in surveyed.refuses("tallies", "chart", few, "--out", tmp_path / "x")
    assert "no language 'xx'" in surveyed.refuses("tallies", "chart", few, "--out", tmp_path / "x", "--language", "xx")
    assert not (tmp_path / "x").exists()


def test_the_report_needs_nothing_beside_it_and_says_what_cannot_be_measured(surveyed, tmp_path):
    surveyed.says("place", "add", "hilltop", "--name", "Hilltop <&> Moor", "--run-by", "Us", "--language", "en")
    wave(surveyed, "hilltop", neighbours(surveyed, "hilltop", 120, seed=3), breakdowns=())
    pages = []
    for name in ("one.html", "two.html"):
        surveyed.says("tallies", "report", "--out", tmp_path / name)
        pages.append((tmp_path / name).read_text(encoding="utf-8"))
    page = pages[0]
    assert pages[1] == page
    assert not re.search(r"""(src|href)=["'](?!#)""", page), "nothing is fetched"
    assert "<script" not in page
    assert "Hilltop &lt;&amp;&gt; Moor" in page
    for _framework, title, components in FRAMEWORKS:
        assert title in page
        for component in components:
            assert f"<h3>{component[0].upper()}{component[1:]}</h3>" in page
    assert page.count("Not measurable by the bot") == 2
    assert "8.9 %" in page
    assert "Places side by side" in page
    assert "How exact this is" in page
    assert page.count("<svg") == page.count("<title>") - 1 == 2
    assert "Zebedee" not in page


def test_polls_are_told_by_the_quarter_once_it_is_over_and_as_polls_not_people(surveyed, tmp_path, monkeypatch):
    people = surveyed.steering_group(12)
    for option in (1, 2):
        poll = surveyed.poll(people)
        for person in people[: 12 if option == 1 else 5]:
            surveyed.votes(poll, person, option)
        surveyed.says("poll", "close", poll, "--yes")
    surveyed.says("poll", "close", surveyed.poll(people), "--yes")
    assert "polls.csv" not in pulled(surveyed, tmp_path / "during"), "the quarter is not over"
    monkeypatch.setattr("admin_cli.tallies.now", lambda: now() + timedelta(days=93))
    (row,) = table(pulled(surveyed, tmp_path / "after"), "polls")
    assert re.fullmatch(r"20\d\d-Q[1-4]", row["quarter"])
    told = (row["place"], row["polls"], row["polls_with_bands"], row["median_turnout"], row["clear_pct"])
    assert told == ("millbrook", "3", "1", "three_quarters", "100")
    surveyed.says("tallies", "report", "--out", tmp_path / "report.html")
    assert "Polls, by the quarter" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "polls.csv" not in pulled(surveyed, tmp_path / "other", surveyed.first_release)
