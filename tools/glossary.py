"""The house's words (DESIGN 11): other words for the same thing are found, so that code and docs stay one language."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
INSTEAD = {
    # a word that must not be used: the word of the glossary
    r"neighborhood": "neighbourhood",
    r"\bneighbor\b": "neighbour",
    r"\bzone_id\b|\bdistrict\b": "patch",
    r"\bballot_key\b|\bpseudonym\b": "mark",
    r"\boutbox\b": "letter",
    r"\btranslation_row\b": "wording",
    r"\bcronjob\b": "tick",
}
SPARED = {"tools/glossary.py", "LICENSE"}


def main() -> int:
    """Name each line that uses another word; fails where there is one."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    files = [name for name in listed.stdout.splitlines() if name.endswith((".py", ".md", ".js", ".toml"))]
    found = [line for name in files if name not in SPARED for line in _wrong(name)]
    print("\n".join(found) or f"{len(files)} files speak the house's language")  # noqa: T201
    return 1 if found else 0


def _wrong(name: str) -> list[str]:
    path = ROOT / name
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [
        f"{name}:{number}: say {better!r}"
        for number, line in enumerate(lines, 1)
        for word, better in INSTEAD.items()
        if re.search(word, line, re.IGNORECASE)
    ]


if __name__ == "__main__":
    sys.exit(main())
