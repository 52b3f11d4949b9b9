"""What became of all that was meant: read from the database, held against what Slack shows and what people did."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import select

from playbooks.rules.effects import PingRoom, TellRoom
from playbooks.rules.record import Entry, breaks
from playbooks.rules.rooms import Room
from sandbox.world import Channel
from store.outbox import DONE, OUTBOX, PARKED, effect_from_row
from store.unit import sql_unit

from .inside import may_wait
from .stage import Stage


@dataclass
class Outcome:
    """Of one play or of several. `late_s` has how long each effect took from its decision to its delivery; `lost` and
    `doubled` name what they count."""

    played: int = 0
    rooms: int = 0
    meant: int = 0
    delivered: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    chain_ok: bool = True
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        self.played += other.played
        self.rooms += other.rooms
        self.meant += other.meant
        self.delivered += other.delivered
        self.lost += other.lost
        self.doubled += other.doubled
        self.late_s += other.late_s
        self.chain_ok = self.chain_ok and other.chain_ok
        self.notes += other.notes

    @property
    def is_good(self) -> bool:
        """Nothing went wrong, of something that was done."""
        return not self.lost and not self.doubled and self.chain_ok and bool(self.played and self.meant)


async def audit(stage: Stage, *, expected_parked: Iterable[str] = ()) -> Outcome:
    """`expected_parked` are kinds of effects that were meant to fail."""
    found = Outcome(played=1)
    async with stage.database.transaction() as connection:
        rows = (await connection.execute(select(OUTBOX))).all()
    standing = Counter(_effect_ids(stage))
    for row in rows:
        effect = effect_from_row(row)
        if may_wait(effect) and row.state != DONE:
            continue
        found.meant += 1
        found.delivered += row.state == DONE
        name = f"{row.kind} {row.id} of {row.case}"
        if row.state == DONE and not may_wait(effect):
            found.late_s.append(stage.clocks.seconds_between(row.created_at, row.done_at))
        if row.state == DONE:
            if isinstance(effect, TellRoom | PingRoom) and not standing[row.id]:
                found.lost.append(f"{name} stands nowhere")
        elif not (row.state == PARKED and row.kind in expected_parked):
            found.lost.append(f"{name} is {row.state}: {row.error}")
    found.doubled += [f"effect {one} stands {times} times" for one, times in standing.items() if times > 1]
    await _audit_cases(stage, found)
    return found


def _effect_ids(stage: Stage) -> Iterator[int]:
    """One for each message. That of a channel which parted stands in both halves, at the same time; and what may have
    been told on a bridge that was taken away, where nobody of us can look any more, is told on the next."""
    open_ = {one for channel in _channels(stage, archived=False) for one in _effects_in(channel)}
    told = {effect for _, effect in open_}
    closed = {one for channel in _channels(stage, archived=True) for one in _effects_in(channel) if one[1] not in told}
    yield from (effect for _, effect in open_ | closed)


def _channels(stage: Stage, *, archived: bool) -> list[Channel]:
    return [one for one in stage.slack.world.channels.values() if one.archived is archived]


def _effects_in(channel: Channel) -> Iterator[tuple[str, int]]:
    """Time and effect of each message that we wrote there."""
    for message in channel.messages.values():
        metadata = message.get("metadata") or {}
        if metadata.get("event_type") == "jointroom_effect":
            yield str(message["ts"]), int(metadata["event_payload"]["id"])


async def _audit_cases(stage: Stage, found: Outcome) -> None:
    async with sql_unit(stage.database) as unit:
        cases = await unit.cases.latest(1000)
        rooms = {case.number: await unit.rooms.get(case.number) for case in cases}
        records = {case.number: await unit.record.of(case.number) for case in cases}
        boards = {case.number: await unit.boards.of(case.number) for case in cases}
    for number, room in rooms.items():
        if room is None or room.is_thread:
            continue
        found.rooms += 1
        _audit_room(stage, room, found)
        problems = breaks(records[number])
        found.chain_ok = found.chain_ok and not problems
        found.notes += problems
        shown = {board.name for board in boards[number]}
        found.lost += [f"{name} of {number}" for name in ("card", "clocks") if name not in shown]
    entries = [entry for record in records.values() for entry in record]
    _audit_entries(entries, found)
    _audit_asked(stage, [case.number for case in cases], entries, found)


def _audit_room(stage: Stage, room: Room, found: Outcome) -> None:
    channels = [one for one in stage.slack.world.channels.values() if (one.name, one.team.id) == (room.name, room.team)]
    if len(channels) != 1:
        (found.lost if not channels else found.doubled).append(f"{len(channels)} channels for {room.case}")
        return
    (channel,) = channels
    here = [seat for seat in room.seats if seat.party not in room.parted]
    found.lost += [f"{seat.officer} not in {room.case}" for seat in here if not seat.invited]
    pins, bookmarks = channel.pins, channel.bookmarks
    found.doubled += [f"{len(bookmarks)} bookmarks in {room.case}"] if len(bookmarks) > 1 else []
    found.lost += [f"no pin in {room.case}"] if not pins else []
    found.lost += [f"no bookmark in {room.case}"] if not bookmarks else []


def _audit_entries(entries: list[Entry], found: Outcome) -> None:
    """A message, a reminder and an answer are entered once each."""
    once = Counter(
        (entry.case, entry.kind, str(entry.data.get("ts") or entry.data.get("officer") or _mark(entry)))
        for entry in entries
        if entry.kind in ("message.posted", "room.answered", "clock.reminded", "clock.overdue", "room.created")
    )
    found.doubled += [f"{kind} {what} of {case}" for (case, kind, what), times in once.items() if times > 1]


def _mark(entry: Entry) -> str:
    return f"{entry.data.get('clock', '')} {entry.data.get('mark', '')}"


def _audit_asked(stage: Stage, numbers: list[str], entries: list[Entry], found: Outcome) -> None:
    """All that a person was told is done, was; nothing more often than it was asked for."""
    asked = stage.asked
    found.lost += [f"{number} was announced" for number in asked.opened if number not in numbers]
    logged = Counter(f"log {entry.data['text']}" for entry in entries if entry.kind == "log")
    for name, tried in asked.tried.items():
        if not name.startswith("log "):
            continue
        if logged[name] < (1 if asked.told[name] else 0):
            found.lost.append(name)
        if logged[name] > tried:
            found.doubled.append(name)
    posted = [entry for entry in entries if entry.kind == "message.posted"]
    heard = {str(entry.data.get("text")) for entry in posted}
    found.lost += [f"message {words!r}" for words in asked.posted if words not in heard]
    # By its own time: whoever was not answered says it again, which is another message.
    times = Counter((entry.case, str(entry.data["ts"]), str(entry.data.get("text"))) for entry in posted)
    found.doubled += [f"message {text!r} of {case}" for (case, _, text), n in times.items() if n > 1]


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
