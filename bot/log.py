"""Log lines: ids of rows, counts and names of errors; never words, names or Telegram ids (facts/failures.md 3.3)."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

# structlog draws tracebacks with rich where it finds it, words of people included; no trace is ever shown here, and
# without it there are 4 MB less to hold.
_RICH = sys.modules.get("rich")
if _RICH is None:
    sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402

if _RICH is None:
    del sys.modules["rich"]

ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "update",
        "kind",
        "fate",
        "error",
        "where",
        "job",
        "count",
        "letter",
        "round",
        "place",
        "state",
        "port",
        "url",
        "path",
        "bot",
        "seconds",
        "advice",
    }
)
"""Whatever else somebody puts into a line is dropped: an allow-list leaks nothing by forgetfulness."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("kith")


def set_up(style: str) -> None:
    """Log to standard error, as JSON or for people; other libraries' lines only from warnings on, and without text."""
    renderer: Any = structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[_Hushed()], level=logging.WARNING, force=True)


def error_at(error: BaseException) -> dict[str, str]:
    """An error's class and the line it came from: its text may hold what people wrote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "?"
    return {"error": type(error).__name__, "where": where}


def _only_allowed(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key in ALLOWED}


class _Hushed(logging.Handler):
    """Other libraries' warnings: who warned and of what class, not what they said."""

    def emit(self, record: logging.LogRecord) -> None:
        details = error_at(record.exc_info[1]) if record.exc_info and record.exc_info[1] else {}
        log.warning("library", kind=record.name, **details)
