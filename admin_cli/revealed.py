"""Looking at names or words that people told is written down: a line in `revealed.log`, with numbers of rows alone."""

import getpass
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import typer

from admin_cli.door import Store


def write_down(store: Store, what: str, place: str, rows: Iterable[int]) -> None:
    """Add a line before anything is shown; where it cannot be written nothing is shown either. Raises OSError."""
    import structlog

    path = store.settings.data / "revealed.log"
    with _appending(path) as file:
        log = structlog.wrap_logger(
            structlog.PrintLogger(file),
            processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.JSONRenderer()],
        )
        log.warning("revealed", what=what, place=place, rows=sorted(rows), by=_login())
    typer.echo(f"Written down in {path}: what was revealed, when, and to which login.", err=True)


def _appending(path: Path) -> TextIO:
    return os.fdopen(os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600), "a", encoding="utf-8")


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())
