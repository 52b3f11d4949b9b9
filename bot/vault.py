"""Slack's tokens as the store keeps them: encrypted, each bound to its workspace, under keys that can be changed."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES, _NONCE_BYTES = 32, 12


class Sealed(Exception):
    """A token cannot be opened: its key is not among JOINTROOM_TOKEN_KEYS, or it was changed."""


def read_keys(text: str) -> list[bytes]:
    """Keys of 32 bytes in base64, with commas between. Raises ValueError."""
    keys = [_key(one.strip()) for one in text.split(",") if one.strip()]
    if len(set(keys)) < len(keys):
        raise ValueError("gives the same key twice")
    return keys


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("must be 32 bytes in base64: openssl rand -base64 32") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes in base64, not {len(key)}: openssl rand -base64 32")
    return key


class Vault:
    """AES-256-GCM. The first key locks; every one opens, so that a new key is put in front of the old one, and the old
    one is taken away once all tokens were locked again. Source: NIST SP 800-38D."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {_name(key): key for key in keys}

    def lock(self, team: str, token: str) -> str:
        """`KEY.NONCE.CIPHERTEXT`, the last two in base64. Without a key: Sealed."""
        if not self._keys:
            raise Sealed("JOINTROOM_TOKEN_KEYS is not set")
        name, key = next(iter(self._keys.items()))
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = _cipher(key).encrypt(nonce, token.encode(), team.encode())
        return ".".join((name, _text(nonce), _text(sealed)))

    def open(self, team: str, locked: str) -> str:
        from cryptography.exceptions import InvalidTag

        name, nonce, sealed = locked.split(".")
        if name not in self._keys:
            raise Sealed(f"the token of {team} is locked with key {name}, which is not among JOINTROOM_TOKEN_KEYS")
        try:
            opened = _cipher(self._keys[name]).decrypt(base64.b64decode(nonce), base64.b64decode(sealed), team.encode())
        except InvalidTag:
            raise Sealed(f"the token of {team} was changed in the store: install the app there again") from None
        return str(opened.decode())

    def is_current(self, locked: str) -> bool:
        """Whether the first key locked it."""
        return locked.partition(".")[0] == next(iter(self._keys), "")


def _name(key: bytes) -> str:
    """Tells keys apart, and tells nothing of them."""
    return hashlib.sha256(b"jointroom token key " + key).hexdigest()[:8]


def _cipher(key: bytes) -> "AESGCM":
    # Only here: it takes seven megabytes, and with a token in the settings nothing is locked.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
