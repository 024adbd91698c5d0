"""What the sandbox must not need, and must not let slip."""

import ast
import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

SANDBOX = Path(__file__).parents[2] / "sandbox"


def test_it_needs_neither_library_nor_the_bot():
    """Importing aiogram takes seconds and 160 MB; a sandbox that knows the bot is no witness against it."""
    needed = "import sys, sandbox.server, sandbox.canned, sandbox.__main__; print(sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", needed], capture_output=True, text=True, check=True).stdout
    assert not [name for name in ("'aiogram'", "'telegram'", "'bot'") if name in modules]


def test_no_task_goes_unheld():
    """A task nobody holds may be collected while it runs: a prototype lost 46% of its updates that way."""
    for path in SANDBOX.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                assert "create_task" not in ast.dump(node.value.func), f"{path}:{node.lineno}"


def test_the_table_knows_the_methods_that_are_modelled():
    from sandbox.call import METHODS
    from sandbox.request import TABLE

    assert set(METHODS) <= set(TABLE)
    assert TABLE["sendMessage"]["text"] == "text!"


@pytest.mark.parametrize("kind", ["--bare", "--canned"])
async def test_it_runs_alone_and_ends_when_asked(kind):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", kind, "--port", "0", stdout=subprocess.PIPE, cwd=SANDBOX.parent
    )
    line = (await process.stdout.readline()).decode()
    url = next(word for word in line.split() if word.startswith("http")).rstrip(";")
    async with aiohttp.ClientSession() as session, session.get(f"{url}/bot1:any/getMe") as answer:
        assert (await answer.json())["result"]["username"] == "kith_bot"
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 5) == 0


def test_every_act_and_every_fault_is_documented():
    from sandbox.acts import Acts
    from sandbox.faults import Fault

    told = (SANDBOX.parent / "docs" / "sandbox.md").read_text(encoding="utf-8")
    acts = [name.removeprefix("do_") for name in dir(Acts) if name.startswith("do_")]
    words = acts + [name for name in Fault.__dataclass_fields__ if name != "used"]
    assert [word for word in words if f"`{word}`" not in told] == []
