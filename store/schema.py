"""Bringing the database to the schema this program needs, and refusing to run on another."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError as Unreachable

from .database import Database

MIGRATIONS = Path(__file__).with_name("migrations")


MOST_APART = timedelta(seconds=30)


# What PostgreSQL says by code, and the network by the name of its error. Source: PostgreSQL's appendix on error codes.
_REASONS = {
    "28P01": "it refuses the password",
    "28000": "it refuses the user",
    "3D000": "it has no database of that name",
    "42501": "the user may not do that in it",
    "53300": "it takes no more connections",
    "57P03": "it is starting or stopping",
    "ConnectionRefusedError": "nothing listens at its address",
    "ConnectionResetError": "it closed the connection",
    "gaierror": "its host is not known",
    "TimeoutError": "it did not answer in time",
    "FileNotFoundError": "nothing listens at its address",
}


class WrongSchema(Exception):
    """The database is behind this program, or ahead of it."""


class WrongClock(Exception):
    """This machine's time is not the database's, so deadlines would fire at the wrong moment."""


@cache
def revisions() -> tuple[str, ...]:
    """All that lead to today's schema, in order: the steps' files begin with them."""
    return tuple(sorted(step.name[:4] for step in (MIGRATIONS / "versions").glob("[0-9]*.py")))


async def migrate(database: Database) -> None:
    """Runs every step that the database lacks. Raises WrongSchema for a newer program's."""
    database.make_file()
    async with database.engine.connect() as connection:
        current = await connection.run_sync(_revision)
        if current == revisions()[-1]:
            # Nothing changes; what cannot be written is found out now, and not by the process that serves.
            await connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
            return
        _require_known(current)
        await connection.run_sync(_upgrade)
        await connection.commit()


def _revision(connection: Connection) -> str | None:
    """Where Alembic keeps it; None in a database that it never saw."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _upgrade(connection: Connection) -> None:
    # Only here: a process that serves would keep its ten megabytes for nothing.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def require_current(database: Database) -> None:
    """Raises WrongSchema, which says what to do. Makes no file where there is none."""
    if not database.is_there():
        raise WrongSchema("There is no database here yet: look at DATABASE_URL, or run `python -m bot migrate`.")
    async with database.engine.connect() as connection:
        current = await connection.run_sync(_revision)
    if current == revisions()[-1]:
        return
    _require_known(current)
    raise WrongSchema("The database is not up to date: run `python -m bot migrate`.")


def _require_known(current: str | None) -> None:
    if current is not None and current not in revisions():
        raise WrongSchema("The database was made by a newer Jointroom: install that version.")


def why(error: BaseException) -> str:
    """What an operator can look at, without the address and without values, which may hold secrets."""
    for one in _causes(error):
        if isinstance(one, sqlite3.Error):
            is_anothers = getattr(one, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY
            return "this user may not write its file" if is_anothers else str(one)
        reason = _REASONS.get(str(getattr(one, "sqlstate", ""))) or _REASONS.get(type(one).__name__)
        if reason:
            return reason
    return type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "orig", None) or error.__cause__


async def require_clock(database: Database, now: Callable[[], datetime]) -> None:
    """Raises WrongClock when `now` is more than 30 s off; a SQLite file has no time but this machine's."""
    if database.is_sqlite:
        return
    async with database.engine.connect() as connection:
        theirs: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    apart = now() - theirs
    if abs(apart) > MOST_APART:
        which = "ahead of" if apart > timedelta() else "behind"
        seconds = round(abs(apart).total_seconds())
        raise WrongClock(f"This machine's clock is {seconds} s {which} the database's: correct it, then start again.")


__all__ = [
    "Unreachable",
    "WrongClock",
    "WrongSchema",
    "migrate",
    "require_clock",
    "require_current",
    "revisions",
    "why",
]
