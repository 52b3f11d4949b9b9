"""The directory as imported at start, and every playbook version that a case was opened with."""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON, Column, Integer, Row, String, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from playbooks.library import Playbook
from playbooks.rules.directory import Bilingual, Directory, Office, Officer, Party

from .cases import COUNT, COUNTERS
from .database import metadata
from .shelf import Upserts

PARTIES = Table("parties", metadata, Column("id", String(20), primary_key=True), Column("doc", JSON, nullable=False))
OFFICES = Table("offices", metadata, Column("id", String(60), primary_key=True), Column("doc", JSON, nullable=False))
OFFICERS = Table(
    "officers",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("team_id", String(20), nullable=False),
    Column("user_id", String(20), nullable=False, index=True),
    Column("doc", JSON, nullable=False),
)
PLAYBOOKS = Table(
    "playbooks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("doc", JSON, nullable=False),
)
_PARTY, _OFFICE, _OFFICER = TypeAdapter(Bilingual), TypeAdapter(Office), TypeAdapter(Officer)
_PLAYBOOK = TypeAdapter(Playbook)
REVISION = "directory"
_REVISION = select(COUNTERS.c.value).where(COUNTERS.c.name == REVISION)
_KEEP = Upserts(PLAYBOOKS, lambda insert: insert.on_conflict_do_nothing())
# Names the lock under which replicas that start together bring the directory in, one after the other.
REPLACING = 7_161_002


async def read(connection: AsyncConnection, kept: dict[str, Any]) -> Directory:
    """The whole directory, in the order of its file; read again only after it was replaced."""
    revision = (await connection.execute(_REVISION)).scalar()
    key = f"{REVISION} {revision}"
    if key not in kept:
        kept[key] = await _read(connection)
    directory: Directory = kept[key]
    return directory


async def _read(connection: AsyncConnection) -> Directory:
    rows = (await connection.execute(select(PARTIES))).all()
    parties = {Party(row.id): _PARTY.validate_python(row.doc) for row in rows}
    workspaces = {Party(row.id): row.doc["workspace"] for row in rows if row.doc.get("workspace")}
    host = next((Party(row.id) for row in rows if row.doc.get("is_host")), Party.BANK)
    offices = [_OFFICE.validate_python(row.doc["value"]) for row in await _in_order(connection, OFFICES)]
    officers = [_OFFICER.validate_python(row.doc["value"]) for row in await _in_order(connection, OFFICERS)]
    return Directory(parties, {one.id: one for one in offices}, {one.id: one for one in officers}, workspaces, host)


async def _in_order(connection: AsyncConnection, table: Table) -> list[Row[Any]]:
    rows = (await connection.execute(select(table.c.doc))).all()
    return sorted(rows, key=lambda row: row.doc["place"])


async def replace(connection: AsyncConnection, directory: Directory) -> None:
    """The file is the truth: what it no longer names is gone from here too."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(REPLACING)))
    await connection.execute(COUNT[connection.dialect.name], {"name": REVISION, "value": 1})
    for table in (PARTIES, OFFICES, OFFICERS):
        await connection.execute(table.delete())
    parties = [
        {
            "id": one.value,
            "doc": {
                **_PARTY.dump_python(name),
                "workspace": directory.workspaces.get(one, ""),
                "is_host": one is directory.host,
            },
        }
        for one, name in directory.parties.items()
    ]
    offices = [
        {"id": one.id, "doc": {"place": place, "value": _OFFICE.dump_python(one, mode="json")}}
        for place, one in enumerate(directory.offices.values())
    ]
    officers = [
        {
            "id": one.id,
            "team_id": one.team_id,
            "user_id": one.user_id,
            "doc": {"place": place, "value": _OFFICER.dump_python(one, mode="json")},
        }
        for place, one in enumerate(directory.officers.values())
    ]
    for table, rows in ((PARTIES, parties), (OFFICES, offices), (OFFICERS, officers)):
        if rows:
            await connection.execute(table.insert(), rows)


async def playbook(connection: AsyncConnection, kept: dict[str, Any], id_: str, version: int) -> Playbook | None:
    """A version never changes, so it is read once."""
    key = f"playbook {id_} {version}"
    if key not in kept:
        query = select(PLAYBOOKS.c.doc).where(PLAYBOOKS.c.id == id_, PLAYBOOKS.c.version == version)
        row = (await connection.execute(query)).first()
        if row is None:
            return None
        kept[key] = _PLAYBOOK.validate_python(row.doc)
    found: Playbook = kept[key]
    return found


async def keep_playbook(connection: AsyncConnection, value: Playbook) -> None:
    """A version is written once and never changed."""
    row = {"id": value.id, "version": value.version, "doc": _PLAYBOOK.dump_python(value, mode="json")}
    await connection.execute(_KEEP[connection.dialect.name], row)
