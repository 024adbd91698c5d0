"""poll.toml: a poll as a coordinator writes it down. A mistake names its line, and nothing is made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.community.polls import OPTION_AT_MOST, TITLE_AT_MOST, Plan, closing_time
from bot.community.toml_lines import FileWrong, TomlFile, read_toml
from bot.refusals import PollInvalid
from bot.store.tables import Place

KEYS = ("place", "audience", "method", "secrecy", "closes", "quorum", "title", "options")


@dataclass(frozen=True)
class PollFile:
    """A poll's file: whose place it names, and the plan in it once the place's time zone is known."""

    file: TomlFile

    @property
    def place(self) -> str:
        """The place's short name."""
        return self.file.text("place")

    def plan(self, place: Place) -> Plan:
        """What the file plans. The first language of its title is the one that all other wordings were made from."""
        title = self._words("title", self.file.data.get("title"))
        return Plan(
            audience=self.file.text("audience", "steering"),
            method=self.file.text("method", "approve"),
            secrecy=self.file.text("secrecy", "private"),
            closes_at=self._closes(place.timezone),
            quorum=self.file.number("quorum", 0),
            source=next(iter(title)),
            title=title,
            options=self._options(),
        )

    def blame(self, invalid: PollInvalid, plan: Plan, place: Place) -> FileWrong:
        """The mistake that the rules found, with the line it stands on."""
        if invalid.field == "language":
            path = next((path for path, tag, _ in _wordings(plan) if tag not in place.languages), "title")
        elif invalid.field in {"title", "options"}:
            path = next(_culprits(plan, invalid.field), invalid.field)
        else:
            path = invalid.field
        return self.file.wrong(path, f"{invalid.field} must be {invalid.reason}")

    def no_such_place(self) -> FileWrong:
        """The file names a place that does not exist."""
        return self.file.wrong("place", f"there is no place {self.place!r}: 'kith place list' shows them")

    def _closes(self, timezone: str) -> datetime:
        given = self.file.data.get("closes")
        written = given.isoformat() if isinstance(given, datetime) else self.file.text("closes")
        try:
            return closing_time(written, timezone)
        except PollInvalid as wrong:
            raise self.file.wrong("closes", f"closes must be {wrong.reason}") from None

    def _options(self) -> list[dict[str, str]]:
        given = self.file.data.get("options", [])
        if not isinstance(given, list):
            raise self.file.wrong("options", "options must be written as [[options]], one for each")
        return [self._words(f"options.{number}", words) for number, words in enumerate(given, 1)]

    def _words(self, path: str, given: Any) -> dict[str, str]:
        what = path.partition(".")[0].removesuffix("s")
        if given is None:
            raise self.file.wrong(path, f'the {what} is missing: write [{what}], and below it en = "..."')
        if not isinstance(given, Mapping) or not given:
            raise self.file.wrong(path, f'the {what} must be given by language, such as en = "..."')
        for tag, body in given.items():
            if not isinstance(body, str):
                raise self.file.wrong(f"{path}.{tag}", f'{tag} must be text in quotes, such as {tag} = "..."')
        return dict(given)


def read_poll_file(path: Path) -> PollFile:
    """Read a poll's file. Raises FileWrong."""
    file = read_toml(path)
    file.only(KEYS)
    return PollFile(file)


def _wordings(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Every wording of a plan: where it stands, its language, its words."""
    parts = [("title", plan.title), *((f"options.{number}", words) for number, words in enumerate(plan.options, 1))]
    for path, words in parts:
        for tag, body in words.items():
            yield f"{path}.{tag}", tag, body


def _culprits(plan: Plan, field: str) -> Iterator[str]:
    """Where a title or an option breaks a rule: empty or too long, without the source's words, or there twice."""
    at_most = {"title": TITLE_AT_MOST, "options": OPTION_AT_MOST}[field]
    for path, _, body in _wordings(plan):
        if path.startswith(field) and not 0 < len(body) <= at_most:
            yield path
    seen = set()
    for number, words in enumerate(plan.options if field == "options" else (), 1):
        if plan.source not in words or words[plan.source].casefold() in seen:
            yield f"options.{number}"
        seen.add(words.get(plan.source, "").casefold())
