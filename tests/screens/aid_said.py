"""Every screen of help between neighbours, in the language in force."""

from dataclasses import replace
from datetime import UTC, date, datetime

from bot.community.aid_board import BoardRow, Stands
from bot.community.aid_desk import OnDesk
from bot.community.aid_letters import STANDS, TO_WHOM_HELPED, News, Waits
from bot.community.aid_place import Kind
from bot.community.aid_rules import ANY_TIME, KINDS, PARTS, SPELLS, slots_in
from bot.community.aid_seen import ASKER, HELPER, OFFERED, AskSeen
from bot.community.alerts import Line
from bot.community.concern_seen import Counted
from bot.community.offers import Answered
from bot.community.pairs import Reason
from bot.community.texts import Words
from bot.community.volunteers import Offering, VolunteerSeen
from bot.replies import Screen
from bot.screens import aid, aid_board, aid_cards, aid_words, relay, volunteers
from bot.screens.letters import word

DUE = datetime(2026, 12, 1, 12, tzinfo=UTC)
LONG = {"short": "Ring <twice> & wait", "long": "Ring <twice> & wait. " * 24}
STEPS = (
    ("open", "offer", "volunteer"),
    ("open", "offer", "bot"),
    ("open", "still", "asker"),
    ("coordinator", "exhausted", "coordinator"),
    ("coordinator", "silent", "coordinator"),
    ("matched", "remind", "volunteer"),
    ("matched", "worked", "asker"),
    ("matched", "confirm", "asker"),
    ("done", None, None),
    ("ended", None, None),
)


def ask(size="short", side=ASKER, state="open", step="offer", actor="volunteer", **more):
    facts = {
        "id": 7,
        "side": side,
        "kind": Kind("lift"),
        "patch": "Mill <Road>",
        "due_at": DUE,
        "slots": slots_in(["weekday_morning"]),
        "timezone": "Europe/London",
        "urgency": 1,
        "languages": ("ur", "en"),
        "weekly": True,
        "needs_checked": True,
        "for_another": False,
        "state": state,
        "step": step,
        "next_actor": actor,
        "next_at": DUE if actor else None,
        "promised_at": DUE,
        "ended_as": "not_needed" if state == "ended" else None,
        "gap": "no_kind",
        "asked": 3,
        "waiting": 1 if actor == "volunteer" else 0,
        "need": LONG[size] if side != OFFERED else "",
        "voice": side != OFFERED,
        "exact_place": "14 Mill <Road>" if side != OFFERED else "",
        "place_shared": False,
        "talk_ended": False,
        "answer_by": DUE,
    }
    return AskSeen(**{**facts, **more})


def all_aid(size):
    """(what it is, Screen), (what it is, text) for toasts and labels."""
    yield from _asking(size)
    yield from _cards(size)
    yield from _letters(size)
    yield from _offering()
    yield from _talking(size)
    yield from _words()
    yield from _board(size)


def _asking(size):
    for waiting in (0, 1, 2, 5):
        yield f"aid hub {waiting}", aid.hub(waiting, waiting, waiting, offers=waiting > 0)
    yield "aid hub with the board", aid.hub(1, 1, 1, offers=True, board=True)
    yield "aid repeat", Screen(aid.consent_asked(), aid.repeat_row(ask(size)))
    yield "aid consent", Screen(aid.consent_asked())
    yield "aid urgent", Screen(aid.urgent_first([Line("Samaritans", "116 123", "always"), Line("999", "999", "")]))
    short = aid.in_short("a <lift>", "Today", "Mill <Road>", LONG[size], voice=True, place="14 <b>", weekly=True)
    yield "aid in short", Screen(short)
    yield "aid opened", aid_cards.ask_opened(ask(size))
    yield "aid opened, urgent", aid_cards.ask_opened(ask(size, urgency=3))
    yield "aid opened at night", aid_cards.ask_opened(ask(size, actor="bot", asked=0))
    yield "aid opened without a promise", aid_cards.ask_opened(ask(size, promised_at=None))
    yield "aid mine", aid.my_asks([ask(size, state=state, step=step) for state, step, _actor in STEPS])
    yield "aid mine, none", aid.my_asks([])
    yield "aid tasks", aid.my_tasks([ask(size, HELPER, "matched", "remind")])
    yield "aid tasks, none", aid.my_tasks([])
    for state in ("open", "matched"):
        yield f"aid sure {state}", aid.sure_no_longer(ask(size, state=state))
    yield "aid sure to give back", aid.sure_give_back(ask(size, HELPER))
    yield "aid given back", aid.given_back()
    yield "aid called off", aid.called_off(ask(size))
    yield "aid shared", aid.shared()
    yield "aid thanked", aid.thanked()
    yield "aid kept apart", aid.kept_apart()
    for step in ("follow", "confirm"):
        yield f"aid noted {step}", aid.noted(ask(step=step))


def _cards(size):
    for side in (ASKER, HELPER):
        for state, step, actor in STEPS:
            yield f"aid card {side} {state} {step} {actor}", aid_cards.card(ask(size, side, state, step, actor))
    for ended_as in ("expired", "left"):
        yield f"aid card {ended_as}", aid_cards.card(ask(size, state="ended", step=None, actor=None, ended_as=ended_as))


def _letters(size):
    for what in (*STANDS, *TO_WHOM_HELPED):
        for side in (ASKER, HELPER):
            news = News(what, ask(size, OFFERED if what in TO_WHOM_HELPED else side, "matched", "worked"))
            yield f"letter aid_news {what} {side}", word("aid_news", news, _tag(), to_group=False)
    urgent = News("matched", ask(size, state="matched", urgency=3))
    yield "letter aid_news_urgent", word("aid_news_urgent", urgent, _tag(), to_group=False)
    for kind in ("aid_offer", "aid_offer_urgent"):
        shown = ask(size, OFFERED, urgency=3 if kind.endswith("urgent") else 1)
        yield f"letter {kind}", word(kind, shown, _tag(), to_group=False)
    for state in ("taken", "called_off"):
        yield f"letter aid_taken {state}", word("aid_taken", state, _tag(), to_group=False)
    yield "letter aid_pause", word("aid_pause", 2, _tag(), to_group=False)
    for what in ("urgent", "alert", "exhausted", "silent"):
        for kind, urgency in (("aid_waits", 1), ("aid_waits_urgent", 3)):
            for asked in (0, 1, 5):
                told = Waits(what, 7, urgency, "Europe/London", DUE, DUE, asked, "no_time", 1)
                yield f"letter {kind} {what} {asked}", word(kind, told, _tag(), to_group=False)


def _tag():
    from bot.screens.language import current

    return current()


def _offering():
    shown = VolunteerSeen(
        Offering(("lift",), (1, 2), ("en", "ur"), slots_in(SPELLS), 3),
        ("Mill <Road>", "Station"),
        None,
        None,
        None,
        1,
        "UTC",
    )
    for per_week in (1, 2, 5):
        offering = replace(shown.offering, per_week=per_week)
        yield f"aid offering {per_week}", volunteers.what_i_offer(replace(shown, offering=offering, taken=per_week))
    paused = replace(shown, paused_until=DUE, checked_until=date(2027, 1, 1))
    yield "aid offering, paused", volunteers.what_i_offer(paused)
    yield "aid offering, holidays", volunteers.what_i_offer(replace(paused, paused_from=DUE))
    yield "aid offering kept", volunteers.offering_kept(shown)
    for won in (True, False, None):
        yield (
            f"aid answered {won}",
            volunteers.answered(Answered(won, ask(side=HELPER, state="matched", step="remind"))),
        )
    yield "aid waiting", volunteers.waiting([ask(side=OFFERED), ask(side=OFFERED, urgency=3)])
    yield "aid waiting, none", volunteers.waiting([])
    for promised in (0, 1, 3):
        yield f"aid sure to leave {promised}", volunteers.sure_leave(promised)
    yield "aid left", volunteers.left()


def _talking(size):
    yield "aid talking", relay.talking(7)
    yield "aid talking, notice", relay.talking(7, aid.thanked())
    for side in (ASKER, HELPER):
        yield f"aid brought {side}", relay.brought(7, side, LONG[size])
        yield f"aid brought voice {side}", relay.brought_voice(7, side)
    yield "aid passed on", relay.passed_on(7)
    yield "aid not passed on", relay.not_passed_on(7)
    yield "aid talk ended", relay.ended(7)
    yield "aid voice note", relay.voice_note()


def _words():
    for kind in KINDS:
        yield f"aid kind {kind}", aid_words.kind_name(Kind(kind))
    yield "aid kind own", Screen(aid_words.what_is_needed(ask(kind=Kind("bees", Words("en", {"en": "Bees <b>"})))))
    for spell in SPELLS:
        yield f"aid spell {spell}", aid_words.spell_name(spell)
    for part in (*PARTS[:3], ANY_TIME):
        yield f"aid part {part}", aid_words.part_name(part)
    for gap in Reason:
        yield f"aid gap {gap}", Screen(aid_words.why_nobody(gap.value))
        yield f"aid gap {gap} then", Screen(aid_words.why_nobody(gap.value, aid_words.part_name("evening")))


def board_row(stands, **more):
    facts = {
        "id": 7,
        "stands": stands,
        "kind": Kind("lift"),
        "patch": "Mill <Road>",
        "urgency": 3,
        "languages": ("ur", "en"),
        "needs_checked": True,
        "weekly": False,
        "for_another": False,
        "state": "open",
        "step": "offer",
        "gap": "no_kind",
        "next_actor": "volunteer",
        "next_at": DUE,
        "made_at": DUE,
        "due_at": DUE,
        "slots": slots_in(["weekday_evening"]),
        "asked": 3,
        "waiting": 1,
        "asker": 1,
        "helper": None,
    }
    return BoardRow(**{**facts, **more})


def _board(size):
    actors = ("asker", "volunteer", "coordinator", "bot", None)
    rows = [board_row(stands, next_actor=actor, next_at=DUE if actor else None)
            for stands, actor in zip(Stands, actors, strict=True)]  # fmt: skip
    for many, late in ((0, 0), (1, 1), (5, 2)):
        yield f"aid board {many}", aid_board.board(rows * 2, many, Counted(many, late), "Europe/London", 0)
    yield "aid board, last page", aid_board.board(rows * 2, 0, Counted(0, 0), "Europe/London", 9)
    yield "aid board, empty", aid_board.board([], 0, Counted(0, 0), "Europe/London", 0)
    for row in rows:
        yield f"aid desk {row.stands}", aid_board.ask(OnDesk(row, LONG[size], "Europe/London"))
    yield "aid desk, over for now", aid_board.ask(OnDesk(board_row(Stands.NO_WORD, step="silent"), "", "UTC"))
    yield "aid close as", aid_board.close_as(7)
    yield "aid closed", aid_board.closed(7)
