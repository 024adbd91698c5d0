"""What every bot of the benchmark does in its own process: say when aiogram was imported, answer as Kith does."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def say(**facts: Any) -> None:
    """One line of facts for whoever started this process."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def say_started(began: float) -> None:
    """How long importing the library took, and the memory held since."""
    say(import_seconds=time.monotonic() - began, imported_at=time.monotonic(), rss=rss_of(os.getpid()))


def rss_of(pid: int) -> float:
    """The memory that a process holds, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def answers() -> dict[str, Any]:
    """What to answer to each tap: Kith's own toasts and messages."""
    return json.loads(Path(os.environ["BENCH_ANSWERS"]).read_text())


def base_url() -> str:
    """Where the Telegram of the benchmark is."""
    return os.environ["KITH_API_URL"]
