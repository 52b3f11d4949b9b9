"""What is the database's fault, and may be tried again, and what is the statement's."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database, Unreachable, is_away
from tests.faults.cutter import Cutter
from tests.postgres import Server


async def raised(database: Database, *statements: str) -> DBAPIError:
    with pytest.raises(DBAPIError) as caught:
        async with database.transaction() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    await database.close()
    return caught.value


@pytest.mark.parametrize(
    "statements, away",
    [
        (("SET TRANSACTION READ ONLY", "CREATE TABLE one (id int)"), True),
        (("SELECT pg_terminate_backend(pg_backend_pid())",), True),
        (("SET LOCAL statement_timeout = 1", "SELECT pg_sleep(1)"), True),
        (("SELECT * FROM nothing_here",), False),
        (("SELECT 1 / 0",), False),
    ],
)
async def test_postgresql_tells_by_code(postgres: Server, statements: tuple[str, ...], away: bool) -> None:
    assert is_away(await raised(Database(postgres.address), *statements)) is away


@pytest.mark.parametrize(
    "statements, away",
    [
        (("PRAGMA query_only = ON", "CREATE TABLE one (id int)"), True),
        (("PRAGMA max_page_count = 1", "CREATE TABLE one (id int)"), True),
        (("SELECT * FROM nothing_here",), False),
    ],
)
async def test_sqlite_tells_by_code(tmp_path: Path, statements: tuple[str, ...], away: bool) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'any.sqlite'}")

    assert is_away(await raised(database, *statements)) is away


@dataclass
class Wire:
    """A database behind a wire that can fall silent."""

    database: Database
    silence: Callable[[], None]


@pytest.fixture
async def wire(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wire]:
    monkeypatch.setattr("store.database.ANSWERED_WITHIN_S", 0.2)
    limits = {"idle_in_transaction_session_timeout": "500", "lock_timeout": "300"}
    monkeypatch.setattr("store.database.SERVER_LIMITS", limits)
    cutter = Cutter(postgres.folder, tmp_path, 0, random.Random(0))  # noqa: S311  # chance, not a secret
    await cutter.start()
    database = Database(postgres.address.replace(str(postgres.folder), str(tmp_path)))
    async with asyncio.timeout(20):
        yield Wire(database, cutter.silence)
        await database.close()
    await cutter.stop()


async def one_from(unit: Callable[[], AbstractAsyncContextManager[AsyncConnection]]) -> None:
    async with unit() as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1


async def test_a_server_that_says_nothing_more_is_left_for_a_new_connection(wire: Wire) -> None:
    for unit in (wire.database.transaction, wire.database.reading):
        await one_from(unit)
        wire.silence()
        with pytest.raises(Unreachable) as caught:
            await one_from(unit)
        assert is_away(caught.value)
    await one_from(wire.database.reading)
    wire.silence()


async def test_what_a_dead_one_held_is_let_go_and_not_taken_by_what_else_of_it_waited(
    wire: Wire, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.database.ANSWERED_WITHIN_S", 20)  # it gives nothing up, since it is dead

    async def hold() -> None:
        async with wire.database.transaction() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
            await asyncio.Event().wait()

    other = Database(postgres.address)
    holding = [asyncio.create_task(hold()) for _ in range(3)]
    while len(await locks(other)) < len(holding):
        pass
    wire.silence()

    held = set()
    while now := [pid for pid, granted in await locks(other) if granted]:
        held |= set(now)
    assert len(held) == 1
    for one in holding:
        one.cancel()
    await asyncio.gather(*holding, return_exceptions=True)
    await other.close()


async def locks(database: Database) -> list[tuple[int, bool]]:
    """The server's processes that hold the lock, or wait for it."""
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT pid, granted FROM pg_locks WHERE locktype = 'advisory'"))
        return [(row.pid, row.granted) for row in rows]
