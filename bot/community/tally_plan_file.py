"""plan.toml: what a table of answers is published by, as somebody writes it down. A mistake names its line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.community.tally_plan import Plan, PlanWrong, Question, near
from bot.community.toml_lines import TomlFile, read_toml

KEYS = ("wave", "questions", "breakdowns")
QUESTION = ("bands", "coarse", "by")
BREAKDOWN = ("groups",)


def read_tally_plan(path: Path) -> Plan:
    """The plan in a file. Raises FileWrong, naming line and reason."""
    file = read_toml(path)
    file.only(KEYS)
    breakdowns = {
        name: _texts(file, f"breakdowns.{name}.groups", _part(file, "breakdowns", name, BREAKDOWN).get("groups"))
        for name in _parts(file, "breakdowns")
    }
    questions = tuple(_question(file, name, tuple(breakdowns)) for name in _parts(file, "questions"))
    try:
        return Plan(file.text("wave"), questions, breakdowns)
    except PlanWrong as wrong:
        raise file.wrong(wrong.path, wrong.reason) from None


def _question(file: TomlFile, name: str, breakdowns: tuple[str, ...]) -> Question:
    path, given = f"questions.{name}", _part(file, "questions", name, QUESTION)
    bands = _texts(file, f"{path}.bands", given.get("bands"))
    by = _texts(file, f"{path}.by", given["by"]) if "by" in given else breakdowns
    return Question(name, bands, _coarse(file, f"{path}.coarse", given.get("coarse"), bands), by)


def _coarse(file: TomlFile, path: str, given: Any, bands: tuple[str, ...]) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given.values()):
        raise file.wrong(
            path, 'coarse must name a wider band for each, such as coarse = { low = "0-6", high = "7-10" }'
        )
    for band in given:
        if band not in bands:
            raise file.wrong(f"{path}.{band}", f"there is no band {band!r}{_hint(near(band, bands))}")
    if missing := [band for band in bands if band not in given]:
        raise file.wrong(path, f"coarse says nothing of the band {missing[0]!r}")
    return tuple(given[band] for band in bands)


def _parts(file: TomlFile, key: str) -> Mapping[str, Any]:
    """The tables under [questions] or [breakdowns]."""
    given = file.data.get(key, {})
    if not isinstance(given, Mapping):
        raise file.wrong(key, f"{key} must be written as [{key}.NAME], one for each")
    return given


def _part(file: TomlFile, key: str, name: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    path, given = f"{key}.{name}", _parts(file, key)[name]
    if not isinstance(given, Mapping):
        raise file.wrong(path, f"{name} must be a table of its own: write [{path}], and below it {known[0]} = [...]")
    for word in given:
        if word not in known:
            hint = _hint(near(word, known)) or f": known are {', '.join(known)}"
            raise file.wrong(f"{path}.{word}", f"{word} is not known here{hint}")
    return given


def _texts(file: TomlFile, path: str, given: Any) -> tuple[str, ...]:
    word = path.rpartition(".")[2]
    if given is None:
        raise file.wrong(path, f'{word} is missing: write {word} = ["...", "..."]')
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise file.wrong(path, f'{word} must be a list of texts, such as {word} = ["...", "..."]')
    return tuple(given)


def _hint(said: str) -> str:
    return f": {said}" if said else ""
