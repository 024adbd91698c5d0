"""notice.toml: a public message as a coordinator writes it down. A mistake names its line, and nothing is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.community.broadcasts import EVERYONE, Plan, Wording
from bot.community.templates import TEMPLATES
from bot.community.toml_lines import FileWrong, TomlFile, read_toml
from bot.refusals import BroadcastInvalid
from bot.store import broadcasts as store
from bot.store.engine import Session
from bot.store.tables import Place

KEYS = (
    "place",
    "kind",
    "audience",
    "template",
    "blanks",
    "title",
    "body",
    "send_at",
    "expires",
    "photo",
)


@dataclass(frozen=True)
class BroadcastFile:
    """A message's file: whose place it names, and the plan in it once the place is known."""

    file: TomlFile
    folder: Path

    @property
    def place(self) -> str:
        """The place's short name."""
        return self.file.text("place")

    def plan(self, session: Session, place: Place) -> Plan:
        """What the file plans. The first language of its body is the one that all other wordings were made from."""
        template = self.file.text("template", "") or None
        words = {} if template and "body" not in self.file.data else self._words()
        usual = TEMPLATES[template].kind if template in TEMPLATES else "info"
        return Plan(
            kind=self.file.text("kind", usual),
            source=next(iter(words), "en"),
            words=words,
            template=template,
            blanks=self._blanks(),
            audience=self._audience(session, place),
            send_at=self._moment("send_at", place.timezone),
            expires_at=self._moment("expires", place.timezone),
            photo=self._photo(),
        )

    def blame(self, invalid: BroadcastInvalid) -> FileWrong:
        """The mistake that the rules found, with the line it stands on."""
        return self.file.wrong(invalid.field, f"{invalid.field} must be {invalid.reason}")

    def no_such_place(self) -> FileWrong:
        """The file names a place that does not exist."""
        return self.file.wrong("place", f"there is no place {self.place!r}: 'kith place list' shows them")

    def _words(self) -> dict[str, Wording]:
        bodies, titles = self._by_language("body"), self._by_language("title", needed=False)
        for tag in titles:
            if tag not in bodies:
                raise self.file.wrong(f"title.{tag}", f"there is a title in {tag}, but no body: write both or neither")
        return {tag: (titles.get(tag), body) for tag, body in bodies.items()}

    def _by_language(self, key: str, *, needed: bool = True) -> Mapping[str, str]:
        given = self.file.data.get(key)
        if given is None and not needed:
            return {}
        if given is None:
            raise self.file.wrong(key, f'the {key} is missing: write [{key}], and below it en = "..."')
        if not isinstance(given, Mapping) or not given:
            raise self.file.wrong(key, f'the {key} must be given by language, such as en = "..."')
        for tag, words in given.items():
            if not isinstance(words, str):
                raise self.file.wrong(f"{key}.{tag}", f'{tag} must be text in quotes, such as {tag} = "..."')
        return given

    def _blanks(self) -> dict[str, str]:
        given = self.file.data.get("blanks", {})
        if not isinstance(given, Mapping):
            raise self.file.wrong("blanks", 'blanks must be given by name, such as place = "Mill Road"')
        return {name: _as_written(value) for name, value in given.items()}

    def _audience(self, session: Session, place: Place) -> dict[str, Any]:
        given = self.file.data.get("audience", "everyone")
        if given == "everyone":
            return dict(EVERYONE)
        if not isinstance(given, Mapping):
            raise self.file.wrong(
                "audience", 'audience must be "everyone", or [audience] with roles, patches, languages'
            )
        for name, value in given.items():
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                raise self.file.wrong(f"audience.{name}", f'{name} must be a list of texts, such as {name} = ["..."]')
        patches = [self._patch(session, place, name) for name in given.get("patches", [])]
        return {**given, "patches": patches}

    def _patch(self, session: Session, place: Place, name: str) -> int:
        patch = store.patch_named(session, place.id, name)
        if patch is None:
            raise self.file.wrong(
                "audience.patches", f"{place.slug} has no patch {name!r}: 'kith patch list' shows them"
            )
        return patch.id

    def _moment(self, key: str, timezone: str) -> datetime | None:
        given = self.file.data.get(key)
        if given is None:
            return None
        try:
            moment = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
        except ValueError:
            raise self.file.wrong(key, f"{key} must be a time such as 2026-12-01T18:00") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))

    def _photo(self) -> bytes | None:
        name = self.file.text("photo", "")
        if not name:
            return None
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise self.file.wrong("photo", f"the photo {name} cannot be read ({error.strerror})") from None


def _as_written(value: Any) -> str:
    """A blank as people write it; TOML has dates and times of its own."""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, date) else str(value)


def read_broadcast_file(path: Path) -> BroadcastFile:
    """Read a message's file. Raises FileWrong."""
    file = read_toml(path)
    file.only(KEYS)
    return BroadcastFile(file, path.parent)
