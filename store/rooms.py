"""Rooms, their live messages, and the Homes of people."""

from sqlalchemy import BindParameter, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from playbooks.ports import Board, Home
from playbooks.rules.rooms import Room

from .shelf import Kind, Shelf

ROOMS = Kind(
    "rooms",
    Room,
    key=lambda room: room.case,
    case=lambda room: room.case,
    due=lambda room: room.due_at,
    extra={
        "channel_id": lambda room: "" if room.is_thread else room.channel_id,
        "was_id": lambda room: room.was,
        "bridge_id": lambda room: room.bridge.channel_id if room.bridge else "",
        "bridge_was_id": lambda room: room.bridge.lost[-1] if room.bridge and room.bridge.lost else "",
    },
)
HOMES = Kind("homes", Home, key=lambda home: home.id, case=lambda home: home.case)
BOARDS = Kind("boards", Board, key=lambda board: board.id, case=lambda board: board.case)

_WANTED: BindParameter[str] = bindparam("wanted")
_BY_CHANNEL = select(ROOMS.table.c.doc).where(or_(*(ROOMS.table.c[name] == _WANTED for name in ROOMS.extra)))


class Rooms(Shelf[Room]):
    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection, ROOMS)

    async def by_channel(self, channel_id: str) -> Room | None:
        """The room whose channel or bridge this is or was; a complaint's room is a thread, and never found so."""
        if not channel_id:
            return None
        row = (await self.connection.execute(_BY_CHANNEL, {"wanted": channel_id})).first()
        return ROOMS.from_row(row) if row else None
