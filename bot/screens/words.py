"""Words that are understood whatever language is set."""

from collections.abc import Collection
from functools import cache

from bot.screens.language import LANGUAGES, label, speaking

_ALSO = {"stop", "/stop", "unsubscribe", "إيقاف", "قف", "رکو", "থামুন", "ਰੁਕੋ", "detener", "alto", "pare"}
"""What people type besides the one word that a catalogue holds."""


@cache
def stop_words() -> frozenset[str]:
    """The word for stop in every shipped language: it wins over any question (rapidpro#519 in facts/peers.md)."""
    words = set(_ALSO)
    for tag in LANGUAGES:
        with speaking(tag):
            words.add(label("stop").casefold())
    return frozenset(words)


def means_stop(text: str) -> bool:
    """Whether somebody says stop, in any language, and nothing else."""
    return text.strip().strip(".!?؟۔।").casefold() in stop_words()


def introduction(language: str) -> tuple[str, str]:
    """What the bot says of itself before anybody has spoken to it: in the empty chat, and on its profile."""
    with speaking(language):
        return (
            label("A neighbourhood's own bot: votes, help between neighbours and news, in your language. Press Start."),
            label("A neighbourhood's own bot, in your language."),
        )


def commands(language: str, roles: Collection[str] = ()) -> list[tuple[str, str]]:
    """The command menu in a language: command and description; some roles have more."""
    with speaking(language):
        return [
            *([("board", label("Asks that need somebody"))] if "coordinator" in roles else []),
            *([("announce", label("Write a public message"))] if {"coordinator", "writer"} & set(roles) else []),
            ("menu", label("What waits for me")),
            ("ask", label("Ask a neighbour for help")),
            ("offer", label("Offer help to neighbours")),
            ("concern", label("Something worries me")),
            ("language", label("Read in another language")),
            ("mydata", label("What is kept about me")),
            ("help", label("Help")),
            ("stop", label("No more messages")),
            ("forget", label("Erase everything about me")),
        ]
