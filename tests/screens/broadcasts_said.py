"""Everything that public messages have words for: as readers get them, and as their writers see them beforehand."""

from datetime import UTC, datetime

from bot.community.lint import Remark
from bot.community.notices import Notice
from bot.community.templates import TEMPLATES, filled
from bot.screens import broadcasts, templates
from bot.screens.language import LANGUAGES, current
from bot.screens.letters import word

CHANGED = datetime(2026, 12, 1, 18, tzinfo=UTC)
BLANKS = {
    "place": "Mill <Road> & \u202eStation", "date": "2026-12-01", "until": "2026-12-03", "instead_of": "2026-11-30",
    "start": "09:00", "end": "15:00", "phone": "+44 161 496 0000", "link": "https://example.org/?a=1&b=2",
}  # fmt: skip
REMARKS = (
    "too_long", "photo_apart", "long_sentence", "long_words", "relative_day", "numeric_date", "shouting", "short_link",
    "open_link", "no_weekday", "no_date", "no_hour", "no_place",
)  # fmt: skip


def all_broadcasts(size):
    """(what it is, Screen) for messages, (what it is, text) for toasts and labels."""
    yield from _letters(size)
    for name, template in TEMPLATES.items():
        kept = filled(name, {blank.name: BLANKS[blank.name] for blank in template.blanks})
        yield f"template {name}", broadcasts.notice(_notice(size, template=name, blanks=kept, kind=template.kind))
        yield f"template's name {name}", templates.template_name(name)
        for blank in template.blanks:
            yield f"blank {blank.name}", templates.blank_name(blank.name)
    for new in (True, False):
        yield f"wish_noted {new}", broadcasts.wish_noted(new=new)
    for what in REMARKS:
        yield f"remark {what}", broadcasts.remark_in_words(Remark(what, "en", "tomorrow", 27))


def _letters(size):
    said = {
        "broadcast": {"kind": "info", "again": True},
        "broadcast_urgent": {"kind": "urgent"},
        "broadcast_edit": {"kind": "event", "changed_at": CHANGED},
        "broadcast_test": {"kind": "info", "test": True},
    }
    for kind, facts in said.items():
        yield f"letter {kind}", word(kind, _notice(size, **facts), current(), to_group=False)
    yield (
        "letter broadcast in a group",
        word("broadcast_edit", _notice(size, changed_at=CHANGED), current(), to_group=True),
    )
    if not (current() in LANGUAGES and LANGUAGES[current()].rtl):  # the source runs as it was written: left to right
        notice = _notice(size, language="en", wished=current(), text_id=2**31 - 1)
        yield "letter broadcast not translated", word("broadcast", notice, current(), to_group=False)


def _notice(size, kind="info", **facts):
    title, body = ("Water & <b>", "No water.\n\nSorry <i>\u202e") if size == "short" else ("𝕎<&" * 50, "🏡 <&>" * 600)
    language = facts.pop("language", current() if current() in LANGUAGES else "en")
    if "template" in facts:
        title, body = None, ""
    return Notice(1, "Millbrook", kind, "Europe/London", title=title, body=body, language=language, **facts)
