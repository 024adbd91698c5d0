"""An ask in a file, for somebody without a telephone: read so that a mistake is named by its line."""

from datetime import datetime

from bot.community import aid_place
from bot.community.aid import NEED_AT_MOST, PLACE_AT_MOST, Wish
from bot.community.aid_rules import ANY_TIME, LATER, PARTS, SOON, TODAY, Need, days_ahead, need_by
from bot.community.toml_lines import TomlFile
from bot.store import places
from bot.store.engine import Session
from bot.store.tables import Place

KEYS = ("kind", "patch", "when", "part", "languages", "need", "exact_place", "weekly")
DAY_PARTS = (*PARTS[:3], ANY_TIME)


def whens(now: datetime, timezone: str) -> list[str]:
    """By when one can ask: soon, today, a day of the next six, or later (two weeks)."""
    return [SOON, TODAY, *(day.isoformat() for day in days_ahead(now, timezone)), LATER]


def wish_in(session: Session, place: Place, file: TomlFile, now: datetime) -> Wish:
    """What a file asks for, on behalf of somebody. Raises FileWrong."""
    file.only(KEYS)
    kind = next((one for one in aid_place.kinds(session, place.id) if one.key == file.text("kind")), None)
    if kind is None:
        known = ", ".join(one.key for one in aid_place.kinds(session, place.id))
        raise file.wrong("kind", f"kind must be one of {known}")
    need = _need(place, file, now)
    weekly = file.data.get("weekly", False)
    if not isinstance(weekly, bool) or (weekly and file.text("when") in {SOON, TODAY}):
        raise file.wrong("weekly", "weekly is true or false, and never true for what is needed today")
    return Wish(
        kind.key,
        _patch(session, place, file),
        need,
        _languages(place, file),
        _short(file, "need", NEED_AT_MOST),
        exact_place=_short(file, "exact_place", PLACE_AT_MOST),
        weekly=weekly,
        needs_checked=kind.needs_checked,
        for_another=True,
    )


def _need(place: Place, file: TomlFile, now: datetime) -> Need:
    when, part = file.text("when"), file.text("part", ANY_TIME)
    if when not in whens(now, place.timezone):
        raise file.wrong("when", f"when must be one of {', '.join(whens(now, place.timezone))}")
    if part not in DAY_PARTS:
        raise file.wrong("part", f"part must be one of {', '.join(DAY_PARTS)}")
    need = need_by(when, part, now, place.timezone)
    assert need is not None, "days behind us are not on offer"
    return need


def _patch(session: Session, place: Place, file: TomlFile) -> int:
    known = {patch.name.casefold(): patch for patch in places.patches_of(session, place.id)}
    found = known.get(file.text("patch").casefold())
    if found is None:
        raise file.wrong("patch", f"patch must be one of {', '.join(one.name for one in known.values()) or 'none yet'}")
    return found.id


def _languages(place: Place, file: TomlFile) -> tuple[str, ...]:
    """Those the person speaks, the first one first; the place's own where the file says nothing."""
    tags = file.texts("languages") or list(place.languages)
    if not set(tags) <= set(place.languages):
        raise file.wrong("languages", f"languages are among {', '.join(place.languages)}")
    return tuple(tags)


def _short(file: TomlFile, key: str, at_most: int) -> str:
    words = file.text(key, "").strip()
    if len(words) > at_most:
        raise file.wrong(key, f"{key} has {at_most} characters at most, this one {len(words)}")
    return words
