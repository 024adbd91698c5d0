"""Neighbours' help: what is asked, who offers what, and who was asked for it."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.base import BIG, Table, place_key


def _resident(on_delete: str = "SET NULL") -> ForeignKey:
    return ForeignKey("resident.id", ondelete=on_delete)


class AidKind(Table):
    """How a place differs from the house's list of what can be asked: a kind left out, checked, or of its own (worded)."""

    __tablename__ = "aid_kind"
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    offered: Mapped[bool] = mapped_column(default=True)
    needs_checked: Mapped[bool] = mapped_column(default=False)
    text_id: Mapped[int | None] = mapped_column(ForeignKey("text.id"))


class AidPolicy(Table):
    """How a place asks its volunteers for asks of an urgency, where it differs from the house's ways. Times in minutes.

    `first` neighbours are asked at once, then `further` more (all who fit where null) after each `every_minutes`;
    coordinators hear of an ask that nobody took after `alert_minutes`.
    """

    __tablename__ = "aid_policy"
    __table_args__ = (CheckConstraint("first > 0 and every_minutes > 0", name="aid_policy_moves_on"),)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), primary_key=True)
    urgency: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first: Mapped[int]
    further: Mapped[int | None]
    every_minutes: Mapped[int]
    alert_minutes: Mapped[int | None]


class Neighbouring(Table):
    """Two patches next to each other; written both ways."""

    __tablename__ = "neighbouring"
    patch_id: Mapped[int] = mapped_column(ForeignKey("patch.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("patch.id", ondelete="CASCADE"), primary_key=True)


class Ask(Table):
    """A request for help. While it lives somebody acts next, and by a time: the database keeps that promise.

    Texts, voice and the exact place are encrypted and erased some days after it ends; the row then names nobody, so that
    figures stay true when somebody is forgotten. `claimed_week` is the week whose capacity the match took; `step` what
    happens when `next_at` has come (community/aid_steps.py); `gap` why nobody could be asked; `promised_at` by when the
    asker hears again; `coordinator_reads` whether the asker lets the coordinator read it too. `volunteer_id` stays after
    the end, to ask the same neighbour first next time.
    """

    __tablename__ = "ask"
    __table_args__ = (
        CheckConstraint("state in ('open', 'coordinator', 'matched', 'done', 'ended')", name="ask_state"),
        CheckConstraint("next_actor in ('bot', 'asker', 'volunteer', 'coordinator')", name="ask_next_actor"),
        CheckConstraint("(state in ('done', 'ended')) = (next_at is null)", name="ask_has_a_next_time"),
        CheckConstraint("(next_at is null) = (next_actor is null)", name="ask_has_a_next_actor"),
        CheckConstraint("urgency between 0 and 3", name="ask_urgency"),
        Index("ask_due", "state", "next_at"),
    )
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    place_id: Mapped[int] = place_key()
    asker_id: Mapped[int | None] = mapped_column(_resident(), index=True)
    made_by_id: Mapped[int | None] = mapped_column(_resident(), index=True)
    key_name: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    need: Mapped[bytes | None] = mapped_column(LargeBinary)
    voice: Mapped[bytes | None] = mapped_column(LargeBinary)
    exact_place: Mapped[bytes | None] = mapped_column(LargeBinary)
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    place_shared: Mapped[bool] = mapped_column(default=False)
    patch_id: Mapped[int] = mapped_column(ForeignKey("patch.id"), index=True)
    languages: Mapped[list[str]]
    slots: Mapped[int]
    urgency: Mapped[int]
    due_at: Mapped[datetime]
    needs_checked: Mapped[bool]
    weekly: Mapped[bool] = mapped_column(default=False)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("ask.id", ondelete="SET NULL"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="open")
    next_actor: Mapped[str | None] = mapped_column(String(12))
    next_at: Mapped[datetime | None]
    step: Mapped[str | None] = mapped_column(String(16))
    wave: Mapped[int] = mapped_column(default=0)
    gap: Mapped[str | None] = mapped_column(String(16))
    promised_at: Mapped[datetime | None]
    alerted_at: Mapped[datetime | None]
    talk_ended: Mapped[bool] = mapped_column(default=False)
    coordinator_reads: Mapped[bool] = mapped_column(default=False, server_default=false())
    volunteer_id: Mapped[int | None] = mapped_column(_resident(), index=True)
    claimed_week: Mapped[str | None] = mapped_column(String(8))
    coordinator_id: Mapped[int | None] = mapped_column(_resident(), index=True)
    made_at: Mapped[datetime]
    matched_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None] = mapped_column(String(16))


class Volunteer(Table):
    """What a resident offers: kinds, patches, languages, quarter days of the week (28 bits), and how many asks a week.

    Away from `paused_from` (from now on where null) until `paused_until`.
    """

    __tablename__ = "volunteer"
    __table_args__ = (CheckConstraint("per_week >= 0", name="volunteer_per_week"),)
    resident_id: Mapped[int] = mapped_column(_resident("CASCADE"), primary_key=True, autoincrement=False)
    place_id: Mapped[int] = place_key()
    kinds: Mapped[list[str]]
    patches: Mapped[list[int]] = mapped_column(JSON)
    languages: Mapped[list[str]]
    slots: Mapped[int]
    per_week: Mapped[int]
    paused_from: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    checked_until: Mapped[date | None]
    silences: Mapped[int] = mapped_column(default=0)


class VolunteerWeek(Table):
    """How many asks a volunteer has taken in an ISO week (2026-W47): taken only while it is below what they offered."""

    __tablename__ = "volunteer_week"
    __table_args__ = (CheckConstraint("taken >= 0", name="volunteer_week_taken"),)
    resident_id: Mapped[int] = mapped_column(_resident("CASCADE"), primary_key=True, autoincrement=False)
    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    taken: Mapped[int]


class Offer(Table):
    """One volunteer was asked for one ask, once. `taken`: somebody else said yes first."""

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("ask_id", "resident_id"),
        CheckConstraint("state in ('asked', 'yes', 'no', 'silent', 'taken', 'called_off')", name="offer_state"),
    )
    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    ask_id: Mapped[int] = mapped_column(ForeignKey("ask.id", ondelete="CASCADE"))
    resident_id: Mapped[int] = mapped_column(_resident("CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="asked")
    wave: Mapped[int]
    asked_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Block(Table):
    """Somebody does not want to be matched with somebody else; the other never learns it."""

    __tablename__ = "block"
    resident_id: Mapped[int] = mapped_column(_resident("CASCADE"), primary_key=True, autoincrement=False)
    other_id: Mapped[int] = mapped_column(
        _resident("CASCADE"), primary_key=True, autoincrement=False, index=True, info={"secret": True}
    )


class Pair(Table):
    """Two neighbours who met through an ask, the smaller id first: a connection, counted once."""

    __tablename__ = "pair"
    resident_id: Mapped[int] = mapped_column(_resident("CASCADE"), primary_key=True, autoincrement=False)
    other_id: Mapped[int] = mapped_column(_resident("CASCADE"), primary_key=True, autoincrement=False, index=True)
    first_on: Mapped[date]
