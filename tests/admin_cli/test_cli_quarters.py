"""What people did in a quarter is pulled beside check-ins: files, charts and the report, of published numbers alone."""

import io
import json
import re
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest

from bot.community import quarters
from bot.store import aid
from bot.store import places as places_store
from bot.store.tables import Broadcast, Pair, QuarterRelease
from tests.admin_cli.test_cli_pulled import drawn, neighbours, pulled, table, texts, validated
from tests.admin_cli.test_cli_pulled import test_the_package_describes_its_tables_as_they_are as package_is_described

BEGAN = datetime(2026, 10, 1, 12, tzinfo=UTC)
OVER = datetime(2027, 1, 2, tzinfo=UTC)
CANARY = "Zebedee"


def an_ask(session, place, asker, helper, n):
    """An ask that ended: three in four were done, in an hour to some days."""
    patch = places_store.patches_of(session, place.id)[0].id
    made = BEGAN + timedelta(days=n % 60)
    done = made + timedelta(hours=6 if n % 3 else 60) if n % 4 else None
    aid.add_ask(session, {
        "place_id": place.id, "asker_id": asker, "kind": ("lift", "food", "company")[n % 3], "patch_id": patch,
        "languages": ["pl" if n % 2 else "en"], "slots": 1, "urgency": 0, "due_at": made, "needs_checked": False,
        "state": "done" if done else "ended", "made_at": made, "matched_at": made + timedelta(hours=2) if done else None,
        "done_at": done, "ended_at": None if done else made + timedelta(days=5), "ended_as": None if done else "expired",
        "volunteer_id": helper if done else None,
    }, {"need": f"{CANARY} must be fetched"})  # fmt: skip


def a_quarter(house, slug="millbrook", seed=0):
    """220 people of whom 200 asked for help, 20 of them often, and 10 helped; two public messages."""
    people = neighbours(house, slug, 220, seed)

    def work(session):
        place = places_store.place_named(session, slug)
        quarters.close_due(session, BEGAN)
        for n, person in enumerate(people[:200]):
            for time in range(5 if n < 20 else 1):
                an_ask(session, place, person, people[210 + n % 10], n + time)
        session.add_all(Pair(resident_id=people[n], other_id=people[210], first_on=BEGAN.date()) for n in range(60))
        for sent in (BEGAN, BEGAN + timedelta(days=9)):
            session.add(Broadcast(
                place_id=place.id, kind="info", state="sent", template="cancelled", blanks={}, audience={},
                expires_at=sent, made_at=sent, sent_at=sent, expected=1,
            ))  # fmt: skip

    house.do(work)


def close(house):
    while house.do(lambda session: quarters.close_due(session, OVER)):
        pass


@pytest.fixture
def surveyed(house, monkeypatch):
    """Millbrook after a quarter; its people joined before it."""
    monkeypatch.setattr("tests.admin_cli.test_cli_pulled.now", lambda: BEGAN)
    a_quarter(house)
    close(house)
    return house


def test_a_quarter_is_listed_and_shown_with_its_hash(surveyed):
    (one,) = json.loads(surveyed.says("tallies", "list", "--json"))
    stored = surveyed.do(lambda session: session.query(QuarterRelease).one().sha256)
    assert (one["release"], one["kind"], one["opened"], one["sha256"]) == (
        "millbrook-2026-q4", "quarter", "2026-10-01", stored)  # fmt: skip
    shown = surveyed.says("tallies", "show", "millbrook-2026-q4")
    assert "quarter.came by language" in shown
    assert "helped by a neighbour" in shown
    assert "there is no release 'millbrook-2027-q1'" in surveyed.refuses("tallies", "show", "millbrook-2027-q1")


def test_while_it_runs_nothing_is_told_of_a_quarter(house, monkeypatch):
    monkeypatch.setattr("tests.admin_cli.test_cli_pulled.now", lambda: BEGAN)
    a_quarter(house)
    assert json.loads(house.says("tallies", "list", "--json")) == []


def test_an_export_has_the_figures_as_people_the_times_and_the_messages(surveyed, tmp_path):
    files = pulled(surveyed, tmp_path / "out")
    package_is_described(surveyed, tmp_path / "again")
    assert validated(tmp_path / "out")[0] == 0
    (wave,) = table(files, "waves")
    assert (wave["kind"], wave["opened"], wave["invited"], wave["response_pct"]) == ("quarter", "2026-10-01", "", "")
    assert int(wave["answered"]) == pytest.approx(220, abs=15)
    results = {(row["question"], row["breakdown"], row["group"], row["band"]): row for row in table(files, "results")}
    asked = results["quarter.kind", "all", "all", "lift"]
    assert int(asked["group_total"]) == pytest.approx(200, abs=25), "people who asked, not the 280 asks"
    times = {(row["question"], row["breakdown"], row["group"]): row for row in table(files, "times")}
    found = times["quarter.found", "all", "all"]
    assert (found["middle_band"], int(found["within_a_day_pct"]) > 90) == ("within a day", True)
    done = times["quarter.done", "all", "all"]
    assert int(done["within_a_day_pct"]) == pytest.approx(67, abs=12)
    assert {key[2] for key in times if key[:2] == ("quarter.done", "language")} >= {"en", "pl"}
    assert [(row["language"], row["messages"], row["in_language"]) for row in table(files, "messages")] == [
        ("en", "2", "2"), ("pl", "2", "2")]  # fmt: skip
    codes = {row["question"]: row for row in table(files, "codebook")}
    assert codes["quarter.helped"]["translation"] == "none"
    assert "dividends:capacity" in codes["quarter.helped"]["framework"]


def test_two_exports_of_a_quarter_are_byte_identical_and_nobody_is_in_them(surveyed, tmp_path):
    first, second = (pulled(surveyed, tmp_path / name) for name in ("first", "second"))
    assert first == second
    book = openpyxl.load_workbook(io.BytesIO(first["results.xlsx"]))
    said = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    said += [body.decode() for name, body in first.items() if not name.endswith("xlsx")]
    assert not any(CANARY in text for text in said)
    assert "times" in book.sheetnames


def test_the_report_tells_what_people_did_and_takes_it_as_evidence(surveyed, tmp_path):
    surveyed.says("tallies", "report", "--out", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "How long help took, by language" in page
    assert "one ask of each, drawn by lot" in page
    assert "Public messages" in page
    for component in ("Capacity", "Cohesion", "Social connectedness"):
        after = page.split(f"<h3>{component}</h3>")[1].split("<h3>")[0]
        assert "<li" in after, component
    assert "not a validated scale" not in page
    assert page.count("Not measurable by the bot") == 2


def test_a_chart_of_a_quarter_says_its_numbers(surveyed, tmp_path):
    pictures = drawn(surveyed, tmp_path / "charts", "millbrook-2026-q4")
    assert "What came of asking" in pictures["quarter.came.svg"][0].text
    shown = json.loads(surveyed.says("tallies", "show", "millbrook-2026-q4", "--json"))
    came = next(one for one in shown["tables"] if (one["question"], one["breakdown"]) == ("quarter.came", "all"))
    for row in came["rows"]:
        assert row["flag"] or f"{row['share_pct']} %" in texts(pictures["quarter.came.svg"])
    assert any("phone or computer" in text for text in texts(pictures["quarter.kind.svg"]))
    assert "within a day" in texts(pictures["quarter.found.svg"]), "each narrow band by its own name"


def test_quarters_of_several_places_stand_side_by_side_and_pooled(surveyed, tmp_path):
    surveyed.says("place", "add", "hilltop", "--name", "Hilltop", "--run-by", "Us", "--language", "en")
    a_quarter(surveyed, "hilltop", seed=4)
    close(surveyed)
    files = pulled(surveyed, tmp_path / "out")
    assert [row["release"] for row in table(files, "waves")] == ["hilltop-2026-q4", "millbrook-2026-q4"]
    rows = [row for row in table(files, "pooled") if row["question"] == "quarter.came"]
    assert {row["places"] for row in rows} == {"2"}
    assert 370 < int(rows[0]["group_total"]) < 430


def test_a_quarter_of_too_few_people_says_only_that(house, tmp_path, monkeypatch):
    monkeypatch.setattr("tests.admin_cli.test_cli_pulled.now", lambda: BEGAN)
    neighbours(house, "millbrook", 5)
    house.do(lambda session: quarters.close_due(session, BEGAN))
    close(house)
    assert "too few" in house.says("tallies", "list")
    house.says("tallies", "report", "--out", tmp_path / "report.html")
    assert "Fewer than 30 people" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "too few" in house.refuses("tallies", "chart", "millbrook-2026-q4", "--out", tmp_path / "x")


def test_a_quarter_that_somebody_changed_is_not_shown(surveyed):
    def change(session):
        one = session.query(QuarterRelease).one()
        one.body = re.sub('"count": (?!null)', '"count": 1', one.body, count=1)

    surveyed.do(change)
    assert "millbrook-2026-q4 does not fit its hash" in surveyed.refuses("tallies", "list")
