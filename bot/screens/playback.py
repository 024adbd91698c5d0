"""What came of a check-in, in words and numbers: only what was released."""

from collections.abc import Sequence

from bot.community.instruments import Benchmark, Question
from bot.community.playback import Playback
from bot.community.tally_release import Flag, Row, Table
from bot.replies import Button, Rows, Screen
from bot.screens.language import LRI, PDI, Html, _, beside, clean, current, day_in_words, lines, n_, named, paragraphs
from bot.screens.menu import menu_button
from bot.taps import CheckinAnswerTap


def result_screen(told: Playback) -> Screen:
    """To everybody who was invited: the numbers, how others answer, and whether it rings true."""
    if not told.release.is_published:
        few = _("Too few answered, so nothing is told: a small number could point at somebody. Thank you all the same.")
        return Screen(paragraphs(head(told), few), ((menu_button(),),))
    text = paragraphs(
        head(told),
        who(told),
        *(_table(question, table) for question in told.questions if (table := told.over_all(question.name))),
        rounded(),
        _("Does this ring true?") if told.echo else "",
    )
    return Screen(text, (*_rings(told), (menu_button(),)))


def head(told: Playback) -> Html:
    """Which check-in it was."""
    day = day_in_words(told.opened_at.date())
    return _("<b>What the check-in of {day} said: {place}</b>", day=day, place=told.place)


def rounded() -> Html:
    """Why nothing is exact."""
    return _("Numbers are rounded and blurred a little, so that nobody can be found in them. All answers are deleted.")


def who(told: Playback) -> Html:
    """How many answered, of how many."""
    came = told.release.came
    answered, invited, assisted = (came.get(stage, 0) for stage in ("answered", "invited", "assisted"))
    if assisted or invited <= answered:  # whoever answered with a researcher was not among the invited
        return n_("About {n} person answered.", "About {n} people answered.", answered)
    return n_(
        "About {n} person of {invited} answered.", "About {n} people of {invited} answered.", answered, invited=invited
    )


def _table(question: Question, table: Table) -> Html:
    return lines(
        _("<b>{question}</b>", question=question.said_in(current())),
        *_rows(question, table),
        comparison(question, question.benchmark) if question.benchmark else "",
    )


def _rows(question: Question, table: Table) -> Sequence[str]:
    """A line for each answer; bands of numbers are short, and two share one, so that more fits under a picture."""
    rows = [_row(question, row) for row in table.rows]
    return [beside(*rows[at : at + 2]) for at in range(0, len(rows), 2)] if question.ends else rows


def _row(question: Question, row: Row) -> Html:
    words = _upright(question, band_words(question, row.band))
    if row.count is None or row.share_pct is None:
        return _("{band}: not told", band=words)
    if row.flag is Flag.LOW:
        return _("{band}: very few", band=words)
    if row.flag is Flag.NEARLY_ALL:
        return _("{band}: nearly all", band=words)
    return _("{band}: {share} %", band=words, share=row.share_pct)


def _upright(question: Question, words: str) -> str:
    """A range of numbers keeps its order where all else runs from right to left: 0–6 would become 6–0."""
    return Html(f"{LRI}{words}{PDI}") if question.ends else words


def band_words(question: Question, band: str) -> str:
    """A band as readers know it: the answers that are in it, in their own language, or their range."""
    values = [
        value for value in question.values
        if band in (question.band_of(value), question.coarse[question.band_of(value)])
    ]  # fmt: skip
    if question.ends:
        return f"{values[0]}–{values[-1]}" if len(values) > 1 else str(values[0])
    words = question.words[question.spoken(current())]
    return " / ".join(clean(words[value - question.first]) for value in values)


def comparison(question: Question, mark: Benchmark) -> Html:
    """What a national survey found; other people, asked in another way, and possibly long ago."""
    bands = _upright(question, " / ".join(band_words(question, band) for band in mark.bands))
    share = f"{mark.share:g}"
    return _(
        "<i>For comparison: {bands}: {share} % ({area}, {year})</i>",
        bands=bands, share=share, area=mark.area, year=mark.year,
    )  # fmt: skip


def _rings(told: Playback) -> Rows:
    if told.echo is None:
        return ()
    ask = told.ask
    words = ask.words[ask.spoken(current())]
    answers = zip(ask.values, words, strict=True)
    return (tuple(Button(named(word), CheckinAnswerTap(told.echo, 1, value, 0)) for value, word in answers),)
