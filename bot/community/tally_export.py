"""A release as files for evaluators: tidy tables, a data package that describes them, and a page to read first.

The same release makes the same bytes (facts/disclosure.md 4): no time of writing, no order that may change.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from bot.community.noise import guess_at_most
from bot.community.tally_release import Flag, Policy, Status, Table, TallyRelease

RESULTS = ("wave", "question", "breakdown", "group", "band", "count", "flag", "group_total", "share_pct")
TABLES = ("wave", "question", "breakdown", "status", "bands", "combined", "left_out", "share_error")
PROFILE = "https://datapackage.org/profiles/2.0/"
SEEDED = "MADE WITH A KNOWN SEED, FOR TESTS: the noise can be taken off again. Do not publish."

_TEXT = {"type": "string"}
Fields = Mapping[str, Mapping[str, Any]]
FIELDS: Fields = {
    "wave": {**_TEXT, "description": "The wave, as named in its plan."},
    "question": {**_TEXT, "description": "The question, as named in the plan."},
    "breakdown": {**_TEXT, "description": "What the answers are told apart by; 'all' is the table over all."},
    "group": {**_TEXT, "description": "The group; 'other groups combined' are the small or lopsided ones."},
    "band": {**_TEXT, "description": "The answer. Where few answered, two wider bands stand for all."},
    "count": {"type": "integer", "description": "People, with noise, rounded to the nearest {base}."},
    "flag": {
        **_TEXT,
        "constraints": {"enum": [flag.value for flag in Flag if flag]},
        "description": "low: rounds to less than {base}. nearly_all: count and share are lower bounds, the band holds "
        "more than {most_alike} %. hidden: not told, because another band is nearly all.",
    },
    "group_total": {"type": "integer", "description": "People in the group who answered; use it, do not add cells."},
    "share_pct": {"type": "integer", "description": "The band's share of the group, of noisy counts, in per cent."},
    "status": {
        **_TEXT,
        "constraints": {"enum": [status.value for status in Status]},
        "description": "published, or why not.",
    },
    "bands": {**_TEXT, "description": "The bands published, in the scale's order."},
    "combined": {**_TEXT, "description": "Groups published together as 'other groups combined'."},
    "left_out": {**_TEXT, "description": "Groups with fewer than {least_rest} answers together, in no line."},
    "share_error": {
        "type": "number",
        "description": "Standard deviation, in percentage points, of a share in the table's smallest group around the "
        "share of those who answered. That not everybody answered comes on top.",
    },
}


def files_of(release: TallyRelease) -> dict[str, bytes]:
    """The files of a release, by name."""
    tables = {
        "results.csv": (RESULTS, ["question", "breakdown", "group", "band"], result_rows(release)),
        "tables.csv": (TABLES, ["question", "breakdown"], table_rows(release)),
    }
    files = {name: as_csv(columns, rows) for name, (columns, _key, rows) in tables.items()}
    resources = [
        resource(name, files[name], columns, key, release.policy) for name, (columns, key, _) in tables.items()
    ]
    package = as_package({**_package(release), "resources": resources})
    return {**files, "datapackage.json": package, "README.txt": readme(release).encode()}


def result_rows(release: TallyRelease) -> Iterator[Sequence[object]]:
    """All published numbers, a row each."""
    for table in release.tables:
        for row in table.rows:
            shown = (row.count, row.flag.value, row.group_total, row.share_pct)
            yield (release.wave, table.question, table.breakdown, row.group, row.band, *shown)


def table_rows(release: TallyRelease) -> Iterator[Sequence[object]]:
    """All declared tables, a row each: what became of them."""
    for table in release.tables:
        names = (" | ".join(some) for some in (table.bands, table.combined, table.left_out))
        error = _error(release.policy, table)
        yield (release.wave, table.question, table.breakdown, table.status.value, *names, error)


def _error(policy: Policy, table: Table) -> float | None:
    smallest = min((row.group_total for row in table.rows), default=0)
    return round(policy.share_error(smallest, len(table.bands)), 1) if smallest else None


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Rows under a header, the same bytes everywhere."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def as_package(facts: Mapping[str, Any]) -> bytes:
    """The text of datapackage.json."""
    return (json.dumps(facts, ensure_ascii=False, indent=2) + "\n").encode()


def resource(
    name: str,
    body: bytes,
    columns: Sequence[str],
    key: Sequence[str],
    policy: Policy,
    more: Fields = MappingProxyType({}),
) -> dict[str, Any]:
    """How the data package describes a table. `more` describes columns that FIELDS does not have."""
    fields = [{"name": column, **(more.get(column) or FIELDS[column])} for column in columns]
    described = [{**field, "description": field["description"].format(**vars(policy))} for field in fields]
    return {
        "name": name.partition(".")[0],
        "path": name,
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(body),
        "hash": f"sha256:{sha256(body).hexdigest()}",
        "schema": {"$schema": f"{PROFILE}tableschema.json", "fields": described, "primaryKey": list(key),
                   "missingValues": [""]},
    }  # fmt: skip


def _package(release: TallyRelease) -> dict[str, Any]:
    told = {"seeded": SEEDED} if release.seeded else {}
    return {
        "$schema": f"{PROFILE}datapackage.json",
        "name": re.sub("[^a-z0-9]+", "-", release.wave.lower()).strip("-") or "wave",
        "title": release.wave,
        "description": readme(release),
        "kith": {
            **told,
            "release_sha256": release.sha256,
            "published": release.is_published,
            "people": dict(release.came),
            "rule": release.as_facts()["policy"],
            "count_error": round(release.policy.count_error, 1),
        },
    }


def readme(release: TallyRelease) -> str:
    """The page to read first: what was done to the numbers, and what they can bear."""
    lines = [release.wave, "=" * len(release.wave), ""]
    lines += [SEEDED, ""] if release.seeded else []
    lines += [_came(release), "", *statement(release.policy), "", f"Release {release.sha256}"]
    return "\n".join(lines) + "\n"


def _came(release: TallyRelease) -> str:
    if not release.is_published:
        return f"Not published: fewer than {release.policy.least_wave} people answered."
    return "People (with noise, rounded): " + ", ".join(f"{n} {stage}" for stage, n in release.came.items()) + "."


def statement(policy: Policy) -> Sequence[str]:
    """What was done to protect people, in sentences for a page or a cover sheet."""
    one, four = (round(100 * guess_at_most(4, tables, policy.alpha)) for tables in (1, 4))
    return (
        _NOISE.format(error=policy.count_error, **vars(policy)),
        _SIZES.format(**vars(policy)),
        _GROUPS.format(**vars(policy)),
        "The numbers were fixed once and do not change. Cells do not add up to totals: use group_total.",
        _BOUND.format(one=one, four=four),
    )


_NOISE = (
    "Every count carries random noise and is rounded to the nearest {base}: its standard error is about {error:.1f} "
    "people. A count that rounds to less than {base} is shown as 0 with the flag low."
)
_SIZES = (
    "Under {least_wave} answers nothing is published; under {least_all_bands} two bands over all; breakdowns from "
    "{least_breakdown} answers, in all bands from {least_fine_breakdown}."
)
_GROUPS = (
    "Groups under {least_group} answers, or with more than {most_alike_group} % alike, are combined. Where more than "
    "{most_alike} % of all are alike, only that is told."
)
_BOUND = (
    "Whoever knows everybody else's answers would guess one person's, one of four, right in at most {one} of 100 cases "
    "from one table and {four} from four, where chance has 25."
)
