"""The public archive in words: plain HTML pages, one language a folder, that need nothing from anywhere else.

The same messages always make the same bytes, so that a site is only changed where something was said.
"""

import html
import re
from collections.abc import Iterator, Sequence

from bot.community.notices import Notice
from bot.community.outlook import Published
from bot.screens.language import LANGUAGES, current, label, speaking, when
from bot.screens.templates import template_body, template_name

_LINK = re.compile(r"https?://[^\s<>\u2066-\u2069]+")
_STYLE = (
    "body{max-width:40em;margin:2em auto;padding:0 1em;font:1.1em/1.5 system-ui,sans-serif;color:#1b1b1b;"
    "background:#fff}nav a{margin-inline-end:1em}time,.note{color:#555}img{max-width:100%}"
    "a{color:#0b57a4}li{margin:.6em 0}.urgent{border-inline-start:.3em solid #b00020;padding-inline-start:.8em}"
)


def pages(place: str, languages: Sequence[str], messages: Sequence[Published]) -> dict[str, str]:
    """Every page of the archive by its path: a list of languages, a list of messages in each, a page a message."""
    made = {"index.html": _languages(place, languages)}
    for tag in languages:
        with speaking(tag):
            made[f"{tag}/index.html"] = _list(place, languages, messages)
            for one in messages:
                made[f"{tag}/{one.id}.html"] = _message(place, languages, one)
    return made


def photo_path(message: Published) -> str:
    """Where a message's photo lies; empty where it has none."""
    if message.photo is None:
        return ""
    kind = "png" if message.photo.startswith(b"\x89PNG") else "jpg"
    return f"photos/{message.id}.{kind}"


def _page(title: str, body: str) -> str:
    tag = current()
    direction = "rtl" if LANGUAGES[tag].rtl else "ltr"
    return (
        f'<!doctype html>\n<html lang="{tag}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_safe(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _safe(text: str) -> str:
    return html.escape(text)


def _languages(place: str, languages: Sequence[str]) -> str:
    rows = "\n".join(
        f'<li><a href="{tag}/index.html" lang="{tag}" dir="{"rtl" if LANGUAGES[tag].rtl else "ltr"}">'
        f"{_safe(LANGUAGES[tag].autonym)}</a></li>"
        for tag in languages
    )
    with speaking(languages[0]):
        return _page(place, f"<h1><bdi>{_safe(place)}</bdi></h1>\n<ul>\n{rows}\n</ul>")


def _others(languages: Sequence[str], path: str) -> str:
    """The same page in the other languages, each by its own name."""
    links = (
        f'<a href="../{tag}/{path}" lang="{tag}" hreflang="{tag}">{_safe(LANGUAGES[tag].autonym)}</a>'
        for tag in languages
        if tag != current()
    )
    return f"<nav>{' '.join(links)}</nav>"


def _list(place: str, languages: Sequence[str], messages: Sequence[Published]) -> str:
    rows = "\n".join(_row(one) for one in messages) or f"<li>{_safe(label('Nothing has been said here yet.'))}</li>"
    heading = f"<h1><bdi>{_safe(place)}</bdi>: {_safe(label('Messages'))}</h1>"
    return _page(place, f"{_others(languages, 'index.html')}\n{heading}\n<ul>\n{rows}\n</ul>")


def _row(message: Published) -> str:
    notice = message.notices[current()]
    return (
        f'<li><a href="{message.id}.html"><bdi lang="{notice.language}">{_safe(_title(notice))}</bdi></a><br>\n'
        f"{_time(message, notice)}</li>"
    )


def _time(message: Published, notice: Notice) -> str:
    moment = message.sent_at.isoformat(timespec="minutes")
    return f'<time datetime="{moment}">{_safe(when(message.sent_at, notice.timezone))}</time>'


def _title(notice: Notice) -> str:
    if notice.template:
        return template_name(notice.template)
    return notice.title or _short(notice.body.strip().split("\n")[0])


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _message(place: str, languages: Sequence[str], message: Published) -> str:
    notice = message.notices[current()]
    back = f'<p><a href="index.html"><bdi>{_safe(place)}</bdi>: {_safe(label("Messages"))}</a></p>'
    mark = ' class="urgent"' if notice.kind == "urgent" else ""
    parts = [
        _others(languages, f"{message.id}.html"),
        back,
        f"<article{mark}>",
        *_article(message, notice),
        "</article>",
    ]
    return _page(f"{_title(notice)} · {place}", "\n".join(parts))


def _article(message: Published, notice: Notice) -> Iterator[str]:
    direction = "rtl" if LANGUAGES[notice.language].rtl else "ltr"
    yield f"<p>{_time(message, notice)}</p>"
    if notice.wished:
        yield f'<p class="note">{_safe(label("Not yet translated into this language."))}</p>'
    yield f'<div lang="{notice.language}" dir="{direction}">'
    if notice.kind == "urgent":
        yield f"<p><strong>{_safe(label('Urgent'))}</strong></p>"
    if notice.template or notice.title:
        yield f"<h1>{_safe(_title(notice))}</h1>"
    if message.photo is not None:
        yield f'<p><img src="../{photo_path(message)}" alt=""></p>'
    yield from _paragraphs(notice)
    yield "</div>"
    if notice.changed_at is not None:
        changed = label("Changed: {when}", when=when(notice.changed_at, notice.timezone))
        yield f'<p class="note">{_safe(changed)}</p>'


def _paragraphs(notice: Notice) -> Iterator[str]:
    body = template_body(notice.template, notice.blanks or {}) if notice.template else _safe(notice.body)
    for paragraph in re.split(r"\n\s*\n", body):
        lines = "<br>\n".join(_linked(line) for line in paragraph.split("\n"))
        yield f"<p>{lines}</p>"


def _linked(line: str) -> str:
    """Addresses in a line that is HTML already become links; they stay whole in it."""
    return _LINK.sub(lambda found: f'<a href="{found[0]}" rel="nofollow noopener">{found[0]}</a>', line)
