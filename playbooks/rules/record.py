"""The incident record: canonical entries in a hash chain, so that a changed, dropped or swapped entry shows."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from .directory import Directory, Officer

GENESIS = "0" * 64


@dataclass(frozen=True)
class Actor:
    """Who caused an entry, as they stood in the directory then. `id` is empty for someone who is not in it."""

    id: str = ""
    name_en: str = ""
    name_zh: str = ""
    party: str = ""
    office: str = ""
    tier: str = ""
    team_id: str = ""
    user_id: str = ""


JOINTROOM = Actor(id="jointroom", name_en="Jointroom", name_zh="Jointroom")


@dataclass(frozen=True)
class Note:
    """What is to be entered: a kind such as `step.done`, and its facts (text, whole numbers, lists, maps)."""

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    """When it happened, where that differs from when it is entered."""


@dataclass(frozen=True)
class Entry:
    """One line of the record. `at` is ISO 8601 in UTC; `cause` is what led to it, such as `command` or `tick`."""

    case: str
    seq: int
    at: str
    kind: str
    actor: Actor
    cause: str
    data: Mapping[str, Any]
    entered_after: str = ""
    """When it was entered, if that was after it happened."""
    prev: str = GENESIS
    hash: str = ""


def actor(directory: Directory, officer: Officer) -> Actor:
    return Actor(
        officer.id,
        officer.name.en,
        officer.name.zh,
        officer.party.value,
        officer.office,
        directory.tier_of(officer).value,
        officer.team_id,
        officer.user_id,
    )


def stamp(at: datetime) -> str:
    """UTC in microseconds, always of one length, so that text order is time order."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(value: Any) -> str:
    """JSON of one form only: sorted keys, no blanks, text as it is; floats are refused since they have many forms."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a record holds whole numbers and text, no floats")
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for child in children:
        _refuse_floats(child)


def as_json(entry: Entry) -> dict[str, Any]:
    plain = {key: value for key, value in vars(entry).items() if key != "actor"}
    return plain | {"actor": vars(entry.actor), "data": dict(entry.data)}


def digest(entry: Entry) -> str:
    """sha256 over the canonical entry without its own hash; `prev` is inside, so the chain is too."""
    body = as_json(entry)
    del body["hash"]
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def chain(note: Note, *, case: str, last: Entry | None, by: Actor, now: datetime, cause: str) -> Entry:
    """The next entry after `last`."""
    happened = note.at or now
    entry = Entry(
        case=case,
        seq=last.seq + 1 if last else 1,
        at=stamp(happened),
        kind=note.kind,
        actor=by,
        cause=cause,
        data=json.loads(canonical(note.data)),
        entered_after=stamp(now) if happened != now else "",
        prev=last.hash if last else GENESIS,
    )
    return replace(entry, hash=digest(entry))


def entry_from_json(raw: Mapping[str, Any]) -> Entry:
    """Raises KeyError or TypeError where a field is missing, unknown or of another type."""
    entry = Entry(**{**raw, "actor": Actor(**raw["actor"])})
    texts = (entry.case, entry.at, entry.kind, entry.cause, entry.entered_after, entry.prev, entry.hash)
    if type(entry.seq) is not int or not isinstance(entry.data, dict):
        raise TypeError("seq is a whole number, data a map")
    if not all(isinstance(text, str) for text in (*texts, *vars(entry.actor).values())):
        raise TypeError("every other field is text")
    return entry


def breaks(entries: Iterable[Entry]) -> list[str]:
    """Every place where the chain does not hold, in English for the log and the verifier; empty when whole."""
    found: list[str] = []
    expected_seq, prev = 1, GENESIS
    for entry in entries:
        if entry.seq > expected_seq:
            one = entry.seq - expected_seq == 1
            missing = f"entry {expected_seq} is" if one else f"entries {expected_seq} to {entry.seq - 1} are"
            found.append(f"{missing} missing before entry {entry.seq}")
        elif entry.seq < expected_seq:
            found.append(f"entry {entry.seq} stands where entry {expected_seq} belongs")
        elif entry.prev != prev:
            found.append(f"entry {entry.seq} does not follow the entry before it")
        if digest(entry) != entry.hash:
            found.append(f"entry {entry.seq} was changed: its content does not match its hash")
        expected_seq, prev = entry.seq + 1, entry.hash
    return found
