"""Keys and small secrets: what makes a stolen database name nobody.

Three things are kept outside the database and outside its backups: the keyring (the environment or a key file), a
round's seal, and a key of their own for each person and each message of a concern. Destroying a file that was never in
the database severs every copy of the database at once; deleting rows does not (facts/disclosure.md 2.3: 300 of 300
deleted marks were still in the WAL).
"""

import base64
import hmac
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECRET_BYTES = 32
_NONCE_BYTES = 12


class KeysWrong(Exception):
    """The keys given cannot be read, or are not those that this database was written with."""


class Keyring:
    """Encryption keys by name, the first being the one that writes, and the key that hides Telegram ids.

    As text: one `name:base64` a line (or comma), and `lookup:base64`.
    """

    def __init__(self, keys: dict[str, bytes], lookup: bytes) -> None:
        self.keys = keys
        self.current = next(iter(keys))
        self._lookup = lookup

    @classmethod
    def fresh(cls) -> "Keyring":
        """A new keyring with one key."""
        return cls({"k1": secrets.token_bytes(SECRET_BYTES)}, secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Read a keyring's text; raises KeysWrong."""
        try:
            pairs = dict(entry.strip().split(":", 1) for entry in text.replace(",", "\n").splitlines() if entry.strip())
            raw = {name: base64.b64decode(value, validate=True) for name, value in pairs.items()}
            lookup = raw.pop("lookup")
        except (ValueError, KeyError) as wrong:
            raise KeysWrong from wrong
        if not raw or any(len(key) != SECRET_BYTES for key in [lookup, *raw.values()]):
            raise KeysWrong
        return cls(raw, lookup)

    def text(self) -> str:
        """The keyring as text, to be kept in a key file or KITH_KEYS."""
        entries = [*self.keys.items(), ("lookup", self._lookup)]
        return "".join(f"{name}:{base64.b64encode(key).decode()}\n" for name, key in entries)

    def with_new_key(self) -> "Keyring":
        """The same keyring with a new key in front; the old ones still read."""
        numbers = [int(known[1:]) for known in self.keys if known[1:].isdecimal()]
        name = f"k{max(numbers, default=0) + 1}"
        return Keyring({name: secrets.token_bytes(SECRET_BYTES), **self.keys}, self._lookup)

    def without_old(self) -> "Keyring":
        """The same keyring with the key in front alone."""
        return Keyring({self.current: self.keys[self.current]}, self._lookup)

    def lookup(self, telegram_id: int) -> bytes:
        """What a Telegram id is found by: a keyed hash, so that the table lists no ids (facts/disclosure.md 2.2)."""
        return hmac.new(self._lookup, b"telegram:%d" % telegram_id, "sha256").digest()[:16]

    def code(self, about: str) -> str:
        """Eight letters and digits that nobody without the keys can tell for this."""
        return base64.b32encode(hmac.new(self._lookup, f"code:{about}".encode(), "sha256").digest())[:8].decode()

    def encrypt(self, where: str, plain: bytes, own: bytes = b"") -> bytes:
        """Encrypt for one place, `table:column:row`; moved elsewhere it cannot be read (facts/failures.md 3.4)."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        name = self.current.encode()
        return name + b":" + nonce + self._cipher(self.current, own).encrypt(nonce, plain, where.encode())

    def decrypt(self, where: str, blob: bytes, own: bytes = b"") -> bytes:
        """Read what `encrypt` wrote for this place; raises KeysWrong where key, place or bytes do not fit."""
        name, _, rest = blob.partition(b":")
        try:
            cipher = self._cipher(name.decode(), own)
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], where.encode())
        except (KeyError, InvalidTag, UnicodeDecodeError) as wrong:
            raise KeysWrong from wrong

    def _cipher(self, name: str, own: bytes) -> AESGCM:
        key = self.keys[name]
        return AESGCM(hmac.new(key, own, "sha256").digest() if own else key)


class SecretFolder:
    """Small secrets, one file each (mode 600): seals of rounds, keys of people."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._root = folder, str(folder)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def make(self, name: str) -> bytes:
        """A new secret, on disk before this returns: written before the row that needs it is committed."""
        secret = secrets.token_bytes(SECRET_BYTES)
        path = self._path(name)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(handle, secret)
            os.fsync(handle)
        finally:
            os.close(handle)
        return secret

    def read(self, name: str) -> bytes | None:
        """The secret, or None where it was destroyed or lost. Never cached: another process may destroy it."""
        try:
            handle = os.open(self._where(name), os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            return os.read(handle, SECRET_BYTES)
        finally:
            os.close(handle)

    def destroy(self, name: str) -> None:
        """Overwrite, then remove; twice is once. (SSDs may keep old blocks: docs say so, facts/disclosure.md 2.3.)."""
        path = self._path(name)
        try:
            with path.open("r+b") as file:
                file.write(bytes(SECRET_BYTES))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return

    def names(self, older_than: float = 0.0) -> list[str]:
        """The names of the secrets kept here, those made within the last so many seconds left out."""
        latest = time.time() - older_than
        return [
            path.name
            for path in self.folder.rglob("*")
            if path.is_file() and (not older_than or path.stat().st_mtime <= latest)
        ]

    def _path(self, name: str) -> Path:
        return Path(self._where(name))

    def _where(self, name: str) -> str:
        # Read for each letter: putting a Path together takes longer than reading the file.
        return f"{self._root}/{name[:2]}/{name}" if len(name) == SECRET_BYTES else f"{self._root}/{name}"


@dataclass(frozen=True)
class Vault:
    """All that is kept outside the database: the keyring, the seals of rounds, the keys of people."""

    keys: Keyring
    seals: SecretFolder
    people: SecretFolder


def open_vault(folder: Path, keys: str | None) -> tuple[Vault, bool]:
    """Open the vault under a data folder; without given keys a key file is made. Says whether it was made just now."""
    path = folder / "keys"
    made = keys is None and not path.exists()
    if made:
        folder.mkdir(parents=True, exist_ok=True)
        write_keys(path, Keyring.fresh())
    keyring = Keyring.parse(keys if keys is not None else path.read_text())
    return Vault(keyring, SecretFolder(folder / "seals"), SecretFolder(folder / "people")), made


def write_keys(path: Path, keyring: Keyring) -> None:
    """Write a key file in one step, readable by its owner only, and on disk before any row is written with it."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(keyring.text())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
