"""One way to reach the database, SQLite or PostgreSQL, and the types that both understand alike."""

import asyncio
import fcntl
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import BigInteger, Dialect, MetaData, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from . import sqlite

metadata = MetaData()
CLOSE_WITHIN_S = 5
GOODBYE_S = 2
READERS = 2
# To PostgreSQL; each keeps its prepared statements.
CONNECTIONS = 6
REACHED_WITHIN_S = 5
# A server that was cut off says nothing more, and TCP waits for it for a quarter of an hour.
ANSWERED_WITHIN_S = 20
# So long a server keeps the locks of a client that was cut off, or lost its power, while all others wait; whoever of
# the same client waits for them gives up sooner, and does not take them after it. In milliseconds, but keepalives in
# seconds. Source: PostgreSQL's documentation of its client and connection defaults.
SERVER_LIMITS = {
    "lock_timeout": 10_000,
    "idle_in_transaction_session_timeout": 15_000,
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "transaction_timeout": 30_000,  # from version 17
}
Unreachable = (DBAPIError, NoConnectionFree)
"""What a database raises that does not answer, as errors to catch."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# SQLite's codes for a file that is locked, full, read-only or out of reach. Source: its list of result codes.
_SQLITE_AWAY = {5, 6, 7, 8, 10, 13, 14}
# PostgreSQL's classes for connections, resources, operators and the system, and codes of what another try mends.
# Source: its appendix on error codes.
_POSTGRES_AWAY = ("08", "53", "57", "58", "25006", "25P03", "25P04", "40001", "40P01", "55P03")


def is_away(error: Exception) -> bool:
    """Whether it is the database that failed at this moment, and not what was asked of it."""
    if not isinstance(error, DBAPIError):
        # The second is asyncpg's for a connection on which the server has just said that it ends.
        return isinstance(error, NoConnectionFree) or type(error).__name__ == "InternalClientError"
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_AWAY
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return state.startswith(_POSTGRES_AWAY) or error.connection_invalidated or isinstance(error, OperationalError)


def is_held(error: Exception) -> bool:
    """Whether somebody else held what it needs for too long, and the database answers otherwise."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == "55P03"


class Utc(TypeDecorator[datetime]):
    """A moment as whole microseconds since 1970 in UTC; a time without a zone is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        delta = value - _EPOCH
        return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return (
            None
            if value is None
            else datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)
        )


class InUse(Exception):
    """Another process serves this database."""


class database_now(FunctionElement[int]):  # read as a function in statements
    """The database's own time, in microseconds since 1970: the same for every replica."""

    type = BigInteger()
    inherit_cache = True


@compiles(database_now, "sqlite")
def _sqlite_now(element: Any, compiler: Any, **options: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


@compiles(database_now, "postgresql")
def _postgresql_now(element: Any, compiler: Any, **options: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"


class Database:
    """Transactions on one database. On SQLite they queue inside the process instead of spinning on its lock."""

    def __init__(self, url: str) -> None:
        """Raises sqlalchemy's ArgumentError for an address that it cannot read."""
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _engine(url)
        self._readers = _readers(url, self.engine)
        self.kept: dict[str, Any] = {}
        """What was read before and cannot have changed, by a key that names its version."""
        self._turn = asyncio.Lock()
        self._alone: TextIO | None = None
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Committed at the end, rolled back when anything raises."""
        with self._counted():
            async with self._turn if self.is_sqlite else _answered(), self.engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """What is committed, without waiting for whoever writes; nothing can be changed in it on SQLite."""
        with self._counted():
            async with nullcontext() if self.is_sqlite else _answered(), self._readers.begin() as connection:
                yield connection

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._open += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()

    def serve_alone(self) -> None:
        """Until `close`. Raises InUse where another process serves this SQLite file; PostgreSQL takes many."""
        if self.is_sqlite:
            file = Path(self.engine.url.database or "").resolve()
            self._alone = open(f"{file}.lock", "w")  # noqa: SIM115  # open for as long as it is held
            try:
                fcntl.flock(self._alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InUse(f"Another process serves {self.engine.url.database}; replicas need PostgreSQL.") from None

    def is_there(self) -> bool:
        """Whether there is a SQLite file; only asking shows whether PostgreSQL has one of that name."""
        return not self.is_sqlite or Path(self.engine.url.database or "").exists()

    def make_file(self) -> None:
        """A SQLite file that is not there yet is its owner's alone, and so are those beside it: it holds what customers
        said. That it cannot be made is for SQLite to say."""
        if not self.is_there():
            with suppress(OSError):
                Path(self.engine.url.database or "").touch(mode=0o600)

    async def close(self) -> None:
        """Lets transactions end first: a connection taken from under one never closes. Nor does one to a server that
        says nothing more, which is left behind."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), CLOSE_WITHIN_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await self.engine.dispose()
                await self._readers.dispose()
        if self._alone:
            self._alone.close()


_waiting: ContextVar[asyncio.Timeout | None] = ContextVar("_waiting", default=None)


@asynccontextmanager
async def _answered() -> AsyncIterator[None]:
    """Ends what PostgreSQL does not answer, and its connections; raises as where none can be had."""
    try:
        async with asyncio.timeout(ANSWERED_WITHIN_S) as limit:
            before = _waiting.set(limit)
            try:
                yield
            finally:
                _waiting.reset(before)
    except TimeoutError as error:
        if limit.expired():
            raise NoConnectionFree(f"no answer within {ANSWERED_WITHIN_S} s") from error
        raise


def _answer_came(*_: Any) -> None:
    limit = _waiting.get()
    if limit:
        limit.reschedule(asyncio.get_running_loop().time() + ANSWERED_WITHIN_S)


def _end_all(context: ExceptionContext) -> None:
    """Where one connection is dead, so may the others be that stand in the pool."""
    if context.is_disconnect:
        context.invalidate_pool_on_disconnect = True


def _engine(url: str) -> AsyncEngine:
    if url.startswith("sqlite"):
        return _sqlite_engine(url, 1, "BEGIN IMMEDIATE", read_only=False)
    # The connection that was used last has its statements prepared.
    options = {"connect_args": {"timeout": REACHED_WITHIN_S}, "pool_timeout": 2 * REACHED_WITHIN_S}
    engine = _pooled(url, CONNECTIONS, pool_use_lifo=True, **options)
    event.listen(engine.sync_engine, "do_connect", _reach)
    event.listen(engine.sync_engine, "connect", _set_limits)
    event.listen(engine.sync_engine, "checkout", _require_alive)
    event.listen(engine.sync_engine, "handle_error", _without_values)
    event.listen(engine.sync_engine, "handle_error", _end_all)
    event.listen(engine.sync_engine, "after_cursor_execute", _answer_came)
    return engine


def _reach(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
    """A server that is not there is an error of the database, as every other."""
    try:
        return dialect.connect(*arguments, **options)
    except OSError as error:
        raise dialect.dbapi.OperationalError(type(error).__name__, error) from error


def _set_limits(connection: Any, _record: Any) -> None:
    """Those that the server knows. Not as it connects: connection poolers refuse what they do not know."""
    wanted = ", ".join(f"('{name}', '{value}')" for name, value in SERVER_LIMITS.items())
    cursor = connection.cursor()
    cursor.execute(
        f"SELECT set_config(pg_settings.name, value, false) FROM (VALUES {wanted}) AS wanted (name, value)"  # noqa: S608
        " JOIN pg_settings USING (name)"
    )
    cursor.close()
    connection.commit()


def _require_alive(connection: Any, _record: Any, _proxy: Any) -> None:
    """The driver hears at once when the server closes a connection; the pool then takes another."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _readers(url: str, writers: AsyncEngine) -> AsyncEngine:
    """SQLite has connections of their own, which see what was committed while another writes. On PostgreSQL a
    transaction sees at each statement what is committed by then, so that to begin and end one adds nothing."""
    if url.startswith("sqlite"):
        return _sqlite_engine(url, READERS, "BEGIN", read_only=True)
    return writers.execution_options(isolation_level="AUTOCOMMIT")


def _without_values(context: ExceptionContext) -> None:
    """The driver quotes the value that it cannot send, which may be a customer's (invariant 8)."""
    origin = context.original_exception
    if "query argument" in str(origin):
        for error in (context.sqlalchemy_exception, origin, origin.__cause__):
            if error is not None:
                error.args = ("a value that the database cannot take",)


def _sqlite_engine(url: str, connections: int, begin: str, *, read_only: bool) -> AsyncEngine:
    path = make_url(url).database or ""
    engine = _pooled(url, connections, async_creator=partial(sqlite.connect, path, read_only=read_only))
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _pooled(url: str, connections: int, **options: Any) -> AsyncEngine:
    """Parameters stay out of errors, since they hold customer data (invariant 8)."""
    return create_async_engine(
        url, json_serializer=_dumps, hide_parameters=True, pool_size=connections, max_overflow=0, **options
    )


def _dumps(value: Any) -> str:
    """Without halves of characters, which JSON can name and no database can store."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "ignore").decode("utf-8")


__all__ = ["Database", "InUse", "Unreachable", "Utc", "database_now", "is_away", "is_held", "metadata"]
