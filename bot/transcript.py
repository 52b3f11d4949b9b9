"""The record as a person reads it: an entry a line, messages with all edits and deletions, in both languages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from handlers.surface import Words
from playbooks.desk.views import CaseFile
from playbooks.rules.record import Entry


@dataclass
class Line:
    """One entry for the page. `text` is what was written, `was` what stood there before."""

    seq: int
    at: str
    kind: str
    who: str
    party: str
    titles: tuple[str, str]
    text: str = ""
    was: str = ""
    thread: bool = False
    facts: list[tuple[str, str]] = field(default_factory=list)
    late: str = ""
    hash: str = ""


def lines(file: CaseFile, entries: Sequence[Entry], both: Sequence[Words]) -> list[Line]:
    """Every entry in the order of the chain, times in the outlet's zone."""
    zone = file.directory.offices[file.case.intake.outlet].zone
    return [_line(file, entry, both, zone) for entry in entries]


def _line(file: CaseFile, entry: Entry, both: Sequence[Words], zone: str) -> Line:
    data = entry.data
    text = next((str(data[name]) for name in ("text", "summary", "result") if isinstance(data.get(name), str)), "")
    return Line(
        seq=entry.seq,
        at=_local(entry.at, zone),
        kind=entry.kind,
        who=_who(entry),
        party=entry.actor.party,
        titles=(both[0](f"entry.{entry.kind}"), both[1](f"entry.{entry.kind}")),
        text=text,
        was=str(data.get("was") or "") if entry.kind.startswith("message.") else "",
        thread=bool(data.get("thread_ts")) and data.get("thread_ts") != data.get("ts"),
        facts=[(name, _shown(value)) for name, value in data.items() if name not in _ELSEWHERE and _shown(value)],
        late=_local(entry.entered_after, zone) if entry.entered_after else "",
        hash=entry.hash,
    )


_ELSEWHERE = ("text", "summary", "result", "was", "slack_at")


def _who(entry: Entry) -> str:
    names = [entry.actor.name_zh, entry.actor.name_en]
    return " ".join(dict.fromkeys(one for one in names if one)) or entry.actor.user_id or "—"


def _local(at: str, zone: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} {zone}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_shown(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(one)}" for name, one in value.items() if one not in ("", None))
    return "" if value is None else str(value)
