"""Every screen of concerns, in the language in force."""

from datetime import UTC, datetime

from bot.community.aid_place import Kind
from bot.community.alerts import Line
from bot.community.concern_letters import TO_LEAD, TO_REPORTER, ConcernNews
from bot.community.concern_rules import ABOUT, LEAD, NEIGHBOUR, NOBODY, ORGANISERS
from bot.community.concern_seen import RECEIVER, REPORTER, AskMeant, ConcernSeen, Counted, Said
from bot.replies import Screen
from bot.screens import concerns
from bot.screens.language import current
from bot.screens.letters import word

AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
LINES = [Line("Samaritans", "116 123", "always"), Line("999", "999", "")]
WORDS = {"short": "He said <b>things</b> & shouted", "long": "He said <b>things</b> & shouted. " * 60}


def concern(size="short", side=REPORTER, state="open", actor="lead", **more):
    said = (Said(False, WORDS[size], "", AT), Said(True, WORDS[size], "", AT), Said(False, "", "voice", AT))
    facts = {
        "id": 7,
        "receipt": "7KQ2-M9XT",
        "side": side,
        "about": "racism",
        "against": NEIGHBOUR,
        "state": state,
        "next_actor": actor if state == "open" else None,
        "due_at": AT if state == "open" else None,
        "made_at": AT,
        "timezone": "Europe/London",
        "acknowledged": False,
        "appealed": False,
        "erased": False,
        "ask": AskMeant(12, Kind("lift"), "Mill <Road>"),
        "messages": said,
        "last_look": None,
    }
    return ConcernSeen(**{**facts, **more})


def all_concerns(size):
    """(what it is, Screen), (what it is, text) for toasts and labels."""
    yield from _telling(size)
    yield from _cards(size)
    for what in sorted(TO_LEAD | TO_REPORTER):
        for kind in ("concern", "concern_urgent"):
            heard = ConcernNews(what, 7, "7KQ2-M9XT", "safety", AT, "Europe/London")
            yield f"letter {kind} {what}", word(kind, heard, current(), to_group=False)
    yield (
        "letter concern closed",
        word("concern", ConcernNews("closed", 7, "7KQ2-M9XT", "safety", None, "UTC"), current(), to_group=False),
    )
    for many, late in ((1, 0), (2, 1), (5, 5)):
        yield f"concerns counted {many} {late}", Screen(concerns.counted(Counted(many, late)))


def _telling(size):
    for leads in ([], ["Ruth <b>"], ["Ruth", "Sam"]):
        for contact in ("", "George <b>, hall office"):
            yield f"concern first {leads} {contact}", concerns.first(LINES, leads, contact, len(leads), len(leads), 12)
    for about in ABOUT:
        yield f"concern about {about}", concerns.about_name(about)
    for against in (NEIGHBOUR, LEAD, ORGANISERS, NOBODY):
        short = concerns.in_short("money", against, WORDS[size], voice=False, shows_ask=against == NEIGHBOUR)
        yield f"concern in short {against}", Screen(short)
    yield "concern in short, voice", Screen(concerns.in_short("other", NOBODY, "", voice=True, shows_ask=False))
    yield "concern nobody", concerns.nobody_may(LINES, "George <b>")
    yield "concern nobody, no contact", concerns.nobody_may(LINES, "")
    for ask in (None, 12):
        yield f"concern told {ask}", concerns.told(concern(size), ask)
    yield "concern voice note", concerns.voice_note()


def _cards(size):
    for side in (REPORTER, RECEIVER):
        yield (
            f"concerns listed {side}",
            concerns.listed(
                [concern(size, side, actor=actor) for actor in ("lead", "reporter", "place")]
                + [concern(size, side, "closed")]
            ),
        )
        for actor in ("lead", "reporter", "place"):
            for page in (-1, 0, 1):
                yield f"concern card {side} {actor} {page}", concerns.card(concern(size, side, actor=actor), page)
        for appealed in (True, False):
            yield (
                f"concern card {side} closed {appealed}",
                concerns.card(concern(size, side, "closed", appealed=appealed)),
            )
    yield "concern card read", concerns.card(concern(size, last_look=AT))
    yield "concern card erased", concerns.card(concern(size, RECEIVER, erased=True, messages=(), ask=None))
    yield "concerns listed, none", concerns.listed([])
    yield "concern sure to close", concerns.sure_to_close(concern(size, RECEIVER))
    yield "concern code", concerns.code(concern(size, RECEIVER), "ABCDEFGH")
