"""The store in memory, which keeps the promises of the real one, and a clock that is set by hand."""

import asyncio
import copy
import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any, Generic, TypeVar

import bot
from playbooks.desk.directory import name_people
from playbooks.directory import load_directory
from playbooks.library import Library, Playbook, load_library
from playbooks.ports import Around, Board, Claimed, Export, Home, Person, Ports, SharedFile, Unit
from playbooks.rules import cases as case_rules
from playbooks.rules.cases import Case, Kind
from playbooks.rules.checklist import Step
from playbooks.rules.clocks import Clock, Report
from playbooks.rules.directory import Directory
from playbooks.rules.effects import Effect
from playbooks.rules.record import Entry
from playbooks.rules.rooms import Room
from playbooks.rules.statements import Statement
from store.rooms import LOST_KNOWN

T = TypeVar("T")

TEAM = "T0HARBOUR"
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""A Monday, 12:00 in Shanghai."""
MAX_TRIES = 5


class HandClock:
    """The time is what it was last set to."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **span: float) -> datetime:
        """`advance(minutes=30)`."""
        self.at += timedelta(**span)
        return self.at


class AlreadyEntered(Exception):
    """The record has an entry of this number; it is never overwritten."""


def _aware(at: datetime | None) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return at


@dataclass(frozen=True)
class Row:
    """An effect in the outbox; `state` is waiting, claimed, done or parked."""

    id: int
    effect: Effect
    not_before: datetime
    created_at: datetime
    state: str = "waiting"
    lease_until: datetime | None = None
    attempt: int = 0
    uncertain: bool = False
    error: str = ""
    team: str = ""


@dataclass(frozen=True)
class Event:
    event_id: str
    payload: dict[str, Any]
    received_at: datetime
    tries: int = 0
    handled_at: datetime | None = None

    @property
    def channel(self) -> str:
        return str((self.payload.get("event") or {}).get("channel", ""))


@dataclass
class Tables:
    rooms: dict[str, Room] = field(default_factory=dict)
    boards: dict[str, Board] = field(default_factory=dict)
    homes: dict[str, Home] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    statements: dict[str, Statement] = field(default_factory=dict)
    exports: dict[str, Export] = field(default_factory=dict)
    files: dict[str, SharedFile] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    entries: dict[tuple[str, int], Entry] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    requests: dict[str, datetime] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    playbooks: dict[tuple[str, int], Playbook] = field(default_factory=dict)
    directory: Directory = field(default_factory=Directory)

    def copied(self) -> "Tables":
        return Tables(**{name: copy.copy(value) for name, value in vars(self).items()})


class Shelf(Generic[T]):
    def __init__(
        self,
        values: dict[str, T],
        *,
        key: Callable[[T], str],
        case: Callable[[T], str],
        due: Callable[[T], datetime | None] = lambda value: None,
    ) -> None:
        self.values, self.key, self.case_of, self.due_at = values, key, case, due

    async def get(self, key: str) -> T | None:
        return self.values.get(key)

    async def of(self, case: str) -> list[T]:
        return [value for value in self.values.values() if self.case_of(value) == case]

    async def save(self, *values: T) -> None:
        for value in values:
            _aware(self.due_at(value))
            self.values[self.key(value)] = value

    async def due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        dated = [(at, value) for value in self.values.values() if (at := self.due_at(value)) and at <= now]
        dated.sort(key=lambda one: one[0])
        return [(self.case_of(value), self.key(value)) for _, value in dated[:limit]]


class Cases:
    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    async def hold_numbers(self, kind: Kind, year: int) -> None:
        """Units take turns here anyway."""

    async def next_number(self, kind: Kind, year: int) -> str:
        name = f"{kind.prefix}-{year}"
        self.tables.counters[name] = self.tables.counters.get(name, 0) + 1
        return case_rules.number(kind, year, self.tables.counters[name])

    async def lock(self, number: str) -> Case | None:
        return self.tables.cases.get(number)

    async def get(self, number: str) -> Case | None:
        return self.tables.cases.get(number)

    async def save(self, case: Case) -> None:
        _aware(case.opened_at)
        self.tables.cases[case.number] = case

    async def open_cases(self) -> list[Case]:
        return [case for case in self.tables.cases.values() if case.is_open]

    async def latest(self, limit: int) -> list[Case]:
        return list(reversed(self.tables.cases.values()))[:limit]


class Record:
    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    async def last(self, case: str) -> Entry | None:
        return next(reversed(await self.of(case)), None)

    async def append(self, entry: Entry) -> None:
        if (entry.case, entry.seq) in self.tables.entries:
            raise AlreadyEntered(entry.case, entry.seq)
        self.tables.entries[entry.case, entry.seq] = entry

    async def of(self, case: str) -> list[Entry]:
        mine = (entry for entry in self.tables.entries.values() if entry.case == case)
        return sorted(mine, key=lambda entry: entry.seq)

    async def get(self, case: str, seq: int) -> Entry | None:
        return self.tables.entries.get((case, seq))


class Outbox:
    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    async def put(
        self, effects: Iterable[Effect], *, now: datetime, not_before: datetime | None = None, team: str = ""
    ) -> None:
        _aware(now), _aware(not_before)
        for effect in effects:
            at = not_before or now
            if effect.key is None or not self._coalesced(effect, at, team):
                self._keep(Row(max(self.tables.rows, default=0) + 1, effect, at, now, team=team))

    def _coalesced(self, effect: Effect, at: datetime, team: str) -> bool:
        rows = self.tables.rows.values()
        waiting = next((row for row in rows if row.state == "waiting" and row.effect.key == effect.key), None)
        if waiting:
            not_before = waiting.not_before if waiting.attempt else min(at, waiting.not_before)
            self._keep(replace(waiting, effect=effect, not_before=not_before, team=team))
        return waiting is not None

    def _keep(self, row: Row) -> None:
        self.tables.rows[row.id] = row

    async def parked(self, case: str) -> list[tuple[Effect, str]]:
        rows = self.tables.rows.values()
        return [(row.effect, row.error) for row in rows if row.state == "parked" and row.effect.case == case]

    async def unpark(self, case: str, *, refused: Collection[str], now: datetime) -> int:
        rows = list(self.tables.rows.values())
        waiting = {row.effect.key for row in rows if row.state == "waiting"} - {None}
        parked = [row for row in rows if row.state == "parked" and row.effect.case == case and row.error in refused]
        last = {row.effect.key or row.id: row for row in parked if row.effect.key not in waiting}
        for row in parked:
            del self.tables.rows[row.id]
        for row in last.values():
            self._keep(replace(row, state="waiting", not_before=now, error="", lease_until=None))
        return len(last)

    async def waits(self, case: str) -> bool:
        rows = self.tables.rows.values()
        return any(row.state in ("waiting", "claimed") and row.effect.case == case for row in rows)

    async def claim(
        self,
        *,
        now: datetime,
        lease: timedelta,
        limit: int,
        holding: Collection[int] = (),
    ) -> list[Claimed]:
        rows, its_time = self.tables.rows.values(), datetime.now(UTC)
        free = (row for row in rows if _is_free(row, now) or (_is_expired(row, its_time) and row.id not in holding))
        ready = sorted(free, key=lambda row: (row.effect.priority, row.id))
        busy = {row.effect.lane for row in rows if _is_held(row, its_time, holding) or _is_unsettled(row, now)}
        taken: list[Claimed] = []
        for row in ready:
            if row.effect.lane in busy or len(taken) >= limit:
                continue
            busy.add(row.effect.lane)
            taken.append(self._claim(row, its_time + lease))
        return taken

    def _claim(self, row: Row, until: datetime) -> Claimed:
        uncertain = row.uncertain or row.state == "claimed"
        claimed = replace(row, state="claimed", lease_until=until, attempt=row.attempt + 1, uncertain=uncertain)
        self._keep(claimed)
        return Claimed(row.id, row.effect, claimed.attempt, uncertain, row.created_at)

    async def renew(self, claimed: Iterable[Claimed], lease: timedelta) -> None:
        for one in claimed:
            row = self.tables.rows[one.id]
            if row.state == "claimed" and row.attempt == one.attempt:
                self._keep(replace(row, lease_until=datetime.now(UTC) + lease))

    async def hand_back(self) -> None:
        for row in [row for row in self.tables.rows.values() if row.state == "claimed"]:
            self._keep(replace(row, lease_until=None))

    async def done(self, claimed: Claimed, *, now: datetime) -> bool:
        _aware(now)
        return self._settle(claimed, state="done", error="")

    async def retry(self, claimed: Claimed, *, at: datetime, error: str, uncertain: bool) -> bool:
        keep = uncertain or claimed.uncertain
        return self._settle(claimed, state="waiting", not_before=_aware(at), error=error[:200], uncertain=keep)

    async def park(self, claimed: Claimed, *, now: datetime, error: str) -> bool:
        _aware(now)
        return self._settle(claimed, state="parked", error=error[:200])

    def _settle(self, claimed: Claimed, **facts: Any) -> bool:
        row = self.tables.rows.get(claimed.id)
        if row is None or row.state != "claimed" or row.attempt != claimed.attempt:
            return False
        self._keep(replace(row, lease_until=None, **facts))
        return True

    async def busy(self, now: datetime) -> bool:
        return any(row.state == "claimed" or _is_free(row, now) for row in self.tables.rows.values())


def _is_free(row: Row, now: datetime) -> bool:
    return row.state == "waiting" and row.not_before <= now


def _is_expired(row: Row, now: datetime) -> bool:
    return row.state == "claimed" and (row.lease_until is None or row.lease_until <= now)


def _is_held(row: Row, now: datetime, holding: Collection[int]) -> bool:
    return row.state == "claimed" and (row.id in holding or not _is_expired(row, now))


def _is_unsettled(row: Row, now: datetime) -> bool:
    """Whether its last write may have arrived, and it waits to be settled."""
    return row.state == "waiting" and row.uncertain and row.not_before > now


class Inbox:
    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    async def put(self, event_id: str, payload: dict[str, Any], *, now: datetime) -> bool:
        _aware(now)
        if event_id in self.tables.events:
            return False
        self.tables.events[event_id] = Event(event_id, payload, now)
        return True

    async def waiting(self, limit: int) -> list[Event]:
        events = self.tables.events.values()
        return [one for one in events if one.handled_at is None and one.tries < MAX_TRIES][:limit]

    async def hold(self, event_id: str) -> bool:
        """Units take turns here anyway; False when it was entered already, or is not next in its channel."""
        event = self.tables.events.get(event_id)
        if event is None or event.handled_at is not None:
            return False
        earlier = takewhile(lambda one: one is not event, self.tables.events.values())
        return not any(
            one.handled_at is None and one.tries == 0 and one.channel and one.channel == event.channel
            for one in earlier
        )

    async def first_time(self, request: str, *, now: datetime) -> bool:
        is_new = request not in self.tables.requests
        self.tables.requests.setdefault(request, now)
        return is_new

    async def forget_requests(self, *, before: datetime) -> None:
        self.tables.requests = {request: at for request, at in self.tables.requests.items() if at >= before}

    async def dead(self) -> int:
        events = self.tables.events.values()
        return sum(one.handled_at is None and one.tries >= MAX_TRIES for one in events)

    async def tried(self, event_id: str) -> None:
        event = self.tables.events[event_id]
        self.tables.events[event_id] = replace(event, tries=event.tries + 1)

    async def handled(self, event_id: str, *, now: datetime) -> None:
        self.tables.events[event_id] = replace(self.tables.events[event_id], handled_at=_aware(now))


class Blobs:
    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    async def put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self.tables.blobs.setdefault(sha256, data)
        return sha256

    async def get(self, sha256: str) -> bytes | None:
        return self.tables.blobs.get(sha256)


def _stands_in(room: Room, channel_id: str) -> bool:
    bridges = (room.bridge.channel_id, *room.bridge.lost[-LOST_KNOWN:]) if room.bridge else ()
    return channel_id in (room.channel_id, room.was, *bridges)


class MemoryUnit:
    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.cases = Cases(tables)
        self.rooms = Shelf(
            tables.rooms, key=lambda one: one.case, case=lambda one: one.case, due=lambda one: one.due_at
        )
        self.boards = Shelf(tables.boards, key=lambda one: one.id, case=lambda one: one.case)
        self.homes = Shelf(tables.homes, key=lambda one: one.id, case=lambda one: one.case)
        self.steps = Shelf(tables.steps, key=lambda one: one.id, case=lambda one: one.case)
        self.clocks = Shelf(
            tables.clocks, key=lambda one: one.id, case=lambda one: one.case, due=lambda one: one.next_ping_at
        )
        self.reports = Shelf(
            tables.reports, key=lambda one: one.id, case=lambda one: one.case, due=lambda one: one.next_ping_at
        )
        self.statements = Shelf(
            tables.statements, key=lambda one: one.id, case=lambda one: one.case, due=lambda one: one.ends_at
        )
        self.exports = Shelf(tables.exports, key=lambda one: one.id, case=lambda one: one.case)
        self.files = Shelf(tables.files, key=lambda one: one.id, case=lambda one: one.case)
        self.record = Record(tables)
        self.outbox = Outbox(tables)
        self.inbox = Inbox(tables)
        self.blobs = Blobs(tables)

    async def around(self, case: str) -> Around | None:
        found, room = await self.cases.get(case), await self.rooms.get(case)
        if found is None or room is None:
            return None
        return Around(
            found,
            room,
            tuple(await self.steps.of(case)),
            tuple(await self.clocks.of(case)),
            tuple(await self.reports.of(case)),
            tuple(await self.statements.of(case)),
            tuple(await self.boards.of(case)),
        )

    async def first_time(self, request: str, *, now: datetime) -> bool:
        return await self.inbox.first_time(request, now=now)

    async def room_of(self, channel_id: str) -> Room | None:
        rooms = (room for room in self.tables.rooms.values() if not room.is_thread)
        return next((room for room in rooms if channel_id and _stands_in(room, channel_id)), None)

    async def directory(self) -> Directory:
        return self.tables.directory

    async def save_directory(self, directory: Directory) -> None:
        self.tables.directory = directory

    async def playbook(self, id_: str, version: int) -> Playbook | None:
        return self.tables.playbooks.get((id_, version))

    async def save_playbook(self, playbook: Playbook) -> None:
        self.tables.playbooks.setdefault((playbook.id, playbook.version), playbook)


class Memory:
    """Units take turns; each works on a copy, which is kept at a clean end and forgotten when anything raises."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.commits = 0
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[MemoryUnit]:
        async with self._turn:
            draft = self.tables.copied()
            yield MemoryUnit(draft)
            self.commits += draft != self.tables
            self.tables = draft

    def unit(self) -> AbstractAsyncContextManager[Unit]:
        """What Ports.unit and Ports.reading want."""
        return self.open()

    def effects(self, kind: type[Effect] = Effect, case: str = "") -> list[Effect]:
        """What was put into the outbox, in that order."""
        found = (row.effect for row in self.tables.rows.values())
        return [one for one in found if isinstance(one, kind) and case in ("", one.case)]

    def kinds(self, case: str) -> list[str]:
        """The kinds of the record's entries, in order."""
        return [entry.kind for entry in self.entries(case)]

    def entries(self, case: str, kind: str = "") -> list[Entry]:
        return [one for one in self.tables.entries.values() if one.case == case and kind in ("", one.kind)]


@cache
def library() -> Library:
    return load_library()


@cache
def demo_directory() -> Directory:
    """The demo's two companies, with everyone known in Slack."""
    loaded = load_directory(Path(bot.__file__).with_name("demo") / "directory.yml")
    by_email = {
        (TEAM, one.email): f"U0{one.id.replace('-', '').upper()}" for one in loaded.officers.values() if not one.user_id
    }
    known = {one.user_id for one in loaded.officers.values()} | set(by_email.values())
    return name_people(loaded, TEAM, by_email, {TEAM: known})


def person(officer: str) -> Person:
    """The Slack identity of an officer of the demo, such as `chen-wei`."""
    return Person(TEAM, demo_directory().officers[officer].user_id)


@dataclass(frozen=True)
class FakePorts(Ports):
    memory: Memory
    clock: HandClock


def fake_ports(now: datetime = NOON) -> FakePorts:
    """Ports over an empty store that holds the demo's directory and both playbooks."""
    memory, clock = Memory(), HandClock(now)
    memory.tables.directory = demo_directory()
    memory.tables.playbooks = {(one.id, one.version): one for one in (library().crisis, library().complaint)}
    return FakePorts(memory.unit, memory.unit, clock, library(), memory, clock)
