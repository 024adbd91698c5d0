"""Pictures of what a check-in said: one for each language of those who were invited, drawn once, outside of the store.

The closing transaction asks for them; whoever draws (bot/delivery/charts.py) keeps them; then people are told. Only
what was released is in them.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.community.letters import NotNow, Reading
from bot.store import charts as store
from bot.store.engine import Session

AT_A_TIME = 12
SOON = timedelta(seconds=10)
"""How long a letter waits for a picture in a language that its reader changed to since the wave closed."""


def want(session: Session, round_id: int) -> None:
    """Have a closed wave's picture drawn in every language of those who were invited."""
    store.want(session, round_id, store.languages_on_roll(session, round_id))


def wanted(session: Session) -> Sequence[tuple[int, str]]:
    """The next pictures to be drawn: of which wave, in which language."""
    return store.undrawn(session, AT_A_TIME)


def keep(session: Session, round_id: int, language: str, png: bytes | None) -> None:
    """Keep a picture; None where it cannot be drawn: words alone are said then."""
    store.keep_png(session, round_id, language, store.IN_VAIN if png is None else png)


def do_without(session: Session) -> None:
    """Wait for no picture any more."""
    store.do_without(session)


def photo_for(session: Session, reading: Reading) -> bytes | str | None:
    """What goes with a letter about a wave: Telegram's id for it, the picture, or nothing. Raises NotNow."""
    round_id = reading.round_id or 0
    chart = store.chart(session, round_id, reading.language)
    if chart is None:
        store.want(session, round_id, [reading.language])
    if chart is None or chart.png is None:
        raise NotNow(SOON)
    return chart.file_id or chart.png or None


def arrived(session: Session, reading: Reading, message: dict[str, Any]) -> None:
    """Telegram has the picture now."""
    sizes = message.get("photo")
    if sizes and reading.round_id is not None:
        store.keep_file_id(session, reading.round_id, reading.language, str(sizes[-1]["file_id"]))
