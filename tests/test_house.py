"""The house's rules, read from its own code. Each test opens with the fault it prevents."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TYPES = {"bot.store.tables", "bot.store.engine"}
"""Rows and the session are passed through every room; their modules ask nothing of the database by themselves."""

MAY = {
    # room: what it may import of the house (DESIGN 2)
    "bot/store": {"bot.store"},
    "bot/community": {"bot.community", "bot.store", "bot.refusals"},
    "bot/screens": {"bot.screens", "bot.community", "bot.taps", "bot.replies", "bot.refusals"},
    "bot/flows": {"bot.flows", "bot.community", "bot.screens", "bot.replies", "bot.taps", "bot.refusals", *TYPES},
    "bot/handlers": {
        "bot.handlers",
        "bot.flows",
        "bot.community",
        "bot.screens",
        "bot.taps",
        "bot.replies",
        "bot.refusals",
        *TYPES,
    },
    "bot/web": {
        "bot.web",
        "bot.store",
        "bot.clock",
        "bot.log",
        "bot.metrics",
        "bot.settings",
        "bot.community.evaluators",
        "bot.community.tallies",
        "bot.community.tally_package",
        "bot.community.tally_polls",
    },
    "bot/delivery": {
        "bot.delivery",
        "bot.metrics",
        "bot.fitting",
        "bot.fonts",
        "bot.community",
        "bot.store",
        "bot.screens",
        "bot.telegram",
        "bot.clock",
        "bot.log",
        "bot.replies",
    },
    "admin_cli": {
        "admin_cli",
        "bot.fonts",
        "bot.community",
        "bot.screens",
        "bot.settings",
        "bot.store",
        "bot.refusals",
    },
    "sandbox": {"sandbox", "bot.app"},
}
AIOGRAM_ROOMS = ("bot/handlers/", "bot/updates.py", "bot/middleware.py", "bot/telegram.py", "bot/app.py")


def python_files(*under):
    for folder in under:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imports_of(path):
    """Every module a file imports, with the line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def inside(module, rooms):
    return any(module == room or module.startswith(room + ".") for room in rooms)


@pytest.mark.parametrize("room", MAY)
def test_a_room_imports_only_what_it_may(room):
    """A query in a handler, or words in a rule, makes every later change a search through the whole house."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in python_files(room)
        if "migrations" not in path.parts
        for module, line in imports_of(path)
        if inside(module, {"bot", "admin_cli", "sandbox"}) and not inside(module, MAY[room])
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_edges_know_aiogram():
    """Importing it costs seconds and 167 MB; two peers died of their bot library's upgrades (facts/peers.md 5)."""
    wrong = [
        f"{name}:{line}"
        for path in python_files("bot", "admin_cli", "sandbox")
        if not (name := str(path.relative_to(ROOT))).startswith(AIOGRAM_ROOMS)
        for module, line in imports_of(path)
        if inside(module, {"aiogram"})
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_drawing_program_knows_matplotlib():
    """In the bot it would keep 80 MB for a picture a month; the program that draws ends with its pictures."""
    drawing = {"matplotlib", "PIL", "numpy", "bot.delivery.drawing"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in python_files("bot", "admin_cli", "sandbox")
        if path.name != "drawing.py"
        for module, line in imports_of(path)
        if inside(module, drawing)
    ]
    assert not wrong, "\n".join(wrong)


def test_screens_ask_nothing_of_the_database():
    """A screen that reads rows words something else than what was decided."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in python_files("bot/screens")
        for module, line in imports_of(path)
        if inside(module, {"bot.store", "sqlalchemy"})
    ]
    assert not wrong, "\n".join(wrong)


def test_the_rules_have_no_sql_no_words_and_do_not_wait():
    """What waits inside a transaction holds up everybody; what speaks in a rule speaks one language."""
    wrong = []
    for path in python_files("bot/community"):
        wrong += [f"{path.name}:{line} imports {module}" for module, line in imports_of(path)
                  if inside(module, {"sqlalchemy", "gettext", "babel", "asyncio"})]  # fmt: skip
        wrong += [f"{path.name}:{node.lineno} awaits" for node in ast.walk(ast.parse(path.read_text()))
                  if isinstance(node, ast.AsyncFunctionDef | ast.Await)]  # fmt: skip
    assert not wrong, "\n".join(wrong)


def test_gettext_lives_in_one_module():
    """Two gettexts are two ways to escape, or not to."""
    users = [str(path.relative_to(ROOT)) for path in python_files("bot", "admin_cli")
             for module, _line in imports_of(path) if inside(module, {"gettext"})]  # fmt: skip
    assert users == ["bot/screens/language.py"]


def test_counts_of_people_leave_only_through_disclosure():
    """A second way out would publish the same answers with other noise, or with none (facts/disclosure.md 1.4)."""
    keepers = {"bot/community/disclosure.py", "bot/community/protect.py"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in python_files("bot", "admin_cli", "sandbox")
        for module, line in imports_of(path)
        if inside(module, {"bot.community.protect", "bot.community.noise.two_sided"})
        and str(path.relative_to(ROOT)) not in keepers
    ]
    wrong += [
        f"{path.relative_to(ROOT)}:{node.lineno} reads true counts"
        for path in python_files("bot", "admin_cli")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"spend", "_cells"}
        and path.name not in {"protect.py", "people_counts.py"}
    ]  # fmt: skip
    assert not wrong, "\n".join(wrong)


def test_answers_are_read_only_where_they_are_counted():
    """Whoever reads answers could tell of them beside the rule: a new reader must be seen, and be a release."""
    readers = {"bot/community/checkins.py", "bot/community/polls.py", "bot/community/rounds.py"}
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} reads answers"
        for path in python_files("bot", "admin_cli", "sandbox")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute | ast.Name)
        and (node.attr if isinstance(node, ast.Attribute) else node.id) == "all_answers"
        and str(path.relative_to(ROOT)) not in readers
    ]
    wrong += [
        f"{path.relative_to(ROOT)}:{line} imports the answers' table"
        for path in python_files("bot", "admin_cli", "sandbox")
        for module, line in imports_of(path)
        if module == "bot.store.tables.Answer" and path.parent.name != "store"
    ]
    assert not wrong, "\n".join(wrong)


def test_what_evaluators_pull_is_made_of_releases_alone():
    """An export that reads residents, letters or answers is a way out beside the rule (DESIGN 8)."""
    files = [
        *(ROOT / "bot/community").glob("tally_*.py"),
        ROOT / "bot/community/tallies.py",
        ROOT / "bot/web/tallies.py",
    ]
    files += (ROOT / "bot/screens").glob("tally_*.py")
    may = {"bot.store.tallies", "bot.store.engine", *(f"bot.store.tables.{name}" for name in ("Checkin", "Place"))}
    may |= {f"bot.store.tables.{name}" for name in ("QuarterRelease", "Release", "Round")}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in files
        for module, line in imports_of(path)
        if inside(module, {"bot.store"}) and not inside(module, may)
    ]
    read = {
        module for module, _line in imports_of(ROOT / "bot/store/tallies.py") if inside(module, {"bot.store.tables"})
    }
    wrong += [f"bot/store/tallies.py reads {module}" for module in read - may]
    assert len(files) >= 8
    assert not wrong, "\n".join(wrong)


def test_nobody_below_the_boundary_commits():
    """Five commits a tap announced votes that were lost (ultimate-poll-bot)."""
    boundary = {"engine.py", "writer.py", "conftest.py"}
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in python_files("bot/community", "bot/store", "bot/handlers", "bot/flows", "bot/delivery")
        if path.name not in boundary and "migrations" not in path.parts and path.name != "backup.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert not wrong, "\n".join(wrong)


def test_handlers_and_flows_do_not_select_or_await():
    """A handler that waits for Telegram keeps a transaction open meanwhile."""
    wrong = []
    for path in python_files("bot/handlers", "bot/flows"):
        tree = ast.parse(path.read_text())
        wrong += [
            f"{path.name} imports {module}" for module, _line in imports_of(path) if inside(module, {"sqlalchemy"})
        ]
        wrong += [f"{path.name}:{node.lineno}" for node in ast.walk(tree) if isinstance(node, ast.Await)]
    assert not wrong, "\n".join(wrong)


def test_a_flow_writes_only_after_its_last_question():
    """A form that writes half-way leaves half a neighbour behind when its person stops answering."""
    from bot.flows import FLOWS

    writers = {"join", "redeem", "make_and_open", "open_poll", "make_poll"}
    writers |= {"hand_in", "correct", "send_back", "set_languages", "draft"}
    writers |= {"open_ask", "ask_again", "change_words", "change_time", "offer_help", "agree"}
    writers |= {"report", "write_to", "go_away"}
    questions = {"choose", "choose_some", "write", "confirm", "when_needed"}
    for name, flow in FLOWS.items():
        tree = ast.parse(Path(sys.modules[flow.ask.__module__].__file__).read_text())
        function = next(
            node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == flow.ask.__name__
        )
        calls = [(_called(node), node.lineno) for node in ast.walk(function) if isinstance(node, ast.Call)]
        asked = [line for called, line in calls if called in questions]
        written = [line for called, line in calls if called in writers]
        assert written, f"{name} writes nothing: is the list of writers up to date?"
        assert min(written) > max(asked), name


def _called(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_the_web_room_only_looks():
    """A page that anybody on the machine may ask for must not be a way to change anything."""
    changes = {"transact", "add", "delete", "insert", "update", "commit", "execute", "flush"}
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} calls {node.func.attr}"
        for path in python_files("bot/web")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in changes
    ]
    routes = [
        node.func.attr
        for path in python_files("bot/web")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and inside(ast.unparse(node.func), {"web"})
    ]
    assert not wrong, "\n".join(wrong)
    assert not {"post", "put", "patch", "delete"} & set(routes)


def test_the_metrics_library_comes_in_with_the_port_alone():
    """It costs megabytes, on a machine that has few, and most installs never ask for metrics."""
    users = {str(path.relative_to(ROOT)) for path in python_files("bot", "admin_cli")
             for module, _line in imports_of(path) if inside(module, {"prometheus_client"})}  # fmt: skip
    assert users == {"bot/web/figures.py"}
    code = "import sys, bot.app, bot.web.port; print('prometheus_client' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert answer.stdout.strip() == "False"


def test_the_command_line_starts_without_the_bot():
    """`kith --help` must answer at once; aiogram alone takes seconds."""
    code = "import sys, admin_cli.main; print([m for m in ('aiogram', 'sqlalchemy') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert answer.stdout.strip() == "[]"
