"""Every table of the house. Longer than the guide's 300 lines would be split by nothing but its size: one look shows all.

Rows belong to a place. Encrypted columns (LargeBinary, named in ENCRYPTED) are written and read through the vault; the
database keeps the promises (keys, unique constraints, checks), so that no race can break them.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """Aware in Python, UTC on disk; a naive time is a fault and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC; SQLite keeps it without the zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a time without a time zone must not reach the database"
            raise ValueError(msg)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give the time back aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    """What all tables share: times are aware."""

    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012


BIG = BigInteger().with_variant(Integer, "sqlite")
"""SQLite gives row ids only to INTEGER columns."""


def _place() -> Mapped[int]:
    return mapped_column(ForeignKey("place.id", ondelete="CASCADE"), index=True)


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


class Patch(Table):
    """A part of a place."""

    __tablename__ = "patch"
    __table_args__ = (UniqueConstraint("place_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = _place()
    name: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]


class Resident(Table):
    """A person of a place. Found by a keyed hash; the Telegram id and the name are encrypted with a key of their own."""

    __tablename__ = "resident"
    __table_args__ = (CheckConstraint("state in ('here', 'stopped', 'unreachable')", name="resident_state"),)
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    place_id: Mapped[int] = _place()
    lookup: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    key_name: Mapped[str] = mapped_column(String(32), unique=True)
    telegram_id: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(12))
    second_language: Mapped[str | None] = mapped_column(String(12))
    patch_id: Mapped[int | None] = mapped_column(ForeignKey("patch.id", ondelete="SET NULL"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="here")
    joined_on: Mapped[date]


class Doomed(Table):
    """The name of an erased person's key: written with the erasure, gone once the key is destroyed."""

    __tablename__ = "doomed"
    key_name: Mapped[str] = mapped_column(String(32), primary_key=True)


class Consent(Table):
    """What a resident agreed to: for which purpose, in which version and language of the text, since when."""

    __tablename__ = "consent"
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20), primary_key=True)
    place_id: Mapped[int] = _place()
    version: Mapped[int]
    language: Mapped[str] = mapped_column(String(12))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Role(Table):
    """What a resident may do beyond being one: steering, volunteer, helper, coordinator, evaluator."""

    __tablename__ = "role"
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    place_id: Mapped[int] = _place()


class Invite(Table):
    """A link that gives a role: only its hash is kept."""

    __tablename__ = "invite"
    __table_args__ = (CheckConstraint("uses_left >= 0", name="invite_uses"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = _place()
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
    place_id: Mapped[int] = _place()
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


class Text(Table):
    """Something people wrote, in one or several languages."""

    __tablename__ = "text"
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    place_id: Mapped[int] = _place()
    source_language: Mapped[str] = mapped_column(String(12))


class Wording(Table):
    """A text in one language."""

    __tablename__ = "wording"
    text_id: Mapped[int] = mapped_column(ForeignKey("text.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    body: Mapped[str] = mapped_column(String(4096))
    state: Mapped[str] = mapped_column(String(12), default="approved")


class Round(Table):
    """A poll or a check-in: asked of an audience, answered privately, closed at a set time, counted, reported back."""

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("state in ('draft', 'open', 'closed', 'cancelled')", name="round_state"),
        CheckConstraint("secrecy in ('private', 'open')", name="round_secrecy"),
        Index("round_due", "state", "closes_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = _place()
    kind: Mapped[str] = mapped_column(String(10))
    audience: Mapped[str] = mapped_column(String(16))
    secrecy: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    title_id: Mapped[int] = mapped_column(ForeignKey("text.id"))
    opened_at: Mapped[datetime | None]
    closes_at: Mapped[datetime]
    remind_at: Mapped[datetime | None]
    breakdowns: Mapped[list[str]]


class Poll(Table):
    """What a round needs to be a poll: how it is counted, and the lot's seed, published before the vote."""

    __tablename__ = "poll"
    __table_args__ = (CheckConstraint("method in ('yesno', 'choose', 'approve', 'rank')", name="poll_method"),)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    method: Mapped[str] = mapped_column(String(8))
    quorum: Mapped[int]
    lot_seed: Mapped[str] = mapped_column(String(64))


class Option(Table):
    """Something to vote for, known by its position in the poll: taps, answers and the lot all say it so."""

    __tablename__ = "option"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text_id: Mapped[int | None] = mapped_column(ForeignKey("text.id"))


class Roll(Table):
    """Who may answer a round: fixed when it opens. Says nothing of who did."""

    __tablename__ = "roll"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(
        ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Answer(Table):
    """An answer under its mark. No row id, no time, no order but the mark's (facts/disclosure.md 2.2)."""

    __tablename__ = "answer"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    question: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int]


class OpenVote(Table):
    """Who voted what in an open poll, written when it closes: an open poll says so before the vote."""

    __tablename__ = "open_vote"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True)
    option: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rank: Mapped[int]


class Release(Table):
    """What a closed round says, once and for good, with its hash."""

    __tablename__ = "round_release"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    body: Mapped[str] = mapped_column(String)
    sha256: Mapped[str] = mapped_column(String(64))
    released_at: Mapped[datetime]


class Card(Table):
    """A round's card in a group chat: which letter brought it, and the last state that it shows."""

    __tablename__ = "card"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("group_chat.id", ondelete="CASCADE"), primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id", ondelete="CASCADE"))
    shows: Mapped[str] = mapped_column(String(64))


class Letter(Table):
    """Something owed to be said: to whom, which kind, which facts; never the words."""

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint(
            "state in ('queued', 'sending', 'sent', 'unneeded', 'unknown', 'dead', 'expired', 'cancelled')",
            name="letter_state",
        ),
        CheckConstraint("(resident_id is null) <> (group_id is null)", name="letter_to_one"),
        Index("letter_due", "state", "priority", "not_before"),
    )
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    place_id: Mapped[int] = _place()
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("group_chat.id", ondelete="CASCADE"), index=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    facts: Mapped[bytes] = mapped_column(LargeBinary)
    priority: Mapped[int]
    dedupe: Mapped[str] = mapped_column(String(80), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    uncertain: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    claim: Mapped[str | None] = mapped_column(String(16))
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(String(80))


class Inbox(Table):
    """An update that has been applied. A day, not a time: nothing here may pair with an answer (facts/failures.md 0.8)."""

    __tablename__ = "inbox"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012
    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(index=True)


class SetAside(Table):
    """An update that failed three times: its type and the error's class, no text."""

    __tablename__ = "set_aside"
    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32))
    error: Mapped[str] = mapped_column(String(80))
    day: Mapped[date]


class TickRun(Table):
    """A tick that some process has taken: nobody else runs this job for this slot."""

    __tablename__ = "tick_run"
    job: Mapped[str] = mapped_column(String(32), primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
