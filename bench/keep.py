"""bench/results.json: each benchmark keeps its own figures there and leaves the others' alone."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")


def keep(**figures: Any) -> None:
    """Put figures under their names, beside what is there."""
    there = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**there, **figures}, indent=1) + "\n")
