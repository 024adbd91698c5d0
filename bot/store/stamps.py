"""A word about the last backup, kept beside the database: for the doctor and for /metrics."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

NAME = "last-backup.json"


@dataclass(frozen=True)
class Stamp:
    """When the last backup was made, where it went, and when one like it was last proved sound."""

    made_at: datetime
    file: str
    verified_at: datetime | None = None


def last_backup(data: Path) -> Stamp | None:
    """The last backup of this install; None before the first, and where the word cannot be read."""
    try:
        told = json.loads((data / NAME).read_text(encoding="utf-8"))
        verified = told["verified_at"]
        return Stamp(
            datetime.fromisoformat(told["made_at"]),
            told["file"],
            datetime.fromisoformat(verified) if verified else None,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def stamp_backup(data: Path, file: Path, now: datetime) -> None:
    """A backup was made."""
    _write(data, Stamp(now, str(file)))


def stamp_verified(data: Path, file: Path, now: datetime) -> None:
    """A backup was proved sound; told of the last one only."""
    last = last_backup(data)
    if last is not None and Path(last.file).resolve() == file.resolve():
        _write(data, replace(last, verified_at=now))


def _write(data: Path, stamp: Stamp) -> None:
    draft = data / f"{NAME}.new"
    draft.write_text(json.dumps(asdict(stamp), default=datetime.isoformat) + "\n", encoding="utf-8")
    draft.replace(data / NAME)
