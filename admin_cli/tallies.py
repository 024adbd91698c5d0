"""`kith tallies`: counts of people that may leave the house."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin_cli.door import Json, Stop, now, opened, place_named
from admin_cli.shown import as_facts, as_json, as_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.community.people_counts import Counts
    from bot.community.tallies import Published
    from bot.community.tally_plan import Plan
    from bot.community.tally_polls import Quarter
    from bot.community.tally_release import TallyRelease

app = typer.Typer(name="tallies", help="Counts of people, published so that nobody can be found in them.")

MOST_SAID = 5
Places = Annotated[
    list[str] | None, typer.Option("--place", help="Only this place's; may come again. Left out: all places.")
]
Keys = Annotated[
    list[str] | None,
    typer.Argument(metavar="[RELEASE]...", help="Only these releases; 'kith tallies list'.", show_default=False),
]
One = Annotated[str, typer.Argument(metavar="RELEASE", help="Which; 'kith tallies list'.", show_default=False)]
Language = Annotated[str, typer.Option(help="The language of questions and answers, such as en or ur.")]
NOTHING = "nothing has been published yet: a check-in's counts are when it closes, a quarter's when it is over"
SEEDED = "Made with a known seed: for tests, never to be published."


@app.command("protect")
def protect(
    microdata: Annotated[Path, typer.Argument(help="The answers as CSV: a row for each person.", show_default=False)],
    plan: Annotated[
        Path, typer.Option(help="What is published, as plan.toml (docs/evaluation.md).", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="The folder that the files go into.", show_default=False)],
    seed_for_tests: Annotated[
        int | None, typer.Option(help="Draw the same noise each time. It protects nobody: for tests.")
    ] = None,
    as_json_: Json = False,
) -> None:
    """Publish a table of answers by the disclosure rule: the one that the bot's own counts leave by.

    A wave is published once: fresh noise on the same answers would average out. A folder that holds one is refused.

    Example: kith tallies protect answers.csv --plan plan.toml --out autumn
    """
    from bot.community.disclosure import publish_tallies
    from bot.community.microdata import count_file
    from bot.community.tally_export import files_of
    from bot.community.tally_plan_file import read_tally_plan

    declared = read_tally_plan(plan)
    _check_free(out, seeded=seed_for_tests is not None)
    counts = count_file(microdata, declared)
    strange = _strange(microdata, declared, counts)
    release = publish_tallies(counts, seed_for_tests=seed_for_tests)
    files = files_of(release)
    _write(out, files)
    if as_json_:
        as_json({**release.as_facts(), "sha256": release.sha256, "files": [str(out / name) for name in files]})
    else:
        _show(release, out)
    for line in strange:
        typer.echo(line, err=True)


@app.command("list")
def list_releases(place: Places = None, as_json_: Json = False) -> None:
    """List what has been published: releases of check-ins and quarters, with the hashes to cite. They never change.

    Example: kith tallies list --place millbrook
    """
    found = [one.in_short() for one in _pulled(place)]
    if as_json_:
        as_json(found)
        return
    keys = ("release", "place", "kind", "opened", "closed", "answered", "sha256")
    rows = [[_shown(one, key) for key in keys] for one in found]
    as_table(["Release", "Place", "Kind", "Opened", "Closed", "Answered", "sha256"], rows,
             f"{NOTHING[0].upper()}{NOTHING[1:]}.")  # fmt: skip


def _many(found: "Sequence[object]") -> str:
    return "1 release was" if len(found) == 1 else f"{len(found)} releases were"


def _shown(one: "Mapping[str, object]", key: str) -> object:
    value = one[key]
    return "too few" if key == "answered" and value is None else str(value)[:12] if key == "sha256" else value


@app.command("show")
def show(release: One, as_json_: Json = False) -> None:
    """Show one release: who was asked, how many answered, and every number that was published.

    Example: kith tallies show 4
    """
    (one,) = _pulled(None, [release])
    if as_json_:
        as_json({**one.in_short(), "response_pct": one.response_pct, **one.release.as_facts()})
        return
    as_facts({**one.in_short(), "asked": one.audience}.items())
    for stage, number in one.release.came.items():
        as_facts([(stage, f"about {number}")])
    for table in one.release.tables:
        if not table.rows:
            typer.echo(f"\n{table.question} by {table.breakdown}: {table.status.value.replace('_', ' ')}")
            continue
        typer.echo(f"\n{table.question} by {table.breakdown}")
        as_table(["Group", "Band", "Count", "", "Of", "%"], [
            (row.group, row.band, row.count, row.flag.value, row.group_total, row.share_pct) for row in table.rows
        ], "")  # fmt: skip


@app.command("export")
def export(
    release: Keys = None,
    place: Places = None,
    out: Annotated[Path, typer.Option(help="The folder that the files go into.", show_default=False)] = Path("tallies"),
) -> None:
    """Write releases as files: tidy CSV, a workbook, a codebook, a data package, and a page to read first.

    Pulling the same releases twice writes the same bytes. Several places stand side by side, and pooled.

    Example: kith tallies export --place millbrook --out millbrook-tallies
    """
    from bot.community.tally_package import package

    found = _pulled(place, release)
    if not found:
        raise Stop(NOTHING)
    files = package(found, [] if release else _quarters(place))
    _write(out, files)
    typer.echo(f"{_many(found)} written to {out}: {', '.join(files)}")


@app.command("chart")
def chart(
    release: One,
    out: Annotated[Path, typer.Option(help="The folder that the pictures go into.", show_default=False)],
    language: Language = "en",
) -> None:
    """Draw a release: a picture (SVG) for each question, in the language of your choice.

    Example: kith tallies chart 4 --out charts --language ur
    """
    from bot.screens.tally_charts import chart

    _check_language(language)
    (one,) = _pulled(None, [release])
    if not one.release.is_published:
        raise Stop(f"too few answered release {release}: there is nothing to draw")
    files = {f"{question.name}.svg": chart(one, question, language).encode() for question in one.questions}
    _write(out, files)
    typer.echo(f"Drawn into {out}: {', '.join(files)}")


@app.command("report")
def report(
    release: Keys = None,
    place: Places = None,
    out: Annotated[Path, typer.Option(help="The page's file.", show_default=False)] = Path("report.html"),
    language: Language = "en",
) -> None:
    """Write one page about releases: tables, charts, method, benchmarks, and what they say about each outcome.

    The page needs nothing beside it: it can be sent, read on a telephone, and printed.

    Example: kith tallies report --place millbrook --place hilltop --out report.html
    """
    from bot.screens.tally_report import report

    _check_language(language)
    found = _pulled(place, release)
    if not found:
        raise Stop(NOTHING)
    out.write_text(report(found, language, [] if release else _quarters(place)), encoding="utf-8")
    typer.echo(f"{_many(found)} told in {out}.")


def _check_language(language: str) -> None:
    from bot.screens.language import LANGUAGES

    if language not in LANGUAGES:
        raise Stop(f"there is no language {language!r}: use {', '.join(LANGUAGES)}")


def _pulled(places: "Sequence[str] | None", keys: "Sequence[str] | None" = None) -> "list[Published]":
    from bot.community.tallies import published

    with opened() as store, store.transaction() as session:
        slugs = [place_named(session, slug).slug for slug in places or []]
        return published(session, slugs, keys or [])


def _quarters(places: "Sequence[str] | None") -> "list[Quarter]":
    """Figures of polls; left out where single releases were named."""
    from bot.community.tally_polls import quarters

    with opened() as store, store.transaction() as session:
        return quarters(session, places or [], now())


def _check_free(out: Path, *, seeded: bool) -> None:
    """One release a wave: only a trial run may be run again, into its own folder."""
    import json

    package = out / "datapackage.json"
    if out.exists() and not out.is_dir():
        raise Stop(f"{out} is a file: name a folder")
    if package.exists() and not (seeded and "seeded" in json.loads(package.read_text("utf-8")).get("kith", {})):
        raise Stop(f"{out} holds a release: publishing the same answers twice would undo the noise; use another folder "
                   "for another wave")  # fmt: skip


def _strange(microdata: Path, plan: "Plan", counts: "Counts") -> list[str]:
    from bot.community.microdata import lines_of_strange_groups

    said = [
        f"{microdata.name}, line {line}: {breakdown} {name[:40]!r} is not in the plan and counts as "
        f"{plan.groups(breakdown)[-1]!r}"
        for breakdown, name, line in lines_of_strange_groups(microdata, plan, counts)
    ]
    return said if len(said) <= MOST_SAID else [*said[:MOST_SAID], "And more such: is this the right column?"]


def _write(out: Path, files: "Mapping[str, bytes]") -> None:
    if out.exists() and not out.is_dir():
        raise Stop(f"{out} is a file: name a folder")
    out.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (out / name).write_bytes(body)


def _show(release: "TallyRelease", out: Path) -> None:
    if release.seeded:
        typer.echo(SEEDED)
    if release.is_published:
        typer.echo(f"{release.wave}: about {release.came['answered']} people answered.")
    else:
        typer.echo(f"{release.wave}: fewer than {release.policy.least_wave} people answered: nothing is published.")
    as_table(["Question", "By", "What became of it", "Rows", "Combined or left out"], map(_told, release.tables), "")
    typer.echo(f"Written to {out}: results.csv, tables.csv, datapackage.json, README.txt")


def _told(table: Any) -> tuple[object, ...]:
    apart = ", ".join((*table.combined, *table.left_out))
    return table.question, table.breakdown, table.status.value.replace("_", " "), len(table.rows) or "", apart
