"""The key that seals records: made at first start, kept in a file that only its owner can read.

A file is checked to its last byte at every start without the library that signs: that takes seven megabytes, and is
loaded when something is sealed.
"""

import base64
import binascii
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_BEGIN, _END = b"-----BEGIN PRIVATE KEY-----", b"-----END PRIVATE KEY-----"
# What stands before the 32 bytes of a key in its PKCS #8 form. Source: RFC 8410, section 7.
_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
_SEED_BYTES = 32


class BadKey(Exception):
    """The key file holds something else."""


def require(path: Path) -> None:
    """Makes the key where there is none. Raises BadKey."""
    if not path.exists():
        _make(path)
    _seed(path)


def load(path: Path) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    require(path)
    return Ed25519PrivateKey.from_private_bytes(_seed(path))


def _seed(path: Path) -> bytes:
    """Any 32 bytes are a private key of Ed25519. Source: RFC 8032, section 5.1.5."""
    text = path.read_bytes().strip()
    if not text.startswith(_BEGIN) or not text.endswith(_END):
        raise BadKey(f"{path} is not an unencrypted PEM private key.")
    try:
        der = base64.b64decode(b"".join(text[len(_BEGIN) : -len(_END)].split()), validate=True)
    except binascii.Error as error:
        raise BadKey(f"{path} is not an unencrypted PEM private key.") from error
    if not der.startswith(_ED25519) or len(der) != len(_ED25519) + _SEED_BYTES:
        raise BadKey(f"{path} is not an Ed25519 key.")
    return der[len(_ED25519) :]


def _make(path: Path) -> None:
    """Never over an existing file, even when two processes start at once."""
    der = base64.b64encode(_ED25519 + secrets.token_bytes(_SEED_BYTES))
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(_BEGIN + b"\n" + der + b"\n" + _END + b"\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def public_bytes(key: "Ed25519PrivateKey") -> bytes:
    """The 32 raw bytes of the public half."""
    return key.public_key().public_bytes_raw()
