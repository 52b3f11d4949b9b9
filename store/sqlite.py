"""SQLite for a process that serves: durable at every commit, and a statement in one turn of the driver's thread."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple, Self

import aiosqlite

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "cache_size=-512")


async def connect(path: str, *, read_only: bool = False) -> "Connection":
    """A transaction begins where BEGIN is sent, not where the driver thinks that one is wanted."""
    connection = Connection(partial(_opened, path, read_only), iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy has it: a process that ends does not wait for it
    await connection
    return connection


def _opened(path: str, read_only: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in (*_PRAGMAS, "query_only=ON" if read_only else "query_only=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


class Given(NamedTuple):
    """What a statement gave."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    rows: Sequence[Any] = ()


class Connection(aiosqlite.Connection):
    """The driver's cursor goes to its thread and back to be made, to execute, to fetch and to close, which at a
    thousand statements a second is most of the work; this one goes once."""

    def cursor(self) -> "Cursor":  # type: ignore[override]  # as much of one as SQLAlchemy asks for
        return Cursor(self)

    async def whole(self, run: Callable[[sqlite3.Cursor], object]) -> Given:
        """Everything about one statement, in the thread."""
        given: Given = await self._execute(self._whole, run)  # type: ignore[no-untyped-call]  # the driver leaves it so
        return given

    def _whole(self, run: Callable[[sqlite3.Cursor], object]) -> Given:
        with closing(self._conn.cursor()) as cursor:
            run(cursor)
            rows = cursor.fetchall() if cursor.description else ()
            return Given(cursor.description, cursor.rowcount, cursor.lastrowid, rows)


class Cursor:
    """Holds what its last statement gave, and nothing open."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._given = Given()

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        self._given = await self._connection.whole(lambda cursor: cursor.execute(sql, parameters))

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        self._given = await self._connection.whole(lambda cursor: cursor.executemany(sql, parameters))

    async def fetchall(self) -> Sequence[Any]:
        return self._given.rows

    async def close(self) -> None:
        self._given = self._given._replace(rows=())

    @property
    def description(self) -> Any:
        return self._given.description

    @property
    def rowcount(self) -> int:
        return self._given.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._given.lastrowid
