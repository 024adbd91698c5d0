"""What `kith broadcast` tells of a message: how it looks, who gets it, and what became of its letters."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from admin_cli.door import Store, now
from admin_cli.poll_shown import local
from admin_cli.shown import as_facts, indented, plain

if TYPE_CHECKING:
    from bot.community.outlook import Outlook
    from bot.community.templates import Template
    from bot.store.engine import Session
    from bot.store.tables import Broadcast, Place

    Transaction = AbstractContextManager[Session]


def blanks_of(template: "Template") -> list[str]:
    """A template's blanks with their types; those that may be left out in brackets."""
    named = [(blank, f"{blank.name}:{blank.type}") for blank in template.blanks]
    return [f"[{name}]" if blank.optional else name for blank, name in named]


def looked_at(session: "Session", broadcast: "Broadcast") -> "Outlook":
    """What will come of a message."""
    from bot.community.outlook import A_SECOND, outlook
    from bot.settings import read_settings

    return outlook(session, broadcast, now(), read_settings().paid_broadcasts or A_SECOND)


def title_of(session: "Session", broadcast: "Broadcast") -> str:
    """A message's title, or how its text begins, in the language it was written in."""
    from bot.community.outlook import in_every_language
    from bot.screens.language import speaking
    from bot.screens.templates import template_name

    if broadcast.template:
        with speaking("en"):
            return plain(template_name(broadcast.template))
    notice = next(iter(in_every_language(session, broadcast).values()))
    words = notice.title or notice.body.split("\n")[0]
    return words if len(words) <= 60 else words[:59] + "…"  # noqa: PLR2004 - a column's width


def messages_of(session: "Session", place: "Place") -> Iterator[dict[str, Any]]:
    """A place's messages in short, the newest first."""
    from bot.store.broadcasts import broadcasts_of

    for one in broadcasts_of(session, place.id):
        moment = one.sent_at or one.send_at
        yield {
            "id": one.id,
            "place": place.slug,
            "title": title_of(session, one),
            "kind": one.kind,
            "state": one.state,
            "sends": local(moment, place.timezone) if moment else None,
            "expected": one.expected,
        }


def preview(session: "Session", broadcast: "Broadcast") -> str:
    """How a message looks in every language, to how many it goes, when, and what could be said better."""
    from bot.store.places import place_by_id

    place, outlook = place_by_id(session, broadcast.place_id), looked_at(session, broadcast)
    return "\n".join(
        [
            "",
            *_reach(session, broadcast, place, outlook),
            *_missing(outlook, broadcast.id),
            *_times(place, outlook),
            *_advice(session, broadcast),
            "",
            in_words(session, broadcast),
        ]
    )


def _reach(session: "Session", broadcast: "Broadcast", place: "Place", outlook: "Outlook") -> Iterator[str]:
    chats = f", and {outlook.chats} group chat{'s' if outlook.chats > 1 else ''}" if outlook.chats else ""
    whom = f"{_audience(session, broadcast)} of {place.name}"
    yield f"Message {broadcast.id} ({broadcast.kind}) to {whom}: {_people(outlook.people)}{chats}."
    if outlook.left_out:
        yield f"{outlook.left_out} more are meant, but cannot be written to, or have not agreed to get news."
    if not outlook.people:
        yield "Nobody would get it."


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _audience(session: "Session", broadcast: "Broadcast") -> str:
    from bot.store.places import patches_of

    names = {patch.id: patch.name for patch in patches_of(session, broadcast.place_id)}
    chosen = {**broadcast.audience, "patches": [names.get(one, "?") for one in broadcast.audience["patches"]]}
    parts = [f"{name} {', '.join(chosen[name])}" for name in ("roles", "patches", "languages") if chosen.get(name)]
    return " and ".join(parts) or "everyone"


def _missing(outlook: "Outlook", number: int) -> Iterator[str]:
    """Who reads another language than their own."""
    missing = [share for share in outlook.shares if share.without]
    if missing:
        listed = ", ".join(f"{_language(one.language)} {one.people} (read {_language(one.gets)})" for one in missing)
        yield f"No wording yet: {listed}. 'kith broadcast translate {number}' asks language helpers."


def _language(tag: str) -> str:
    from bot.screens.language import english_name

    return english_name(tag)


def _times(place: "Place", outlook: "Outlook") -> Iterator[str]:
    until = f" (quiet hours until {place.quiet_to})" if outlook.waits_for_morning else ""
    begins, ends = local(outlook.starts_at, place.timezone), local(outlook.through_at, place.timezone)
    yield f"It begins at {begins}{until} and is through by {ends}."


def _advice(session: "Session", broadcast: "Broadcast") -> Iterator[str]:
    from bot.community.outlook import remarks, translations_checked
    from bot.screens.broadcasts import calendar, remark_in_words
    from bot.screens.language import LANGUAGES, speaking
    from bot.screens.wording_hints import hint

    found = remarks(session, broadcast, {tag: calendar(tag) for tag in LANGUAGES})
    with speaking("en"):
        for one in found:
            yield f"Look again ({one.language}): {plain(remark_in_words(one))}"
        for tag, noticed in translations_checked(session, broadcast):
            yield f"Look again ({tag}): {plain(hint(noticed, tag))}"


def in_words(session: "Session", broadcast: "Broadcast") -> str:
    """The message as readers of each language get it."""
    from bot.community.outlook import in_every_language
    from bot.screens.broadcasts import notice
    from bot.screens.language import speaking

    said = []
    for tag, content in in_every_language(session, broadcast).items():
        with speaking(tag):
            screen = notice(content)
        buttons = [f"[{plain(button.label)}]" for row in screen.rows for button in row]
        said.append("\n".join([f"{_language(tag)} ({tag}):", indented("\n".join([plain(screen.text), *buttons]))]))
    return "\n\n".join(said) + "\n"


def preview_facts(session: "Session", broadcast: "Broadcast") -> dict[str, Any]:
    """The same for a program."""
    from bot.store.places import place_by_id

    outlook, timezone = looked_at(session, broadcast), place_by_id(session, broadcast.place_id).timezone
    return {
        "id": broadcast.id,
        "kind": broadcast.kind,
        "state": broadcast.state,
        "people": outlook.people,
        "left_out": outlook.left_out,
        "chats": outlook.chats,
        "languages": [
            {"reads": one.language, "gets": one.gets, "people": one.people, "translated": not one.without}
            for one in outlook.shares
        ],
        "begins": local(outlook.starts_at, timezone),
        "through": local(outlook.through_at, timezone),
        "remarks": list(_advice(session, broadcast)),
        "words": _words(session, broadcast),
    }


def _words(session: "Session", broadcast: "Broadcast") -> dict[str, str]:
    from bot.community.outlook import in_every_language
    from bot.screens.broadcasts import notice
    from bot.screens.language import speaking

    words = {}
    for tag, content in in_every_language(session, broadcast).items():
        with speaking(tag):
            words[tag] = plain(notice(content).text)
    return words


def facts_of(session: "Session", broadcast: "Broadcast") -> dict[str, Any]:
    """Everything about a message but who got it."""
    return {
        **status_facts(session, broadcast),
        "template": broadcast.template,
        "audience": _audience(session, broadcast),
        "revision": broadcast.revision,
        "photo": bool(broadcast.photo or broadcast.photo_file_id),
        "words": _words(session, broadcast),
    }


def status_facts(session: "Session", broadcast: "Broadcast") -> dict[str, Any]:
    """What became of a message's letters."""
    from bot.community.outlook import ledger
    from bot.store.places import place_by_id

    kept, timezone = ledger(session, broadcast), place_by_id(session, broadcast.place_id).timezone
    moments = {"sends": broadcast.sent_at or broadcast.send_at, "expires": broadcast.expires_at,
               "corrected": broadcast.corrected_at}  # fmt: skip
    return {
        "id": broadcast.id,
        "title": title_of(session, broadcast),
        "kind": broadcast.kind,
        "state": broadcast.state,
        **{name: local(moment, timezone) if moment else None for name, moment in moments.items()},
        "letters": {"expected": kept.expected, **kept.states, "gone": kept.gone},
        "all_written": kept.complete,
        "reasons": dict(kept.reasons),
        "edits": dict(kept.edits),
    }


def status(facts: dict[str, Any]) -> None:
    """Print a message's facts, and its ledger as a sum."""
    skipped = {"letters", "reasons", "edits", "words", "all_written"}
    as_facts((name, value) for name, value in facts.items() if name not in skipped)
    letters = dict(facts["letters"])
    expected = letters.pop("expected")
    parts = " + ".join(f"{count} {name}" for name, count in letters.items() if count) or "0"
    typer.echo(f"letters:         {expected} = {parts}" + ("" if facts["all_written"] else " (more are being written)"))
    for what in ("reasons", "edits"):
        for name, count in facts[what].items():
            typer.echo(f"{what + ':':<16} {count} {name}")


def sent_line(session: "Session", broadcast: "Broadcast", people: int, start: datetime) -> str:
    """What has been decided by sending."""
    from bot.store.places import place_by_id

    timezone = place_by_id(session, broadcast.place_id).timezone
    return (
        f"Message {broadcast.id} goes to {_people(people)} from {local(start, timezone)} on; the bot delivers it. "
        f"'kith broadcast watch {broadcast.id}' follows it."
    )


def watch(store: Store, found: "Callable[[Session], Broadcast]", every: float) -> None:
    """Follow a message in a progress bar until nothing waits."""
    import time

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("", total=None)
        while True:
            with store.transaction() as session:
                facts = status_facts(session, found(session))
            letters, state = facts["letters"], facts["state"]
            settled = letters["expected"] - letters["waiting"]
            failed = letters["dead"] + letters["unreachable"] + letters["unknown"]
            words = f"{state}: {letters['sent']} sent, {letters['waiting']} waiting, {failed} failed"
            bar.update(task, total=letters["expected"], completed=settled, description=words)
            if state not in {"scheduled", "sending"} or (facts["all_written"] and not letters["waiting"]):
                break
            time.sleep(every)
    status(facts)
