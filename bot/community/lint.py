"""What a careful friend would say about a notice before it goes out: offline, in every shipped language. Pure.

Only what Telegram would refuse is an error; the rest is advice (facts/languages.md 3.4). The words that mean "tomorrow"
are looked for, never said; what is said about a finding is in screens/broadcasts.py.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

SENTENCE_AT_MOST = 20
"""Words; the two samples measured had 10 (plain) and 27 (not) a sentence (facts/languages.md 3.4)."""
LONG_WORD = 13
"""Letters in an English word that most readers stumble over; other languages build longer ones and are not judged."""
LONG_WORDS_AT_MOST = 0.12
SHOUTED = 3
"""Words in capitals, one after the other, that read as shouting; two may be a name."""
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ROOM = 160
"""UTF-16 units kept for the marks that the bot adds: corrected on, not yet translated."""

RELATIVE: Mapping[str, Sequence[str]] = {
    "en": ("today", "tonight", "tomorrow", "yesterday", "next week", "this week", "next month", "this weekend"),
    "cy": ("heddiw", "heno", "yfory", "ddoe", "wythnos nesaf", "wythnos hon", "mis nesaf"),
    "pl": ("dziś", "dzisiaj", "jutro", "pojutrze", "wczoraj", "w przyszłym tygodniu", "w tym tygodniu"),
    "ro": ("azi", "astăzi", "diseară", "mâine", "poimâine", "ieri", "săptămâna viitoare", "săptămâna aceasta"),
    "uk": ("сьогодні", "завтра", "післязавтра", "вчора", "наступного тижня", "цього тижня"),
    "ar": ("اليوم", "الليلة", "غدا", "غدًا", "أمس", "الأسبوع القادم", "الأسبوع المقبل", "هذا الأسبوع"),
    "ur": ("آج", "کل", "پرسوں", "اگلے ہفتے", "اس ہفتے"),
    "bn": ("আজ", "আগামীকাল", "কাল", "গতকাল", "পরশু", "আগামী সপ্তাহে", "এই সপ্তাহে"),
    "pa": ("ਅੱਜ", "ਕੱਲ੍ਹ", "ਭਲਕੇ", "ਪਰਸੋਂ", "ਅਗਲੇ ਹਫ਼ਤੇ", "ਇਸ ਹਫ਼ਤੇ"),
    "so": ("maanta", "caawa", "berri", "shalay", "toddobaadka soo socda", "toddobaadkan"),
    "pt": ("hoje", "amanhã", "ontem", "próxima semana", "semana que vem", "esta semana"),
    "es": ("hoy", "mañana", "ayer", "próxima semana", "semana que viene", "esta semana"),
}
"""Days that mean another day when a wording goes out later: the commonest ones of each shipped language."""
_MORNING = re.compile(r"\b(?:la|de la|por la|esta) mañana\b", re.IGNORECASE)
"""Spanish says morning and tomorrow with one word: behind an article it is the morning."""
_SENTENCES = re.compile(r"[.!?؟۔।]+(?:\s+|$)|\n+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_SHORTENED = re.compile(r"https?://(?:bit\.ly|t\.co|tinyurl\.com|goo\.gl|ow\.ly|is\.gd)/", re.IGNORECASE)
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d\d\b|\b\d{1,2} ?[ap]\.?m\b", re.IGNORECASE)
_NUMERIC_DATE = re.compile(r"\b(?!24/7)\d{1,2}(?:/\d{1,2}(?:/\d{2,4})?|\.\d{1,2}\.(?:\d{2,4})?)(?!\d)")
_AT_A_PLACE = re.compile(r"\b(?:at|in|near|outside|opposite) (?:the )?[A-Z]")


@dataclass(frozen=True)
class Remark:
    """A finding: what it is, in which language's words, and the words it is about. Errors keep the message from going."""

    what: str
    language: str
    about: str = ""
    number: int = 0
    error: bool = False


@dataclass(frozen=True)
class Calendar:
    """Names of weekdays and months in a language, as a text may write them; lower case."""

    weekdays: Sequence[str]
    months: Sequence[str]


def looked_over(
    title: str, body: str, language: str, kind: str, calendar: Calendar, places: Sequence[str], *, photo: bool
) -> list[Remark]:
    """Everything to be said of one wording. `places` are names of the neighbourhood's own: they count as a place."""
    text = f"{title}\n{body}"
    return [
        *_lengths(title, body, language, photo=photo),
        *_readable(text, language),
        *_relative_days(text, language),
        *_shouted(text, language),
        *_links(text, language),
        *(_when_and_where(text, language, calendar, places) if kind == "event" else ()),
    ]


def units(text: str) -> int:
    """A text's length as Telegram counts it: in UTF-16 units, two for most emoji."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _lengths(title: str, body: str, language: str, *, photo: bool) -> Iterator[Remark]:
    size = units(title) + units(body) + 2 + ROOM
    if size > TEXT_LIMIT:
        yield Remark("too_long", language, number=size - TEXT_LIMIT, error=True)
    elif photo and size > CAPTION_LIMIT:
        yield Remark("photo_apart", language, number=size - CAPTION_LIMIT)


def _readable(text: str, language: str) -> Iterator[Remark]:
    for sentence in _SENTENCES.split(_LINK.sub("", text)):
        words = len(sentence.split())
        if words > SENTENCE_AT_MOST:
            yield Remark("long_sentence", language, _start_of(sentence), words)
    words_said = _WORD.findall(_LINK.sub("", text))
    long = sorted({word for word in words_said if len(word) >= LONG_WORD})
    if language == "en" and len(long) > LONG_WORDS_AT_MOST * len(words_said):
        yield Remark("long_words", language, ", ".join(long[:5]), len(long))


def _start_of(sentence: str) -> str:
    words = sentence.split()
    return " ".join(words[:5]) + "…"


def _relative_days(text: str, language: str) -> Iterator[Remark]:
    plain = _MORNING.sub("", text) if language == "es" else text
    for phrase in RELATIVE.get(language, ()):
        if re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", plain, re.IGNORECASE):
            yield Remark("relative_day", language, phrase)
    if _NUMERIC_DATE.search(_LINK.sub("", text)):
        yield Remark("numeric_date", language)


def _shouted(text: str, language: str) -> Iterator[Remark]:
    run: list[str] = []
    for word in [*_WORD.findall(_LINK.sub("", text)), ""]:
        if len(word) > 1 and word.isupper():
            run.append(word)
            continue
        if len(run) >= SHOUTED:
            yield Remark("shouting", language, " ".join(run[:5]))
        run = []


def _links(text: str, language: str) -> Iterator[Remark]:
    if _SHORTENED.search(text):
        yield Remark("short_link", language)
    if re.search(r"http://", text):
        yield Remark("open_link", language)


def _when_and_where(text: str, language: str, calendar: Calendar, places: Sequence[str]) -> Iterator[Remark]:
    """An event says its weekday, its date, its hour and its place, or people come on the wrong day."""
    low = text.casefold()
    if not any(name.casefold() in low for name in calendar.weekdays):
        yield Remark("no_weekday", language)
    months = "|".join(re.escape(name.casefold()) for name in calendar.months)
    if not re.search(rf"\d.{{0,6}}(?:{months})|(?:{months}).{{0,6}}\d", low):
        yield Remark("no_date", language)
    if not _CLOCK.search(text):
        yield Remark("no_hour", language)
    named = any(place.casefold() in low for place in places)
    if language == "en" and not named and not _AT_A_PLACE.search(text):
        yield Remark("no_place", language)
