"""What the use cases need from outside: a unit of work over the store, the time, and the agreement."""

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from .library import Library, Playbook
from .rules.cases import Case, Kind
from .rules.checklist import Step
from .rules.clocks import Clock, Report
from .rules.directory import Directory
from .rules.effects import Effect
from .rules.record import Entry
from .rules.rooms import Room
from .rules.statements import Statement

T = TypeVar("T")


@dataclass(frozen=True)
class Person:
    """A Slack identity; the same user id in another team is another person. `request` is what they sent, by its own
    identity, so that a second delivery of it is known."""

    team_id: str
    user_id: str
    request: str = field(default="", compare=False)


@dataclass(frozen=True)
class Board:
    """A live message: where it stands, what it last showed (sha256 of the blocks), and when."""

    case: str
    name: str
    channel: str
    ts: str
    shown: str
    shown_at: datetime
    thread_ts: str = ""
    team: str = ""
    """The workspace that the channel is in, empty for the host's."""

    @property
    def id(self) -> str:
        return f"{self.case}/{self.name}"


OPENED = "opened"


@dataclass(frozen=True)
class Home:
    """A person's App Home: the page they are on, since when, and the language they chose, empty for Slack's own.
    `officer` is empty for somebody who is not in the directory; `shown` is the sum of what was published last."""

    team_id: str
    user_id: str
    officer: str = ""
    page: int = 1
    opened_at: datetime | None = None
    language: str = ""
    shown: str = ""

    @property
    def id(self) -> str:
        return home_id(self.team_id, self.user_id)

    @property
    def case(self) -> str:
        """A Home is of no case: those that somebody looked at stand together instead."""
        return OPENED if self.opened_at else ""


def home_id(team_id: str, user_id: str) -> str:
    return f"{team_id}/{user_id}"


@dataclass(frozen=True)
class Export:
    """A sealed record that someone asked for; `sha256` and `file_id` are known once its bytes are with Slack."""

    id: str
    case: str
    by: str
    at: datetime
    file_id: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class SharedFile:
    """A file shared in a room; `sha256` is empty until its bytes are captured, `trouble` says why they are not."""

    id: str
    case: str
    name: str = ""
    size: int = 0
    sha256: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Claimed:
    """An effect in the hands of one courier. `attempt` is the fence: a later claim makes this one void.
    `uncertain` says that an earlier attempt may have reached Slack, so look before sending again."""

    id: int
    effect: Effect
    attempt: int
    uncertain: bool
    created_at: datetime


class Shelf(Protocol[T]):
    """The values of one noun."""

    async def get(self, key: str) -> T | None: ...

    async def of(self, case: str) -> list[T]:
        """All of a case, in the order in which they were first saved."""

    async def save(self, *values: T) -> None: ...

    async def due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        """(case, key) of what wants attention by `now`, the longest due first."""


class Cases(Protocol):
    async def hold_numbers(self, kind: Kind, year: int) -> None:
        """Keeps others from opening a case of this kind until the unit ends."""

    async def next_number(self, kind: Kind, year: int) -> str:
        """The next free number; without a gap, since a unit that fails gives it back."""

    async def lock(self, number: str) -> Case | None:
        """The case, kept from everyone else until the unit ends."""

    async def get(self, number: str) -> Case | None: ...

    async def save(self, case: Case) -> None: ...

    async def open_cases(self) -> list[Case]: ...

    async def latest(self, limit: int) -> list[Case]:
        """Newest first."""


class Record(Protocol):
    async def last(self, case: str) -> Entry | None: ...

    async def append(self, entry: Entry) -> None: ...

    async def of(self, case: str) -> list[Entry]: ...

    async def get(self, case: str, seq: int) -> Entry | None: ...


class Outbox(Protocol):
    async def put(
        self, effects: Iterable[Effect], *, now: datetime, not_before: datetime | None = None, team: str = ""
    ) -> None:
        """`team` is the workspace in which they are carried out; empty for any."""

    async def parked(self, case: str) -> list[tuple[Effect, str]]:
        """Effects that Slack refused for good, with Slack's word for it."""

    async def unpark(self, case: str, *, refused: Collection[str], now: datetime) -> int:
        """What Slack refused with one of these words goes again, of one key the last alone; how many."""

    async def waits(self, case: str) -> bool:
        """Whether something of this case is still to be delivered."""


class Blobs(Protocol):
    async def put(self, data: bytes) -> str:
        """Keeps the bytes under their sha256, which it returns."""

    async def get(self, sha256: str) -> bytes | None: ...


@dataclass(frozen=True)
class Around:
    """A case and what stands around it, each noun in the order in which it was first saved."""

    case: Case
    room: Room
    steps: tuple[Step, ...]
    clocks: tuple[Clock, ...]
    reports: tuple[Report, ...]
    statements: tuple[Statement, ...]
    boards: tuple[Board, ...]


class Unit(Protocol):
    """One transaction: everything of it is kept, or nothing."""

    @property
    def cases(self) -> Cases: ...
    @property
    def rooms(self) -> Shelf[Room]: ...
    @property
    def boards(self) -> Shelf[Board]: ...
    @property
    def steps(self) -> Shelf[Step]: ...
    @property
    def clocks(self) -> Shelf[Clock]: ...
    @property
    def reports(self) -> Shelf[Report]: ...
    @property
    def statements(self) -> Shelf[Statement]: ...
    @property
    def homes(self) -> Shelf[Home]: ...
    @property
    def exports(self) -> Shelf[Export]: ...
    @property
    def files(self) -> Shelf[SharedFile]: ...
    @property
    def record(self) -> Record: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def blobs(self) -> Blobs: ...

    async def around(self, case: str) -> Around | None:
        """None where there is no such room."""

    async def first_time(self, request: str, *, now: datetime) -> bool:
        """Whether this request was not carried out before; it counts as carried out with this unit."""

    async def room_of(self, channel_id: str) -> Room | None:
        """The crisis room whose channel this is, or was, or its bridge."""

    async def directory(self) -> Directory: ...

    async def save_directory(self, directory: Directory) -> None: ...

    async def playbook(self, id_: str, version: int) -> Playbook | None: ...

    async def save_playbook(self, playbook: Playbook) -> None: ...


@dataclass(frozen=True)
class Ports:
    """`unit` changes; `reading` looks at what is committed, and waits for nobody."""

    unit: Callable[[], AbstractAsyncContextManager[Unit]]
    reading: Callable[[], AbstractAsyncContextManager[Unit]]
    now: Callable[[], datetime]
    library: Library
