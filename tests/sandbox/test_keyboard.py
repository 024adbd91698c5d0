"""The coordinator's keyboard of Millbrook: `kith` again and again, by one process."""

import asyncio
import json

import pytest

from sandbox.keyboard import Keyboard


@pytest.fixture
def keyboard(tmp_path, monkeypatch):
    monkeypatch.setenv("KITH_DATA", str(tmp_path))
    return Keyboard()


async def test_one_process_runs_command_after_command_and_says_why_one_is_refused(keyboard):
    await keyboard.types("db", "upgrade")
    await keyboard.types("place", "add", "millbrook", "--name", "Millbrook", "--run-by", "Us", "--language", "en")
    first = keyboard._process
    with pytest.raises(RuntimeError, match="kith patch add: there is no place 'elsewhere'"):
        await keyboard.types("patch", "add", "--place", "elsewhere", "Mill Road")
    listed, shown = await asyncio.gather(
        keyboard.types("place", "list", "--json"), keyboard.types("place", "show", "millbrook", "--json")
    )
    assert [place["slug"] for place in json.loads(listed)] == [json.loads(shown)["slug"]] == ["millbrook"]
    assert keyboard._process is first
    first.stdin.close()
    assert await first.wait() == 0, "it ends with whoever types"
