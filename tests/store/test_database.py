"""What is the database's fault, and may be tried again, and what is the statement's."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from store.database import Database, is_away
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
