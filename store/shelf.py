"""A table of values: columns for what is looked up, and the value itself as a document."""

from collections.abc import Callable, Collection
from datetime import datetime
from importlib import import_module
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import JSON, Column, Integer, Row, String, Table, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from .database import Utc, metadata

T = TypeVar("T")


class Upserts(dict[str, Any]):
    """By dialect, what `build` makes of an insert that can say ON CONFLICT, which SQLAlchemy has only by dialect.
    Such statements are built once, since building one costs more than running it, and take rows as parameters."""

    def __init__(self, table: Table, build: Callable[[Any], Any]) -> None:
        super().__init__()
        self._table, self._build = table, build

    def __missing__(self, dialect: str) -> Any:
        """Only the dialect in use is loaded: the other's megabytes would be for nothing."""
        module = import_module(f"sqlalchemy.dialects.{dialect}")
        statement = self[dialect] = self._build(module.insert(self._table))
        return statement


def replacing(table: Table, key: str, *, keep: Collection[str] = ("id",)) -> Upserts:
    """Inserts rows; one whose key stands already is changed in place, but for the columns to `keep`."""
    names = [one.name for one in table.columns if one.name not in (key, *keep)]

    def build(insert: Any) -> Any:
        return insert.on_conflict_do_update(index_elements=[key], set_={one: insert.excluded[one] for one in names})

    return Upserts(table, build)


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
        columns = self.table.c
        self.by_key = select(columns.doc).where(columns.key == bindparam("wanted"))
        self.by_case = select(columns.doc).where(columns.case == bindparam("wanted")).order_by(columns.id)
        self.by_due = (
            select(columns.case, columns.key)
            .where(columns.due_at <= bindparam("now", type_=Utc))
            .order_by(columns.due_at)
            .limit(bindparam("most", type_=Integer))
        )
        self.saving = replacing(self.table, "key")

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

    async def get(self, key: str) -> T | None:
        row = (await self.connection.execute(self.kind.by_key, {"wanted": key})).first()
        return self.kind.from_row(row) if row else None

    async def of(self, case: str) -> list[T]:
        rows = await self.connection.execute(self.kind.by_case, {"wanted": case})
        return [self.kind.from_row(row) for row in rows]

    async def save(self, *values: T) -> None:
        if values:
            rows = [self.kind.columns(value) for value in values]
            await self.connection.execute(self.kind.saving[self.connection.dialect.name], rows)

    async def due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        rows = await self.connection.execute(self.kind.by_due, {"now": now, "most": limit})
        return [(row.case, row.key) for row in rows]
