"""The codebook: what every question was, in each language it was asked in, and what may be compared with it."""

from collections.abc import Iterator, Mapping, Sequence

from bot.community.instruments import Question
from bot.community.tallies import Published
from bot.community.tally_plan import change_of

COLUMNS = (
    "wave", "question", "language", "wording", "translation", "instrument", "version", "scale", "bands",
    "bands_where_few", "better", "framework", "source", "licence", "own_wording", "unverified", "benchmark_bands",
    "benchmark_pct", "benchmark_area", "benchmark_year", "benchmark_source", "benchmark_unverified",
)  # fmt: skip
KEY = ("wave", "question", "language")
_TEXT = {"type": "string"}
_YES_NO = {"type": "boolean", "trueValues": ["true"], "falseValues": ["false"]}
FIELDS: Mapping[str, Mapping[str, object]] = {
    "language": {**_TEXT, "description": "The wording's language, as a BCP 47 tag."},
    "wording": {**_TEXT, "description": "The question, as it was asked in this language."},
    "translation": {
        **_TEXT,
        "description": "official: the source's own wording. reviewed: read by a second speaker. community: translated "
        "with care and not tested; ONS questions have no tested translations. none: no wording, a figure of acts.",
    },
    "instrument": {**_TEXT, "description": "The set of questions it belongs to."},
    "version": {**_TEXT, "description": "The instrument's version: compare waves of the same one."},
    "scale": {**_TEXT, "description": "The answers in this language, by value."},
    "bands": {**_TEXT, "description": "The bands, with their first and last value."},
    "bands_where_few": {**_TEXT, "description": "The two bands that stand for all where few answered."},
    "better": {**_TEXT, "description": "The end of the scale that is the better one: high or low."},
    "framework": {**_TEXT, "description": "Framework and component that the question speaks to, our own reading."},
    "source": {**_TEXT, "description": "Where the wording is from."},
    "licence": {**_TEXT, "description": "Under which licence."},
    "own_wording": {**_YES_NO, "description": "true: written for this bot, not a validated scale."},
    "unverified": {**_YES_NO, "description": "true: part of the wording was not seen in its source."},
    "benchmark_bands": {**_TEXT, "description": "The bands that a national survey's share is of."},
    "benchmark_pct": {"type": "number", "description": "That share, in per cent."},
    "benchmark_area": {**_TEXT, "description": "Where that survey asked."},
    "benchmark_year": {**_TEXT, "description": "When."},
    "benchmark_source": {**_TEXT, "description": "What it is called."},
    "benchmark_unverified": {**_YES_NO, "description": "true: the figure was not seen in its source."},
}


def codebook(waves: Sequence[Published]) -> Iterator[Sequence[object]]:
    """A row for each wave, question and language."""
    for wave in waves:
        asked = {question.name: question for question in wave.questions}
        for question in asked.values():
            yield from _asked(wave.release.wave, question)
        changes = {change_of(name).name: question for name, question in asked.items()}
        for name in dict.fromkeys(table.question for table in wave.release.tables):
            if name in changes:
                yield _change(wave.release.wave, name, changes[name])


def _asked(wave: str, question: Question) -> Iterator[Sequence[object]]:
    for language in sorted(question.text, key=lambda tag: (tag != question.official, tag)):
        yield (
            wave, question.name, language, question.said_in(language), question.translation.get(language, "community"),
            question.instrument, question.version, scale(question, language),
            _joined(f"{band}: {first}-{last}" for band, (first, last) in question.bands.items()),
            _joined(f"{band}: {wide}" for band, wide in question.coarse.items()),
            question.better, _joined(question.tags), question.source, question.licence,
            _said(question.own), _said(question.unverified), *_benchmark(question),
        )  # fmt: skip


def _change(wave: str, name: str, of: Question) -> Sequence[object]:
    wording = f"How the band of {of.name} has moved since the wave before, of those who let it be compared"
    told = (wave, name, of.official, wording, "none", of.instrument, of.version, "", "better | same | worse")
    few = "better: better | same: not better | worse: not better"
    return (*told, few, "", _joined(of.tags), of.source, of.licence, _said(of.own), _said(of.unverified), *[""] * 6)


def scale(question: Question, language: str) -> str:
    """The answers by value, or what the two ends mean."""
    words = question.words.get(language) or question.words[question.official]
    values = (question.first, question.last) if question.ends else question.values
    return _joined(f"{value} = {word}" for value, word in zip(values, words, strict=True))


def _benchmark(question: Question) -> Sequence[object]:
    mark = question.benchmark
    if mark is None:
        return [""] * 6
    return (_joined(mark.bands), mark.share, mark.area, mark.year, mark.source, _said(mark.unverified))


def _joined(parts: Iterator[str] | Sequence[str]) -> str:
    return " | ".join(parts)


def _said(holds: bool) -> str:  # noqa: FBT001 - a cell
    return "true" if holds else "false"
