"""Cases and their numbers; the row of a case is what a turn at it holds."""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON, Column, Integer, Row, Select, String, Table, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from playbooks.rules import cases as rules
from playbooks.rules.cases import Case, Kind, Status

from .database import Utc, metadata
from .shelf import Upserts, replacing

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
_ONE = select(CASES.c.doc).where(CASES.c.number == bindparam("wanted"))
_LOCKED = _ONE.with_for_update()
_OPEN = select(CASES.c.doc).where(CASES.c.status == Status.OPEN.value).order_by(CASES.c.id)
_LATEST = select(CASES.c.doc).order_by(CASES.c.id.desc()).limit(bindparam("most", type_=Integer))
_SAVE = replacing(CASES, "number", keep=("id", "opened_at"))
# Both take the counter's row until the unit ends; only the second moves it on.
_HOLD = Upserts(
    COUNTERS, lambda one: one.on_conflict_do_update(index_elements=["name"], set_={"value": COUNTERS.c.value})
)
# Moves on by `value`.
COUNT = Upserts(
    COUNTERS,
    lambda one: one.on_conflict_do_update(
        index_elements=["name"], set_={"value": COUNTERS.c.value + one.excluded.value}
    ).returning(COUNTERS.c.value),
)


def case_from_row(row: Row[Any]) -> Case:
    return _CASE.validate_python(row.doc)


class Cases:
    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self._locked: dict[str, Case] = {}

    async def hold_numbers(self, kind: Kind, year: int) -> None:
        await self.connection.execute(
            _HOLD[self.connection.dialect.name], {"name": f"{kind.prefix}-{year}", "value": 0}
        )

    async def next_number(self, kind: Kind, year: int) -> str:
        counter = {"name": f"{kind.prefix}-{year}", "value": 1}
        value = (await self.connection.execute(COUNT[self.connection.dialect.name], counter)).scalar_one()
        return rules.number(kind, year, value)

    async def skip_numbers(self, kind: Kind, year: int, count: int) -> str:
        """Gives so many to nobody; the next one that will be given."""
        counter = {"name": f"{kind.prefix}-{year}", "value": count}
        value = (await self.connection.execute(COUNT[self.connection.dialect.name], counter)).scalar_one()
        return rules.number(kind, year, value + 1)

    async def lock(self, number: str) -> Case | None:
        """Asked for once: until the unit ends, nobody else changes it."""
        if number not in self._locked:
            case = await self._one(_LOCKED, number)
            if case is None:
                return None
            self._locked[number] = case
        return self._locked[number]

    async def get(self, number: str) -> Case | None:
        return await self._one(_ONE, number)

    async def _one(self, query: Select[Any], number: str) -> Case | None:
        row = (await self.connection.execute(query, {"wanted": number})).first()
        return case_from_row(row) if row else None

    async def save(self, case: Case) -> None:
        values = {
            "number": case.number,
            "status": case.status.value,
            "opened_at": case.opened_at,
            "doc": _CASE.dump_python(case, mode="json"),
        }
        await self.connection.execute(_SAVE[self.connection.dialect.name], values)
        if case.number in self._locked:
            self._locked[case.number] = case

    async def open_cases(self) -> list[Case]:
        return [case_from_row(row) for row in await self.connection.execute(_OPEN)]

    async def latest(self, limit: int) -> list[Case]:
        return [case_from_row(row) for row in await self.connection.execute(_LATEST, {"most": limit})]
