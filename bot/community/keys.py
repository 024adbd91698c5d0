"""Turning a database from an old key to a new one: batch by batch, so that it can be cut short anywhere."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from bot.store import encrypted
from bot.store.engine import Session
from bot.store.vault import Keyring

BATCH = 500


class Stage(Enum):
    """Where a rotation stands; known from the keyring and the rows alone, so a crash needs no notes."""

    TURNING = auto()  # rows are left that an old key guards
    TURNED = auto()  # none is left, the old key is still in the ring
    DONE = auto()  # the ring has one key


@dataclass(frozen=True)
class Turned:
    """What came of a batch; `next` goes on from there, None when all is through."""

    rows: int
    keyless: int
    next: tuple[int, Any] | None


def stage(session: Session) -> Stage:
    """Where the rotation of this database stands."""
    keys = session.vault.keys
    if len(keys.keys) == 1:
        return Stage.DONE
    return Stage.TURNING if encrypted.count_old(session) else Stage.TURNED


def turn(session: Session, begun: tuple[int, Any] = (0, None), most: int = BATCH) -> Turned:
    """Turn one batch to the key in front. People whose own key is gone are left for the sweep that erases them."""
    table, after = begun
    batch = encrypted.turn_batch(session, encrypted.ENCRYPTED[table], after, most)
    if batch.after is None:
        onward = (table + 1, None) if table + 1 < len(encrypted.ENCRYPTED) else None
    else:
        onward = (table, batch.after)
    return Turned(batch.turned, batch.keyless, onward)


def old_names(keys: Keyring) -> list[str]:
    """The keys behind the one in front."""
    return [name for name in keys.keys if name != keys.current]
