"""Calendar quarters (2026-Q4) of a place: which one a moment is in, and when it begins and ends there. Pure."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def quarter_of(moment: datetime, timezone: str) -> str:
    """The quarter that a moment is in, by the place's own calendar; quarters sort by their names."""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{local.year:04}-Q{(local.month + 2) // 3}"


def first_day(quarter: str) -> date:
    """A quarter's first day."""
    year, number = quarter.split("-Q")
    return date(int(year), 3 * int(number) - 2, 1)


def following(quarter: str) -> str:
    """The quarter after."""
    year, number = quarter.split("-Q")
    return f"{int(year) + 1:04}-Q1" if number == "4" else f"{year}-Q{int(number) + 1}"


def bounds(quarter: str, timezone: str) -> tuple[datetime, datetime]:
    """When a quarter begins at a place, and when it is over: its midnights, in UTC."""
    days = first_day(quarter), first_day(following(quarter))
    begins, ends = (datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC) for day in days)
    return begins, ends
