"""A public message as its readers get it: worded in their language, in their second one, or marked as not translated."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.community import wordings
from bot.community.wordings import Wordings
from bot.store import places
from bot.store.engine import Session
from bot.store.tables import Broadcast


@dataclass(frozen=True)
class Notice:
    """A public message as one reader gets it: words in `language`, or a template, which is worded in any.

    `wished` is the reader's own language where neither it nor their second exists yet. `again`: the message has come
    before, and says something else now. `test`: only coordinators see it.
    """

    id: int
    place: str
    kind: str
    timezone: str
    title: str | None = None
    body: str = ""
    language: str = "en"
    wished: str | None = None
    text_id: int | None = None
    template: str | None = None
    blanks: Mapping[str, str] | None = None
    changed_at: datetime | None = None
    again: bool = False
    test: bool = False


@dataclass(frozen=True)
class Told:
    """A message with all its wordings, read once for all letters of a transaction."""

    broadcast: Broadcast
    place: str
    timezone: str
    words: Wordings | None

    @property
    def stamp(self) -> Hashable:
        """Changes whenever what somebody gets does."""
        one = self.broadcast
        words = () if self.words is None else tuple(sorted(self.words.by.items()))
        return one.revision, one.corrected_at, one.photo_file_id, words

    def notice(self, languages: tuple[str | None, ...], *, again: bool = False, test: bool = False) -> Notice:
        """What a reader with these languages gets."""
        one = self.broadcast
        if self.words is None:
            said: dict[str, Any] = {"language": languages[0], "template": one.template, "blanks": one.blanks}
        else:
            reading = self.words.read_by(languages)
            said = {
                "title": reading.title,
                "body": reading.body,
                "language": reading.language,
                "wished": None if reading.language in languages else reading.wished,
                "text_id": one.text_id,
            }
        return Notice(
            one.id, self.place, one.kind, self.timezone, changed_at=one.corrected_at, again=again, test=test, **said
        )


def told(session: Session, broadcast: Broadcast) -> Told:
    """A message with its wordings; within a transaction it is read once."""
    kept: Told | None = session.info.get(("told", broadcast.id))
    if kept is None:
        place = places.place_by_id(session, broadcast.place_id)
        text = broadcast.text_id
        words = None if text is None else wordings.readings(session, [text])[text]
        kept = session.info[("told", broadcast.id)] = Told(broadcast, place.name, place.timezone, words)
    return kept
