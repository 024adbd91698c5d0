"""Anybody can recount a poll at a command line, and a file that cannot be counted says where and why."""

import json
import re
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from admin_cli.count import count_file

CIRCLE = "Crossing,Benches,Garden\n" + "1,2,3\n" * 9 + "3,1,2\n" * 7 + "2,3,1\n" * 5


@pytest.fixture
def kith_count(tmp_path):
    app = typer.Typer()
    app.command("count")(count_file)

    def run(text: str, *arguments: str, name: str = "poll.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return CliRunner().invoke(app, [str(path), *arguments], env={"COLUMNS": "200"})

    return run


@pytest.mark.parametrize(
    ("text", "arguments", "sentence"),
    [
        (
            "choice\n" + "agree\n" * 9 + "against\n" * 3 + "abstain\n" * 2,
            ["--method", "yesno", "--quorum", "6"],
            "Agreed: 9 for, 3 against, 2 abstained (needs 6 in favour).",
        ),
        ("choice\nagree\nagainst\n", ["--method", "yesno"], "Not agreed: 1 for, 1 against, 0 abstained."),
        (
            "choice\n" + "Benches\n" * 11 + "Crossing\n" * 7 + "Garden\n" * 6,
            ["--method", "choose"],
            "Benches got most votes: 11 of 24. That is under half: consider a run-off.",
        ),
        (
            "Crossing,Benches\n" + "1,1\n" * 10 + "1,\n" * 7 + ",1\n" * 7 + "1,1\n",
            ["--method", "approve", "--seed", "x"],
            "Crossing and Benches tied with 18 of 25.",
        ),
        (
            "Crossing,Benches\n" + "1,1\n" * 10 + "1,\n" * 7 + ",\n",
            ["--method", "approve"],
            "17 of 17 people would be happy with Crossing, more than any other option.",
        ),
        (
            "Crossing,Benches,Garden\n" + "1,2,3\n" * 13 + "2,1,3\n" * 9,
            ["--method", "rank"],
            "Crossing beat every other option one against one; closest was Benches, 13 to 9.",
        ),
        (
            "Crossing,Benches,Garden\n" + "1,3,2\n" * 11 + "2,1,3\n" * 11,
            ["--method", "rank"],
            "Crossing and Benches were never beaten one against one. Crossing was ranked higher overall.",
        ),
        (
            CIRCLE,
            ["--method", "rank"],
            "beat each other in a circle. The worst defeat of Crossing was the smallest (9 to 12 against Garden).",
        ),
        (
            "A,B,C\n" + "1,2,3\n" * 8 + "3,1,2\n" * 7 + "2,3,1\n" * 5 + "3,2,1\n",
            ["--method", "rank"],
            "The worst defeat of B was the smallest (8 to 13 against A) and was ranked higher overall.",
        ),
        (
            "A,B,C\n1,3,2\n1,3,2\n1,3,2\n2,1,3\n2,1,3\n3,2,1\n",
            ["--method", "rank"],
            "A was the only option never beaten one against one; closest was B, 3 to 3.",
        ),
        ("A,B\n1,\n1,\n", ["--method", "rank", "--quorum", "2"], "A won: no other option had enough supporters."),
        ("A,B\n1,\n", ["--method", "choose", "--quorum", "2"], "Nothing was decided: no option has 2 supporters."),
        ("A,B\n,\n", ["--method", "rank"], "Nothing was decided: no ballot names an option."),
    ],
)
def test_the_result_is_told_in_a_sentence(kith_count, text, arguments, sentence):
    result = kith_count(text, *arguments)
    assert result.exit_code == 0, result.output
    assert sentence in result.stdout


def test_a_lot_names_its_seed_so_that_anybody_can_check_it(kith_count):
    result = kith_count("A,B,C\n1,2,3\n3,1,2\n2,3,1\n", "--method", "rank", "--seed", "millbrook-12")
    assert "A, B and C beat each other in a circle. A, B and C were still level and went to the lot" in result.stdout
    assert "the SHA-256 of 'millbrook-12:" in result.stdout


def test_supporters_borda_and_duels_are_shown(kith_count):
    shown = kith_count(
        "Crossing,Benches,Garden\n" + "1,2,3\n" * 13 + "2,1,\n" * 9, "--method", "rank", "--quorum", "9"
    ).stdout
    assert "22 ballots, 0 of them blank or abstaining." in shown
    rows = [[cell.strip() for cell in line.split("│")] for line in shown.splitlines() if "│" in line]
    assert ["", "1", "1", "Crossing", "22", "100", "13", ""] in rows
    assert ["", "", "3", "Garden", "0", "0", "", ""] in rows
    assert ["", "2 Benches", "9", "", "22", ""] in rows


def test_json_holds_the_whole_count(kith_count):
    told = json.loads(kith_count(CIRCLE, "--method", "rank", "--json").stdout)
    assert (told["winner"], told["decided_by"], told["circle"]) == (1, "minimax", [1, 2, 3])
    assert told["order"] == [1, 2, 3]
    assert told["closest"] == {"rival": 3, "for_winner": 9, "for_rival": 12}
    assert {"option": 1, "over": 2, "ballots": 14} in told["duels"]
    assert told["options"][0] == {"option": 1, "name": "Crossing", "supporters": 14, "borda_doubled": 46}


def test_names_that_look_like_colours_are_shown_as_they_are(kith_count):
    shown = kith_count("[red]Crossing[/red],محفوظ\n1,\n", "--method", "choose").stdout
    assert shown.count("[red]Crossing[/red]") == 2
    assert "محفوظ" in shown


def test_a_preflib_file_is_counted(kith_count):
    text = "# ALTERNATIVE NAME 1: Crossing\n# ALTERNATIVE NAME 2: Benches\n13: 1,2\n9: 2,1\n"
    assert "closest was Benches, 13 to 9." in kith_count(text, "--method", "rank", name="poll.soc").stdout


@pytest.mark.parametrize(
    ("text", "method", "reason"),
    [
        (
            "A,B\n1,2\n1,first\n",
            "rank",
            "poll.csv: line 3: the cell of B is 'first': expected a place from 1, or nothing",
        ),
        ("A,B\n1,2\n", "dots", "there is no method dots: use yesno, choose, approve or rank"),
        ("A\n1\n", "rank", "poll.csv: one option cannot be ranked: ask yes or no"),
    ],
)
def test_what_cannot_be_counted_is_one_line_and_exit_2(kith_count, text, method, reason):
    result = kith_count(text, "--method", method)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.rstrip().endswith(reason)


def test_a_missing_file_and_a_folder_are_one_line_and_exit_2(kith_count, tmp_path):
    for missing in (tmp_path / "none.csv", tmp_path):
        app = typer.Typer()
        app.command()(count_file)
        result = CliRunner().invoke(app, [str(missing), "--method", "rank"])
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
        assert "cannot be read" in result.stderr


def test_help_has_an_example(kith_count):
    shown = re.sub(r"\x1b\[[0-9;]*m", "", kith_count("", "--help").stdout)
    assert "kith poll count ballots.csv --method rank" in shown


def test_counting_needs_neither_telegram_nor_a_database():
    code = (
        "import sys; import admin_cli.count, bot.community.counting, bot.community.ballots, bot.community.disclosure; "
    )
    code += "print([m for m in ('aiogram', 'sqlalchemy', 'babel', 'pydantic') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
