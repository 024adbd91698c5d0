"""On SQLite one house runs at a time: a second one is told why it stops (facts/failures.md F15)."""

import fcntl
from pathlib import Path
from typing import Self


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
