"""The unit of work: one transaction with a shelf for every noun."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from playbooks.library import Playbook
from playbooks.ports import Around, Unit
from playbooks.rules.directory import Directory
from playbooks.rules.rooms import Room

from . import directory
from .cases import CASES, Cases, case_from_row
from .checklist import STEPS
from .clocks import CLOCKS, REPORTS
from .database import Database
from .inbox import Inbox
from .installations import Installations
from .outbox import Outbox
from .record import EXPORTS, FILES, Blobs, Record
from .replicas import Alarms, Replicas
from .rooms import BOARDS, HOMES, ROOMS, Rooms
from .shelf import Kind, Shelf
from .statements import STATEMENTS

_AROUND: tuple[Kind[Any], ...] = (ROOMS, STEPS, CLOCKS, REPORTS, STATEMENTS, BOARDS)
# One statement for seven nouns: a case is read for all that is shown of it.
_OF_CASE = union_all(
    select(literal(len(_AROUND)).label("place"), CASES.c.id, CASES.c.doc).where(CASES.c.number == bindparam("wanted")),
    *(
        select(literal(place).label("place"), kind.table.c.id, kind.table.c.doc).where(
            kind.table.c.case == bindparam("wanted")
        )
        for place, kind in enumerate(_AROUND)
    ),
).order_by("place", "id")


class SqlUnit:
    def __init__(self, connection: AsyncConnection, kept: dict[str, Any]) -> None:
        self.connection, self._kept = connection, kept
        self.cases = Cases(connection)
        self.rooms = Rooms(connection)
        self.boards = Shelf(connection, BOARDS)
        self.homes = Shelf(connection, HOMES)
        self.steps = Shelf(connection, STEPS)
        self.clocks = Shelf(connection, CLOCKS)
        self.reports = Shelf(connection, REPORTS)
        self.statements = Shelf(connection, STATEMENTS)
        self.exports = Shelf(connection, EXPORTS)
        self.files = Shelf(connection, FILES)
        self.record = Record(connection)
        self.blobs = Blobs(connection)
        self.outbox = Outbox(connection)
        self.inbox = Inbox(connection)
        self.replicas = Replicas(connection)
        self.alarms = Alarms(connection)
        self.installations = Installations(connection)

    async def around(self, case: str) -> Around | None:
        read = (*(kind.from_row for kind in _AROUND), case_from_row)
        found: list[list[Any]] = [[] for _ in read]
        for row in await self.connection.execute(_OF_CASE, {"wanted": case}):
            found[row.place].append(read[row.place](row))
        rooms, *others, cases = found
        return Around(cases[0], rooms[0], *(tuple(one) for one in others)) if cases and rooms else None

    async def first_time(self, request: str, *, now: datetime) -> bool:
        return await self.inbox.first_time(request, now=now)

    async def room_of(self, channel_id: str) -> Room | None:
        return await self.rooms.by_channel(channel_id)

    async def directory(self) -> Directory:
        return await directory.read(self.connection, self._kept)

    async def save_directory(self, value: Directory) -> None:
        await directory.replace(self.connection, value)

    async def playbook(self, id_: str, version: int) -> Playbook | None:
        return await directory.playbook(self.connection, self._kept, id_, version)

    async def save_playbook(self, playbook: Playbook) -> None:
        await directory.keep_playbook(self.connection, playbook)


@asynccontextmanager
async def sql_unit(database: Database) -> AsyncIterator[SqlUnit]:
    async with database.transaction() as connection:
        unit = SqlUnit(connection, database.kept)
        yield unit
        await unit.record.flush()
        await unit.outbox.flush()


@asynccontextmanager
async def sql_reading(database: Database) -> AsyncIterator[SqlUnit]:
    """As `sql_unit`, to look only."""
    async with database.reading() as connection:
        yield SqlUnit(connection, database.kept)


def units(database: Database) -> Callable[[], AbstractAsyncContextManager[Unit]]:
    """What Ports.unit wants."""

    def unit() -> AbstractAsyncContextManager[Unit]:
        return sql_unit(database)

    return unit


def readings(database: Database) -> Callable[[], AbstractAsyncContextManager[Unit]]:
    """What Ports.reading wants."""

    def reading() -> AbstractAsyncContextManager[Unit]:
        return sql_reading(database)

    return reading
