"""The road of taps: a button's wish goes straight to its handler, by the prefix that its data begins with.

Taps are nearly all that comes in. Each is one of the kinds in bot/taps.py, so nothing needs to be asked router by
router; and nothing needs more of the update than who tapped, where, and the data.
"""

from collections.abc import Callable
from typing import TypeVar

from bot.refusals import NotInGroups, OldButton
from bot.replies import Reply, Toast
from bot.screens.refusals import explain
from bot.taps import Tap, unpack

Handler = Callable[..., list[Reply]]
H = TypeVar("H", bound=Handler)
_HANDLERS: dict[str, tuple[type[Tap], Handler]] = {}


def tapped(kind: type[Tap]) -> Callable[[H], H]:
    """Register the handler of a kind of tap; it names what it wants, the wish itself as `tap`."""

    def register(handler: H) -> H:
        assert kind.prefix not in _HANDLERS, f"two handlers for {kind.__name__}"
        _HANDLERS[kind.prefix] = (kind, handler)
        return handler

    return register


def way_of(data: str | None, *, private: bool) -> tuple[Handler, Tap | None]:
    """The handler of what was tapped, and the wish; forged or outdated data has a handler too."""
    if not private:
        return tapped_in_public, None
    kind, handler = _HANDLERS.get((data or "").partition(":")[0], (None, unknown_tap))
    tap = unpack(kind, data or "") if kind is not None else None
    return (unknown_tap, None) if tap is None else (handler, tap)


def tapped_in_public() -> list[Reply]:
    """Nothing is decided by a tap in a group: everybody would see it (facts/peers.md, pollmaster#61)."""
    return [Toast(explain(NotInGroups()), alert=True)]


def unknown_tap() -> list[Reply]:
    """A forged button, or one from a version long ago."""
    raise OldButton
