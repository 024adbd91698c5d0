"""`kith texts`: public messages in the languages of their readers: what is missing, who is at it, files for translators."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin_cli import texts_files as files
from admin_cli.door import Json, PlaceName, Stop, now, opened, place_named
from admin_cli.shown import as_facts, as_json, as_table, indented, plain

if TYPE_CHECKING:
    from bot.store.engine import Session
    from bot.store.tables import Place, Text

app = typer.Typer(name="texts", help="Texts in the languages of their readers: see, hand out, take in, approve.")

Number = Annotated[
    int, typer.Argument(metavar="TEXT", help="The text's number; 'kith texts todo'.", show_default=False)
]
Language = Annotated[str, typer.Option(help="Which language, by its code (ur, pl).", show_default=False)]
Format = Annotated[str, typer.Option("--format", help="po (translators' tools) or csv (spreadsheets).")]


@app.command("todo")
def todo(place: PlaceName, as_json_: Json = False) -> None:
    """List what public messages are missing, language by language, and how many are at it. Nobody is named.

    Example: kith texts todo --place millbrook
    """
    from bot.store.helpers import texts_to_word

    with opened() as store, store.transaction() as session:
        known = place_named(session, place)
        found = [
            line
            for text_id in texts_to_word(session, known.id, now())
            for line in _standing(session, text_id, known.languages)
            if line["state"] not in {"approved", "source"}
        ]
    if as_json_:
        as_json(found)
        return
    rows = [[one["text"], one["title"], one["language"], one["state"], _at_it(one)] for one in found]
    as_table(["Text", "Title", "Language", "State", "At it"], rows, "Nothing is missing: every message is there.")


def _standing(session: "Session", text_id: int, languages: Iterable[str]) -> Iterator[dict[str, Any]]:
    """A text's line for each language."""
    from bot.community import wordings

    text = wordings.text_of(session, text_id)
    title = _title(session, text)
    for tag, work in wordings.work_on(session, text_id, languages).items():
        yield {
            "text": text_id,
            "title": title,
            "language": tag,
            "state": "source" if tag == text.source_language else work.state,
            "origin": work.origin,
            "helpers": work.helpers,
            "asked_to_write": work.asked_to_write,
            "asked_to_check": work.asked_to_check,
            "wished_by": work.wished_by,
        }


def _title(session: "Session", text: "Text", most: int = 40) -> str:
    from bot.store.texts import wording_of

    source = wording_of(session, text.id, text.source_language)
    words = "" if source is None else (source.title or source.body).split("\n")[0]
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _at_it(one: dict[str, Any]) -> str:
    """Who is at it, in numbers."""
    if one["state"] == "reviewed":
        return f"waits for 'kith texts approve {one['text']} {one['language']}'"
    asked = [f"{one[f'asked_to_{task}']} asked to {task}" for task in ("write", "check") if one[f"asked_to_{task}"]]
    wished = [f"{one['wished_by']} wished for it"] if one["wished_by"] else []
    return ", ".join([*asked, *wished]) or ("nobody asked yet" if one["helpers"] else "no helper writes it")


@app.command("show")
def show(text: Number, as_json_: Json = False) -> None:
    """Show a text in all its languages, with the state of each.

    Example: kith texts show 3
    """
    from bot.store import texts

    with opened() as store, store.transaction() as session:
        known = _numbered(session, text)
        facts = {"text": text, "revision": known.revision, "source": known.source_language}
        wordings = [
            {"language": one.language, "state": one.state, "origin": one.origin, "revision": one.revision,
             "title": one.title, "body": one.body, "note": one.note}
            for one in texts.wordings_of(session, text)
        ]  # fmt: skip
    if as_json_:
        as_json({**facts, "wordings": wordings})
        return
    as_facts(facts.items())
    for one in wordings:
        made = f"{one['language']}: {one['state']}, {one['origin']}, of revision {one['revision']}"
        words = "\n\n".join(str(one[name]) for name in ("title", "body") if one[name])
        typer.echo("\n".join(["", made, indented(words), *([f"  note: {one['note']}"] if one["note"] else [])]))


@app.command("export")
def export(
    place: PlaceName,
    language: Language,
    out: Annotated[Path, typer.Option(help="The file to write; one that exists is not overwritten.")],
    format_: Format = "po",
) -> None:
    """Write what is not approved yet in a language into a file for translators: the source, and words there are so far.

    Example: kith texts export --place millbrook --language ur --format po --out urdu.po
    """
    if format_ not in {"po", "csv"}:
        raise Stop(f"--format must be po or csv, not {format_!r}")
    if out.exists():
        raise Stop(f"{out} exists already: name another file")
    with opened() as store, store.transaction() as session:
        known = place_named(session, place)
        if language not in known.languages:
            raise Stop(f"{place} has no language {language!r}: it has {', '.join(known.languages)}")
        entries = list(_entries(session, known, language))
    out.write_bytes(files.written(entries, language, format_))
    typer.echo(
        f"{out}: {len({one.text for one in entries})} texts to put into {language}. 'kith texts import' takes it."
    )


def _entries(session: "Session", place: "Place", language: str) -> Iterator[files.Entry]:
    from bot.community.wordings import text_of
    from bot.store import texts
    from bot.store.helpers import texts_to_word

    for text_id in texts_to_word(session, place.id, now()):
        text = text_of(session, text_id)
        source = texts.wording_of(session, text_id, text.source_language)
        kept = texts.wording_of(session, text_id, language)
        if source is None or language == text.source_language or (kept is not None and kept.state == "approved"):
            continue
        for field in ("title", "body"):
            words, so_far = getattr(source, field), getattr(kept, field, None) or ""
            if words:
                yield files.Entry(
                    text_id, text.revision, field, words, so_far, "missing" if kept is None else kept.state
                )


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="The file that came back (.po or .csv).", show_default=False)],
    place: PlaceName,
    language: Annotated[str | None, typer.Option(help="Which language; a PO file says it itself.")] = None,
) -> None:
    """Take wordings in from a file. Each is checked, and then waits for a helper's review, or for your approval.

    What the checks notice is said, one line each; what must be put right first is left out (exit code 1).

    Example: kith texts import urdu.po --place millbrook
    """
    said, entries = files.read(file)
    tag = language or said
    if tag is None:
        raise Stop(f"{file.name} does not say its language: give --language")
    taken, left = 0, 0
    with opened() as store, store.transaction() as session:
        known = place_named(session, place)
        if tag not in known.languages:
            raise Stop(f"{place} has no language {tag!r}: it has {', '.join(known.languages)}")
        for number, fields in _by_text(entries).items():
            problems, kept = _taken(session, known, tag, number, fields)
            taken, left = taken + kept, left + (not kept)
            for problem in problems:
                typer.echo(f"{file.name}, text {number}: {problem}", err=True)
    typer.echo(f"{taken} taken in and waiting for a review, {left} left out.")
    if left:
        raise typer.Exit(1)


def _by_text(entries: Iterable[files.Entry]) -> dict[int, dict[str, files.Entry]]:
    found: dict[int, dict[str, files.Entry]] = {}
    for one in entries:
        found.setdefault(one.text, {})[one.field] = one
    return found


def _taken(
    session: "Session", place: "Place", language: str, number: int, fields: dict[str, files.Entry]
) -> tuple[list[str], bool]:
    """What there is to say about a text's wording, and whether it was taken in."""
    from bot.community.wording_imports import take_in as take
    from bot.refusals import WordingMoved
    from bot.store import texts

    text = texts.text_by_id(session, number)
    if text is None or text.place_id != place.id:
        return ["there is no such text here"], False
    source = texts.wording_of(session, number, text.source_language)
    wanted = {"body"} | ({"title"} if source is not None and source.title else set())
    if set(fields) != wanted:
        return [f"needs words for {' and '.join(sorted(wanted))}"], False
    title = fields["title"].wording if "title" in fields else None
    try:
        found = take(session, number, fields["body"].revision, language, title, fields["body"].wording, now())
    except WordingMoved:
        return ["its source has changed since the file was made, or its wording is approved already"], False
    lines = [f"{field}: {_said(remark, language)}" for field, remark in found]
    return lines, not any(remark.must for _field, remark in found)


def _said(remark: Any, language: str) -> str:
    from bot.screens.language import speaking
    from bot.screens.wording_hints import hint

    with speaking("en"):
        return plain(hint(remark, language))


@app.command("approve")
def approve(
    text: Number,
    language: Annotated[str, typer.Argument(help="In which language.", show_default=False)],
    checked_elsewhere: Annotated[
        bool, typer.Option("--checked-elsewhere", help="A second person outside of Kith has read it.")
    ] = False,
) -> None:
    """Let a wording be sent, once somebody other than its writer has found it right.

    Example: kith texts approve 3 ur
    """
    from bot.community import wordings
    from bot.refusals import WordingUnchecked

    with opened() as store, store.transaction() as session:
        _numbered(session, text)
        try:
            wordings.approve(session, text, language, None, now(), checked_elsewhere=checked_elsewhere)
        except WordingUnchecked:
            state = wordings.coverage(session, text, [language])[language]
            raise Stop(f"text {text} is {state} in {language}: {_ADVICE.get(state, 'nothing was done')}") from None
    typer.echo(f"Text {text} is read in {language} from now on.")


_ADVICE = {
    "missing": "'kith texts export' hands it to translators",
    "outdated": "its source has changed since; it is asked for anew",
    "draft": "somebody is still at it",
    "needs_review": "a second person must read it first ('--checked-elsewhere' says that one has)",
}


def _numbered(session: "Session", number: int) -> "Text":
    from bot.store.texts import text_by_id

    text = text_by_id(session, number)
    if text is None:
        raise Stop(f"there is no text {number}: 'kith texts todo' shows them")
    return text
