"""What pictures with words need: a library that shapes every script, and fonts for them (the extra `charts`)."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

LEAST = (3, 11)
"""matplotlib before it draws Arabic and Urdu backwards, in letters apart, and says nothing (facts/languages.md 4)."""
FONTS = "manimgx_fonts"
NEEDED = ("NotoSans", "NotoSansArabic", "NotoSansBengali", "NotoSansGurmukhi")


def folder() -> Path | None:
    """Where the fonts lie; None where they are not installed."""
    found = find_spec(FONTS)
    places = list(found.submodule_search_locations or ()) if found else []
    return Path(places[0]) if places else None


def lacking() -> str:
    """What is missing here before pictures can be drawn; empty where nothing is."""
    try:
        have = version("matplotlib")
    except PackageNotFoundError:
        return "matplotlib is not installed"
    if tuple(int(part) for part in have.split(".")[:2]) < LEAST:
        return f"matplotlib {have} is too old: it cannot write Arabic or Urdu"
    fonts = folder()
    missing = [name for name in NEEDED if fonts is None or not list(fonts.glob(f"{name}[[]*.ttf"))]
    return f"there are no fonts: {', '.join(missing)}" if missing else ""
