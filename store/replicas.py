"""Who of the replicas lives, what they heard of Slack, and the alarms that stand; told by the database's time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, Integer, String, Table, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from .database import Utc, database_now, metadata
from .shelf import Upserts

REPLICAS = Table(
    "replicas",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("started_at", Utc, nullable=False),
    Column("beat_at", Utc, nullable=False, index=True),
    Column("listened_at", Utc),
    Column("heard", Integer, nullable=False, default=0),
    Column("stopped", Integer, nullable=False, default=0),
    Column("acts_in", String(200), nullable=False, default=""),
)
ALARMS = Table(
    "alarms", metadata, Column("id", String(100), primary_key=True), Column("raised_at", Utc, nullable=False)
)

_AGO = database_now() - bindparam("span", type_=BigInteger)
_BEAT = Upserts(
    REPLICAS,
    lambda insert: insert.values(
        id=bindparam("id"),
        started_at=bindparam("now", type_=Utc),
        beat_at=database_now(),
        listened_at=bindparam("listened_at", type_=Utc),
        heard=bindparam("heard"),
        stopped=0,
        acts_in=bindparam("acts_in"),
    ).on_conflict_do_update(
        index_elements=["id"],
        set_={
            "beat_at": database_now(),
            "listened_at": func.coalesce(insert.excluded.listened_at, REPLICAS.c.listened_at),
            "heard": insert.excluded.heard,
            "stopped": 0,
            "acts_in": insert.excluded.acts_in,
        },
    ),
)
_STOP = update(REPLICAS).where(REPLICAS.c.id == bindparam("wanted")).values(stopped=1)
_ALIVE = select(REPLICAS).where(REPLICAS.c.beat_at > _AGO, REPLICAS.c.stopped == 0).order_by(REPLICAS.c.id)
_SILENT = select(REPLICAS.c.id).where(REPLICAS.c.beat_at <= _AGO, REPLICAS.c.stopped == 0).order_by(REPLICAS.c.id)
_FORGET = delete(REPLICAS).where(REPLICAS.c.beat_at <= _AGO)
_LISTENED = select(REPLICAS.c.acts_in, REPLICAS.c.listened_at).where(REPLICAS.c.listened_at.is_not(None))
_RAISE = Upserts(ALARMS, lambda insert: insert.on_conflict_do_nothing().returning(ALARMS.c.id))
_STANDING = select(ALARMS.c.id).where(ALARMS.c.id.like(bindparam("wanted"))).order_by(ALARMS.c.id)
_CLEAR = delete(ALARMS).where(ALARMS.c.id == bindparam("wanted"))


@dataclass(frozen=True)
class Replica:
    """`heard` counts what Slack delivered to it since its start."""

    id: str
    heard: int


class Replicas:
    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def beat(
        self, id_: str, *, now: datetime, listening: bool, heard: int, acts_in: Collection[str] = ()
    ) -> None:
        """Lives; `now` is kept as the time until which it listened to Slack, where it did; `acts_in` are workspaces."""
        heard_there = {"listened_at": now if listening else None, "heard": heard, "acts_in": ",".join(sorted(acts_in))}
        row = {"id": id_, "now": now, **heard_there}
        await self.connection.execute(_BEAT[self.connection.dialect.name], row)

    async def stopped(self, id_: str) -> None:
        """Ended as it should, so that nobody is alarmed."""
        await self.connection.execute(_STOP, {"wanted": id_})

    async def alive(self, within: timedelta, *, beside: Collection[str] = ()) -> list[Replica]:
        """With `beside` those that hear of one of these workspaces too: of another company's app they hear nothing."""
        rows = await self.connection.execute(_ALIVE, {"span": within // timedelta(microseconds=1)})
        return [Replica(row.id, row.heard) for row in rows if _share(row.acts_in, beside)]

    async def silent(self, span: timedelta) -> list[str]:
        """Those that did not end as they should, and have not been heard of for so long."""
        rows = await self.connection.execute(_SILENT, {"span": span // timedelta(microseconds=1)})
        return [str(row.id) for row in rows]

    async def forget(self, span: timedelta) -> None:
        await self.connection.execute(_FORGET, {"span": span // timedelta(microseconds=1)})

    async def listened_at(self, *, beside: Collection[str] = ()) -> datetime | None:
        """Until when somebody listened to Slack, in one of these workspaces; None at the very first start."""
        rows = await self.connection.execute(_LISTENED)
        return max((row.listened_at for row in rows if _share(row.acts_in, beside)), default=None)


def _share(acts_in: str, beside: Collection[str]) -> bool:
    """A row of an earlier version says nothing, and counts."""
    return not beside or not acts_in or not set(beside).isdisjoint(acts_in.split(","))


class Alarms:
    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def raise_(self, id_: str, *, now: datetime) -> bool:
        """False when it stands already."""
        row = {"id": id_, "raised_at": now}
        return (await self.connection.execute(_RAISE[self.connection.dialect.name], row)).first() is not None

    async def standing(self, name: str) -> list[str]:
        """The ids of those that stand and begin with this name."""
        rows = await self.connection.execute(_STANDING, {"wanted": f"{name} %"})
        return [str(row.id) for row in rows]

    async def clear(self, id_: str) -> bool:
        """False when it did not stand."""
        return (await self.connection.execute(_CLEAR, {"wanted": id_})).rowcount == 1
