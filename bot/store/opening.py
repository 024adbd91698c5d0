"""Opening the vault for a database: never with new keys for one that was written with others."""

from pathlib import Path

from sqlalchemy import Engine

from bot.store import encrypted
from bot.store.engine import transaction
from bot.store.residents import key_names
from bot.store.vault import Keyring, KeysWrong, SecretFolder, Vault, open_vault


class KeysMissing(KeysWrong):
    """The database was written with keys, and the key file is not there: a new one would read nothing."""


class PeopleKeysMissing(KeysWrong):
    """There are residents, and every one of their own keys is missing: a lost folder rather than an erasure."""


def vault_for(engine: Engine, folder: Path, keys: str | None) -> tuple[Vault, bool]:
    """The vault of a migrated database; says whether its key file was made just now. Raises KeysMissing, KeysWrong."""
    if keys is None and not (folder / "keys").exists():
        nowhere = SecretFolder(folder / "seals")
        with transaction(engine, Vault(Keyring.fresh(), nowhere, nowhere)) as session:
            if encrypted.holds_any(session):
                raise KeysMissing
    return open_vault(folder, keys)


def check(engine: Engine, vault: Vault) -> None:
    """Refuse to run with keys that do not fit, or without the folder of people's keys. Raises KeysWrong and its kin."""
    with transaction(engine, vault) as session:
        encrypted.check_keys(session)
        needed = key_names(session)
        if needed and needed.isdisjoint(vault.people.names()):
            raise PeopleKeysMissing
