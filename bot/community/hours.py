"""Decent hours: nothing unasked comes between a place's quiet hours."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.store.tables import Place


def decent(place: Place, moment: datetime) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into; right across midnight and clock changes."""
    zone = ZoneInfo(place.timezone)
    local = moment.astimezone(zone)
    start, end = time.fromisoformat(place.quiet_from), time.fromisoformat(place.quiet_to)
    clock = local.time()
    quiet = start <= clock or clock < end if start > end else start <= clock < end
    if not quiet:
        return moment
    day = local.date() + timedelta(days=1 if start > end and clock >= start else 0)
    return datetime.combine(day, end, zone).astimezone(moment.tzinfo)
