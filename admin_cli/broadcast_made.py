"""How `kith broadcast` makes messages: from a file, or from a phrase template and its blanks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from admin_cli.door import Stop, now, place_named

if TYPE_CHECKING:
    from bot.community.broadcast_file import BroadcastFile
    from bot.community.broadcasts import Plan
    from bot.store.engine import Session
    from bot.store.tables import Broadcast

Blame = Callable[[], AbstractContextManager[None]]
"""Within it, a mistake that the rules find is named by its line in the file."""


def made_from_file(session: "Session", path: Path) -> "Broadcast":
    """Draft the message in a file. Raises FileWrong."""
    from bot.community import broadcasts
    from bot.community.broadcast_file import read_broadcast_file
    from bot.store import places

    asked = read_broadcast_file(path)
    place = places.place_named(session, asked.place)
    if place is None:
        raise asked.no_such_place()
    plan = asked.plan(session, place)
    with _blaming(asked):
        return broadcasts.draft(session, place, plan, now())


def made_from_template(session: "Session", template: str, place: str, blanks: Sequence[str]) -> "Broadcast":
    """Draft a template's message to everyone."""
    from bot.community import broadcasts
    from bot.community.broadcasts import Plan
    from bot.community.templates import TEMPLATES

    if template not in TEMPLATES:
        raise Stop(f"there is no template {template!r}: use one of {', '.join(TEMPLATES)}")
    plan = Plan(TEMPLATES[template].kind, template=template, blanks=_by_name(blanks))
    with _blaming(None):
        return broadcasts.draft(session, place_named(session, place), plan, now())


def plan_again(
    session: "Session", broadcast: "Broadcast", path: Path | None, blanks: Sequence[str]
) -> "tuple[Plan, Blame]":
    """What a message shall be after its correction, and who is to blame for a mistake in it."""
    from bot.community.broadcast_file import read_broadcast_file
    from bot.community.broadcasts import Plan
    from bot.store import places

    if path is None:
        if broadcast.template is None:
            raise Stop(f"message {broadcast.id} was not made from a template: correct it with --file")
        changed = {**broadcast.blanks, **_by_name(blanks)}
        return Plan(broadcast.kind, template=broadcast.template, blanks=changed), lambda: _blaming(None)
    asked = read_broadcast_file(path)
    place = places.place_by_id(session, broadcast.place_id)
    if asked.place != place.slug:
        raise asked.file.wrong("place", f"message {broadcast.id} is of {place.slug}, not of {asked.place}")
    plan = asked.plan(session, place)
    if plan.kind != broadcast.kind:
        raise asked.file.wrong("kind", f"kind must stay {broadcast.kind}: it has been sent so")
    return plan, lambda: _blaming(asked)


@contextmanager
def _blaming(asked: "BroadcastFile | None") -> Iterator[None]:
    from bot.refusals import BroadcastInvalid

    try:
        yield
    except BroadcastInvalid as invalid:
        if asked is not None:
            raise asked.blame(invalid) from None
        raise Stop(f"--blank {invalid.field.removeprefix('blanks.')} must be {invalid.reason}") from None


def _by_name(blanks: Sequence[str]) -> dict[str, str]:
    for blank in blanks:
        if "=" not in blank:
            raise Stop(f"{blank!r}: write --blank NAME=VALUE, such as --blank date=2026-12-01")
    return {name.strip(): value for name, _equals, value in (blank.partition("=") for blank in blanks)}
