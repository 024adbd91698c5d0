"""Every command teaches itself: help with an example that works, a line in docs/cli.md, and an answer at once."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from admin_cli.main import app

DOCS = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
ISSUE = """place add, place list, place show, place set, patch add, patch list, invite, residents count,
role revoke, aid match, aid board, aid show, aid assign, aid close, aid note, aid ask,
concerns list, concerns show, concerns reply, concerns close,
aid volunteers, aid check, aid kinds list, aid kinds set, patch neighbours,
poll new, poll open, poll list, poll show, poll close, poll cancel, poll results, poll count,
broadcast new, broadcast templates, broadcast preview, broadcast translate, broadcast send, broadcast status,
broadcast watch, broadcast cancel, broadcast correct, broadcast list, broadcast show, broadcast archive,
tallies protect, tallies list, tallies show, tallies export, tallies chart, tallies report,
evaluator token, evaluator list, evaluator revoke, keys rotate, doctor, revealed,
db upgrade, db backup, db verify, db restore, letters release,
letters watch, letters dead list, letters dead retry, letters dead drop, letters pause, letters resume,
instrument list, instrument show, instrument check,
checkin plan, checkin open, checkin list, checkin show, checkin assist, checkin close, checkin end,
place helpline add, place helpline list, place helpline remove, place bot,
texts todo, texts show, texts export, texts import, texts approve"""


def commands(group=None, path=()):
    """Every command, by the words that call it."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands())


def example_of(command):
    found = re.search(r"Example: kith (.+)$", command.help, re.MULTILINE)
    return shlex.split(found[1]) if found else None


def test_all_commands_of_the_plan_are_there():
    planned = {tuple(name.split()) for name in ISSUE.replace("\n", " ").split(", ")}
    assert planned == set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_commands_help_has_an_example_that_its_own_options_understand(path):
    words = example_of(COMMANDS[path])
    assert words, f"kith {' '.join(path)} --help shows no example"
    assert tuple(words[: len(path)]) == path
    COMMANDS[path].make_context("kith", words[len(path) :]).close()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_explains_itself_all_its_options_and_has_a_line_in_the_docs(path):
    command = COMMANDS[path]
    assert re.match(r"[A-Z].*[.:]$", command.help.splitlines()[0])
    for parameter in command.params:
        assert getattr(parameter, "help", None) or parameter.name == "help", (
            f"{path}: {parameter.name} is not explained"
        )
    assert re.search(rf"`kith {' '.join(path)}\b", DOCS), f"docs/cli.md says nothing of kith {' '.join(path)}"


@pytest.mark.parametrize(
    "path", [path for path in COMMANDS if path[-1] in {"list", "show", "results", "count", "doctor"}]
)
def test_whatever_lists_something_does_so_for_programs_too(path):
    assert "--json" in {option for parameter in COMMANDS[path].params for option in parameter.opts}


def test_the_docs_name_no_command_that_does_not_exist():
    named = {tuple(found.split()) for found in re.findall(r"`kith ((?:[a-z]+ ?){1,2})", DOCS)}
    groups = {path[:length] for path in COMMANDS for length in (1, 2)}
    for words in named:
        assert words in COMMANDS or words[:1] in COMMANDS or words in groups, words


def test_help_answers_at_once_and_loads_neither_bot_library_nor_database():
    code = (
        "import sys, time\n"
        "from admin_cli.main import main\n"
        "sys.argv = ['kith', '--help']\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = [m for m in ('aiogram', 'sqlalchemy', 'pydantic', 'rich', 'babel', 'alembic') if m in sys.modules]\n"
        "print(heavy, time.process_time() < 0.5)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] True"


def test_no_command_loads_the_bot_library(house):
    code = (
        "import sys\nfrom admin_cli.main import main\nsys.argv = ['kith', 'doctor']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('aiogram', 'apscheduler') if m in sys.modules])\n"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", f"sys = __import__('sys'); sys.path.insert(0, {root!r})\n" + code],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"


def test_kith_alone_shows_its_help(house):
    assert "Example: kith place add" in " ".join(house.says().split())
