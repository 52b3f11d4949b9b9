"""Where the app is installed: a row for each workspace, with its token encrypted by who calls; and OAuth's states."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    Row,
    Select,
    String,
    Table,
    Text,
    bindparam,
    delete,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from .database import Utc, database_now, metadata
from .shelf import Upserts

INSTALLATIONS = Table(
    "installations",
    metadata,
    Column("team_id", String(20), primary_key=True),
    Column("team_name", String(200), nullable=False),
    Column("bot_user_id", String(20), nullable=False),
    Column("locked_token", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("installed_by", String(20), nullable=False),
    Column("installed_at", Utc, nullable=False),
)
STATES = Table(
    "oauth_states", metadata, Column("id", String(60), primary_key=True), Column("until", Utc, nullable=False)
)

SERVED = Table(
    "served",
    metadata,
    Column("team_id", String(20), primary_key=True),
    Column("url", String(200), nullable=False),
    Column("bot_user_id", String(20), nullable=False),
    Column("seen_at", Utc, nullable=False),
)

_SERVE = Upserts(
    SERVED,
    lambda insert: insert.values(
        team_id=bindparam("team_id"),
        url=bindparam("url"),
        bot_user_id=bindparam("bot_user_id"),
        seen_at=database_now(),
    ).on_conflict_do_update(
        index_elements=["team_id"],
        set_={name: insert.excluded[name] for name in ("url", "bot_user_id", "seen_at")},
    ),
)
# As long as a deploy or a restart may take.
SERVED_WITHIN = timedelta(minutes=5)
_LATELY = SERVED.c.seen_at > database_now() - literal(SERVED_WITHIN // timedelta(microseconds=1), BigInteger)
_SERVED = select(SERVED).where(_LATELY).order_by(SERVED.c.team_id)
_ALL_SERVED = select(SERVED.c.team_id)
_LEAVE = delete(SERVED).where(SERVED.c.team_id == bindparam("wanted"))
_SAVE = Upserts(
    INSTALLATIONS,
    lambda insert: insert.on_conflict_do_update(
        index_elements=["team_id"],
        set_={one.name: insert.excluded[one.name] for one in INSTALLATIONS.columns if one.name != "team_id"},
    ),
)
_ALL = select(INSTALLATIONS).order_by(INSTALLATIONS.c.installed_at, INSTALLATIONS.c.team_id)
_REMOVE = delete(INSTALLATIONS).where(
    INSTALLATIONS.c.team_id == bindparam("wanted"), INSTALLATIONS.c.locked_token == bindparam("locked")
)
_TAKE = delete(STATES).where(STATES.c.id == bindparam("wanted")).returning(STATES.c.until)
_FORGET = delete(STATES).where(STATES.c.until <= bindparam("now", type_=Utc))


@dataclass(frozen=True)
class Installation:
    """`locked_token` is the bot's, encrypted."""

    team_id: str
    team_name: str
    bot_user_id: str
    locked_token: str
    scopes: tuple[str, ...]
    installed_by: str
    installed_at: datetime


@dataclass(frozen=True)
class Served:
    """A workspace that a process acts in: its address in the browser, and our own user id there."""

    team_id: str
    url: str
    bot_user_id: str


def served_by_others(acting: BindParameter[str]) -> Select[tuple[str]]:
    """The workspaces that some process has acted in lately, but for those of `acting`."""
    return select(SERVED.c.team_id).where(_LATELY, SERVED.c.team_id.not_in(acting))


class Installations:
    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def all(self) -> Sequence[Installation]:
        """The oldest first."""
        return [_installation(row) for row in await self.connection.execute(_ALL)]

    async def save(self, one: Installation) -> None:
        """Installed again, a workspace has one row still."""
        row = {
            "team_id": one.team_id,
            "team_name": one.team_name,
            "bot_user_id": one.bot_user_id,
            "locked_token": one.locked_token,
            "scopes": ",".join(one.scopes),
            "installed_by": one.installed_by,
            "installed_at": one.installed_at,
        }
        await self.connection.execute(_SAVE[self.connection.dialect.name], row)

    async def remove(self, one: Installation) -> None:
        """That of another token, which came meanwhile, stays."""
        await self.connection.execute(_REMOVE, {"wanted": one.team_id, "locked": one.locked_token})

    async def serve(self, *served: Served) -> None:
        """A process acts in these now."""
        for one in served:
            await self.connection.execute(_SERVE[self.connection.dialect.name], vars(one))

    async def served(self) -> list[Served]:
        """All that some process has acted in lately."""
        rows = await self.connection.execute(_SERVED)
        return [Served(row.team_id, row.url, row.bot_user_id) for row in rows]

    async def left(self, teams: Collection[str]) -> list[str]:
        """Of these, the ones that somebody left since they were served."""
        rows = await self.connection.execute(_ALL_SERVED)
        return sorted(set(teams) - {row.team_id for row in rows})

    async def leave(self, team_id: str) -> None:
        await self.connection.execute(_LEAVE, {"wanted": team_id})

    async def issue_state(self, state: str, *, until: datetime, now: datetime) -> None:
        """Those that nobody came back with are forgotten."""
        await self.connection.execute(_FORGET, {"now": now})
        await self.connection.execute(STATES.insert(), {"id": state, "until": until})

    async def take_state(self, state: str, *, now: datetime) -> bool:
        """Whether it was issued, and not taken yet, and is not too old."""
        row = (await self.connection.execute(_TAKE, {"wanted": state})).first()
        return row is not None and row.until > now


def _installation(row: Row[tuple[object, ...]]) -> Installation:
    return Installation(
        row.team_id,
        row.team_name,
        row.bot_user_id,
        row.locked_token,
        tuple(row.scopes.split(",")),
        row.installed_by,
        row.installed_at,
    )
