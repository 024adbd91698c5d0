"""A look at Telegram with the standard library alone: whose token it is, and what time it is there."""

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

TIMEOUT = 5.0


@dataclass(frozen=True)
class Seen:
    """What Telegram answered: the bot's username, or why not; and by how many seconds our clock is ahead of its."""

    username: str | None
    reason: str = ""
    refused: bool = False
    clock_off: float | None = None


def see(api_url: str, token: str) -> Seen:
    """Ask getMe. The token is in the address: no error of the library is passed on, only its kind."""
    try:
        with urllib.request.urlopen(f"{api_url.rstrip('/')}/bot{token}/getMe", timeout=TIMEOUT) as answer:  # noqa: S310
            told = json.load(answer)
            return Seen(str(told["result"]["username"]), clock_off=_clock_off(answer.headers.get("Date")))
    except urllib.error.HTTPError as refusal:
        with refusal:
            reason, refused = f"Telegram refuses it ({refusal.code})", refusal.code in {401, 404}
            return Seen(None, reason, refused, _clock_off(refusal.headers.get("Date")))
    except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
        return Seen(None, f"Telegram cannot be reached ({type(error).__name__})")


def _clock_off(date: str | None) -> float | None:
    if date is None:
        return None
    try:
        return (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return None
