"""The sealed archive: its layout, its manifest of hashes, its signature, and a verifier that needs nothing else.

The zip has one form only (stored, fixed dates, sorted names), so a byte changed anywhere shows, even between files.
"""

import hashlib
import io
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .record import Entry, as_json, breaks, canonical, digest, entry_from_json

MANIFEST, SIGNATURE, RECORD = "MANIFEST.json", "SIGNATURE", "record.jsonl"
FORMAT = "jointroom-record/1"
# What a damaged zip, and damaged JSON in it, can raise.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ValueError,
    EOFError,
    RuntimeError,
    OSError,
)
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Verdict:
    """`problems` is empty when the archive is valid; `facts` is its manifest as far as it could be read."""

    problems: list[str]
    facts: Mapping[str, Any]

    @property
    def valid(self) -> bool:
        return not self.problems


def record_lines(entries: list[Entry]) -> bytes:
    """One canonical entry a line."""
    return "".join(canonical(as_json(entry)) + "\n" for entry in entries).encode()


def seal(
    files: Mapping[str, bytes], *, facts: Mapping[str, Any], public_key: bytes, sign: Callable[[bytes], bytes]
) -> bytes:
    """The archive of `files`; `facts` (case, time, who asked) go into the manifest. `public_key` is 32 raw bytes."""
    manifest = {
        **facts,
        "format": FORMAT,
        "public_key": public_key.hex(),
        "files": {name: {"sha256": _sha256(data), "size": len(data)} for name, data in sorted(files.items())},
    }
    text = _manifest_bytes(manifest)
    return _zip({**files, MANIFEST: text, SIGNATURE: f"{sign(text).hex()}\n".encode()})


def _manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    return (json.dumps(manifest, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name])
    return buffer.getvalue()


def verify(data: bytes, *, public_key: str = "") -> Verdict:
    """Says exactly what was changed, added or is missing. `public_key` (hex) pins whose seal it must be."""
    try:
        files, problems = _unzip(data)
    except UNREADABLE as error:
        return Verdict([f"the archive cannot be read: {error}"], {})
    if MANIFEST not in files:
        return Verdict([*problems, f"{MANIFEST} is missing"], {})
    try:
        manifest = json.loads(files[MANIFEST])
        listed = dict(manifest["files"])
    except MALFORMED as error:
        return Verdict([*problems, f"{MANIFEST} was changed: it cannot be read ({error})"], {})
    problems += _signature_problems(files, manifest, public_key)
    problems += _file_problems(files, listed)
    problems += _record_problems(files, manifest)
    if not problems and _zip(files) != data:
        problems.append("the archive was changed between its files: the container is not as it was sealed")
    return Verdict(problems, manifest)


def _unzip(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    files: dict[str, bytes] = {}
    problems: list[str] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            if info.filename in files:
                problems.append(f"{info.filename} stands twice in the archive")
            try:
                files[info.filename] = archive.read(info)
            except UNREADABLE as error:
                files[info.filename] = b""
                problems.append(f"{info.filename} was changed: {error}")
    return files, problems


def _signature_problems(files: Mapping[str, bytes], manifest: Mapping[str, Any], pinned: str) -> list[str]:
    if SIGNATURE not in files:
        return [f"{SIGNATURE} is missing"]
    key = str(manifest.get("public_key", ""))
    expected = pinned.strip().casefold() in ("", key)
    problems = [] if expected else [f"sealed with another key ({key[:16]}…) than expected"]
    try:
        text = files[SIGNATURE].decode()
        signature = bytes.fromhex(text.strip())
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, files[MANIFEST])
    except (ValueError, InvalidSignature):
        return [*problems, f"{MANIFEST} or {SIGNATURE} was changed: the signature does not match"]
    return problems if text == f"{signature.hex()}\n" else [*problems, f"{SIGNATURE} was changed in its form"]


def _file_problems(files: Mapping[str, bytes], listed: Mapping[str, Any]) -> list[str]:
    present = set(files) - {MANIFEST, SIGNATURE}
    missing = [f"{name} is missing" for name in sorted(set(listed) - present)]
    added = [f"{name} was added: the manifest does not list it" for name in sorted(present - set(listed))]
    changed = [
        f"{name} was changed: its sha256 is not the one in the manifest"
        for name in sorted(present & set(listed))
        if not isinstance(listed[name], dict) or _sha256(files[name]) != listed[name].get("sha256")
    ]
    return [*missing, *added, *changed]


def _record_problems(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> list[str]:
    if RECORD not in files:
        return []
    entries: list[Entry] = []
    lines = files[RECORD].decode(errors="replace").split("\n")
    for number, line in enumerate(lines[:-1] if lines[-1] == "" else lines, start=1):
        try:
            entry = entry_from_json(json.loads(line))
            digest(entry)
        except MALFORMED:
            return [f"{RECORD}: line {number} was changed: it is not a record entry"]
        entries.append(entry)
    problems = [f"{RECORD}: {problem}" for problem in breaks(entries)]
    if len(entries) != manifest.get("entries"):
        problems.append(f"{RECORD}: has {len(entries)} entries, the manifest says {manifest.get('entries')}")
    head = entries[-1].hash if entries else ""
    if head != manifest.get("head"):
        problems.append(f"{RECORD}: its last entry is not the one in the manifest")
    return problems
