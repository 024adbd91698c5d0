"""What `kith poll` tells of a poll: what people see of it, its facts, and its release."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from admin_cli.door import Stop
from admin_cli.shown import indented, plain

if TYPE_CHECKING:
    from bot.community.polls import PollView
    from bot.community.results import Result
    from bot.store.engine import Session
    from bot.store.tables import Place, Round


def local(moment: datetime, timezone: str) -> str:
    """A moment in a place's time zone."""
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def polls_of(session: "Session", place: "Place") -> Iterator[dict[str, Any]]:
    """A place's polls in short, the newest first."""
    from bot.store import rounds

    for round_ in rounds.rounds_of(session, place.id, "poll"):
        view = _view(session, round_)
        yield {
            "id": round_.id,
            "place": place.slug,
            "title": view.title.said_in("en"),
            "method": view.method,
            "secrecy": view.secrecy,
            "state": view.state,
            "closes": local(view.closes_at, view.timezone),
        }


def facts_of(session: "Session", round_: "Round") -> dict[str, Any]:
    """A poll's facts: how many may vote and how many have, never what."""
    from bot.community import polls

    view = _view(session, round_)
    come = polls.progress(session, view)
    return {
        "id": view.id,
        "title": dict(view.title.by),
        "options": {number: dict(words.by) if words else None for number, words in view.options.items()},
        "audience": round_.audience,
        "method": view.method,
        "secrecy": view.secrecy,
        "quorum": view.quorum,
        "lot_seed": view.lot_seed,
        "state": view.state,
        "closes": f"{local(view.closes_at, view.timezone)} ({view.timezone})",
        "roll": come.roll if view.state != "draft" else None,
        "voted": come.voted if view.state == "open" else None,
    }


def preview(session: "Session", round_: "Round") -> str:
    """What a poll's card says, in the language it was written in; to how many; who reads it in another language."""
    from bot.community import polls, rounds
    from bot.screens.language import speaking
    from bot.screens.polls import card, card_closed

    view = _view(session, round_)
    come = polls.progress(session, view)
    if view.state == "draft":
        come = polls.Progress(view, 0, len(rounds.audience(session, round_.place_id, round_.audience)))
    with speaking(view.title.source):
        screen = card(come) if view.state in {"draft", "open"} else card_closed(come)
    said = ["", indented(plain(screen.text)), ""]
    if view.state in {"draft", "open"}:
        said += [*_reach(session, round_, come.roll), *_untranslated(session, round_, view), ""]
    return "\n".join(said)


def _reach(session: "Session", round_: "Round", roll: int) -> Iterator[str]:
    """Who gets it, and how: what a coordinator wants to see before it goes."""
    from bot.store.groups import groups_of

    chats = len(groups_of(session, round_.place_id, round_.audience))
    yield f"{roll} can vote ({round_.audience})."
    if chats:
        yield "The linked chat gets the card; those who are not in it get a private invitation."
    else:
        yield "No chat is linked ('/here' in the group links it): everybody gets a private invitation."


def _untranslated(session: "Session", round_: "Round", view: "PollView") -> Iterator[str]:
    from bot.store.places import place_by_id

    texts = [view.title, *(words for words in view.options.values() if words is not None)]
    for tag in place_by_id(session, round_.place_id).languages:
        missing = sum(not words.exists_in(tag) for words in texts)
        if missing:
            yield f"{tag}: {missing} of {len(texts)} texts have no wording; readers see {view.title.source} there."


def result_text(session: "Session", poll: int) -> str:
    """A closed poll's release in words."""
    from bot.screens.language import speaking
    from bot.screens.results import result_text as worded

    result = _result(session, poll)
    with speaking("en"):
        return plain(worded(result))


def result_facts(session: "Session", round_: "Round") -> dict[str, Any]:
    """A closed poll's release as it was stored, with its hash and what its option numbers mean."""
    from bot.screens.language import speaking
    from bot.screens.polls import option_name
    from bot.store import rounds

    result = _result(session, round_.id)
    release = rounds.release_of(session, round_.id)
    assert release is not None
    with speaking("en"):
        options = {number: plain(option_name(result.poll, number)) for number in result.poll.options}
    return {
        "id": round_.id,
        "title": result.poll.title.said_in("en"),
        "options": options,
        "release": result.release.as_facts(),
        "names": dict(result.names),
        "sha256": release.sha256,
        "released_at": release.released_at.isoformat(),
    }


def _result(session: "Session", poll: int) -> "Result":
    from bot.community import polls, results

    result = results.result_of(session, poll)
    if result is not None:
        return result
    view = polls.poll_view(session, poll)
    assert view is not None
    if view.state == "open":
        raise Stop(f"poll {poll} is open until {local(view.closes_at, view.timezone)}: there is no result before that")
    if view.state == "closed":
        raise Stop(f"poll {poll} closed after the backup that was restored: its result is only where it was told")
    raise Stop(f"poll {poll} has no result: it is {view.state}")


def _view(session: "Session", round_: "Round") -> "PollView":
    """The poll in all languages; a draft already shows the lot's seed that opening it will publish."""
    from dataclasses import replace

    from bot.community import polls

    view = polls.poll_view(session, round_.id)
    assert view is not None
    return view if view.lot_seed else replace(view, lot_seed=polls.published_seed(session, round_))
