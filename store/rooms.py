"""Rooms, their live messages, and the Homes of people."""

from sqlalchemy import BindParameter, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from playbooks.ports import Board, Home
from playbooks.rules.rooms import Room

from .shelf import Kind, Shelf

# As many lost bridges as the column holds: of an earlier one nobody tells any more.
LOST_KNOWN = 4


def _spaced(channels: tuple[str, ...]) -> str:
    """Each with a space around it, so that one is found in them and never in another's id."""
    return f" {' '.join(channels[-LOST_KNOWN:])} " if channels else ""


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
        "bridge_was_id": lambda room: _spaced(room.bridge.lost) if room.bridge else "",
    },
)
HOMES = Kind("homes", Home, key=lambda home: home.id, case=lambda home: home.case)
BOARDS = Kind("boards", Board, key=lambda board: board.id, case=lambda board: board.case)

_WANTED: BindParameter[str] = bindparam("wanted")
_BY_CHANNEL = select(ROOMS.table.c.doc).where(or_(*(ROOMS.table.c[name] == _WANTED for name in ROOMS.extra)))
# The first condition is the index's: few rooms ever lost a bridge.
_BY_LOST_BRIDGE = select(ROOMS.table.c.doc).where(
    ROOMS.table.c.bridge_was_id > "", ROOMS.table.c.bridge_was_id.contains(" " + _WANTED + " ")
)


class Rooms(Shelf[Room]):
    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection, ROOMS)

    async def by_channel(self, channel_id: str) -> Room | None:
        """The room whose channel or bridge this is or was; a complaint's room is a thread, and never found so."""
        if not channel_id:
            return None
        for query in (_BY_CHANNEL, _BY_LOST_BRIDGE):
            row = (await self.connection.execute(query, {"wanted": channel_id})).first()
            if row:
                return ROOMS.from_row(row)
        return None
