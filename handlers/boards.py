"""Where each live message of a case stands, and what it shows."""

import asyncio
from datetime import timedelta
from typing import NamedTuple

from playbooks.desk.views import CaseFile
from playbooks.ports import Board, Person
from playbooks.rules import rooms
from playbooks.rules.directory import Officer
from playbooks.rules.effects import BRIDGED, DIRECT, THREAD

from .blocks import cards, checklist, clocks, statements
from .blocks.base import escape
from .posting import WAIT_FOR_ROOM, in_rooms_language
from .surface import Block, Later, SlackRefused, Surface, Words

# The thread is mostly on its way at that moment: it was meant in the same decision.
LOOKS, LOOK_AGAIN_S = 10, 0.1


class Place(NamedTuple):
    """`team` is empty for the host's workspace, `thread_ts` for the channel itself."""

    team: str
    channel: str
    thread_ts: str = ""


async def place(surface: Surface, file: CaseFile, board: str) -> Place | None:
    """Channel and thread. None where there is nowhere to show it; raises Later while that is being made."""
    if board.endswith(BRIDGED):
        team, channel = file.room.place(bridged=True)
        if not channel and file.room.awaits_bridge:
            raise Later(file.now + WAIT_FOR_ROOM)
        return Place(team, channel) if channel else None
    known = file.boards.get(board)
    if known:
        return Place(known.team, known.channel, known.thread_ts)
    if board.startswith(DIRECT):
        return None
    if file.room.is_thread or board.endswith(":outlet"):
        return await _thread(surface, file)
    if not file.room.channel_id:
        raise Later(file.now + WAIT_FOR_ROOM)
    return Place(file.room.team, file.room.channel_id)


async def _thread(surface: Surface, file: CaseFile) -> Place | None:
    """The outlet's complaint thread; an outlet without a complaints channel has none."""
    if not file.directory.complaints_channel(file.room.outlet):
        return None
    for _ in range(LOOKS):
        async with surface.ports.reading() as unit:
            parent = await unit.boards.get(f"{file.room.outlet}/{THREAD}")
            on_its_way = await unit.outbox.waits(file.room.outlet)
            troubles = () if on_its_way else await unit.outbox.parked(file.room.outlet)
        if parent:
            return Place(parent.team, parent.channel, parent.ts)
        if troubles:
            raise SlackRefused(troubles[-1][1])
        await asyncio.sleep(LOOK_AGAIN_S)
    raise Later(file.now + timedelta(seconds=2))


async def render(surface: Surface, file: CaseFile, board: str) -> tuple[str, list[Block]]:
    """The text for notifications, and the blocks, in the room's language or that of the one who gets it."""
    bridged = board.endswith(BRIDGED)
    kind, _, rest = board.removesuffix(BRIDGED).partition(":")
    if f"{kind}:" in DIRECT:
        return await _direct(surface, file, kind, rest)

    def say(words: Words) -> tuple[str, list[Block]]:
        if kind == "checklist":
            return words("checklist.text", number=file.case.number), checklist.sheet(file, rest, words)
        if kind == "clocks":
            return words("clocks.title", number=file.case.number), clocks.board(file, words)
        if kind in ("approval", "released"):
            return _statement(surface, file, kind, rest, words)
        return escape(cards.title(file, words)), cards.board(file, words, bridged=bridged)

    return in_rooms_language(surface, file, say)


def _statement(surface: Surface, file: CaseFile, kind: str, rest: str, words: Words) -> tuple[str, list[Block]]:
    id_, _, which = rest.partition(":")
    statement = next(one for one in file.statements if one.id == id_)
    if kind == "released":
        return words("statement.number", id=id_, n=statement.current.n), statements.released(file, statement, words)
    version = next(one for one in statement.versions if one.n == int(which))
    library = surface.ports.library
    blocks = statements.approval(file, statement, version, library.phrases, library.wording_kinds, words)
    return words("statement.number", id=id_, n=version.n), blocks


async def _direct(surface: Surface, file: CaseFile, kind: str, rest: str) -> tuple[str, list[Block]]:
    report_id, _, name = rest.rpartition(":")
    officer = officer_of(file, name)
    words = await surface.words_of(Person(officer.team_id, officer.user_id))
    if kind == "handover":
        return words("handover.short", number=file.case.number), cards.handover(file, officer.id, words)
    seat = file.room.seat(officer.id)
    if kind == "page" and seat:
        why = rooms.called_for(file.room, seat)
        text = words(f"page.{why}", number=file.case.number, kind=words(f"kind.{file.case.kind.value}"))
        return text, cards.page(file, seat, why, words)
    report = next(one for one in file.reports if one.id == report_id)
    return words("receipt.short", number=file.case.number), clocks.receipt(file, report, officer, words, again=False)


def link(surface: Surface, board: Board, reader: str = "") -> str:
    """The address of a message, as Slack makes it; see `Surface.url_of`."""
    return f"{surface.url_of(board.channel, board.team, reader)}/p{board.ts.replace('.', '')}"


def officer_of(file: CaseFile, id_: str) -> Officer:
    """The officer as the directory has them now; someone who left it, or has no Slack account, cannot be reached."""
    officer = file.directory.officers.get(id_)
    if officer is None:
        raise SlackRefused("left_directory")
    if not officer.user_id:
        raise SlackRefused("no_identity")
    return officer
