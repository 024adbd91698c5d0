"""A ballot file says what its author meant, or says at which line it does not."""

import random
import time
from pathlib import Path

import pytest

from bot.community.ballots import BallotFileWrong, read_ballots
from bot.community.counting import DecidedBy, Method, count, marked, ranked

NAMED = "# ALTERNATIVE NAME 1: Crossing\n# ALTERNATIVE NAME 2: Benches\n# ALTERNATIVE NAME 3: Garden\n"
OPTIONS = {1: "Crossing", 2: "Benches", 3: "Garden"}


@pytest.fixture
def written(tmp_path):
    def write(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


# PrefLib


def test_strict_incomplete_orders_are_read(written):
    text = "# TITLE: What first?\n# DATA TYPE: soi\n# NUMBER VOTERS: 6\n" + NAMED + "3: 1,2,3\n2: 2, 1\n1: 3\n"
    file = read_ballots(written("poll.soi", text), Method.RANK)
    assert file.options == OPTIONS
    assert file.ballots == {ranked(1, 2, 3): 3, ranked(2, 1): 2, ranked(3): 1}


def test_level_options_stand_in_braces(written):
    file = read_ballots(written("poll.toi", NAMED + "13: 1, {3, 2}\n2: {1,2},3\n"), Method.RANK)
    assert file.ballots == {ranked(1, {2, 3}): 13, ranked({1, 2}, 3): 2}


def test_an_order_that_names_nothing_is_a_blank_ballot(written):
    assert read_ballots(written("poll.soi", NAMED + "2:\n1: 1\n"), Method.RANK).ballots[()] == 2


def test_windows_line_ends_a_byte_order_mark_blank_lines_and_capitals_are_no_hindrance(written):
    text = "\ufeff" + NAMED + "\n1: 1,2,3\n\n"
    file = read_ballots(written("POLL.SOC", text.replace("\n", "\r\n")), Method.RANK)
    assert (file.options, file.ballots) == (OPTIONS, {ranked(1, 2, 3): 1})


def test_a_file_filled_up_by_preflib_counts_as_the_file_it_was_made_from(written):
    """PrefLib's "imbued" .toc puts what a .soi leaves off level in a last place."""
    soi = read_ballots(written("poll.soi", NAMED + "4: 2\n3: 1,3\n2: 3,2,1\n"), Method.RANK)
    toc = read_ballots(written("poll.toc", NAMED + "4: 2,{1,3}\n3: 1,3,2\n2: 3,2,1\n"), Method.RANK)
    assert count("rank", [*soi.options], soi.ballots, 3) == count("rank", [*toc.options], toc.ballots, 3)


@pytest.mark.parametrize(
    ("name", "body", "line", "reason"),
    [
        ("a.soi", NAMED + "1: 1,4\n", 4, "no option 4"),
        ("a.soi", NAMED + "1: 1,2,1\n", 4, "twice"),
        ("a.soi", NAMED + "1: {1,2}\n", 4, "name it .toi"),
        ("a.soc", NAMED + "1: 1,2\n", 4, "name it .soi"),
        ("a.toc", NAMED + "1: 1,{2}\n", 4, "name it .toi"),
        ("a.toi", NAMED + "1: 1,{}\n", 4, "expected a ballot such as"),
        ("a.toi", NAMED + "1: {1,2\n", 4, "expected a ballot such as"),
        ("a.toi", NAMED + "1,2,3\n", 4, "expected a ballot such as"),
        ("a.toi", NAMED + "x: 1\n", 4, "expected a ballot such as"),
        ("a.toi", NAMED + "1: 1,,2\n", 4, "expected a ballot such as"),
        ("a.toi", NAMED + f"1: {'9' * 5000}\n", 4, "expected a ballot such as"),
        ("a.soi", "3\n1,Crossing\n", 1, "since 2022"),
        ("a.soi", "", 1, "names no options"),
        ("a.soi", NAMED + "# ALTERNATIVE NAME 3: Lights\n", 4, "named twice"),
        ("a.soi", NAMED + "# ALTERNATIVE NAME 4: Garden\n", 4, "two options are called Garden"),
        ("a.soi", "# ALTERNATIVE NAME 1:\n", 1, "no name"),
        ("a.soi", "# ALTERNATIVE NAME 1: \x1b[2J\n", 1, "control character"),
        ("a.soi", "# NUMBER VOTERS: 3\n" + NAMED + "1: 1\n1: 2\n", 6, "NUMBER VOTERS: 3, but holds 2"),
        ("a.soi", "# NUMBER ALTERNATIVES: 4\n" + NAMED + "1: 1\n", 5, "NUMBER ALTERNATIVES: 4"),
        ("a.soi", b"# ALTERNATIVE NAME 1: Caf\xe9\n", 1, "save the file as UTF-8"),
    ],
)
def test_a_wrong_preflib_file_is_refused_at_its_line(written, name, body, line, reason):
    with pytest.raises(BallotFileWrong, match=reason) as refusal:
        read_ballots(written(name, body), Method.RANK)
    assert refusal.value.line == line


def test_a_ranking_is_not_counted_as_if_it_were_ticks(written):
    with pytest.raises(BallotFileWrong, match="method rank"):
        read_ballots(written("poll.soi", NAMED + "1: 1\n"), Method.APPROVE)


# CSV


def test_places_may_be_level_left_off_or_have_gaps(written):
    file = read_ballots(written("poll.csv", "Crossing,Benches,Garden\n1,2,3\n1,1,\n,7,2\n,,\n"), Method.RANK)
    assert file.options == OPTIONS
    assert file.ballots == {ranked(1, 2, 3): 1, ranked({1, 2}): 1, ranked(3, 2): 1, (): 1}


def test_ticks_are_read_in_the_ways_people_write_them(written):
    file = read_ballots(written("poll.csv", "Crossing,Benches,Garden\n1,x,\nX,0,-\nyes,no,\n,,\n"), Method.APPROVE)
    assert file.ballots == {marked(1, 2): 1, marked(1): 2, (): 1}


def test_one_column_of_choices_is_keyed_by_the_alphabet_whatever_the_order_of_the_rows(written):
    rows = ["Garden", "Benches", "Garden", "Crossing"]
    files = [read_ballots(written(f"{n}.csv", "\n".join(["Choice", *order, ""])), Method.CHOOSE)
             for n, order in enumerate([rows, rows[::-1]])]  # fmt: skip
    assert files[0] == files[1]
    assert files[0].options == {1: "Benches", 2: "Crossing", 3: "Garden"}
    assert files[0].ballots == {marked(3): 2, marked(1): 1, marked(2): 1}


@pytest.mark.parametrize(
    "text",
    [
        "choice\nagree\nYes\nfor\nagainst\nabstain\n\n",
        "agree,against,abstain\n1,,\n1,,\n1,,\n,1,\n,,1\n",
        "Abstain;No;Yes\n;;x\n;;x\n;;x\n;x;\nx;;\n",
        "agree\tagainst\nx\t\nx\t\nx\t\n\tx\n\t\n",
    ],
)
def test_a_proposals_votes_are_understood_in_every_layout(written, text):
    file = read_ballots(written("poll.csv", text), Method.YESNO)
    found = count("yesno", [*file.options], file.ballots)
    assert [*file.options.values()] == ["agree", "against", "abstain"]
    assert [found.supporters[option] for option in found.options[:2]] == [3, 1]
    assert (found.abstained, found.decided_by) == (1, DecidedBy.MAJORITY)


def test_spreadsheets_may_quote_use_semicolons_and_add_empty_cells(written):
    text = '\ufeff"Crossing, Mill Road";Benches\r\n1;;\r\n;1;\r\n\r\n'
    file = read_ballots(written("poll.csv", text), Method.CHOOSE)
    assert file.options == {1: "Crossing, Mill Road", 2: "Benches"}
    assert file.ballots.total() == 2


@pytest.mark.parametrize(
    ("method", "text", "line", "reason"),
    [
        (Method.RANK, "", 1, "empty"),
        (Method.RANK, "A,B\n1,2\n1\n", 3, "has 1 cells, the header 2"),
        (Method.RANK, "A,B\n1,2,3\n", 2, "has 3 cells"),
        (Method.RANK, "A,B\n1,first\n", 2, "the cell of B is 'first'"),
        (Method.RANK, "A,B\n1,0\n", 2, "expected a place from 1"),
        (Method.RANK, "A,A\n1,2\n", 1, "two options are called A"),
        (Method.RANK, "A,\n1,2\n", 1, "no name"),
        (Method.RANK, 'A,"B\nC"\n1,2\n', 2, "control character"),
        (Method.RANK, 'A,B\n1,"2\n', 2, "not CSV"),
        (Method.RANK, ",".join(map(str, range(2000))), 1, "more than 1000 options"),
        (Method.APPROVE, "A,B\n\n1,2\n", 3, "expected 1 or x"),
        (Method.CHOOSE, "A,B\n1,1\n", 2, "several options"),
        (Method.YESNO, "A,B\n1,1\n", 2, "several options"),
        (Method.YESNO, "A,B\n1,\n", 1, "agree, against and abstain"),
        (Method.YESNO, "choice\nmaybe\n", 2, "'maybe' is none of"),
        (Method.APPROVE, b"A,B\n1,1\n\xff\xfe,1\n", 3, "UTF-8"),
    ],
)
def test_a_wrong_csv_is_refused_at_its_line(written, method, text, line, reason):
    with pytest.raises(BallotFileWrong, match=reason) as refusal:
        read_ballots(written("poll.csv", text), method)
    assert refusal.value.line == line


def test_names_in_every_script_are_kept_as_they_are(written):
    names = ["محفوظ کراسنگ", "ਬਾਗ਼", "বাগান", "نیم\u200cفاصله"]
    file = read_ballots(written("poll.csv", ",".join(names) + "\n1,2,3,4\n"), Method.RANK)
    assert list(file.options.values()) == names


@pytest.mark.parametrize("kind", ["csv", "soc"])
def test_a_hundred_thousand_different_looking_ballots_count_in_seconds(written, kind):
    chance = random.Random(5)
    orders = [chance.sample(range(1, 9), 8) for _ in range(100_000)]
    if kind == "csv":
        text = "A,B,C,D,E,F,G,H\n" + "".join(",".join(map(str, order)) + "\n" for order in orders)
    else:
        text = "".join(f"# ALTERNATIVE NAME {n}: {n}\n" for n in range(1, 9))
        text += "".join(f"1: {','.join(map(str, order))}\n" for order in orders)
    path, start = written(f"poll.{kind}", text), time.process_time()
    file = read_ballots(path, Method.RANK)
    found = count("rank", [*file.options], file.ballots)
    assert found.ballots == 100_000
    assert time.process_time() - start < 10  # about 2 s here; a loaded machine is not a wrong count
