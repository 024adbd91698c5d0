"""The doctor's checks, in their order. Each says what it found, and how to mend it; none prints a secret."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from admin_cli.door import Store, connected, keys_for, one_line

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bot.settings import Settings

ENOUGH_ROOM = 200 * 1024 * 1024
"""Bytes that should be free besides twice the database: SQLite's log and a backup must fit."""


@dataclass(frozen=True)
class Finding:
    """What a check found: ok, look (not wrong, but somebody should), wrong, or skipped; and how to mend it."""

    check: str
    state: Literal["ok", "look", "wrong", "skipped"]
    said: str
    cure: str = ""


def findings() -> Iterator[Finding]:
    """Every check. What cannot be reached without an earlier thing ends with it."""
    from pydantic import ValidationError

    from bot.settings import Settings, wrong_setting

    try:
        settings = Settings()
    except ValidationError as wrong:
        yield Finding("settings", "wrong", wrong_setting(wrong), "set it as the README says, then run this again")
        return
    yield _settings(settings)
    yield _key_file(settings)
    yield _backups(settings)
    yield from _telegram(settings)
    yield _catalogues()
    yield from _database(settings)


def _settings(settings: "Settings") -> Finding:
    known = {f"KITH_{name.upper()}" for name in type(settings).model_fields}
    strange = [name for name in os.environ if name.startswith("KITH_") and name not in known and "_TEST_" not in name]
    if strange:
        return Finding(
            "settings", "look", f"{', '.join(strange)} means nothing", "look for a slip of the pen in its name"
        )
    return Finding("settings", "ok", "all can be read")


def _key_file(settings: "Settings") -> Finding:
    path = settings.data / "keys"
    if settings.keys is not None:
        return Finding("key file", "ok", "keys come from KITH_KEYS")
    if not path.exists():
        cure = "put it back, or run 'kith db upgrade' on a fresh install, which makes it"
        return Finding("key file", "wrong", f"{path} is missing", cure)
    if path.stat().st_mode & 0o077:
        return Finding("key file", "wrong", f"{path} can be read by others", f"chmod 600 {path}")
    return Finding("key file", "ok", f"{path}, readable by its owner only")


def _backups(settings: "Settings") -> Finding:
    folder = settings.data / "backups"
    secret = {"keys", "keys.new", "seals", "people"}
    inside = [str(path) for path in folder.rglob("*") if path.name in secret] if folder.exists() else []
    if inside:
        cure = "move it out: a backup and its keys in one place protect nobody"
        return Finding("backups", "wrong", f"{', '.join(inside)} lies among the backups", cure)
    open_ones = [path for path in folder.glob("*") if path.is_file() and path.stat().st_mode & 0o077]
    if open_ones:
        return Finding("backups", "look", f"{open_ones[0]} can be read by others", f"chmod 600 {folder}/*")
    return Finding("backups", "ok", "no key lies among them")


def _telegram(settings: "Settings") -> Iterator[Finding]:
    """The token by getMe, and our clock by the answer's date; the house's own client is not needed for that."""
    from admin_cli.telegram_seen import see

    if settings.bot_token is None:
        yield Finding("token", "skipped", "KITH_BOT_TOKEN is not set: the sandbox runs")
        yield Finding("clock", "skipped", "without a token Telegram is not asked")
        return
    seen = see(settings.api_url, settings.bot_token.get_secret_value())
    if seen.username:
        yield Finding("token", "ok", f"it is @{seen.username}'s")
    else:
        cure = "ask @BotFather for the token and set KITH_BOT_TOKEN" if seen.refused else "check this machine's network"
        yield Finding("token", "wrong", seen.reason, cure)
    off = seen.clock_off
    if off is None:
        yield Finding("clock", "skipped", "Telegram did not say what time it is")
    elif abs(off) > 5:  # noqa: PLR2004 - facts/failures.md 5
        yield Finding(
            "clock", "wrong", f"{abs(off):.0f} seconds off", "let the machine keep time: timedatectl set-ntp true"
        )
    else:
        yield Finding("clock", "ok", "within 5 seconds of Telegram's")


def _catalogues() -> Finding:
    from admin_cli.catalogues_seen import missing_words

    missing = missing_words()
    if missing:
        told = ", ".join(f"{tag} lacks {count}" for tag, count in missing.items())
        return Finding("languages", "wrong", told, "install Kith anew; in a checkout: make messages, then translate")
    return Finding("languages", "ok", "every catalogue is complete")


def _database(settings: "Settings") -> Iterator[Finding]:
    try:
        with connected(settings) as engine:
            yield _promises(engine)
            yield _room(settings, engine)
            yield _migrations(engine)
            if settings.keys is not None or (settings.data / "keys").exists():  # else: the doctor makes none
                yield from _inside(Store(settings, engine, keys_for(settings, engine)))
    except Exception as error:
        said = one_line(error)
        if said is None:
            raise
        yield Finding("database", "wrong", said, "do what it says, then run this again")


def _promises(engine: "Engine") -> Finding:
    from bot.store.health import broken_promises

    broken = broken_promises(engine)
    if broken:
        told = ", ".join(f"{name} is {value}" for name, value in broken.items())
        return Finding("database", "wrong", told, "keep the data folder on a local disk, not on a network share")
    return Finding("database", "ok", f"it answers ({engine.dialect.name})")


def _migrations(engine: "Engine") -> Finding:
    from bot.store.schema import check

    check(engine)
    return Finding("schema", "ok", "it is this program's")


def _inside(store: Store) -> Iterator[Finding]:
    for check in (_keys_fit, _people, _seals, _bot_known, _set_aside, _letters):
        yield check(store)


def _keys_fit(store: Store) -> Finding:
    from bot.community.keys import Stage, stage
    from bot.store.encrypted import check_keys
    from bot.store.vault import KeysWrong

    try:
        with store.transaction() as session:
            check_keys(session)
            at = stage(session)
    except KeysWrong:
        return Finding("keys", "wrong", "they do not fit this database", "set KITH_KEYS or put the right key file back")
    if at is Stage.TURNING:
        return Finding("keys", "look", "a rotation was cut short", "stop the bot and run 'kith keys rotate' again")
    if at is Stage.TURNED:
        return Finding("keys", "look", "an old key is not needed any more", "kith keys rotate --drop-old")
    return Finding("keys", "ok", "they fit the newest rows")


def _people(store: Store) -> Finding:
    from bot.store.residents import key_names

    with store.transaction() as session:
        needed = key_names(session)
    missing = len(needed - set(store.vault.people.names()))
    if missing:
        cure = f"put {store.vault.people.folder} back before the bot starts: it erases people whose key is gone"
        return Finding("people's keys", "wrong", "some residents have no key of their own", cure)
    return Finding("people's keys", "ok", "all are there")


def _seals(store: Store) -> Finding:
    from bot.store.rounds import open_rounds

    with store.transaction() as session:
        lost = [round_.id for round_ in open_rounds(session) if store.vault.seals.read(str(round_.id)) is None]
    if lost:
        cure = f"put {store.vault.seals.folder} back now; else the bot closes them as they stand"
        return Finding("seals", "wrong", f"open without a seal: {', '.join(map(str, lost))}", cure)
    return Finding("seals", "ok", "every open round has its own")


def _bot_known(store: Store) -> Finding:
    from bot.store.places import bot_username

    with store.transaction() as session:
        name = bot_username(session)
    if name is None:
        return Finding("bot", "look", "its name is not known yet, so there are no links", "start the bot once")
    return Finding("bot", "ok", f"@{name} has spoken from here")


def _set_aside(store: Store) -> Finding:
    from bot.store.inbox import count_set_aside

    with store.transaction() as session:
        count = count_set_aside(session)
    if count:
        return Finding(
            "updates", "look", f"{count} were set aside after three tries", "the log tells the error: report it"
        )
    return Finding("updates", "ok", "none was set aside")


def _letters(store: Store) -> Finding:
    from bot.store.letters import counts

    with store.transaction() as session:
        known = counts(session)
    worries = [f"{known[state]} {state}" for state in ("unknown", "dead") if known.get(state)]
    if worries:
        cure = "the log tells why; 'unknown' ones may have arrived, so they are not sent again"
        return Finding("letters", "look", ", ".join(worries), cure)
    return Finding("letters", "ok", f"{known.get('queued', 0)} wait, none is lost")


def _room(settings: "Settings", engine: "Engine") -> Finding:
    import shutil

    from bot.store.backup import file_of, is_sqlite

    folder: Path = file_of(engine).parent if is_sqlite(engine) else settings.data
    size = file_of(engine).stat().st_size if is_sqlite(engine) else 0
    free, needed = shutil.disk_usage(folder).free, 2 * size + ENOUGH_ROOM
    if free < needed:
        return Finding("disk", "wrong", f"{free >> 20} MiB are free", f"make room: {needed >> 20} MiB are needed")
    return Finding("disk", "ok", f"{free >> 20} MiB are free")
