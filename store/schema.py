"""Bringing the database to the schema this program needs, and refusing to run on another."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError as Unreachable

from .database import Database

MIGRATIONS = Path(__file__).with_name("migrations")


class WrongSchema(Exception):
    """The database is behind this program, or ahead of it."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@cache
def head() -> str:
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def migrate(database: Database) -> None:
    """Runs every step that the database lacks."""
    async with database.engine.connect() as connection:
        if await connection.run_sync(_revision) == head():
            return
        await connection.run_sync(_upgrade)
        await connection.commit()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def require_current(database: Database) -> None:
    """Raises WrongSchema, which says what to do."""
    async with database.engine.connect() as connection:
        current = await connection.run_sync(_revision)
    if current == head():
        return
    known = {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is None or current in known:
        raise WrongSchema("The database is not up to date: run `python -m bot migrate`.")
    raise WrongSchema("The database was made by a newer Jointroom: install that version.")


__all__ = ["Unreachable", "WrongSchema", "head", "migrate", "require_current"]
