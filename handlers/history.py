"""What a room's history has and the record lacks: messages, edits, deletions, files, and who came and went (H9, L3)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from playbooks.desk import record as record_desk
from playbooks.desk import rooms as rooms_desk
from playbooks.desk.turn import Turn, on
from playbooks.ports import Claimed, Person
from playbooks.rules.effects import CatchUp
from playbooks.rules.record import Entry

from . import reading
from .posting import effect_of, nothing
from .surface import Settle, Surface

Message = Mapping[str, Any]
# Kinds of messages in which somebody says something; others tell of joins and the like.
SAID = (None, "file_share", "thread_broadcast", "bot_message")
CAME = {"group_join": "member.joined", "channel_join": "member.joined",
        "group_leave": "member.left", "channel_leave": "member.left"}  # fmt: skip


@dataclass(frozen=True)
class Missed:
    """One thing that the record lacks; `message` is Slack's, None where it is gone."""

    kind: str
    ts: str
    message: Message | None = None
    was: str = ""
    file: str = ""


def time_of(ts: str) -> datetime:
    seconds, _, micros = ts.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int((micros + "000000")[:6]))


def entered_on(entries: Sequence[Entry], bridge: str) -> list[Entry]:
    """What the record has of this bridge, or where that is empty of the room's own channel."""
    return [entry for entry in entries if str(entry.data.get("bridged") or "") == bridge]


def missed(
    history: Sequence[Message], entries: Sequence[Entry], files: set[str], *, until: datetime, us: frozenset[str]
) -> list[Missed]:
    """Everything up to `until` that the history tells of and the record does not, in order. Our own messages are edited
    in place as the case goes on, which the record has as decisions; `us` are our Slack ids."""
    texts = _texts(entries)
    stands = {str(one["ts"]): one for one in history if one.get("subtype") != "tombstone"}
    said = {ts: one for ts, one in stands.items() if one.get("subtype") in SAID and time_of(ts) <= until}
    found = [
        *(Missed("message.posted", ts, one) for ts, one in said.items() if ts not in texts),
        *(_edits(said, texts, us, until)),
        *(
            Missed("message.deleted", ts, was=text)
            for ts, text in texts.items()
            if text is not None and ts not in stands
        ),
        *(
            Missed("file.shared", ts, one, file=file)
            for ts, one in said.items()
            for file in _files(one)
            if file not in files and one.get("user") not in us
        ),
    ]
    return sorted(found, key=lambda one: one.ts)


def _texts(entries: Sequence[Entry]) -> dict[str, str | None]:
    """What each message said last as the record has it, None for one that was deleted."""
    texts: dict[str, str | None] = {}
    for entry in entries:
        if entry.kind in ("message.posted", "message.edited"):
            texts[str(entry.data["ts"])] = str(entry.data["text"])
        elif entry.kind == "message.deleted":
            texts[str(entry.data["ts"])] = None
    return texts


def _edits(
    said: Mapping[str, Message], texts: Mapping[str, str | None], us: frozenset[str], until: datetime
) -> Iterator[Missed]:
    for ts, one in said.items():
        known = texts.get(ts)
        if known is None or one.get("user") in us or reading.text(one.get("text")) == known:
            continue
        if time_of(_edited_at(one)) <= until:
            yield Missed("message.edited", ts, one, was=known)


def _edited_at(message: Message) -> str:
    return str((message.get("edited") or {}).get("ts") or message["ts"])


def _files(message: Message) -> list[str]:
    return [str(one["id"]) for one in message.get("files") or [] if one.get("mode") != "tombstone"]


def came_and_went(
    history: Sequence[Message], entries: Sequence[Entry], *, until: datetime, us: frozenset[str]
) -> list[Missed]:
    """Joins and leaves of which the history has more than the record, in order; the last ones are those missed."""
    found: list[Missed] = []
    entered = Counter((entry.kind, str(entry.data.get("user"))) for entry in entries)
    for one in sorted(history, key=lambda message: str(message["ts"])):
        kind, user = CAME.get(str(one.get("subtype")), ""), str(one.get("user"))
        if not kind or user in us or time_of(str(one["ts"])) > until:
            continue
        entered[kind, user] -= 1
        if entered[kind, user] < 0:
            found.append(Missed(kind, str(one["ts"]), one))
    return found


async def catch_up(surface: Surface, claimed: Claimed) -> Settle:
    """Reads the history of the room or its bridge; what the record lacks is entered with the time at which it
    happened."""
    effect: CatchUp = effect_of(claimed, CatchUp)
    room = (await surface.file(effect.case)).room
    team, channel = room.place(bridged=effect.bridged)
    if not channel:
        return nothing  # one that is made anew has no history
    history = await surface.slack_in(team).history(channel)
    bridge = channel if effect.bridged else ""
    team = team or surface.workspaces.host.team_id
    return partial(_enter, number=effect.case, history=history, bridge=bridge, us=await surface.us(), team=team)


async def _enter(
    turn: Turn, *, number: str, history: Sequence[Message], bridge: str, us: frozenset[str], team: str
) -> None:
    """Compared with the record as it is now, since an event may have come meanwhile."""
    until = turn.now - record_desk.PROMPT
    entries = entered_on(await turn.unit.record.of(number), bridge)
    files = {one.id.rsplit("/", 1)[-1] for one in await turn.unit.files.of(number)}
    found = missed(history, entries, files, until=until, us=us)
    found += came_and_went(history, entries, until=until, us=us)
    lately = missed(history, entries, files, until=turn.now, us=us)
    lately += came_and_went(history, entries, until=turn.now, us=us)
    if any(one not in found and (one.message or {}).get("user") not in us for one in lately):
        # Slack may still tell of it; whoever was out of the channel then hears nothing of that, and looks again.
        await turn.put(CatchUp(number, bridged=bool(bridge)), not_before=turn.now + record_desk.PROMPT)
    for one in sorted(found, key=lambda one: one.ts):
        said = one.message or {}
        author = str(said.get("user") or said.get("bot_id") or "")
        person = None if author in us else Person(str(said.get("user_team") or said.get("team") or team), author)
        await _enter_one(turn, number, one, person, bridge)


async def _enter_one(turn: Turn, number: str, one: Missed, person: Person | None, bridge: str) -> None:
    at = time_of(_edited_at(one.message) if one.message and one.kind == "message.edited" else one.ts)
    if one.kind == "message.deleted":
        at = turn.now  # nobody tells when it was
    if one.file:
        await record_desk.enter_file(turn.by(person), number, one.file, at=at, bridge=bridge)
    elif one.kind in CAME.values() and person:
        enter = rooms_desk.came if one.kind == "member.joined" else rooms_desk.went
        await enter(turn.by(person), number, person, at=at, bridge=bridge)
    else:
        await record_desk.enter_missed(turn.by(person), number, one.kind, at=at, **_data(one), **on(bridge))


def _data(one: Missed) -> dict[str, Any]:
    message = one.message or {}
    if one.kind == "message.deleted":
        return {"ts": one.ts, "author": "", "was": one.was}
    if one.kind == "message.edited":
        return {"ts": one.ts, "text": reading.text(message.get("text")), "was": one.was}
    return {
        "ts": one.ts,
        "thread_ts": str(message.get("thread_ts") or ""),
        "user": str(message.get("user") or ""),
        "bot": str(message.get("bot_id") or ""),
        "text": reading.text(message.get("text")),
        "files": _files(message),
    }
