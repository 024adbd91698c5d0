"""The doctor's checks, in their order. Each says what it found, and how to mend it; none prints a secret."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from admin_cli.checks_inside import inside, others_places
from admin_cli.door import Store, connected, keys_for, now, one_line
from admin_cli.finding import Finding

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bot.settings import Settings

BACKUP_WITHIN = timedelta(days=7)
ENOUGH_ROOM = 200 * 1024 * 1024
"""Bytes that should be free besides twice the database: SQLite's log and a backup must fit."""


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
    yield _last_backup(settings)
    yield from _telegram(settings)
    yield _web_port(settings)
    yield _catalogues()
    yield _pictures()
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


def _last_backup(settings: "Settings") -> Finding:
    from bot.store.stamps import last_backup

    last = last_backup(settings.data)
    if last is None:
        return Finding("last backup", "look", "none has been made", "kith db backup, every day: docs/operations.md")
    if not Path(last.file).is_file():
        return Finding("last backup", "look", f"{last.file} is not there any more", "kith db backup")
    age = now() - last.made_at
    if age > BACKUP_WITHIN:
        return Finding("last backup", "look", f"it was made {age.days} days ago", "kith db backup, every day")
    proved = "proved sound" if last.verified_at else "not yet proved: kith db verify"
    return Finding("last backup", "ok", f"made {age.total_seconds() / 3600:.0f} hours ago, {proved}")


def _web_port(settings: "Settings") -> Finding:
    """What the running bot says of itself, where it may be asked."""
    from admin_cli.port_seen import see_port

    if settings.web_port is None:
        return Finding("web port", "skipped", "KITH_WEB_PORT is not set: no metrics, no health")
    wrong = see_port(settings.web_port)
    if wrong is None:
        cure = "start the bot; if it runs, see whether it has the same KITH_WEB_PORT"
        return Finding("web port", "look", f"nobody answers on port {settings.web_port}", cure)
    if wrong:
        return Finding("web port", "wrong", "; ".join(wrong), "docs/operations.md, Troubleshooting")
    return Finding("web port", "ok", f"the bot on port {settings.web_port} is ready")


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


def _pictures() -> Finding:
    from bot.fonts import lacking

    missing = lacking()
    if missing:
        cure = "pip install 'kith[charts]'; until then results of check-ins are told in words alone"
        return Finding("pictures", "look", missing, cure)
    return Finding("pictures", "ok", "they can be drawn in every script")


def _database(settings: "Settings") -> Iterator[Finding]:
    try:
        with connected(settings) as engine:
            yield _promises(engine)
            yield _room(settings, engine)
            yield _migrations(engine)
            if settings.keys is not None or (settings.data / "keys").exists():  # else: the doctor makes none
                store = Store(settings, engine, keys_for(settings, engine))
                yield from inside(store)
                if settings.bot_token is not None:
                    yield others_places(store, settings.bot_token.get_secret_value())
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


def _room(settings: "Settings", engine: "Engine") -> Finding:
    import shutil

    from bot.store.backup import file_of, is_sqlite

    folder: Path = file_of(engine).parent if is_sqlite(engine) else settings.data
    size = file_of(engine).stat().st_size if is_sqlite(engine) else 0
    free, needed = shutil.disk_usage(folder).free, 2 * size + ENOUGH_ROOM
    if free < needed:
        return Finding("disk", "wrong", f"{free >> 20} MiB are free", f"make room: {needed >> 20} MiB are needed")
    return Finding("disk", "ok", f"{free >> 20} MiB are free")
