"""How a place arranges help: what can be asked for, who must be checked, which patches touch, how quickly who is asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from bot.community import texts
from bot.community.aid_rules import CHECKED_KINDS, KINDS, POLICIES, Policy
from bot.community.pairs import Urgency
from bot.community.texts import Words
from bot.store import places
from bot.store import volunteers as store
from bot.store.engine import Session
from bot.store.tables import AidKind, AidPolicy, Place


class AidWrong(ValueError):
    """Help cannot be arranged like this; the message says what to do, to an operator."""


@dataclass(frozen=True)
class Kind:
    """What can be asked for: its key, a place's own words (None: the house words it), whether a check is needed."""

    key: str
    words: Words | None = None
    needs_checked: bool = False


def kinds(session: Session, place_id: int, *, also_off: bool = False) -> list[Kind]:
    """What can be asked for at a place: the house's list as the place has changed it, then its own."""
    changed = {one.kind: one for one in store.kinds_of(session, place_id)}
    words = texts.words_of(session, [one.text_id for one in changed.values() if one.text_id is not None])
    own = [key for key in changed if key not in KINDS]
    return [
        _kind(key, changed.get(key), words)
        for key in chain(KINDS, own)
        if also_off or key not in changed or changed[key].offered
    ]


def _kind(key: str, changed: AidKind | None, words: Mapping[int, Words]) -> Kind:
    if changed is None:
        return Kind(key, None, key in CHECKED_KINDS)
    return Kind(key, words.get(changed.text_id) if changed.text_id is not None else None, changed.needs_checked)


def kind_named(session: Session, place_id: int, key: str) -> Kind:
    """One kind, whether it is still on offer or not."""
    return next((kind for kind in kinds(session, place_id, also_off=True) if kind.key == key), Kind(key))


def set_kind(
    session: Session,
    place: Place,
    key: str,
    *,
    offered: bool | None = None,
    needs_checked: bool | None = None,
    wordings: Mapping[str, str] | None = None,
) -> None:
    """Switch a kind on or off, say whether it needs a checked volunteer, or add one of the place's own.

    `wordings`: its name by language, the first one the source. Raises AidWrong for a kind without words.
    """
    known = next((one for one in store.kinds_of(session, place.id) if one.kind == key), None)
    text_id = known.text_id if known else None
    if wordings:
        text_id = texts.write(session, place.id, next(iter(wordings)), wordings)
    if key not in KINDS and text_id is None:
        raise AidWrong(f"{key!r} is none of {', '.join(KINDS)}: one of the place's own needs words in a language")
    was = kind_named(session, place.id, key)
    store.keep_kind(
        session,
        place.id,
        key,
        offered=(known is None or known.offered) if offered is None else offered,
        checked=was.needs_checked if needs_checked is None else needs_checked,
        text_id=text_id,
    )
    session.flush()


def policy(session: Session, place_id: int, urgency: int) -> Policy:
    """Whom a place asks how quickly, for an urgency."""
    usual = POLICIES[Urgency(urgency)]
    own = store.policy_of(session, place_id, urgency)
    if own is None:
        return usual
    alert = timedelta(minutes=own.alert_minutes) if own.alert_minutes else None
    return Policy(own.first, own.further, timedelta(minutes=own.every_minutes), alert, usual.promise)


def set_policy(
    session: Session, place: Place, urgency: int, first: int, further: int | None, every: int, alert: int | None
) -> None:
    """Give a place its own way for an urgency; times in minutes. Raises AidWrong."""
    if urgency not in POLICIES or first < 1 or every < 1 or (further is not None and further < 1):
        raise AidWrong("an urgency is 0 to 3; at least one neighbour is asked, and some minutes lie between")
    store.keep_policy(
        session,
        AidPolicy(
            place_id=place.id,
            urgency=urgency,
            first=first,
            further=further,
            every_minutes=every,
            alert_minutes=alert,
        ),
    )
    session.flush()


def set_neighbours(session: Session, place: Place, name: str, others: Iterable[str]) -> None:
    """These patches, and no others, are next to a patch. Raises AidWrong for one that the place does not have."""
    known = {patch.name.casefold(): patch.id for patch in places.patches_of(session, place.id)}
    wanted: Sequence[str] = [name, *others]
    if missing := [one for one in wanted if one.casefold() not in known]:
        raise AidWrong(f"{place.slug} has no patch {missing[0]!r}; it has {', '.join(known) or 'none'}")
    first, *rest = (known[one.casefold()] for one in wanted)
    store.set_neighbours(session, first, rest)
