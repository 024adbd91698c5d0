"""The catalogues: `update` brings every language's messages.po up to the code's strings; `check` proves them complete.

Only Babel and the standard library: msgfmt and pofilter each miss faults that a message with HTML and {names} can have
(facts/languages.md 1.3). Fuzzy guesses are off: a guess in a safety message is worse than English.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.screens.language import LANGUAGES, Language

ROOT = Path(__file__).parents[1]
LOCALES = ROOT / "locales"
METHODS = [("bot/screens/**.py", "python"), ("bot/flows/**.py", "python")]
KEYWORDS = {"_": None, "label": None, "n_": (1, 2), "n_label": (1, 2)}
TAGS = {"b", "i", "u", "s", "code", "pre"}
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
HEADER = (
    "# {autonym} for Kith, a bot that a neighbourhood runs for itself.\n"
    "# Drafted by machine; no native speaker has reviewed it yet.\n#"
)


def extracted() -> Catalog:
    """The code's strings."""
    catalogue = Catalog(project="Kith", charset="utf-8")
    for file, line, message, comments, _context in extract_from_dir(
        str(ROOT / "bot"), [(pattern.removeprefix("bot/"), method) for pattern, method in METHODS], keywords=KEYWORDS,
        comment_tags=["Translators:"],
    ):  # fmt: skip
        catalogue.add(message, None, [(f"bot/{file}", line)], auto_comments=comments)
    return catalogue


def path_of(tag: str) -> Path:
    """A language's catalogue."""
    return LOCALES / tag / "LC_MESSAGES" / "messages.po"


def read(language: Language) -> Catalog | None:
    """The catalogue as it is on disk."""
    path = path_of(language.tag)
    if not path.exists():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=None)


def updated(language: Language, source: Catalog) -> bytes:
    """The catalogue with the code's strings: what was translated is kept, what is gone is dropped."""
    known = read(language)
    catalogue = Catalog(project="Kith", charset="utf-8")
    catalogue.mime_headers = [("Plural-Forms", language.plural)]  # so that it writes as many forms as there are
    for message in source:
        if message.id:
            old = known.get(message.id) if known is not None else None
            files = sorted({(file, None) for file, _line in message.locations}, key=str)
            catalogue.add(message.id, _string(message, old, language), files, auto_comments=message.auto_comments)
    out = BytesIO()
    write_po(out, catalogue, width=0, sort_output=True, omit_header=True)
    return _head(language).encode() + out.getvalue().rstrip() + b"\n"


def _string(message: Message, old: Message | None, language: Language) -> str | tuple[str, ...]:
    if not message.pluralizable:
        return old.string if old is not None and isinstance(old.string, str) else ""
    kept = tuple(old.string) if old is not None and not isinstance(old.string, str) else ()
    return (kept + ("",) * language.forms)[: language.forms]


def _head(language: Language) -> str:
    lines = (
        ("Project-Id-Version", "Kith"), ("Language", language.tag), ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit"),
        ("Plural-Forms", language.plural),
    )  # fmt: skip
    fields = "".join(f'"{name}: {value}\\n"\n' for name, value in lines)
    return HEADER.format(autonym=language.autonym) + f'\nmsgid ""\nmsgstr ""\n{fields}\n'


def faults(language: Language, source: Catalog) -> Iterator[str]:
    """What is wrong with a language's catalogue, one line each."""
    catalogue = read(language)
    if catalogue is None:
        yield "there is no catalogue"
        return
    for message in source:
        if not message.id:
            continue
        translated = catalogue.get(message.id)
        if translated is None or translated.fuzzy:
            yield f"missing: {_short(message)}"
            continue
        yield from _faults_in(message, translated, language)
    for message in catalogue:
        if message.id and source.get(message.id) is None:
            yield f"stale: {_short(message)}"


def _faults_in(message: Message, translated: Message, language: Language) -> Iterator[str]:
    forms = (translated.string,) if isinstance(translated.string, str) else tuple(translated.string)
    wanted = language.forms if message.pluralizable else 1
    if len(forms) != wanted or not all(forms):
        yield f"{sum(map(bool, forms))} of {wanted} forms: {_short(message)}"
        return
    sources = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    for form in forms:
        yield from (f"{fault}: {form!r} for {_short(message)}" for fault in _form_faults(form, sources))


def _form_faults(form: str, sources: tuple[str, ...]) -> Iterator[str]:
    names, wanted = set(_names(form)), set(_names(sources[-1]))
    may_drop = {"n"} if len(sources) > 1 else set()
    if names - wanted or wanted - names - may_drop:
        yield "other {names} than the source's"
    if sorted(_tags(form)) != sorted(_tags(sources[-1])):
        yield "other tags than the source's"
    if not _nested(_tags(form)):
        yield "tags that do not nest"
    if re.search(r"&(?!(amp|lt|gt|quot);)|<(?!/?[a-z]+>)", form):
        yield "a bare & or <"
    if TURNING.search(form):
        yield "a character that turns the direction"
    if form.strip() != form:
        yield "a space at an end"


def _names(text: str) -> list[str]:
    return re.findall(r"\{([^{}]*)\}", text)


def _tags(text: str) -> list[str]:
    return re.findall(r"</?([a-z]+)>", text) if re.search(r"<[a-z/]", text) else []


def _nested(tags: list[str]) -> bool:
    return set(tags) <= TAGS and len(tags) % 2 == 0


def _short(message: Message) -> str:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return repr(text[:60])


def main() -> int:
    """`update` writes; `check` only tells, and fails where something is wrong."""
    source = extracted()
    others = [language for language in LANGUAGES.values() if language.tag != "en"]
    if sys.argv[1:] == ["update"]:
        for language in others:
            path_of(language.tag).parent.mkdir(parents=True, exist_ok=True)
            path_of(language.tag).write_bytes(updated(language, source))
        print(f"{len(source)} strings in {len(others)} catalogues")  # noqa: T201
        return 0
    found = [
        f"{path_of(language.tag).relative_to(ROOT)}: {fault}"
        for language in others
        for fault in faults(language, source)
    ]
    print("\n".join(found) or f"{len(source)} strings, {len(others)} catalogues: complete")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
