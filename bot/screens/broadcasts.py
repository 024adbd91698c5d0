"""Public messages in words: as their readers get them, and as their writers see them beforehand."""

from bot.community.lint import Calendar, Remark
from bot.community.notices import Notice
from bot.replies import Button, Rows, Screen
from bot.screens.language import LANGUAGES, Html, _, clean, label, n_label, paragraphs, speaking, when, written
from bot.screens.templates import template_body, template_name
from bot.taps import WishTap


def notice(content: Notice) -> Screen:
    """A message as one of its readers gets it; where their language is missing, the source and a button to ask for it."""
    return Screen(_whole(content), _wish_row(content))


def notice_in_group(content: Notice) -> Screen:
    """The same in a group, where a button would speak for nobody."""
    return Screen(_whole(content))


def _whole(content: Notice) -> Html:
    return paragraphs(
        _("<i>A test: only coordinators get this.</i>") if content.test else "",
        _("<i>Please note what has changed:</i>") if content.again else "",
        notice_title(content),
        notice_body(content),
        _untranslated(content),
        _changed(content),
    )


def notice_title(content: Notice) -> Html | str:
    """Its title; urgent ones say so, in words."""
    title = template_name(content.template) if content.template else clean(content.title or "")
    if not title:
        return _("<b>Urgent</b>") if content.kind == "urgent" else ""
    if content.kind == "urgent":
        return _("<b>Urgent: {title}</b>", title=title)
    if content.template:
        return _("<b>{title}</b>", title=title)
    with speaking(content.language):
        return Html(f"<b>{written(title)}</b>")


def notice_body(content: Notice) -> Html:
    """Its words, each line running as its own language does."""
    if content.template:
        return template_body(content.template, content.blanks or {})
    with speaking(content.language):
        return Html("\n".join(written(line) if line.strip() else "" for line in content.body.split("\n")))


def _untranslated(content: Notice) -> str:
    """Said where the reader's language is missing: never blank, never silently another language."""
    return _("<i>Not yet translated into your language.</i>") if content.wished else ""


def _changed(content: Notice) -> str:
    if content.changed_at is None:
        return ""
    return _("<i>Changed: {when}</i>", when=when(content.changed_at, content.timezone))


def _wish_row(content: Notice) -> Rows:
    if not content.wished or content.text_id is None or content.test:
        return ()
    name = LANGUAGES[content.wished].autonym if content.wished in LANGUAGES else content.wished
    return ((Button(label("Please translate: {language}", language=name), WishTap(content.text_id, content.wished)),),)


def wish_noted(*, new: bool) -> str:
    """Toast after asking for a translation."""
    return label("Noted. You will get it as soon as it is there.") if new else label("That is noted already.")


def calendar(language: str) -> Calendar:
    """How a language names days and months, as far as every case of them begins alike."""
    from babel.dates import get_day_names, get_month_names

    tag = "en_GB" if language == "en" else language
    days = [get_day_names("wide", locale=tag)[n] for n in range(7)]
    months = {name for width in ("wide", "abbreviated") for name in get_month_names(width, locale=tag).values()}
    return Calendar([_stem(day) for day in days], sorted(_stem(month) for month in months))


def _stem(name: str) -> str:
    return (name[:-1] if len(name) > 4 else name).rstrip(".").casefold()  # noqa: PLR2004 - short names do not bend


def remark_in_words(remark: Remark) -> str:  # noqa: PLR0912 - one case a finding
    """What a careful friend would say of a notice: one sentence that says what to do."""
    about = remark.about
    match remark.what:
        case "too_long":
            return n_label("Too long by {n} character.", "Too long by {n} characters.", remark.number)
        case "photo_apart":
            return label("Too long for the line under a photo: photo and words will come apart.")
        case "long_sentence":
            return label(
                "A sentence of {n} words, from {start}: two short ones are read by more.", n=remark.number, start=about
            )
        case "long_words":
            return label("Many long words: {words}", words=about)
        case "relative_day":
            return label("{day} is wrong when it is read a day later: name the day and the date.", day=about)
        case "numeric_date":
            return label("A date in numbers is read in two ways: write the month as a word.")
        case "shouting":
            return label("Capitals read as shouting: {words}", words=about)
        case "short_link":
            return label("A shortened link hides where it leads: give the whole one.")
        case "open_link":
            return label("A link with http is not private: try it with https.")
        case "no_weekday":
            return label("No day of the week is named.")
        case "no_date":
            return label("No date is named, such as 1 December.")
        case "no_hour":
            return label("No hour is named, such as 18:00.")
        case _:
            return label("No place is named.")
