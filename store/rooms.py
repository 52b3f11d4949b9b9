"""Rooms and their live messages."""

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from playbooks.ports import Board
from playbooks.rules.rooms import Room

from .shelf import Kind, Shelf

ROOMS = Kind(
    "rooms",
    Room,
    key=lambda room: room.case,
    case=lambda room: room.case,
    due=lambda room: room.next_page_at,
    extra={"channel_id": lambda room: "" if room.is_thread else room.channel_id},
)
BOARDS = Kind("boards", Board, key=lambda board: board.id, case=lambda board: board.case)

_BY_CHANNEL = select(ROOMS.table.c.doc).where(ROOMS.table.c.channel_id == bindparam("wanted"))


class Rooms(Shelf[Room]):
    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection, ROOMS)

    async def by_channel(self, channel_id: str) -> Room | None:
        """The room that is this channel; a complaint's room is a thread and never found by its channel."""
        if not channel_id:
            return None
        row = (await self.connection.execute(_BY_CHANNEL, {"wanted": channel_id})).first()
        return ROOMS.from_row(row) if row else None
