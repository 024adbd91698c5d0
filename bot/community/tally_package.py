"""What evaluators pull: stored releases as a folder of files (facts/disclosure.md 4).

Tidy tables, a data package (v2) that describes them, a page to read first, and a workbook of the same tables.
The same releases make the same bytes: no time of writing, no order that may change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from bot.community import tally_codebook, tally_polls, tally_pool, tally_quarters
from bot.community.tallies import KINDS, Published
from bot.community.tally_book import Sheet, workbook
from bot.community.tally_export import (
    PROFILE,
    RESULTS,
    TABLES,
    Fields,
    as_csv,
    as_package,
    resource,
    result_rows,
    statement,
    table_rows,
)
from bot.community.tally_polls import Quarter
from bot.community.tally_release import POLICY, Flag, Policy

TITLE = "Counts in which nobody can be found"
WAVES = (
    "wave", "release", "kind", "place", "place_name", "audience", "opened", "closed", "published", "invited", "reached",
    "opened_it", "answered", "assisted", "response_pct", "count_error", "share_error", "sha256",
)  # fmt: skip
_TEXT, _WHOLE = {"type": "string"}, {"type": "integer"}
_STAGE = "With noise, rounded to the nearest {base}; empty where nothing is published."
WAVE_FIELDS: Fields = {
    "release": {**_TEXT, "description": "What the release is pulled by: kith tallies show RELEASE."},
    "kind": {**_TEXT, "constraints": {"enum": list(KINDS.values())}, "description": "What it is a release of."},
    "place": {**_TEXT, "description": "The place's short name."},
    "place_name": {**_TEXT, "description": "The place's name."},
    "audience": {**_TEXT, "description": "Who was asked: everyone who agreed to check-ins, steering or volunteers; for a "
                 "quarter, of whom it tells."},
    "opened": {"type": "date", "description": "The day it opened, or the quarter began, in the place's time zone."},
    "closed": {"type": "date", "description": "The day it closed and was released."},
    "published": {
        "type": "boolean", "trueValues": ["true"], "falseValues": ["false"],
        "description": "false: fewer than {least_wave} people answered, and nothing is told.",
    },
    "invited": {**_WHOLE, "description": "Denominator: people who had agreed to be asked when it opened. " + _STAGE},
    "reached": {**_WHOLE, "description": "Of them, those an invitation arrived at. " + _STAGE},
    "opened_it": {**_WHOLE, "description": "Of them, those who opened it. " + _STAGE},
    "answered": {**_WHOLE, "description": "People who answered at least one question, helped ones too; for a quarter "
                 "everybody who had joined. " + _STAGE},
    "assisted": {
        **_WHOLE,
        "description": "Of those who answered, those who did it with a community researcher, without having been "
        "invited. " + _STAGE,
    },
    "response_pct": {
        **_WHOLE,
        "description": "answered without assisted by invited, of these published numbers, in per cent.",
    },
    "count_error": {"type": "number", "description": "Standard error of a published count, from noise and rounding."},
    "share_error": {
        "type": "number",
        "description": "Standard error, in percentage points, of a share over all of so many answers, from noise.",
    },
    "sha256": {**_TEXT, "description": "The hash of the release as it was stored: cite it."},
}  # fmt: skip

_POLL_FIELDS: Fields = {**tally_polls.FIELDS, "place": WAVE_FIELDS["place"]}
OPTIONAL = {"pooled", "polls", "times", "messages"}
"""Tables that are left out where they would be empty."""
OF_WAVES = {"results", "tables", "codebook", "times", "messages"}
"""Tables whose rows belong to a wave of waves.csv."""


@dataclass(frozen=True)
class _Table:
    """A table of the package: what it tells, its columns, what makes a row its own, and its rows."""

    told: str
    columns: Sequence[str]
    key: Sequence[str]
    rows: Sequence[Sequence[object]]
    fields: Fields = field(default_factory=dict)


def package(waves: Sequence[Published], polls: Sequence[Quarter] = ()) -> dict[str, bytes]:
    """The files of these releases, by name; with figures of polls where there are any."""
    tables = {name: table for name, table in _tables(waves, polls).items() if table.rows or name not in OPTIONAL}
    files = {f"{name}.csv": as_csv(table.columns, table.rows) for name, table in tables.items()}
    policy = _policy(waves)
    resources = [
        resource(f"{name}.csv", files[f"{name}.csv"], table.columns, table.key, policy, table.fields)
        for name, table in tables.items()
    ]
    for described in resources:
        if described["name"] in OF_WAVES:
            to_waves = {"resource": "waves", "fields": ["wave"]}
            described["schema"]["foreignKeys"] = [{"fields": ["wave"], "reference": to_waves}]
    read_first = about(waves)
    facts: dict[str, Any] = {
        "$schema": f"{PROFILE}datapackage.json",
        "name": "kith-tallies",
        "title": TITLE,
        "description": "\n\n".join(read_first),
        "kith": {"releases": {one.release.wave: one.sha256 for one in waves}, "rule": _rule(policy)},
        "resources": resources,
    }
    readme = "\n\n".join((TITLE + "\n" + "=" * len(TITLE), *read_first)) + "\n"
    return {
        **files,
        "datapackage.json": as_package(facts),
        "README.txt": readme.encode(),
        "results.xlsx": _book(waves, tables, read_first),
    }


def _tables(waves: Sequence[Published], polls: Sequence[Quarter]) -> dict[str, _Table]:
    results = [row for wave in waves for row in result_rows(wave.release)]
    tables = [row for wave in waves for row in table_rows(wave.release)]
    codes, pool, quarter = tally_codebook, tally_pool, tally_quarters
    return {
        "waves": _Table("The waves, with their denominators", WAVES, ("wave",), [_wave(w) for w in waves], WAVE_FIELDS),
        "results": _Table("All published numbers", RESULTS, RESULTS[:5], results),
        "tables": _Table("What became of every declared table", TABLES, TABLES[:3], tables),
        "codebook": _Table("What was asked", codes.COLUMNS, codes.KEY, list(codes.codebook(waves)), codes.FIELDS),
        "pooled": _Table("Several places put together", pool.COLUMNS, pool.KEY, list(pool.rows(waves)), pool.FIELDS),
        "times": _Table(
            "How long help took", quarter.TIMES, quarter.TIMES_KEY, list(quarter.time_rows(waves)), quarter.FIELDS
        ),
        "messages": _Table(
            "Public messages by language",
            quarter.MESSAGES,
            quarter.MESSAGES_KEY,
            list(quarter.message_rows(waves)),
            quarter.FIELDS,
        ),
        "polls": _Table(
            "Polls by the quarter", tally_polls.COLUMNS, tally_polls.KEY, list(tally_polls.rows(polls)), _POLL_FIELDS
        ),
    }


def _wave(wave: Published) -> Sequence[object]:
    came, policy = wave.release.came, wave.release.policy
    answered = came.get("answered") or 0
    bands = max((len(table.bands) for table in wave.release.tables), default=0)
    error = round(policy.share_error(answered, bands), 1) if answered and bands else None
    return (
        wave.release.wave, wave.key, KINDS[wave.kind], wave.place, wave.place_name, wave.audience,
        wave.opened.isoformat(), wave.closed.isoformat(), "true" if wave.release.is_published else "false",
        came.get("invited"), came.get("reached"), came.get("opened"), came.get("answered"), came.get("assisted"),
        wave.response_pct,
        round(policy.count_error, 1), error, wave.sha256,
    )  # fmt: skip


def _policy(waves: Sequence[Published]) -> Policy:
    return waves[-1].release.policy if waves else POLICY


def _rule(policy: Policy) -> Mapping[str, object]:
    return {**vars(policy), "alpha": str(policy.alpha)}


def about(waves: Sequence[Published]) -> list[str]:
    """What to know before a number is used, a paragraph each: what was asked of whom, the rule, errors, limits."""
    quarters = [_OF_QUARTERS] if any(wave.kind == "quarter" for wave in waves) else []
    rule = " ".join(statement(_policy(waves)))
    return [_OF_WHAT, *quarters, rule, _accuracy(waves), _POOLING, _COMPARING, _LIMITS]


_OF_WHAT = (
    "Short check-ins, asked in a chat of people who agreed to be asked, in their own language. Each was counted once, when "
    "it closed; the answers were deleted then and cannot be traced to anybody. waves.csv has who was asked and how many "
    "answered, codebook.csv every wording, scale and source, results.csv the numbers, tables.csv what was declared and "
    "became of it."
)
_OF_QUARTERS = (
    "What people did is counted once, when a calendar quarter is over. Everybody who has joined counts once in each "
    "figure, whatever they did: of somebody who asked for help several times one ask is drawn by lot and stands for "
    "all, so these are figures of people, not of asks. An ask counts in the quarter in which it ended; one for "
    "somebody without a telephone counts with whoever asked. Whoever had left by the day it was counted is in no figure."
)
_POOLING = (
    "Places are put together (pooled.csv) by adding published numbers: of each place its newest wave. The noise adds up "
    "too: a sum of m published counts has the standard error of one times the square root of m."
)
_COMPARING = (
    "Compare a question only with the same version of it. Wordings marked own_wording are not validated scales; those "
    "marked community were translated with care and not tested. Benchmarks are national surveys, asked in other ways "
    "of other people, some years ago."
)
_LIMITS = (
    "Those who answer chose to: they are not a sample of everybody, and the response rate says how many did not. Noise "
    "protects each person; it does not make a small wave exact. Nothing here says what caused a change. Whoever "
    "answers with two accounts counts twice."
)


def _accuracy(waves: Sequence[Published]) -> str:
    sizes = [one.release.came["answered"] for one in waves if one.release.came.get("answered")]
    if not sizes:
        return f"In none of these waves did {_policy(waves).least_wave} people answer, so there are no numbers."
    told = "; ".join(_at(size, _policy(waves)) for size in sorted({min(sizes), max(sizes)}))
    return (
        f"How exact this is, at these sizes: {told}. The second figure is for whoever would read the answers as a random "
        "sample of more people, which they are not."
    )


def _at(size: int, policy: Policy) -> str:
    noise, sampling = policy.share_error(size, 2), 50 / sqrt(size)
    return f"of {size} answers, a share errs by {noise:.1f} points from the noise and {sampling:.1f} from sampling"


def _book(waves: Sequence[Published], tables: Mapping[str, _Table], read_first: Iterable[str]) -> bytes:
    cover = [
        "Places: " + (", ".join(dict.fromkeys(one.place_name for one in waves)) or "none"),
        *(f"{one.release.wave}: closed {one.closed.isoformat()}, sha256 {one.sha256}" for one in waves),
        *(f"Sheet {name}: {table.told}." for name, table in tables.items()),
    ]
    notes = [*read_first, "[low]: rounds to less than the base. [c]: not told, because another band is nearly all."]
    sheets = [_sheet(name, table) for name, table in tables.items()]
    return workbook(TITLE, cover, notes, sheets)


def _sheet(name: str, table: _Table) -> Sheet:
    rows = [_shorthand(row) for row in table.rows] if name == "results" else table.rows
    return Sheet(name, table.told, table.columns, rows)


def _shorthand(row: Sequence[object]) -> Sequence[object]:
    """A result as spreadsheets of government statistics show it: symbols in square brackets where there is no number."""
    told = dict(zip(RESULTS, row, strict=True))
    if told["flag"] == Flag.LOW.value:
        told["count"] = "[low]"
    if told["flag"] == Flag.HIDDEN.value:
        told["count"] = told["share_pct"] = "[c]"
    return list(told.values())
