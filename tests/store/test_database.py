"""What is the database's fault, and may be tried again, and what is the statement's."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.metronome import each
from playbooks.ports import Ports
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


@pytest.mark.parametrize("limit", ["transaction_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
async def test_what_postgresql_ends_by_its_limits_may_be_tried_again(
    postgres: Server, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = text("SELECT pg_advisory_xact_lock(3)")
    holder, database = Database(postgres.address), Database(postgres.address)
    async with holder.transaction() as held:
        await held.execute(lock)
        monkeypatch.setattr("store.database.SERVER_LIMITS", {limit: 100})
        with pytest.raises(Unreachable) as caught:
            async with database.transaction() as connection:
                await connection.execute(text("SELECT 1"))
                if limit == "idle_in_transaction_session_timeout":
                    await until_closed(connection)
                await connection.execute(lock)
    await database.close()
    await holder.close()

    assert is_away(caught.value)


async def until_closed(connection: AsyncConnection) -> None:
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver
    closed = asyncio.Event()
    driver.add_termination_listener(lambda _: closed.set())
    async with asyncio.timeout(20):
        await closed.wait()


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
    monkeypatch.setattr("store.database.ANSWERED_WITHIN_S", 3)
    limits = {"idle_in_transaction_session_timeout": 3_000, "lock_timeout": 2_000, "transaction_timeout": 20_000}
    monkeypatch.setattr("store.database.SERVER_LIMITS", limits)
    cutter = Cutter(postgres.folder, tmp_path, 0, random.Random(0))  # noqa: S311  # chance, not a secret
    await cutter.start()
    database = Database(postgres.address.replace(str(postgres.folder), str(tmp_path)))
    yield Wire(database, cutter.silence)
    async with asyncio.timeout(20):
        await database.close()
    await cutter.stop()


async def one_from(unit: Callable[[], AbstractAsyncContextManager[AsyncConnection]], at_once: int = 1) -> list[Any]:
    """What each of so many at once was answered, or raised."""

    async def ask() -> Any:
        async with unit() as connection:
            await connection.execute(text("SELECT pg_sleep(0.1)"))
            return (await connection.execute(text("SELECT 1"))).scalar()

    async with asyncio.timeout(20):
        return await asyncio.gather(*(ask() for _ in range(at_once)), return_exceptions=True)


@pytest.mark.thorough
async def test_a_server_that_says_nothing_more_is_left_for_new_connections(wire: Wire) -> None:
    """Nobody meets the others that stood in the pool, an hour later."""
    assert await one_from(wire.database.transaction, 3) == [1, 1, 1]
    wire.silence()

    (failed,) = await one_from(wire.database.transaction)

    assert isinstance(failed, Unreachable) and is_away(failed)
    assert await one_from(wire.database.reading, 3) == [1, 1, 1]
    wire.silence()


async def test_what_is_answered_may_take_longer_than_the_wait_for_one_answer(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.database.ANSWERED_WITHIN_S", 0.5)
    async with wire.database.transaction() as connection:
        for _ in range(4):
            await connection.execute(text("SELECT pg_sleep(0.2)"))


@pytest.mark.thorough
async def test_what_a_dead_one_held_is_let_go_and_not_taken_by_what_else_of_it_waited(
    wire: Wire, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.database.ANSWERED_WITHIN_S", 60)  # it gives nothing up, since it is dead

    async def hold() -> None:
        async with wire.database.transaction() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
            await asyncio.Event().wait()

    other = Database(postgres.address)
    holding = [asyncio.create_task(hold()) for _ in range(3)]
    held = set()
    async with asyncio.timeout(30):
        while len(await locks(other)) < len(holding):
            pass
        wire.silence()
        while now := [pid for pid, granted in await locks(other) if granted]:
            held |= set(now)
    assert len(held) == 1
    for one in holding:
        one.cancel()
    await asyncio.gather(*holding, return_exceptions=True)
    await other.close()


async def test_one_that_died_in_the_middle_of_asking_is_let_go(
    wire: Wire, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its statement is prepared and not sent, for which the server waits as for no other."""
    monkeypatch.setattr("store.database.ANSWERED_WITHIN_S", 60)
    limits = {"idle_in_transaction_session_timeout": 60_000, "lock_timeout": 60_000, "transaction_timeout": 1_000}
    monkeypatch.setattr("store.database.SERVER_LIMITS", limits)
    other = Database(postgres.address)

    async def prepare() -> None:
        async with wire.database.transaction() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
            raw = await connection.get_raw_connection()
            assert raw.driver_connection
            await raw.driver_connection.prepare("SELECT 1")
            wire.silence()
            await asyncio.Event().wait()

    dying = asyncio.create_task(prepare())
    async with asyncio.timeout(30):
        while not await locks(other):
            pass
        while await locks(other):
            pass
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    await other.close()


async def locks(database: Database) -> list[tuple[int, bool]]:
    """The server's processes that hold the lock, or wait for it."""
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT pid, granted FROM pg_locks WHERE locktype = 'advisory'"))
        return [(row.pid, row.granted) for row in rows]


async def test_what_somebody_else_holds_stops_only_itself(postgres: Server) -> None:
    database, held, nothing = Database(postgres.address), text("SELECT pg_advisory_xact_lock(2)"), cast(Ports, None)
    seen = []

    async def act(_ports: Ports, _case: str, key: str) -> None:
        seen.append(key)
        if key == "held":
            async with database.transaction() as connection:
                await connection.execute(text("SET LOCAL lock_timeout = 50"))
                await connection.execute(held)

    async with database.transaction() as connection:
        await connection.execute(held)
        await each([("CR-2026-0001", "held"), ("CR-2026-0002", "free")], nothing, act)
    await database.close()

    assert seen == ["held", "free"]
