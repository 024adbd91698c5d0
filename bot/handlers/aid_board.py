"""/board: coordinators see in the chat which asks need somebody, and see to them. Rights are read at each tap."""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command

from bot.community import aid_board, aid_desk, concern_seen, places
from bot.community.aid_board import Stands
from bot.handlers.filters import InPrivate
from bot.handlers.road import tapped
from bot.refusals import OldButton
from bot.replies import Edit, Reply, Say, Screen, Toast
from bot.screens import aid_board as screens
from bot.store.engine import Session
from bot.store.tables import Resident
from bot.taps import BoardTap, DeskTap

router = Router(name="aid_board")
router.message.filter(InPrivate())


@router.message(Command("board"))
def board_asked(session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """What needs a coordinator."""
    return [Say(board(session, resident, 0, now))]


def board(session: Session, resident: Resident, page: int, now: datetime) -> Screen:
    """The exceptions, some at a time. Raises NotYours."""
    aid_desk.coordinates(session, resident)
    place = places.place_of(session, resident)
    rows = aid_board.board(session, place.id, now)
    open_ones = [row for row in rows if row.stands is not Stands.ARRANGED]
    counts = concern_seen.counted(session, place.id, resident)
    return screens.board(open_ones, len(rows) - len(open_ones), counts, place.timezone, max(page, 0))


@tapped(BoardTap)
def board_tapped(tap: BoardTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """The board, at a page."""
    return [Edit(board(session, resident, tap.page, now))]


@tapped(DeskTap)
def desk_tapped(tap: DeskTap, session: Session, resident: Resident, now: datetime) -> list[Reply]:
    """One ask on it: looked at, asked anew, closed."""
    match tap.act:
        case "show":
            return [Edit(screens.ask(aid_desk.on_desk(session, resident, tap.ask, now)))]
        case "again":
            return [Edit(screens.ask(aid_desk.ask_silent_again(session, resident, tap.ask, now)))]
        case "close":
            aid_desk.on_desk(session, resident, tap.ask, now)
            return [Edit(screens.close_as(tap.ask))]
        case reason if reason in aid_desk.CLOSED_AS:
            aid_desk.close_in_chat(session, resident, tap.ask, reason, now)
            return [Toast(screens.closed(tap.ask)), Edit(board(session, resident, 0, now))]
        case _:
            raise OldButton
