"""Anybody can put a table of answers through the disclosure rule, and a mistake in it says where it is."""

import csv
import json
import random
import re
import subprocess
import sys
from hashlib import sha256

import pytest

PLAN = """\
wave = "2026-autumn"
[questions.satisfied]
bands = ["low", "medium", "high", "very high"]
coarse = { low = "0-6", medium = "0-6", high = "7-10", "very high" = "7-10" }
[breakdowns.patch]
groups = ["Mill Road", "Station", "Hilltop", "other"]      # the catch-all last
"""
COLUMNS = "wave,question,breakdown,group,band,count,flag,group_total,share_pct"


class Desk:
    """An evaluator with a table, a plan, and a folder for what comes out."""

    def __init__(self, house, folder):
        self.house, self.folder = house, folder
        self.plan = self.file("plan.toml", PLAN)
        self.answers = self.file("answers.csv", answers(200))

    def file(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def asked(self, *more, out="out", answers=None, plan=None):
        files = (answers or self.answers, "--plan", plan or self.plan, "--out", self.folder / out)
        return ("tallies", "protect", *files, *more)

    def protects(self, *more, **named):
        return self.house.says(*self.asked(*more, **named))

    def refuses(self, *more, **named):
        line = self.house.refuses(*self.asked(*more, **named))
        assert not (self.folder / "out").exists()
        return line

    def results(self, out="out"):
        with (self.folder / out / "results.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def answers(n, seed=1, delimiter=","):
    dice = random.Random(seed)
    rows = [["person", "patch", "satisfied"]]
    for person in range(n):
        patch = dice.choice(["Mill Road", "Station", "Hilltop"])
        rows.append([str(person), patch, dice.choices(["low", "medium", "high", "very high"], [1, 2, 5, 3])[0]])
    return "".join(delimiter.join(row) + "\n" for row in rows)


@pytest.fixture
def desk(empty_house, tmp_path):
    return Desk(empty_house, tmp_path)


def test_a_table_is_published_by_the_rule_without_any_database(desk, tmp_path):
    told = desk.protects()
    assert re.search(r"2026-autumn: about (19|20|21)[05] people answered", told)
    rows = desk.results()
    assert ",".join(rows[0]) == COLUMNS
    assert {row["breakdown"] for row in rows} == {"all", "patch"}
    assert {row["group"] for row in rows} == {"all", "Mill Road", "Station", "Hilltop"}
    assert all(int(row["count"]) % 5 == 0 for row in rows)
    assert {row["band"] for row in rows if row["breakdown"] == "patch"} == {"0-6", "7-10"}
    assert sum(int(row["count"]) for row in rows if row["breakdown"] == "all") == pytest.approx(200, abs=30)
    assert not (tmp_path / "data").exists()


def test_the_same_seed_makes_the_same_bytes_and_no_seed_makes_others(desk):
    for out, more in {"a": ("--seed-for-tests", "7"), "b": ("--seed-for-tests", "7"), "c": (), "d": ()}.items():
        desk.protects(*more, out=out)
    made = {out: {path.name: path.read_bytes() for path in (desk.folder / out).iterdir()} for out in "abcd"}
    assert set(made["a"]) == {"results.csv", "tables.csv", "datapackage.json", "README.txt"}
    assert made["a"] == made["b"]
    assert made["c"]["results.csv"] != made["d"]["results.csv"]
    assert b"KNOWN SEED" in made["a"]["README.txt"]
    assert b"KNOWN SEED" not in made["c"]["README.txt"] + made["c"]["datapackage.json"]


def test_a_wave_is_published_once(desk):
    """Or whoever asks thirty times takes the noise off."""
    desk.protects()
    before = (desk.folder / "out" / "results.csv").read_bytes()
    assert "publishing the same answers twice would undo the noise" in desk.house.refuses(*desk.asked())
    assert "holds a release" in desk.house.refuses(*desk.asked("--seed-for-tests", "1"))
    assert (desk.folder / "out" / "results.csv").read_bytes() == before
    desk.protects("--seed-for-tests", "1", out="trial")
    desk.protects("--seed-for-tests", "2", out="trial")


def test_a_data_package_describes_what_is_there(desk):
    desk.protects()
    package = json.loads((desk.folder / "out" / "datapackage.json").read_text())
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    for resource in package["resources"]:
        body = (desk.folder / "out" / resource["path"]).read_bytes()
        assert (resource["bytes"], resource["hash"]) == (len(body), f"sha256:{sha256(body).hexdigest()}")
        header = body.decode().splitlines()[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header
        assert all("{" not in field["description"] for field in resource["schema"]["fields"])
    assert package["kith"]["rule"]["alpha"] == "1/2"
    assert "random noise" in package["description"]
    assert package["kith"]["people"]["answered"] % 5 == 0


def test_json_tells_the_release_and_its_hash(desk):
    told = json.loads(desk.protects("--json"))
    assert told["tables"][0]["status"] == "published"
    assert told["sha256"] in (desk.folder / "out" / "README.txt").read_text()


def test_too_few_answers_leave_a_header_and_the_reason(desk):
    told = desk.protects(answers=desk.file("few.csv", answers(12)))
    assert "fewer than 30 people answered: nothing is published" in told
    assert (desk.folder / "out" / "results.csv").read_text() == COLUMNS + "\n"
    assert "fewer than 30" in (desk.folder / "out" / "README.txt").read_text()


@pytest.mark.parametrize("text", [answers(200, delimiter=";"), answers(200, delimiter="\t"), "\ufeff" + answers(200),
                                  answers(200).replace("\n", "\r\n"), answers(200).replace(",", " , ", 30),
                                  answers(200) + "\n\n", answers(200).replace("\n", ",,\n")])  # fmt: skip
def test_tables_are_read_as_spreadsheets_write_them(desk, text):
    desk.protects("--seed-for-tests", "7", out="plain")
    desk.protects("--seed-for-tests", "7", answers=desk.file("other.csv", text))
    assert desk.results() == desk.results("plain")


def test_an_empty_cell_is_no_answer(desk):
    skipped = answers(200) + "x,Station,\n" * 500
    desk.protects(answers=desk.file("skipped.csv", skipped))
    assert sum(int(row["count"]) for row in desk.results() if row["breakdown"] == "all") < 250


def test_a_group_that_is_not_in_the_plan_counts_as_the_last_and_is_named(desk):
    elsewhere = answers(200) + "x,Station,low\n" * 2 + "x,Staton,low\nx,,high\n" * 30
    result = desk.house.kith(*desk.asked(answers=desk.file("elsewhere.csv", elsewhere)))
    assert result.exit_code == 0
    assert result.stderr == "elsewhere.csv, line 204: patch 'Staton' is not in the plan and counts as 'other'\n"
    assert "other" in {row["group"] for row in desk.results()}


def test_a_wrong_column_is_noticed_without_a_flood(desk):
    wrong = desk.file("plan2.toml", PLAN.replace("breakdowns.patch", "breakdowns.person"))
    result = desk.house.kith(*desk.asked(plan=wrong))
    assert result.stderr.count("\n") == 6
    assert result.stderr.endswith("is this the right column?\n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (answers(90) + "x,Station,huge\n" + answers(90),
         "wrong.csv, line 92: satisfied is 'huge': expected low, medium, high or very high, or nothing for no answer"),
        ('person,patch,satisfied\n1,"Mill\nRoad",low\n2,Station,Low\n', "line 4: satisfied is 'Low'"),
        ("patch,happy\nStation,low\n", "line 1: there is no column 'satisfied': the file has patch, happy"),
        ("patch,satisfied,patch\n", "line 1: there are two columns 'patch'"),
        ("", "line 1: there is no column 'satisfied': the file has none"),
        (answers(3) + "x,Station\n", "line 5: the row has 2 cells, the header 3"),
        (answers(3) + "x,Station,low,high\n", "line 5: the row has 4 cells, the header 3"),
        (answers(3) + 'x,"Station,low\n', "this is not CSV"),
        (answers(3).encode() + b"x,Sta\xfftion,low\n", "line 5: this is not UTF-8 text"),
    ],
)  # fmt: skip
def test_a_table_with_a_mistake_is_one_line_exit_2_and_nothing_is_written(desk, text, reason):
    assert reason in desk.refuses(answers=desk.file("wrong.csv", text))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('wave = "2026-autumn"\n', "", "plan.toml, line 1: wave is missing"),
        ('wave = "2026-autumn"', "wave = 3", "line 1: wave must be text in quotes"),
        ("[questions.satisfied]", "[question.satisfied]", "line 2: question is not known here: did you mean questions"),
        ("bands = [", "band = [", "line 3: band is not known here: did you mean 'bands'?"),
        ('bands = ["low", "medium", "high", "very high"]', "", "line 2: bands is missing"),
        ('["low", "medium", "high", "very high"]', '"low"', "line 3: bands must be a list of texts"),
        ('"medium", "high", "very high"]', '"medium", "high", "high"]', "line 4: there is no band 'very high'"),
        ('medium = "0-6", ', "", "line 4: coarse says nothing of the band 'medium'"),
        ('medium = "0-6"', 'medium = "5-6"', "line 4: coarse must make two bands of all"),
        ('"very high" = "7-10" }', '"very high" = 7 }', "line 4: coarse must name a wider band for each"),
        ("[questions.satisfied]", '[questions."how happy"]\nsmall = 1', "line 3: small is not known here: known are"),
        ("\n[breakdowns", '\nby = ["street"]\n[breakdowns', "line 5: there is no breakdown 'street'"),
        ('"Mill Road", "Station", "Hilltop", "other"', '"other"', "line 6: a breakdown needs at least two groups"),
        ('"Hilltop", "other"]', '"Station"]', "line 6: the group 'Station' is there twice"),
        ("groups = [", "groups = ", "line 6:"),
        ("[breakdowns.patch]", "[breakdowns]\npatch = 3", "line 6: patch must be a table of its own"),
        ("[breakdowns.patch]\n", "breakdowns = 3\n#", "line"),
    ],
)
def test_a_plan_with_a_mistake_is_one_line_exit_2_and_nothing_is_written(desk, old, new, reason):
    assert old in PLAN
    assert reason in desk.refuses(plan=desk.file("plan.toml", PLAN.replace(old, new)))


def test_a_plan_beyond_the_budget_is_refused_before_anything_is_read(desk):
    more = "".join(f'[questions.q{n}]\nbands = ["a", "b"]\n' for n in range(5))
    line = desk.refuses(plan=desk.file("plan.toml", PLAN + more), answers=desk.folder / "missing.csv")
    assert "line 2: the plan has 13 tables, one person's answers may enter 12" in line
    assert "such as by = []" in line


def test_missing_files_and_a_file_for_a_folder_are_one_line(desk):
    assert "missing.csv: No such file" in desk.refuses(answers=desk.folder / "missing.csv")
    assert "missing.toml: cannot be read" in desk.refuses(plan=desk.folder / "missing.toml")
    assert "is a file: name a folder" in desk.house.refuses(*desk.asked(out="plan.toml"))


def test_no_true_count_is_printed(desk):
    """The exact number of rows would be a count without noise."""
    told = desk.house.kith(*desk.asked(answers=desk.file("odd.csv", answers(1234, seed=3))))
    assert "1234" not in told.output
    written = [path.read_text() for path in (desk.folder / "out").iterdir()]
    assert written
    assert not [text for text in written if re.search(r"\b1,?234\b", text)]  # a hash may hold the four digits


def test_the_rule_needs_neither_telegram_nor_a_database():
    code = "import sys; import bot.community.disclosure, bot.community.microdata, bot.community.tally_export; "
    code += "print([m for m in ('aiogram', 'sqlalchemy', 'babel', 'pydantic') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
