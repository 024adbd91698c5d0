"""Residents: joining, consent per purpose, roles, stopping, seeing and erasing what is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.community.rounds import withdraw_everywhere
from bot.refusals import NotYours
from bot.store import aid, checkins, concerns, drafts, invites, letters, places, rounds
from bot.store import residents as store
from bot.store.engine import Session
from bot.store.tables import Place, Resident

PURPOSES = ("messages", "checkins", "aid", "alerts")
"""What is asked consent for, each by itself (facts/failures.md 3.5); votes need none: taking part is the act."""
CONSENT_VERSION = 1
KEY_GRACE = 3600.0
"""Seconds after which a key without a row is an orphan."""
ROLES = (
    "steering",
    "volunteer",
    "helper",
    "writer",
    "researcher",
    "gatekeeper",
    "safeguarding",
    "second_lead",
    "coordinator",
    "evaluator",
)
AGE_BANDS = ("16-24", "25-44", "45-64", "65+")
"""As coarse as a small neighbourhood needs; nobody's age is asked, and no band need be given."""


@dataclass(frozen=True)
class Person:
    """Whoever an update came from: a resident, or somebody who has not joined yet."""

    telegram_id: int
    lookup: bytes
    name: str
    language_code: str | None
    resident: Resident | None


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a resident's answer."""

    round_id: int
    kind: str


@dataclass(frozen=True)
class Kept:
    """All that is kept about a resident."""

    place: str
    name: str
    language: str
    second_language: str | None
    patch: str | None
    joined_on: str
    roles: tuple[str, ...]
    consents: tuple[tuple[str, bool, str], ...]
    on_rolls: int
    telegram_id: int | None
    draft: Mapping[str, Any] | None
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Every row that hangs on them, table by table, as the database has it."""


def join(
    session: Session,
    person: Person,
    place: Place,
    language: str,
    consents: Mapping[str, bool],
    patch_id: int | None,
    now: datetime,
) -> Resident:
    """Make a person a resident of a place; somebody who is one already stays as they are."""
    if person.resident is not None:
        return person.resident
    resident = store.add_resident(session, place.id, person.telegram_id, person.name, language, patch_id, now.date())
    for purpose in PURPOSES:
        store.keep_consent(session, resident, purpose, CONSENT_VERSION, now, given=bool(consents.get(purpose, False)))
    return resident


def come_back(session: Session, resident: Resident) -> bool:
    """A resident who stopped, or could not be reached, is here again; says whether they had been away."""
    if resident.state == "here":
        return False
    store.set_state(session, resident.id, "here")
    return True


def stop(session: Session, resident: Resident) -> None:
    """The resident wants no more messages: what waits for them is dropped, what is kept stays until /forget."""
    store.set_state(session, resident.id, "stopped")
    aid.let_go(session, resident.id, erase=False)
    letters.drop_queued_to(session, resident.id)
    drafts.drop_draft(session, resident.lookup)


def lose(session: Session, resident_id: int) -> None:
    """Telegram says that the resident blocked the bot or is gone: nothing is sent until they come back.

    Whoever had stopped stays so: to unblock is not to ask for messages.
    """
    resident = store.resident_by_id(session, resident_id)
    if resident is not None and resident.state == "here":
        store.set_state(session, resident_id, "unreachable")
        aid.let_go(session, resident_id, erase=False)
    letters.drop_queued_to(session, resident_id)


def forget(session: Session, resident: Resident) -> None:
    """Erase a resident and every row that hangs on them; their key is doomed, and destroyed after the commit.

    Ballots in open polls go too, since their marks can still be made; in closed ones nothing ties to anybody.
    """
    withdraw_everywhere(session, resident)
    aid.let_go(session, resident.id, erase=True)
    concerns.erase_messages(session, [one.id for one in concerns.told_by(session, resident.id)])
    drafts.drop_draft(session, resident.lookup)
    invites.drop_strikes(session, resident.lookup)
    store.erase_resident(session, resident)


def change_language(session: Session, resident: Resident, language: str) -> None:
    """Speak another language to a resident from now on."""
    store.set_language(session, resident.id, language)
    resident.language = language
    if resident.second_language == language:
        change_second_language(session, resident, None)


def change_second_language(session: Session, resident: Resident, language: str | None) -> None:
    """Where something is missing in a resident's language they read this one; None for neither."""
    store.set_second_language(session, resident.id, language if language != resident.language else None)
    resident.second_language = language if language != resident.language else None


def change_consent(session: Session, resident: Resident, purpose: str, now: datetime, *, given: bool) -> None:
    """Give or withdraw one consent. Raises NotYours for a purpose that does not exist."""
    if purpose not in PURPOSES:
        raise NotYours
    store.keep_consent(session, resident, purpose, CONSENT_VERSION, now, given=given)
    if purpose == "aid" and not given:
        aid.let_go(session, resident.id, erase=False)
    if purpose == "checkins" and not given:
        checkins.take_off_roll(session, resident.id)


def change_age_band(session: Session, resident: Resident, band: str | None) -> None:
    """Give one's age band, or take it back. Raises NotYours for a band that does not exist."""
    if band is not None and band not in AGE_BANDS:
        raise NotYours
    resident.age_band = band
    session.flush()


def consents(session: Session, resident: Resident) -> dict[str, bool]:
    """How each consent stands."""
    kept = {consent.purpose: consent.withdrawn_at is None for consent in store.consents_of(session, resident.id)}
    return {purpose: kept.get(purpose, False) for purpose in PURPOSES}


def has_role(session: Session, resident: Resident, *roles: str) -> bool:
    """Whether the resident has one of these roles now: read at every tap (facts/failures.md A6)."""
    return bool(store.roles_of(session, resident.id) & set(roles))


def _rows(session: Session, resident: Resident) -> dict[str, list[dict[str, Any]]]:
    """Every row that hangs on a resident, with what they told about their own asks, and in their own concerns."""
    rows = store.rows_about(session, resident)
    told = aid.told_by(session, resident.id)
    said = {row["id"]: {"messages": _said_in(session, row["id"])} for row in rows["concern"]}
    rows["concern"] = [{**row, **said[row["id"]]} for row in rows["concern"]]
    return {**rows, "ask": [{**row, **told.get(row["id"], {})} for row in rows["ask"]]}


def _said_in(session: Session, concern_id: int) -> list[str]:
    return [concerns.body_of(session, one) or "" for one in concerns.messages_of(session, concern_id)]


def what_is_kept(session: Session, resident: Resident, now: datetime) -> Kept:
    """Everything that is kept about a resident, for their own eyes."""
    patch = places.patch_by_id(session, resident.patch_id) if resident.patch_id is not None else None
    draft = drafts.draft_of(session, resident.lookup, now)
    given = store.consents_of(session, resident.id)
    return Kept(
        place=places.place_by_id(session, resident.place_id).name,
        name=store.name_of(session, resident),
        language=resident.language,
        second_language=resident.second_language,
        patch=patch.name if patch else None,
        joined_on=resident.joined_on.isoformat(),
        roles=tuple(sorted(store.roles_of(session, resident.id))),
        consents=tuple(
            (one.purpose, one.withdrawn_at is None, (one.withdrawn_at or one.given_at).isoformat()) for one in given
        ),
        on_rolls=len(rounds.open_rounds_for(session, resident.id, now)),
        telegram_id=store.telegram_id_of(session, resident),
        draft=drafts.answers_in(session, draft) if draft is not None else None,
        rows=_rows(session, resident),
    )


def sweep_keys(session: Session, _now: datetime) -> int:
    """Erase residents whose own key is gone: an old backup was restored, and they had been erased since.

    So with messages of concerns. The other way round, a key that no row needs is doomed.
    """
    if nobody_has_a_key(session):
        return 0  # rather a folder that is not there than an erasure of everybody: the doctor says so
    store.doom(session, unneeded_keys(session))
    return erase_keyless(session)


def nobody_has_a_key(session: Session) -> bool:
    """Whether there are people and every one of their keys is missing."""
    needed = store.key_names(session)
    return bool(needed) and needed.isdisjoint(session.vault.people.names())


def erase_keyless(session: Session) -> int:
    """Erase residents whose own key is gone, be it all of them, and messages of concerns; says how many residents.

    The rows are read before the folder: on PostgreSQL somebody may join in between, and a key is there before its row.
    """
    people, messages = store.key_names(session), concerns.key_names(session)
    kept = set(session.vault.people.names())
    concerns.erase_keyless(session, sorted(messages - kept))
    return store.erase_keyless(session, sorted(people - kept))


def unneeded_keys(session: Session) -> list[str]:
    """Keys of joins and concerns that were never committed: each is written before the transaction that needs it."""
    needed = store.key_names(session) | concerns.key_names(session)
    return [name for name in session.vault.people.names(older_than=KEY_GRACE) if name not in needed]
