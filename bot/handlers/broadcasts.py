"""Public messages, heard: somebody asks for one in their own language."""

from bot.community import broadcasts
from bot.handlers.road import tapped
from bot.replies import Reply, Toast
from bot.screens import broadcasts as screens
from bot.store.tables import Resident
from bot.store.writer import Session
from bot.taps import WishTap


@tapped(WishTap)
def wish_tapped(tap: WishTap, session: Session, resident: Resident) -> list[Reply]:
    """A reader would like a text in their language: helpers are asked, and it comes once it is there."""
    return [Toast(screens.wish_noted(new=broadcasts.wish(session, resident, tap.text, tap.language)))]
