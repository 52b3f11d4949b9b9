"""The three stores that keep one contract: in memory, SQLite in a file, and a PostgreSQL of the test's own."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from store.database import Database, metadata
from store.unit import SqlUnit, sql_unit
from tests.fakes import AlreadyEntered, Memory, MemoryUnit
from tests.postgres import Server, in_thread

Unit = MemoryUnit | SqlUnit


@dataclass(frozen=True)
class Store:
    """`unit` opens a transaction; `clash` is what a second entry of one number raises."""

    unit: Callable[[], AbstractAsyncContextManager[Unit]]
    clash: type[Exception]


@pytest.fixture(scope="session")
def postgres_with_tables(postgres: Server) -> str:
    """A database with every table, emptied before each test."""
    postgres.run("CREATE DATABASE contract")
    in_thread(_with_tables(postgres.of("contract")))
    return postgres.of("contract")


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every table, copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "tables.sqlite"
    in_thread(_with_tables(f"sqlite+aiosqlite:///{path}"))
    return path


async def _with_tables(address: str) -> None:
    database = Database(address)
    async with database.transaction() as connection:
        await connection.run_sync(metadata.create_all)
    await database.close()


@pytest.fixture
async def sqlite_database(tmp_path: Path, sqlite_with_tables: Path) -> AsyncIterator[Database]:
    path = shutil.copy(sqlite_with_tables, tmp_path / "jointroom.sqlite")
    database = Database(f"sqlite+aiosqlite:///{path}")
    yield database
    await database.close()


@pytest.fixture
async def postgres_database(postgres_with_tables: str) -> AsyncIterator[Database]:
    database = Database(postgres_with_tables)
    async with database.transaction() as connection:
        for table in metadata.sorted_tables:
            await connection.execute(table.delete())
    yield database
    await database.close()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return Store(Memory().open, AlreadyEntered)
    database: Database = request.getfixturevalue(f"{request.param}_database")
    return Store(lambda: sql_unit(database), IntegrityError)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """For what only a database can show: units of several connections at once."""
    database: Database = request.getfixturevalue(f"{request.param}_database")
    return database


@pytest.fixture
def empty_postgres(postgres: Server) -> Iterator[str]:
    """The address of a database without any table."""
    postgres.run("CREATE DATABASE empty")
    yield postgres.of("empty")
    postgres.run("DROP DATABASE empty")


@pytest.fixture(params=["sqlite", "postgres"])
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite'}")
    else:
        database = Database(request.getfixturevalue("empty_postgres"))
    yield database
    await database.close()
