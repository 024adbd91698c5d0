"""On SQLite one house runs at a time: a second one is told why it stops (facts/failures.md F15)."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import make_url


class AlreadyRunning(Exception):
    """Another process runs this house."""


class RunLock:
    """A file lock that the system lets go of when the process dies, however it dies."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a")

    def __enter__(self) -> Self:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            self._file.close()
            raise AlreadyRunning from held
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()


@contextmanager
def one_house(data: Path, database: str) -> Iterator[None]:
    """Nobody else at work with this data folder, nor on this SQLite file from another folder. Raises AlreadyRunning."""
    file = Path(make_url(database).database or "").absolute()
    with RunLock(data / "run.lock"), RunLock(file.with_name(file.name + ".lock")):
        yield
