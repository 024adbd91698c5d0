"""Places, their patches, and the bots that speak for them."""

from collections.abc import Sequence

from sqlalchemy import select

from bot.store.engine import Session
from bot.store.tables import Bot, Patch, Place


def place_named(session: Session, slug: str) -> Place | None:
    """The place with this short name."""
    return session.scalar(select(Place).where(Place.slug == slug))


def place_by_id(session: Session, place_id: int) -> Place:
    """The place; it exists, since rows that name it cannot outlive it."""
    return session.get_one(Place, place_id)


def all_places(session: Session) -> Sequence[Place]:
    """Every place of this install, by short name."""
    return session.scalars(select(Place).order_by(Place.slug)).all()


def patches_of(session: Session, place_id: int) -> Sequence[Patch]:
    """A place's patches in their order."""
    return session.scalars(select(Patch).where(Patch.place_id == place_id).order_by(Patch.position)).all()


def patch_by_id(session: Session, patch_id: int) -> Patch | None:
    """A patch, or None."""
    return session.get(Patch, patch_id)


def remember_bot(session: Session, bot_id: int, username: str) -> None:
    """Keep a bot's public name, from which deep links are made."""
    session.merge(Bot(id=bot_id, username=username))


def bot_of(session: Session, place: Place) -> str | None:
    """The public name of the bot that serves a place; None before one does."""
    return session.scalar(select(Bot.username).where(Bot.id == place.bot_id))


def served_by_others(session: Session, bot_id: int) -> list[tuple[str, str]]:
    """Places that another bot serves: short name, and that bot's public name."""
    theirs = select(Place.slug, Bot.username).join(Bot, Bot.id == Place.bot_id).where(Bot.id != bot_id)
    return [(slug, username) for slug, username in session.execute(theirs.order_by(Place.slug))]


def bot_username(session: Session) -> str | None:
    """The public name of the bot that spoke last from here, or None before the first start."""
    return session.scalar(select(Bot.username).order_by(Bot.id.desc()).limit(1))
