"""The migrations lead from nothing to the tables the program knows, and no other schema is run on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from playbooks.rules.cases import Kind
from playbooks.rules.effects import PinCard
from store import schema
from store.database import Database, metadata
from store.unit import sql_unit


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


async def revision(database: Database, name: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :name"), {"name": name})


async def test_the_migrations_end_at_the_tables_that_the_program_knows(empty_database: Database) -> None:
    await schema.migrate(empty_database)

    async with empty_database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def modes(folder: Path, mask: int) -> dict[str, int]:
    return {one.name: one.stat().st_mode & mask for one in folder.iterdir()}


async def test_a_new_file_and_what_lies_beside_it_are_read_by_its_owner_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite'}")
    await schema.migrate(database)

    async with sql_unit(database) as unit:
        await unit.cases.next_number(Kind.CRISIS, 2026)
        open_to_others = modes(tmp_path, 0o077)
    await database.close()

    assert open_to_others == dict.fromkeys(("new.sqlite", "new.sqlite-wal", "new.sqlite-shm"), 0)


async def test_a_migrated_database_is_run_on(empty_database: Database) -> None:
    await schema.migrate(empty_database)

    await schema.require_current(empty_database)


async def test_migrating_again_changes_nothing(empty_database: Database) -> None:
    await schema.migrate(empty_database)
    async with sql_unit(empty_database) as unit:
        await unit.cases.next_number(Kind.CRISIS, 2026)

    await schema.migrate(empty_database)

    async with sql_unit(empty_database) as unit:
        assert await unit.cases.next_number(Kind.CRISIS, 2026) == "CR-2026-0002"


def first_step(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")


async def test_a_database_with_data_in_it_is_brought_to_todays_schema(empty_database: Database) -> None:
    async with empty_database.engine.connect() as connection:
        await connection.run_sync(first_step)
        old = {"lane": "CR-2026-0001", "kind": "PinCard", "args": '{"case": "CR-2026-0001"}', "state": "waiting"}
        await connection.execute(
            text(
                'INSERT INTO outbox ("case", kind, args, lane, priority, state, not_before, attempt, uncertain,'
                " created_at) VALUES ('CR-2026-0001', :kind, :args, :lane, 5, :state, 0, 0, 0, 0)"
            ),
            old,
        )
        await connection.execute(
            text("INSERT INTO inbox (event_id, payload, received_at, tries) VALUES ('Ev1', '{}', 0, 0)")
        )
        await connection.commit()

    await schema.migrate(empty_database)

    async with sql_unit(empty_database) as unit:
        (claimed,) = await unit.outbox.claim(now=datetime.now(UTC), lease=timedelta(seconds=9), limit=9)
        assert (claimed.effect, [one.event_id for one in await unit.inbox.waiting(9)]) == (
            PinCard("CR-2026-0001"),
            ["Ev1"],
        )
        assert await unit.inbox.hold("Ev1")


async def test_an_empty_database_is_refused_with_what_to_do(empty_database: Database) -> None:
    with pytest.raises(schema.WrongSchema, match="python -m bot migrate"):
        await schema.require_current(empty_database)


async def test_a_database_of_a_newer_program_is_refused_with_what_to_do(empty_database: Database) -> None:
    await schema.migrate(empty_database)
    await revision(empty_database, "9999")

    for refuses in (schema.require_current, schema.migrate):
        with pytest.raises(schema.WrongSchema, match="newer Jointroom"):
            await refuses(empty_database)


@pytest.mark.parametrize("seconds, told", [(-31, "31 s behind"), (-29, ""), (29, ""), (31, "31 s ahead of")])
async def test_a_clock_that_is_not_the_databases_is_refused(empty_database: Database, seconds: int, told: str) -> None:
    def here() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=seconds)

    if not told or empty_database.is_sqlite:
        await schema.require_clock(empty_database, here)
        return
    with pytest.raises(schema.WrongClock, match=told):
        await schema.require_clock(empty_database, here)


async def test_a_migration_that_fails_leaves_the_database_as_it_was(empty_database: Database) -> None:
    async with empty_database.transaction() as connection:
        await connection.execute(text("CREATE TABLE steps (id INTEGER)"))

    with pytest.raises(Exception, match="steps"):
        await schema.migrate(empty_database)

    async with empty_database.engine.connect() as connection:
        tables = await connection.run_sync(lambda one: one.dialect.get_table_names(one))
    assert tables == ["steps"]
