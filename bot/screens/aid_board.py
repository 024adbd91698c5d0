"""The coordinator's board in the chat: what needs somebody, why, and who acts next. Nobody's name."""

from collections.abc import Sequence

from bot.community.aid_board import BoardRow, Stands
from bot.community.aid_desk import CLOSED_AS, OnDesk
from bot.community.concern_seen import Counted
from bot.replies import Button, Rows, Screen
from bot.screens.aid_words import kind_name, languages_named, time_needed, why_nobody
from bot.screens.concerns import counted
from bot.screens.language import Html, _, label, lines, n_, paragraphs, when
from bot.screens.menu import menu_button
from bot.taps import BoardTap, DeskTap

PAGE = 5


def board_button() -> Button:
    """To the board."""
    return Button(label("Back to the board"), BoardTap(0))


def board(rows: Sequence[BoardRow], arranged: int, concerns: Counted, timezone: str, page: int) -> Screen:
    """What has nobody yet, the worst first, some at a time; `arranged`: how many asks somebody helps with."""
    page = min(page, max(len(rows) - 1, 0) // PAGE)
    shown = rows[page * PAGE : (page + 1) * PAGE]
    text = paragraphs(
        _("<b>Help between neighbours: what needs somebody</b>"),
        *(_line(row, timezone) for row in shown),
        "" if rows else _("Nothing waits for you. Everybody who asked has somebody, or nobody asks at the moment."),
        n_("Somebody helps with {n} other ask.", "Somebody helps with {n} other asks.", arranged) if arranged else "",
        counted(concerns),
    )
    numbers = tuple(Button(label("{n}", n=row.id), DeskTap(row.id, "show")) for row in shown)
    return Screen(text, (*((numbers,) if numbers else ()), *_turning(page, len(rows)), (menu_button(),)))


def _turning(page: int, many: int) -> Rows:
    earlier = (Button(label("Earlier"), BoardTap(page - 1)),) if page > 0 else ()
    more = (Button(label("More"), BoardTap(page + 1)),) if (page + 1) * PAGE < many else ()
    return ((*earlier, *more),) if earlier or more else ()


def _line(row: BoardRow, timezone: str) -> Html:
    """One ask: what, how it stands and why, who acts next and since when it waits."""
    return lines(
        _("<b>{n}</b>: {kind}, {patch}: {stands}",
          n=row.id, kind=kind_name(row.kind), patch=row.patch, stands=stands_name(row.stands)),
        why_nobody(row.gap, time_needed(row.urgency, row.due_at, row.slots, timezone)) if row.gap else "",
        _next(row, timezone),
        _("Asked for: {when}", when=when(row.made_at, timezone)),
    )  # fmt: skip


def stands_name(stands: Stands) -> str:
    """How an ask stands, in a few words."""
    match stands:
        case Stands.UNMATCHED:
            return label("nobody is left to ask")
        case Stands.AT_RISK:
            return label("time is short")
        case Stands.NO_WORD:
            return label("no word how it went")
        case Stands.WAITING:
            return label("neighbours are asked")
        case _:
            return label("somebody helps")


def _next(row: BoardRow, timezone: str) -> Html:
    if row.next_at is None:
        return Html("")
    return _("Next: {who}, by {when}", who=_actor(row.next_actor), when=when(row.next_at, timezone))


def _actor(actor: str | None) -> str:
    match actor:
        case "asker":
            return label("whoever asked")
        case "volunteer":
            return label("the neighbours who were asked")
        case "coordinator":
            return label("the coordinator")
        case _:
            return label("Kith")


def ask(shown: OnDesk) -> Screen:
    """One ask, and what a coordinator can do about it here."""
    row = shown.row
    text = paragraphs(
        _line(row, shown.timezone),
        lines(
            _("Needed until {when}", when=when(row.due_at, shown.timezone)),
            _("Language: {languages}", languages=languages_named(row.languages)),
            _("Only for checked volunteers") if row.needs_checked else "",
            n_("{n} neighbour has been asked.", "{n} neighbours have been asked.", row.asked),
        ),
        _("To know: {words}", words=shown.words) if shown.words else "",
    )
    may_ask = row.state in {"open", "coordinator"} and row.step not in {"still", "silent", "asker_left"}
    again = ((Button(label("Ask once more those who did not answer"), DeskTap(row.id, "again")),),) if may_ask else ()
    close = (Button(label("Close it …"), DeskTap(row.id, "close")),)
    return Screen(text, (*again, close, (board_button(), menu_button())))


def close_as(ask_id: int) -> Screen:
    """Why it is closed: both sides are told that it is."""
    text = _("Why do you close ask {n}? Whoever asked, and whoever was to help, are told that it is closed.", n=ask_id)
    rows = tuple((Button(_reason(reason), DeskTap(ask_id, reason)),) for reason in CLOSED_AS)
    return Screen(text, (*rows, (Button(label("Back"), DeskTap(ask_id, "show")),)))


def _reason(reason: str) -> str:
    match reason:
        case "done":
            return label("They were helped")
        case "not_needed":
            return label("It is no longer needed")
        case "elsewhere":
            return label("Others help")
        case _:
            return label("Nobody could help")


def closed(ask_id: int) -> str:
    """Toast."""
    return label("Ask {n} is closed.", n=ask_id)
