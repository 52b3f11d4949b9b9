"""A table of values: columns for what is looked up, and the value itself as a document."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import JSON, Column, Integer, Row, String, Table, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from .database import Utc, metadata

T = TypeVar("T")


def upsert(connection: AsyncConnection, table: Table) -> Any:
    """`INSERT … ON CONFLICT`, which SQLAlchemy has only by dialect."""
    return (sqlite_insert if connection.dialect.name == "sqlite" else pg_insert)(table)


class Kind(Generic[T]):
    """How values of one noun are kept: their key, their case, when they want attention, further columns."""

    def __init__(
        self,
        name: str,
        type_: type[T],
        *,
        key: Callable[[T], str],
        case: Callable[[T], str],
        due: Callable[[T], datetime | None] = lambda value: None,
        extra: dict[str, Callable[[T], Any]] | None = None,
    ) -> None:
        self.adapter = TypeAdapter(type_)
        self.key, self.case, self.due = key, case, due
        self.extra = extra or {}
        self.table = Table(
            name,
            metadata,
            Column("id", Integer, primary_key=True, autoincrement=True),
            Column("key", String(200), nullable=False, unique=True),
            Column("case", String(60), nullable=False, index=True),
            Column("due_at", Utc, index=True),
            *(Column(column, String(60), index=True) for column in self.extra),
            Column("doc", JSON, nullable=False),
        )

    def from_row(self, row: Row[Any]) -> T:
        return self.adapter.validate_python(row.doc)

    def columns(self, value: T) -> dict[str, Any]:
        return {
            "key": self.key(value),
            "case": self.case(value),
            "due_at": self.due(value),
            "doc": self.adapter.dump_python(value, mode="json"),
            **{column: read(value) for column, read in self.extra.items()},
        }


class Shelf(Generic[T]):
    """The values of one noun inside one transaction."""

    def __init__(self, connection: AsyncConnection, kind: Kind[T]) -> None:
        self.connection = connection
        self.kind = kind
        self.table = kind.table

    async def get(self, key: str) -> T | None:
        found = await self.connection.execute(select(self.table.c.doc).where(self.table.c.key == key))
        row = found.first()
        return self.kind.from_row(row) if row else None

    async def of(self, case: str) -> list[T]:
        query = select(self.table.c.doc).where(self.table.c.case == case).order_by(self.table.c.id)
        return [self.kind.from_row(row) for row in await self.connection.execute(query)]

    async def save(self, value: T) -> None:
        values = self.kind.columns(value)
        insert = upsert(self.connection, self.table).values(**values)
        changed = {column: insert.excluded[column] for column in values if column != "key"}
        await self.connection.execute(insert.on_conflict_do_update(index_elements=["key"], set_=changed))

    async def due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        columns = self.table.c
        query = select(columns.case, columns.key).where(columns.due_at <= now).order_by(columns.due_at).limit(limit)
        return [(row.case, row.key) for row in await self.connection.execute(query)]
