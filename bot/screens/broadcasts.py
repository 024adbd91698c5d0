"""Public messages in words: as their readers get them, and as their writers see them beforehand."""

from bot.community.sending import Notice
from bot.replies import Button, Rows, Screen
from bot.screens.language import LANGUAGES, Html, _, clean, label, paragraphs, speaking, when, written
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
