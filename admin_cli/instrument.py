"""`kith instrument`: which questions can be asked, where they come from, and whether a file of one's own is sound."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin_cli.door import Json, Stop
from admin_cli.shown import as_facts, as_json, as_table

if TYPE_CHECKING:
    from bot.community.instruments import Instrument, Question

app = typer.Typer(name="instrument", help="Instruments: the questions of check-ins, with source, licence and bands.")


@app.command("list")
def list_instruments(as_json_: Json = False) -> None:
    """List the instruments that come with the house.

    Example: kith instrument list
    """
    known = [_facts(instrument) for instrument in _shipped().values()]
    if as_json_:
        as_json(known)
        return
    rows = [[one["key"], one["name"], len(one["items"]), one["wording"], ", ".join(one["languages"])] for one in known]
    as_table(["Key", "Name", "Questions", "Wording", "Languages"], rows, "")


@app.command("show")
def show(
    instrument: Annotated[str, typer.Argument(metavar="KEY", help="The instrument's key.", show_default=False)],
    language: Annotated[str, typer.Option(help="Show the wording in this language.")] = "en",
    as_json_: Json = False,
) -> None:
    """Show an instrument: its questions and answers, source, licence, bands, benchmarks, and what is not verified.

    Example: kith instrument show ons4 --language pl
    """
    known = _shipped()
    if instrument not in known:
        raise Stop(f"there is no instrument {instrument!r}: 'kith instrument list' shows them")
    _tell(known[instrument], language, as_json_=as_json_)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The instrument, as TOML (docs/check-ins.md).", show_default=False)],
    language: Annotated[str, typer.Option(help="Show the wording in this language.")] = "en",
    as_json_: Json = False,
) -> None:
    """Check an instrument of your own, and see it as people will. A mistake names its line.

    Example: kith instrument check our-questions.toml
    """
    from bot.community.instruments import read_instrument

    _tell(read_instrument(file), language, as_json_=as_json_)
    if not as_json_:
        typer.echo("The file is sound. 'kith checkin plan --file' asks it.")


def _shipped() -> "dict[str, Instrument]":
    from bot.community.instruments import ECHO, shipped

    return {key: instrument for key, instrument in shipped().items() if key != ECHO}


def _facts(instrument: "Instrument") -> dict[str, Any]:
    first = instrument.questions[0]
    return {
        "key": instrument.key,
        "name": instrument.name[instrument.official],
        "version": instrument.version,
        "wording": "our own, not validated" if instrument.own else "as in the source",
        "source": instrument.source,
        "licence": instrument.licence,
        "notes": instrument.notes,
        "languages": list(first.translation),
        "items": [question.as_facts() for question in instrument.questions],
    }


def _tell(instrument: "Instrument", language: str, *, as_json_: bool) -> None:
    facts = _facts(instrument)
    if as_json_:
        as_json(facts)
        return
    languages = ", ".join(f"{tag} ({kind})" for tag, kind in instrument.questions[0].translation.items())
    plain = {name: facts[name] for name in ("key", "name", "version", "wording", "source", "licence", "notes")}
    as_facts((*plain.items(), ("languages", languages)))
    for question in instrument.questions:
        typer.echo(f"\n{question.name}: {question.said_in(language)}")
        for line in _about(question, language):
            typer.echo(f"  {line}")


def _about(question: "Question", language: str) -> list[str]:
    words = question.words[question.spoken(language)]
    if question.ends:
        told = [f"{question.first} {words[0]} … {question.last} {words[1]}"]
    else:
        told = [f"{value} {word}" for value, word in zip(question.values, words, strict=True)]
    told.append("bands: " + ", ".join(f"{band} {low}-{high}" for band, (low, high) in question.bands.items()))
    if question.benchmark:
        mark = question.benchmark
        told.append(f"benchmark: {mark.share} % {' or '.join(mark.bands)}, {mark.area} {mark.year} ({mark.source})")
        if mark.unverified:
            told.append("the benchmark is not verified: see the notes")
    if question.unverified:
        told.append("not verified against the source: see the notes")
    return told
