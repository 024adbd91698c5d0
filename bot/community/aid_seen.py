"""What somebody sees of an ask: each side what is theirs to see, and nobody a name."""

from dataclasses import dataclass
from datetime import datetime

from bot.community import aid_place, residents
from bot.community.aid_place import Kind
from bot.refusals import OldButton
from bot.store import aid as store
from bot.store import places
from bot.store import residents as residents_store
from bot.store.engine import Session
from bot.store.tables import Ask, Resident

ASKER, HELPER, OFFERED = "asker", "helper", "offered"
"""Who looks: whoever asked (or asked for another), the neighbour who said yes, one who was asked whether they would."""
PURPOSE = "aid"


@dataclass(frozen=True)
class AskSeen:
    """An ask as one side sees it now. `need`, `voice`, `exact_place`: theirs to see, or empty.

    `asked`: how many neighbours were asked so far; `answer_by`: until when the one who looks is asked to answer.
    `gap`: why nobody could be asked (a value of pairs.Reason). `part`: that of a helper who has not said yes is "offered".
    """

    id: int
    side: str
    kind: Kind
    patch: str
    due_at: datetime
    slots: int
    timezone: str
    urgency: int
    languages: tuple[str, ...]
    weekly: bool
    needs_checked: bool
    for_another: bool
    state: str
    step: str | None
    next_actor: str | None
    next_at: datetime | None
    promised_at: datetime | None
    ended_as: str | None
    gap: str | None
    asked: int
    waiting: int
    need: str
    voice: bool
    exact_place: str
    place_shared: bool
    talk_ended: bool
    answer_by: datetime | None = None


def seen(session: Session, ask: Ask, side: str, resident_id: int | None = None) -> AskSeen:
    """An ask as one side sees it; `resident_id`: the one who was asked. Nobody but the two sides sees a detail."""
    place = places.place_by_id(session, ask.place_id)
    patch = places.patch_by_id(session, ask.patch_id)
    offers = store.offers_for(session, ask.id)
    mine = next((one for one in offers if one.resident_id == resident_id), None)
    between = side in {ASKER, HELPER}
    shows_place = side == ASKER or (side == HELPER and ask.place_shared)
    return AskSeen(
        id=ask.id,
        side=side,
        kind=aid_place.kind_named(session, ask.place_id, ask.kind),
        patch=patch.name if patch else "",
        due_at=ask.due_at,
        slots=ask.slots,
        timezone=place.timezone,
        urgency=ask.urgency,
        languages=tuple(ask.languages),
        weekly=ask.weekly,
        needs_checked=ask.needs_checked,
        for_another=ask.asker_id is None,
        state=ask.state,
        step=ask.step,
        next_actor=ask.next_actor,
        next_at=ask.next_at,
        promised_at=ask.promised_at,
        ended_as=ask.ended_as,
        gap=ask.gap,
        asked=sum(one.state != "called_off" for one in offers),
        waiting=sum(one.state == "asked" for one in offers),
        need=(store.told(session, ask, "need") or "") if between else "",
        voice=between and ask.voice is not None,
        exact_place=(store.told(session, ask, "exact_place") or "") if shows_place else "",
        place_shared=ask.place_shared,
        talk_ended=ask.talk_ended,
        answer_by=mine.answer_by if mine is not None else None,
    )


def side_of(ask: Ask, resident: Resident) -> str | None:
    """Which side of an ask a resident is on, or None."""
    if resident.id == asker_id(ask):
        return ASKER
    return HELPER if resident.id == ask.volunteer_id else None


def asker_id(ask: Ask) -> int | None:
    """Who speaks for the asking side: whoever asked, or asked for somebody without a telephone."""
    return ask.asker_id if ask.asker_id is not None else ask.made_by_id


def held_for(session: Session, resident: Resident, ask_id: int, *sides: str) -> tuple[Ask, str]:
    """An ask held for a change by one of its sides. Raises OldButton for everybody else."""
    ask = store.ask_held(session, ask_id)
    side = side_of(ask, resident) if ask is not None else None
    if ask is None or side is None or side not in sides:
        raise OldButton
    return ask, side


def takes_part(session: Session, resident_id: int | None) -> bool:
    """Whether somebody is here, can be written to and agrees to help between neighbours."""
    person = residents_store.resident_by_id(session, resident_id) if resident_id is not None else None
    return person is not None and person.state == "here" and agrees(session, person)


def agrees(session: Session, resident: Resident) -> bool:
    """Whether a resident agrees to help between neighbours."""
    return residents.consents(session, resident)[PURPOSE]
