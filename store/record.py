"""The append-only record, the files it captured, and the exports made of it (invariant 4)."""

import hashlib
from typing import Any

from sqlalchemy import JSON, Column, Integer, LargeBinary, Row, String, Table, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from playbooks.ports import Export, SharedFile
from playbooks.rules.record import Entry, as_json, entry_from_json

from .database import metadata
from .shelf import Kind, Upserts

RECORD = Table(
    "record",
    metadata,
    Column("case", String(60), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(60), nullable=False),
    Column("doc", JSON, nullable=False),
)
BLOBS = Table(
    "blobs", metadata, Column("sha256", String(64), primary_key=True), Column("data", LargeBinary, nullable=False)
)
EXPORTS = Kind("exports", Export, key=lambda one: one.id, case=lambda one: one.case)
FILES = Kind("files", SharedFile, key=lambda one: one.id, case=lambda one: one.case)

_OF = select(RECORD.c.doc).where(RECORD.c.case == bindparam("wanted"))
_LAST, _ALL = _OF.order_by(RECORD.c.seq.desc()).limit(1), _OF.order_by(RECORD.c.seq)
_ONE = _OF.where(RECORD.c.seq == bindparam("number"))
_APPEND = RECORD.insert()
_KEEP = Upserts(BLOBS, lambda insert: insert.on_conflict_do_nothing())


def entry_from_row(row: Row[Any]) -> Entry:
    return entry_from_json(row.doc)


class Record:
    """There is no update and no delete here; the primary key refuses a second entry of one number."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self._last: dict[str, Entry] = {}
        self._appended: list[dict[str, Any]] = []

    async def last(self, case: str) -> Entry | None:
        if case not in self._last:
            row = (await self.connection.execute(_LAST, {"wanted": case})).first()
            if row is None:
                return None
            self._last[case] = entry_from_row(row)
        return self._last[case]

    async def append(self, entry: Entry) -> None:
        """Written with the others of the unit, at its end or when they are read."""
        self._last[entry.case] = entry
        self._appended.append({"case": entry.case, "seq": entry.seq, "kind": entry.kind, "doc": as_json(entry)})

    async def flush(self) -> None:
        rows, self._appended = self._appended, []
        if rows:
            await self.connection.execute(_APPEND, rows)

    async def of(self, case: str) -> list[Entry]:
        await self.flush()
        return [entry_from_row(row) for row in await self.connection.execute(_ALL, {"wanted": case})]

    async def get(self, case: str, seq: int) -> Entry | None:
        await self.flush()
        row = (await self.connection.execute(_ONE, {"wanted": case, "number": seq})).first()
        return entry_from_row(row) if row else None


class Blobs:
    """Bytes under their own sha256: the same file twice is kept once."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        await self.connection.execute(_KEEP[self.connection.dialect.name], {"sha256": sha256, "data": data})
        return sha256

    async def get(self, sha256: str) -> bytes | None:
        return (await self.connection.execute(select(BLOBS.c.data).where(BLOBS.c.sha256 == sha256))).scalar()
