"""Everything that public messages have words for: as readers get them, and as their writers see them beforehand."""

from datetime import UTC, datetime

from bot.community.lint import Remark
from bot.community.notices import Notice
from bot.community.outlook import STATES, Ledger, Look, Outlook, Share
from bot.community.templates import TEMPLATES, Blank, filled
from bot.replies import Screen
from bot.screens import announcing, broadcasts, templates
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
    yield from _announced(size)
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


def _announced(size):
    """What writers and senders see."""
    outlooks = [
        Outlook(n, n, n, [Share("ur", "en", n), Share("en", "en", 2)], CHANGED, CHANGED, waits_for_morning=n % 2 == 0)
        for n in (0, 1, 2, 3, 5, 11, 100)
    ]
    for state in ("draft", "scheduled", "sending", "sent", "cancelled"):
        for outlook in outlooks:
            counted = Ledger(9, dict.fromkeys(STATES, outlook.people), 0, complete=True, reasons={}, edits={})
            notice = _notice("short", test=True)
            look = Look(7, state, "info", "en", notice, outlook, counted, "Europe/London", None)
            remarks = [Remark(what, "en", "tomorrow", 27) for what in REMARKS]
            yield f"look {state} {outlook.people}", announcing.looked_at(look, remarks, may_send=True)
            if state == "draft":
                yield f"sure_to_send {outlook.people}", announcing.sure_to_send(look)
                yield f"sure_to_stop {outlook.people}", announcing.sure_to_stop(look)
    yield "look languages", announcing.languages(look, ["en", "ur", "pl"])
    for n in (0, 1, 2, 3, 5, 11, 100):
        yield f"helpers_asked {n}", announcing.helpers_asked(n)
        yield f"tested {n}", announcing.tested(n)
        yield f"called_off {n}", announcing.called_off(n)
    for again in (True, False):
        yield f"corrected {again}", announcing.corrected(7, again=again)
    listed = [(n, "A <title> " * (20 if size == "long" else 1), "", state) for n, state in enumerate(("draft", "sent"))]
    yield "announcements", announcing.corner([*listed, (3, "", "water_off", "sending")])
    yield "no announcements", announcing.corner([])
    for kind in ("text", "date", "time", "phone", "link"):
        yield f"blank question {kind}", Screen(announcing.blank_question(Blank("place", kind)))
        yield f"does not fit {kind}", Screen(announcing.does_not_fit(kind))


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
