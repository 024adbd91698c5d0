"""Every screen for language helpers, in the language in force; what people wrote runs in the same direction."""

from datetime import UTC, datetime

from bot.community.wording_checks import Remark
from bot.community.wording_seen import SoFar, Task
from bot.community.wordings import Reading
from bot.replies import Screen
from bot.screens import wording_hints as hints
from bot.screens import wordings
from bot.screens.language import current, is_rtl
from bot.screens.letters import word

UNTIL = datetime(2026, 12, 1, 18, tzinfo=UTC)
CHECKS = ("links", "phones", "times", "numbers", "blanks")


def words(size):
    """A title and a body, as long as they may be; the source's language, and the wording's."""
    if is_rtl():
        title, body, languages = "پانی <بند> & \u202e", "منگل کو پانی بند رہے گا\n\n<b>1. یکم دسمبر", ("ur", "ar")
    else:
        title, body, languages = "Water <off> & \u202e", "The water is off.\n\n<b>1. Call 01632 960123", ("en", "pl")
    if size == "short":
        return title, body, *languages
    paragraph = (body.replace("\n", " ") * 12)[:340]
    return (title * 20)[:200], "\n\n".join([paragraph] * 10), *languages


def task(size, kind, *, note=None, state="needs_review", urgent=False):
    title, body, source, language = words(size)
    so_far = SoFar(title, body, state, "human", note, "0a1b2c3d")
    return Task(
        kind, 7, 2, language, source, title, body, so_far, urgent, photo=False, expires_at=UNTIL, timezone="UTC"
    )


def all_wordings(size):
    """(what it is, Screen)."""
    title, body, _source, language = words(size)
    for urgent, kind in ((False, "wording_ask"), (True, "wording_ask_urgent")):
        write = task(size, "translate", note=title, state="draft", urgent=urgent)
        yield f"letter {kind} write", word(kind, write, current(), to_group=False)
        yield f"letter {kind} check", word(kind, task(size, "check", urgent=urgent), current(), to_group=False)
    ready = task(size, "approve", state="reviewed")
    yield "letter wording_ready", word("wording_ready", ready, current(), to_group=False)
    yield "letter wording_done", word("wording_done", language, current(), to_group=False)
    reading = Reading(title, body, language, 2, None)
    yield "letter wording_here", word("wording_here", reading, current(), to_group=False)
    yield from _asked(size)
    yield from _hints(language)
    yield from _ends(size)


def _asked(size):
    """The questions of the conversations."""
    title, body, _source, language = words(size)
    write = task(size, "translate")
    for field in ("title", "body"):
        yield f"wording question {field}", Screen(hints.question(write, field))
    for origin in ("machine", "own", "outdated", "human"):
        shown = hints.with_words_so_far(write, "title", title, origin)
        yield f"wording so far {origin}", Screen(shown)
    yield "wording sure", Screen(wordings.sure_to_hand_in(write, title, body))
    yield "wording how", Screen(wordings.how_to_change(task(size, "check")))
    yield "wording note", Screen(wordings.note_question())
    yield "wording sure to send back", Screen(wordings.sure_to_send_back(title, language))
    yield "wording which", Screen(wordings.which_to_write())
    yield "wording which besides", Screen(wordings.which_besides([language]))


def _hints(language):
    about = ("9:00", "15:30")
    found = [Remark(f"{check}_{which}", about) for check in CHECKS for which in ("missing", "added")]
    for remark in [*found, Remark("script", ("12 %",)), Remark("same")]:
        yield f"wording hint {remark.check}", Screen(hints.hints([remark], language))
    for over in (1, 2, 3, 5, 11, 100):
        yield f"wording hint too_long {over}", Screen(hints.hints([Remark("too_long", (str(over),), True)], language))
    yield "wording stays", hints.they_can_stay()
    yield "wording right so", hints.it_is_right_so()


def _ends(size):
    language = words(size)[3]
    for done in (wordings.handed_in, wordings.sent_back, wordings.let_go, wordings.passed, wordings.nothing_to_do):
        yield f"wording {done.__name__}", done()
    for released in (True, False):
        yield f"wording found_right {released}", wordings.found_right(released=released)
    yield "wording languages_noted", wordings.languages_noted([language])
    for count in (0, 1, 2, 3, 5, 11):
        tasks = [task(size, kind) for kind in ("translate", "check", "approve", *["check"] * 8)][:count]
        for languages in ([], [language]):
            yield f"wording corner {count} {len(languages)}", wordings.corner(tasks, languages, helper=True)
