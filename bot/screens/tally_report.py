"""One page that tells what was published: HTML with everything in it, for a telephone and for paper.

It is for evaluators and in English, as their frameworks are; questions and answers are in the language that was asked
for. The same releases make the same bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

from bot.community.instruments import Question
from bot.community.tallies import KINDS, Published
from bot.community.tally_package import TITLE, about
from bot.community.tally_plan import ALL
from bot.community.tally_polls import Quarter
from bot.community.tally_pool import Pooled, pooled
from bot.community.tally_quarters import times
from bot.community.tally_release import Row, Table
from bot.screens.language import current, speaking
from bot.screens.playback import band_words
from bot.screens.tally_charts import chart, group_words, share

FRAMEWORKS = (
    ("collective-control", "Five components of collective control",
     ("social connectedness", "knowledge, understanding and skills", "money and resources", "influence", "confidence")),
    ("community-power", "Six outcomes of community power",
     ("health and wellbeing", "community wellbeing and resilience", "democratic participation and trust", "cohesion",
      "prevention", "savings")),
    ("dividends", "Four dividends of connected communities", ("wellbeing", "economic", "citizenship", "capacity")),
)  # fmt: skip
BEYOND = {
    "community-power:prevention": "Not measurable by the bot: it would take what did not happen, from services' records.",
    "community-power:savings": "Not measurable by the bot: it would take the costs of services.",
    "dividends:economic": "Not measurable by questions: hours, jobs and money are for other sources.",
    "dividends:capacity": "Not measurable by questions: who took on what is seen from what people did.",
}
"""By framework and component, what cannot be known from here (facts/instruments.md 3.5)."""
NONE_YET = "No evidence here: none of these waves published a question about it."

_CSS = """
:root { color-scheme: light } body { font: 1rem/1.5 sans-serif; margin: 0 auto; max-width: 44rem; padding: 1rem;
color: #111; background: #fff; overflow-wrap: anywhere } h1 { font-size: 1.6rem; line-height: 1.2 }
h2 { font-size: 1.3rem; margin-top: 2.5rem; border-top: 2px solid #2b5c8a; padding-top: .5rem } h3 { font-size: 1.05rem }
figure { margin: 1rem 0 } svg { display: block; width: 100%; max-width: 30rem; height: auto } .wide { overflow-x: auto }
table { border-collapse: collapse; margin: .75rem 0; font-size: .9rem } caption { text-align: start; font-weight: bold }
th, td { padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #ccc; text-align: start; vertical-align: top;
overflow-wrap: normal; min-width: 2.5rem }
td.n, th.n { text-align: end } td.n { white-space: nowrap } .small { font-size: .85rem; color: #444 }
nav ol { padding-inline-start: 1.3rem }
@media print { body { max-width: none; padding: 0; font-size: 10pt } nav { display: none } h2 { break-before: page }
section:first-of-type h2 { break-before: auto }
figure, table, svg { break-inside: avoid } svg { max-width: 11cm } a { color: inherit; text-decoration: none } }
"""


def report(waves: Sequence[Published], language: str = "en", polls: Sequence[Quarter] = ()) -> str:
    """The page, about these releases and quarters of polls; `language` is that of questions and answers."""
    with speaking(language):
        sections = list(_sections(waves, language, polls))
        body = "\n".join(_section(number, *section) for number, section in enumerate(sections, 1))
    contents = "".join(f'<li><a href="#s{n}">{escape(title)}</a></li>' for n, (title, _) in enumerate(sections, 1))
    places = ", ".join(dict.fromkeys(one.place_name for one in waves))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(TITLE)}: {escape(places)}</title><style>{_CSS}</style></head>\n<body>"
        f'<h1>{escape(TITLE)}</h1><p dir="auto">{escape(places)}</p>'
        f"<nav><ol>{contents}</ol></nav>\n{body}\n</body></html>\n"
    )


def _section(number: int, title: str, parts: Iterable[str]) -> str:
    inner = "\n".join(parts)
    return f'<section id="s{number}"><h2>{escape(title)}</h2>\n{inner}</section>'


def _sections(
    waves: Sequence[Published], language: str, polls: Sequence[Quarter]
) -> Iterator[tuple[str, Iterable[str]]]:
    yield "Who was asked, and how many answered", _denominators(waves)
    if together := pooled(waves):
        yield "Places side by side, and together", _side_by_side(waves, together)
    for wave in waves:
        yield wave.release.wave, _wave(wave, language)
    if polls:
        yield "Polls, by the quarter", _polls(polls)
    for framework, title, components in FRAMEWORKS:
        yield title, _framework(framework, components, waves)
    yield "Method, accuracy and limits", [_p(paragraph) for paragraph in about(waves)]


def _denominators(waves: Sequence[Published]) -> Iterator[str]:
    rows = [
        [
            one.release.wave, KINDS[one.kind], one.audience, one.opened, one.closed, came.get("invited", "–"),
            came.get("reached", "–"), came.get("answered", "too few"), came.get("assisted", "–"),
            _percent(one.response_pct),
        ]
        for one in waves
        for came in (one.release.came,)
    ]  # fmt: skip
    yield _table(
        ("Wave", "Kind", "Asked", "Opened", "Closed", "Invited", "Reached", "Answered", "Assisted", "Response"), rows, 5
    )
    yield _p(
        "People, with noise, rounded. Whoever was not invited had not agreed to check-ins. Assisted: those of Answered who "
        "answered with a community researcher; they were not invited, and Response is without them. Of a quarter, Answered "
        "is everybody who had joined: nobody was asked."
    )


def _side_by_side(waves: Sequence[Published], together: Sequence[Pooled]) -> Iterator[str]:
    known = {one.release.wave: one for one in waves}
    for question, bands in groupby(together, key=lambda band: band.question):
        told = list(bands)
        columns = [known[name] for name in told[0].waves]
        rows = [
            [_words(question, band.band), *(_in_place(one, band) for one in columns), _percent(band.share_pct)]
            for band in told
        ]
        head = ("", *(f"{one.place_name}, {one.closed:%Y-%m}" for one in columns), "Together")
        yield _table(head, rows, 1, _asked(question))
        yield _p(
            f"A count of all together errs by up to {max(band.error for band in told):.1f} people (standard error).",
            "small",
        )


def _in_place(wave: Published, band: Pooled) -> str:
    """A place's own share; where it told finer bands than these, their sum."""
    table, question = wave.over_all(band.question.name), band.question
    rows = [row for row in table.rows if band.band in {row.band, question.coarse.get(row.band)}] if table else []
    return share(rows[0]) if len(rows) == 1 else f"{sum(row.share_pct or 0 for row in rows)} %"


def _wave(wave: Published, language: str) -> Iterator[str]:
    yield _p(f"Closed {wave.closed.isoformat()}. Release {wave.key}, sha256 {wave.sha256}", "small")
    if not wave.release.is_published:
        yield _p(f"Fewer than {wave.release.policy.least_wave} people answered: nothing is published.")
        return
    if wave.kind == "quarter":
        yield from _quarter(wave)
    for question in wave.questions:
        yield f'<figure lang="{question.spoken(language)}">{chart(wave, question, language)}</figure>'
        yield "" if wave.kind == "quarter" else _benchmark(question)
        for table in wave.tables_of(question.name):
            yield _numbers(question, table)
    for name in dict.fromkeys(one.question for one in wave.release.tables):
        if name not in {question.name for question in wave.questions}:
            for table in wave.tables_of(name):
                yield _numbers(None, table)


def _quarter(wave: Published) -> Iterator[str]:
    """What a quarter's figures are of, how long help took, and public messages by language."""
    yield _p(
        f"What people did: of about {wave.release.came['answered']} who had joined, each counted once in a figure, however "
        "often they did it. Figures of asks are of people who asked: one ask of each, drawn by lot."
    )
    named = {question.name: _asked(question) for question in wave.questions}
    rows = [
        [named[one.question], group_words(one.breakdown, one.group), one.middle or "–", _percent(one.within_a_day),
         one.total]
        for one in times(wave)
    ]  # fmt: skip
    if rows:
        yield _table(("Time", "Group", "Median lies", "Within a day", "Of"), rows, 3, "How long help took, by language")
    if wave.messages and wave.messages.sent:
        worded = [[group_words("language", tag), many, wave.messages.sent] for tag, many in wave.messages.worded]
        yield _table(("Language", "Messages in it", "Of"), worded, 1, "Public messages")
        yield _p("Counts of messages, not of people.", "small")


def _numbers(question: Question | None, table: Table) -> str:
    """A table as numbers, or why it is not there."""
    title = table.question + ("" if table.breakdown == ALL else f" by {table.breakdown}")
    if not table.rows:
        return _p(f"{title}: not published ({table.status.value.replace('_', ' ')}).", "small")
    rows = [
        [group_words(table.breakdown, row.group), _words(question, row.band), _count(row), row.group_total, share(row)]
        for row in table.rows
    ]
    apart = [f"Combined: {', '.join(table.combined)}."] if table.combined else []
    apart += [f"Left out, too few: {', '.join(table.left_out)}."] if table.left_out else []
    shown = _table(("Group", "Answer", "People", "Of", "Share"), rows, 2, title)
    return shown + (_p(" ".join(apart), "small") if apart else "")


def _count(row: Row) -> str:
    if row.count is None:
        return "[c]"
    return f"[{row.flag.value}]" if row.flag.value == "low" else f"{row.count}"


def _benchmark(question: Question) -> str:
    mark, own = question.benchmark, "Own wording: not a validated scale. " if question.own else ""
    if mark is None:
        return _p(f"{own}No national benchmark.", "small")
    bands = " / ".join(_words(question, band) for band in mark.bands)
    seen = " (not seen in its source)" if mark.unverified else ""
    return _p(f"{own}For comparison: {bands}: {mark.share:g} % ({mark.area}, {mark.year}; {mark.source}){seen}.")


def _polls(polls: Sequence[Quarter]) -> Iterator[str]:
    rows = [
        [
            one.place,
            one.name,
            one.polls,
            one.turnout.value.replace("_", " ") if one.turnout else "–",
            _percent(one.clear_pct),
        ]
        for one in polls
    ]
    yield _table(("Place", "Quarter", "Polls", "Median turnout", "Clear or better"), rows, 2)
    yield _p("Counts of polls, not of people; they speak to democratic participation, influence and citizenship.")


def _framework(framework: str, components: Sequence[str], waves: Sequence[Published]) -> Iterator[str]:
    yield _p("Which question speaks to what is our own reading; the codebook has it for every question.", "small")
    for component in components:
        yield f"<h3>{escape(component[:1].upper() + component[1:])}</h3>"
        found = list(_evidence(f"{framework}:{component}", waves))
        beyond = BEYOND.get(f"{framework}:{component}")
        yield f"<ul>{''.join(found)}</ul>" if found else _p(beyond or NONE_YET)


def _evidence(tag: str, waves: Sequence[Published]) -> Iterator[str]:
    """What was published of each question with this tag, wave by wave."""
    for wave in waves:
        for question in wave.questions:
            table = wave.over_all(question.name) if tag in question.tags else None
            if table is not None:
                told = ", ".join(f"{_words(question, row.band)}: {share(row)}" for row in table.rows)
                of = f"{wave.place_name}, {wave.closed:%Y-%m}, of about {table.rows[0].group_total}"
                yield f'<li dir="auto">{escape(_asked(question))}<br>{escape(told)} ({escape(of)})</li>'


def _asked(question: Question) -> str:
    return question.said_in(current())


def _words(question: Question | None, band: str) -> str:
    known = question is not None and (band in question.bands or band in question.coarse.values())
    return band_words(question, band) if question is not None and known else band


def _percent(value: int | None) -> str:
    return "–" if value is None else f"{value} %"


def _p(text: str, style: str = "") -> str:
    return f'<p dir="auto"{f" class={style}" if style else ""}>{escape(text)}</p>'


def _table(head: Sequence[str], rows: Iterable[Sequence[object]], numbers_from: int, title: str = "") -> str:
    """A table; columns from `numbers_from` on are numbers."""
    styles = ["" if at < numbers_from else " class=n" for at in range(len(head))]
    top = "".join(f"<th scope=col{style}>{escape(one)}</th>" for one, style in zip(head, styles, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{s}><bdi>{escape(str(one))}</bdi></td>" for one, s in zip(row, styles, strict=True)) + "</tr>"
        for row in rows
    )  # fmt: skip
    caption = f'<caption dir="auto">{escape(title)}</caption>' if title else ""
    return f"<div class=wide><table>{caption}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
