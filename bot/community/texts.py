"""Texts that people wrote: who reads which wording."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.store import texts as store
from bot.store.engine import Session


@dataclass(frozen=True)
class Words:
    """A text's approved wordings: the source's always, others where they exist."""

    source: str
    by: Mapping[str, str]

    def said_in(self, language: str) -> str:
        """The wording for a reader: theirs, else the source's. Never blank."""
        return self.by.get(language) or self.by[self.source]

    def exists_in(self, language: str) -> bool:
        """Whether the reader gets their own language."""
        return language in self.by


def write(session: Session, place_id: int, source: str, wordings: Mapping[str, str]) -> int:
    """Keep a text with its wordings; its id."""
    return store.write_text(session, place_id, source, wordings)


def gathered(rows: Iterable[tuple[int, str, str, str]]) -> dict[int, Words]:
    """Texts from rows of key, source language, language and wording."""
    found: dict[int, tuple[str, dict[str, str]]] = {}
    for key, source, tag, body in rows:
        found.setdefault(key, (source, {}))[1][tag] = body
    return {key: Words(source, by) for key, (source, by) in found.items()}


def words_of(session: Session, ids: Iterable[int], language: str | None = None) -> dict[int, Words]:
    """The texts with these ids: in one language and the source's, or in all."""
    return gathered(store.words_of(session, ids, language))
