"""What one of the doctor's checks found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What a check found: ok, look (not wrong, but somebody should), wrong, or skipped; and how to mend it."""

    check: str
    state: Literal["ok", "look", "wrong", "skipped"]
    said: str
    cure: str = ""
