"""Who lives in the house: places, residents, what they agreed to, their roles, and what they are in the middle of."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import BIG, Table, place_key


class Bot(Table):
    """A bot that has spoken from this install: its public name makes deep links."""

    __tablename__ = "bot"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    username: Mapped[str] = mapped_column(String(64))


class Place(Table):
    """A neighbourhood, with its languages, time zone and quiet hours."""

    __tablename__ = "place"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    run_by: Mapped[str] = mapped_column(String(160))
    contact: Mapped[str] = mapped_column(String(160), default="")
    languages: Mapped[list[str]]
    timezone: Mapped[str] = mapped_column(String(64))
    quiet_from: Mapped[str] = mapped_column(String(5), default="21:00")
    quiet_to: Mapped[str] = mapped_column(String(5), default="08:00")
    steering_polls: Mapped[bool] = mapped_column(default=True)
    bot_id: Mapped[int | None] = mapped_column(ForeignKey("bot.id"))
    weekly_letters: Mapped[int] = mapped_column(default=5, server_default="5")
    letters_paused: Mapped[bool] = mapped_column(default=False, server_default=false())
    duty_from: Mapped[str] = mapped_column(String(5), default="09:00", server_default="09:00")
    duty_to: Mapped[str] = mapped_column(String(5), default="17:00", server_default="17:00")
    steering_first_days: Mapped[int] = mapped_column(default=0, server_default="0")


class Patch(Table):
    """A part of a place."""

    __tablename__ = "patch"
    __table_args__ = (UniqueConstraint("place_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = place_key()
    name: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]


class Resident(Table):
    """A person of a place. Found by a keyed hash; the Telegram id and the name are encrypted with a key of their own."""

    __tablename__ = "resident"
    __table_args__ = (CheckConstraint("state in ('here', 'stopped', 'unreachable')", name="resident_state"),)
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    place_id: Mapped[int] = place_key()
    lookup: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    key_name: Mapped[str] = mapped_column(String(32), unique=True)
    telegram_id: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(12))
    second_language: Mapped[str | None] = mapped_column(String(12))
    patch_id: Mapped[int | None] = mapped_column(ForeignKey("patch.id", ondelete="SET NULL"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="here")
    joined_on: Mapped[date]
    age_band: Mapped[str | None] = mapped_column(String(8))


class Doomed(Table):
    """The name of an erased person's key: written with the erasure, gone once the key is destroyed."""

    __tablename__ = "doomed"
    key_name: Mapped[str] = mapped_column(String(32), primary_key=True)


class Consent(Table):
    """What a resident agreed to: for which purpose, in which version and language of the text, since when."""

    __tablename__ = "consent"
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20), primary_key=True)
    place_id: Mapped[int] = place_key()
    version: Mapped[int]
    language: Mapped[str] = mapped_column(String(12))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Role(Table):
    """What a resident may do beyond being one: steering, volunteer, helper, coordinator, evaluator."""

    __tablename__ = "role"
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    place_id: Mapped[int] = place_key()


class Invite(Table):
    """A link that gives a role: only its hash is kept."""

    __tablename__ = "invite"
    __table_args__ = (CheckConstraint("uses_left >= 0", name="invite_uses"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = place_key()
    role: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    uses_left: Mapped[int]
    expires_at: Mapped[datetime]


class Strike(Table):
    """Wrong invitations a person tried lately: guessing is slowed down."""

    __tablename__ = "strike"
    lookup: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    tries: Mapped[int]
    since: Mapped[datetime]


class GroupChat(Table):
    """A Telegram group that belongs to a place: where its steering group meets."""

    __tablename__ = "group_chat"
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = place_key()
    purpose: Mapped[str] = mapped_column(String(16))
    lookup: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    chat_id: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(12))
    lost: Mapped[bool] = mapped_column(default=False)


class Draft(Table):
    """A conversation under way: answers by name (encrypted), kept 48 hours. Found by the person's lookup hash."""

    __tablename__ = "draft"
    lookup: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    flow: Mapped[str] = mapped_column(String(24))
    answers: Mapped[bytes] = mapped_column(LargeBinary)
    token: Mapped[str] = mapped_column(String(8))
    expires_at: Mapped[datetime] = mapped_column(index=True)
