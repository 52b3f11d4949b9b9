"""The record as a person reads it: an entry a line, messages with all edits and deletions, in both languages."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from handlers.blocks import cards
from handlers.surface import Words
from playbooks.desk.views import CaseFile
from playbooks.rules.directory import Gap
from playbooks.rules.record import Entry

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_MARKED = re.compile(r"<([^<>]+)>")


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
    outlet = file.directory.offices.get(file.case.intake.outlet)
    zone = outlet.zone if outlet else "UTC"
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
        text=_said(file, text) if entry.kind.startswith("message.") else text,
        was=_said(file, str(data.get("was") or "")) if entry.kind.startswith("message.") else "",
        thread=bool(data.get("thread_ts")) and data.get("thread_ts") != data.get("ts"),
        facts=_facts(file, entry, both, zone),
        late=_local(entry.entered_after, zone) if entry.entered_after else "",
        hash=entry.hash,
    )


def _said(file: CaseFile, text: str) -> str:
    """Slack's form of a text as it was written: people and links by name, `& < >` as themselves."""
    names = {one.user_id: one.name for one in file.directory.officers.values()}

    def plain(found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        known = names.get(target[1:]) if target.startswith("@") else None
        if known:
            return f"@{known.zh} {known.en}"
        sign = target[:1] if target[:1] in "@#!" else ""
        return f"{sign}{label.removeprefix(sign)}" if label else target

    return html.unescape(_MARKED.sub(plain, text))


def _facts(file: CaseFile, entry: Entry, both: Sequence[Words], zone: str) -> list[tuple[str, str]]:
    """Every fact that is not shown as text already, named in both languages."""
    elsewhere = {"text", "summary", "result", "slack_at"} | ({"was"} if entry.kind.startswith("message.") else set())
    shown = (
        (name, _gaps(value, both) if name == "gaps" else _shown(file, value, zone))
        for name, value in entry.data.items()
        if name not in elsewhere
    )
    return [
        (" ".join(dict.fromkeys(words(f"field.{name}") for words in both)), value) for name, value in shown if value
    ]


def _gaps(gaps: Sequence[str], both: Sequence[Words]) -> str:
    """What the directory lacked, each in both languages."""
    known = [Gap(*gap.split(":", 1)) for gap in gaps]
    return "; ".join(" ".join(html.unescape(cards.gap(one, words)) for words in both) for one in known)


def _who(entry: Entry) -> str:
    names = [entry.actor.name_zh, entry.actor.name_en]
    return " ".join(dict.fromkeys(one for one in names if one)) or entry.actor.user_id or "—"


def _local(at: str, zone: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} {zone}"


def _shown(file: CaseFile, value: Any, zone: str) -> str:
    """Officers and offices by their names in both languages, times in the zone, lists and maps in one line."""
    if isinstance(value, list):
        return "; ".join(_shown(file, one, zone) for one in value)
    if isinstance(value, dict):
        return ", ".join(_shown(file, one, zone) for one in value.values() if one not in ("", None))
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return _local(value, zone)
    people = file.directory.officers
    by_user = next((one for one in people.values() if one.user_id and one.user_id == value), None)
    known = people.get(str(value)) or file.directory.offices.get(str(value)) or by_user
    if known:
        return " ".join(dict.fromkeys((known.name.zh, known.name.en)))
    return "" if value is None else str(value)
