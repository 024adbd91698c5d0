"""`kith aid match`: two files in, the best pairs out; a wrong file is named by line, and nothing is written."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

WEEK = "1" * 28
EVENINGS = "0010" * 7
ASKS = [
    ["id", "kind", "patch", "languages", "slots", "urgency", "days_waiting", "needs_checked"],
    ["a1", "lift", "mill", "ur;en", WEEK, "0", "3", "0"],
    ["a2", "lift", "mill", "ur", WEEK, "3", "0", "0"],
    ["a3", "company", "mill", "en", WEEK, "1", "0", "1"],
]
VOLUNTEERS = [
    ["id", "kinds", "patches", "languages", "slots", "capacity", "checked", "days_since_asked", "load_30_days",
     "acceptance"],
    ["v1", "lift;food", "mill", "en;ur", EVENINGS, "1", "no", "28", "0", "1"],
    ["v2", "lift", "mill;green", "en", WEEK, "2", "1", "", "1", "0.5"],
]  # fmt: skip


class Desk:
    """A folder with the two files, and the command run on them."""

    def __init__(self, house, folder):
        self.house, self.folder = house, folder
        self.out = folder / "m.csv"

    def run(self, *more, asks=ASKS, volunteers=VOLUNTEERS, out=None):
        files = []
        for name, rows in (("asks", asks), ("volunteers", volunteers)):
            path = self.folder / f"{name}.csv"
            if isinstance(rows, bytes):
                path.write_bytes(rows)
            else:
                with path.open("w", encoding="utf-8", newline="") as file:
                    csv.writer(file).writerows(rows)
            files += [f"--{name}", str(path)]
        return self.house.kith("aid", "match", *files, "--out", str(out or self.out), *more)

    def pairs(self, *more, **files):
        """What is told, and what is written."""
        result = self.run(*more, **files)
        assert result.exit_code == 0, result.output
        with self.out.open(encoding="utf-8", newline="") as file:
            return json.loads(result.stdout), list(csv.reader(file))

    def refuses(self, *more, **files):
        result = self.run(*more, **files)
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.output
        assert not self.out.exists()
        assert sorted(path.name for path in self.folder.iterdir()) == ["asks.csv", "volunteers.csv"]
        return result.stderr.strip()


@pytest.fixture
def desk(empty_house, tmp_path):
    folder = tmp_path / "desk"
    folder.mkdir()
    return Desk(empty_house, folder)


def changed(rows, line, column, value):
    """The rows with one cell changed; the header is line 1."""
    number = rows[0].index(column)
    return [[*row[:number], value, *row[number + 1 :]] if at == line else row for at, row in enumerate(rows, 1)]


def test_the_best_pairs_are_written_and_the_total_told(desk):
    told, rows = desk.pairs()
    assert rows == [["ask", "volunteer", "weight"], ["a1", "v2", "3050"], ["a2", "v1", "10000"]]
    assert (told["total"], told["served"], told["asks"], told["volunteers"]) == (13050, 2, 3, 2)
    assert told["unmatched"] == {"no_kind": 1}
    assert 0 <= told["seconds"] < 60
    assert 0 <= told["cpu_seconds"] < 60


def test_lines_and_columns_may_stand_in_any_order_and_others_are_left_alone(desk):
    told, rows = desk.pairs()
    asks = [[*row[::-1], "a note"] for row in [ASKS[0], *ASKS[:0:-1]]]
    again, turned = desk.pairs(asks=asks, volunteers=[VOLUNTEERS[0], *VOLUNTEERS[:0:-1]])
    assert sorted(turned) == sorted(rows)
    assert [row[0] for row in turned] == ["ask", "a2", "a1"]
    assert again["total"] == told["total"]


def test_neighbouring_patches_count_when_a_file_says_which_they_are(desk):
    far = changed(changed(ASKS, 2, "patch", "quay"), 3, "patch", "quay")
    assert desk.pairs(asks=far)[0]["unmatched"] == {"no_kind": 1, "no_patch": 2}
    near = desk.folder.parent / "near.csv"
    near.write_text("patch,neighbour\nmill,quay\n", encoding="utf-8")
    told, _rows = desk.pairs("--neighbours", str(near), asks=far)
    assert (told["served"], told["total"]) == (2, 13050 - 2 * 150)
    near.write_text("patch,neighbour\nmill,mill\n", encoding="utf-8")
    desk.out.unlink()
    assert desk.refuses("--neighbours", str(near)) == "near.csv, line 2: mill cannot be its own neighbour"


def test_files_without_any_lines_match_nothing(desk):
    told, rows = desk.pairs(asks=ASKS[:1], volunteers=VOLUNTEERS[:1])
    assert rows == [["ask", "volunteer", "weight"]]
    assert (told["total"], told["served"], told["unmatched"]) == (0, 0, {})
    assert desk.pairs(volunteers=VOLUNTEERS[:1])[0]["unmatched"] == {"no_kind": 3}


def test_a_spreadsheets_file_is_read(desk):
    text = "\r\n".join(",".join(row) for row in ASKS) + "\r\n,,,,,,,\r\n"
    assert desk.pairs(asks=b"\xef\xbb\xbf" + text.encode())[0]["served"] == 2


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("id", "", "id is empty"),
        ("id", "a1", "id a1 is on line 2 already"),
        ("kind", " ", "kind is empty"),
        ("patch", "", "patch is empty"),
        ("slots", "1" * 27, f"slots is '{'1' * 27}': expected 28 characters 0 or 1"),
        ("slots", "2" * 28, f"slots is '{'2' * 28}': expected 28 characters 0 or 1"),
        ("urgency", "4", "urgency is '4': expected a number from 0 to 3"),
        ("urgency", "high", "urgency is 'high': expected a number from 0 to 3"),
        ("days_waiting", "-1", "days_waiting is '-1': expected a number from 0"),
        ("days_waiting", "", "days_waiting is '': expected a number from 0"),
        ("needs_checked", "perhaps", "needs_checked is 'perhaps': expected 1 or 0 (or yes or no)"),
    ],
)
def test_an_ask_that_cannot_be_right_is_named_by_its_line(desk, column, value, reason):
    assert desk.refuses(asks=changed(ASKS, 3, column, value)) == f"asks.csv, line 3: {reason}"


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("id", "v1", "id v1 is on line 2 already"),
        ("slots", "", "slots is '': expected 28 characters 0 or 1"),
        ("capacity", "two", "capacity is 'two': expected a number from 0"),
        ("checked", "", "checked is '': expected 1 or 0 (or yes or no)"),
        ("days_since_asked", "nan", "days_since_asked is 'nan': expected a number from 0"),
        ("load_30_days", "", "load_30_days is '': expected a number from 0"),
        ("acceptance", "45", "acceptance is '45': expected a share from 0 to 1, such as 0.4"),
        ("acceptance", "1.2", "acceptance is '1.2': expected a share from 0 to 1, such as 0.4"),
    ],
)
def test_a_volunteer_who_cannot_be_right_is_named_by_their_line(desk, column, value, reason):
    assert desk.refuses(volunteers=changed(VOLUNTEERS, 3, column, value)) == f"volunteers.csv, line 3: {reason}"


@pytest.mark.parametrize(
    ("asks", "reason"),
    [
        (
            b"",
            "line 1: the header has no id, kind, patch, languages, slots, urgency, days_waiting, needs_checked; needed:",
        ),
        ([[*ASKS[0][:-1], "checked"], *ASKS[1:]], "line 1: the header has no needs_checked; needed: id, kind,"),
        ([[*ASKS[0], "id"]], "line 1: the header has id twice"),
        ([*ASKS, ["a4", "lift"]], "line 5: the line has 2 cells, the header 8"),
        (",".join(ASKS[0]).encode() + b'\na1,"lift', "line 2: this is not CSV: unexpected end of data"),
        (",".join(ASKS[0]).encode() + b"\na1,l\xff", "line 2: this is not UTF-8 text: save the file as UTF-8"),
    ],
)
def test_a_file_that_is_none_is_one_line(desk, asks, reason):
    assert desk.refuses(asks=asks).startswith(f"asks.csv, {reason}")


def test_a_file_that_is_missing_or_cannot_be_written_is_one_line(desk, tmp_path):
    desk.run()
    desk.out.unlink()
    line = desk.house.refuses("aid", "match", "--asks", tmp_path / "none.csv", "--volunteers",
                              desk.folder / "volunteers.csv", "--out", desk.out)  # fmt: skip
    assert line.endswith("none.csv: cannot be read (No such file or directory): check the path")
    assert "cannot be written (No such file or directory)" in desk.refuses(out=tmp_path / "none" / "m.csv")
    assert "is no file" in desk.refuses(out=desk.folder)


def test_an_old_result_stays_when_the_new_files_are_wrong(desk):
    desk.pairs()
    before = desk.out.read_bytes()
    assert desk.run(asks=changed(ASKS, 2, "urgency", "9")).exit_code == 2
    assert desk.out.read_bytes() == before


def test_matching_files_needs_neither_telegram_nor_a_database():
    code = "import sys, admin_cli.aid, bot.community.match_files, bot.community.matching\n"
    code += "print([m for m in ('aiogram', 'sqlalchemy', 'babel', 'pydantic', 'numpy') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[2])  # fmt: skip
    assert told.stdout.strip() == "[]"
