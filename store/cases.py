"""Cases and their numbers; the row of a case is what a turn at it holds."""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON, Column, Integer, Row, Select, String, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from playbooks.rules import cases as rules
from playbooks.rules.cases import Case, Kind, Status

from .database import Utc, metadata
from .shelf import upsert

CASES = Table(
    "cases",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("status", String(20), nullable=False, index=True),
    Column("opened_at", Utc, nullable=False, index=True),
    Column("doc", JSON, nullable=False),
)
COUNTERS = Table(
    "counters", metadata, Column("name", String(40), primary_key=True), Column("value", Integer, nullable=False)
)
_CASE = TypeAdapter(Case)


def case_from_row(row: Row[Any]) -> Case:
    return _CASE.validate_python(row.doc)


class Cases:
    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def hold_numbers(self, kind: Kind, year: int) -> None:
        insert = upsert(self.connection, COUNTERS).values(name=f"{kind.prefix}-{year}", value=0)
        held = insert.on_conflict_do_update(index_elements=["name"], set_={"value": COUNTERS.c.value})
        await self.connection.execute(held)

    async def next_number(self, kind: Kind, year: int) -> str:
        insert = upsert(self.connection, COUNTERS).values(name=f"{kind.prefix}-{year}", value=1)
        counted = insert.on_conflict_do_update(index_elements=["name"], set_={"value": COUNTERS.c.value + 1})
        value = (await self.connection.execute(counted.returning(COUNTERS.c.value))).scalar_one()
        return rules.number(kind, year, value)

    async def lock(self, number: str) -> Case | None:
        return await self._one(select(CASES.c.doc).where(CASES.c.number == number).with_for_update())

    async def get(self, number: str) -> Case | None:
        return await self._one(select(CASES.c.doc).where(CASES.c.number == number))

    async def _one(self, query: Select[Any]) -> Case | None:
        row = (await self.connection.execute(query)).first()
        return case_from_row(row) if row else None

    async def save(self, case: Case) -> None:
        values = {
            "number": case.number,
            "status": case.status.value,
            "opened_at": case.opened_at,
            "doc": _CASE.dump_python(case, mode="json"),
        }
        insert = upsert(self.connection, CASES).values(**values)
        changed = {"status": values["status"], "doc": values["doc"]}
        await self.connection.execute(insert.on_conflict_do_update(index_elements=["number"], set_=changed))

    async def open_cases(self) -> list[Case]:
        return await self._all(select(CASES.c.doc).where(CASES.c.status == Status.OPEN.value).order_by(CASES.c.id))

    async def latest(self, limit: int) -> list[Case]:
        return await self._all(select(CASES.c.doc).order_by(CASES.c.id.desc()).limit(limit))

    async def _all(self, query: Select[Any]) -> list[Case]:
        return [case_from_row(row) for row in await self.connection.execute(query)]
