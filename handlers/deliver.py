"""Deliveries: each effect is rendered from the state as it is now, written to Slack once, and its outcome told back."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from playbooks.desk import record as record_desk
from playbooks.desk import rooms as rooms_desk
from playbooks.desk.turn import unattended
from playbooks.desk.views import CaseFile, case_file
from playbooks.ports import Board, Claimed, Export, Ports
from playbooks.rules.effects import (
    BRIDGED,
    THREAD,
    AddBookmark,
    AskApproval,
    AskHandover,
    AskPrincipal,
    AskReceipt,
    CaptureFile,
    CatchUp,
    CreateBridge,
    CreateRoom,
    Effect,
    InRoom,
    InviteOfficers,
    InviteOutside,
    PageOfficer,
    PinCard,
    PingOwner,
    PingRoom,
    PublishHome,
    RemoveGuest,
    ShareExport,
    ShowBoard,
    TellOperators,
    TellRoom,
    TellTrouble,
    ToOfficer,
    UploadExport,
)
from playbooks.rules.rooms import CHANNEL_LOST

from . import boards, directs, home, members
from .blocks import cards, clocks, names, notices
from .blocks.base import escape, section
from .history import catch_up
from .posting import WAIT_FOR_ROOM, effect_of, in_rooms_language, nothing, post, sum_of
from .surface import NOT_INSTALLED, Block, Later, Settle, Slack, SlackRefused, Surface, Words

BETWEEN_EDITS = timedelta(seconds=45)
# Slack shows where a file was shared a moment after it was.
SHARED_WITHIN, LOOK_AGAIN_AFTER = timedelta(minutes=1), timedelta(seconds=5)


class CaseFiles:
    """Each case is read once for all effects that were claimed together: after their claim, so that none shows less
    than was true when it was meant. They get it one by one, so that each is sent before the next is rendered."""

    def __init__(self, read: Callable[[str], Coroutine[Any, Any, CaseFile]]) -> None:
        self._read = read
        self._reading: dict[str, asyncio.Task[CaseFile]] = {}
        self._turn = asyncio.Lock()

    async def __call__(self, number: str) -> CaseFile:
        if number not in self._reading:
            self._reading[number] = asyncio.create_task(self._read(number))
        file = await self._reading[number]
        async with self._turn:
            await asyncio.sleep(0)
        return file


async def read_file(ports: Ports, number: str) -> CaseFile:
    """Raises NoSuchCase where there is none."""
    async with unattended(ports, "read") as turn:
        return await case_file(turn, number)


async def deliver(surface: Surface, claimed: Claimed) -> Settle:
    """Writes the effect to Slack and returns what to enter once it is done. Raises as Slack does, or Later."""
    try:
        return await _DELIVERIES[type(claimed.effect)](surface, claimed)
    except SlackRefused as error:
        if error.code == "channel_not_found" and await _has_moved(surface, claimed.effect, error.channel):
            raise Later(surface.ports.now()) from error
        if error.code in CHANNEL_LOST and await members.has_lost_bridge(surface, claimed.effect.case, error):
            raise Later(surface.ports.now() + WAIT_FOR_ROOM) from error
        raise


async def _has_moved(surface: Surface, effect: Effect, channel: str) -> bool:
    """Whether what was written to the room, to `channel`, found it under another id."""
    elsewhere = isinstance(effect, ToOfficer) and not isinstance(effect, InviteOutside)
    return (
        not elsewhere
        and not getattr(effect, "bridged", False)
        and await members.has_moved(surface, effect.case, channel)
    )


async def _show_board(surface: Surface, claimed: Claimed) -> Settle:
    effect: ShowBoard = effect_of(claimed, ShowBoard)
    if effect.board == THREAD:
        return await _show_thread(surface, claimed, effect.case)
    file = await surface.file(effect.case)
    name = effect.board + (BRIDGED if effect.bridged else "")
    place = await boards.place(surface, file, name)
    if place is None:
        return nothing
    known = file.boards.get(name)
    if known and effect.bridged and known.channel != place.channel:
        known = None  # it stood on a bridge that is lost
    if known and not effect.urgent and file.now < known.shown_at + BETWEEN_EDITS:
        raise Later(known.shown_at + BETWEEN_EDITS)
    text, blocks = await boards.render(surface, file, name)
    team, channel, thread_ts = place
    board = Board(effect.case, name, channel, "", "", file.now, thread_ts, team)
    return await _write_board(surface, claimed, board, known, text, blocks)


async def _show_thread(surface: Surface, claimed: Claimed, outlet: str) -> Settle:
    async with unattended(surface.ports, "read") as turn:
        known = await turn.unit.boards.get(f"{outlet}/{THREAD}")
        channel = turn.directory.complaints_channel(outlet) or ""
        now, office = turn.now, turn.directory.offices[outlet]
        team = turn.directory.workspaces.get(office.party, "")
    if not channel:
        return nothing
    board = Board(outlet, THREAD, channel, "", "", now, team=team)
    languages = [surface.words(language) for language in ("zh-CN", "en")]
    text = escape(names.joined((office.name.in_(words.language) for words in languages), languages[0]))
    return await _write_board(surface, claimed, board, known, text, cards.thread(office, languages))


async def _write_board(
    surface: Surface, claimed: Claimed, board: Board, known: Board | None, text: str, blocks: list[Block]
) -> Settle:
    """Edits the message in place; posts it where it is not there yet, or where someone deleted it."""
    shown = sum_of([text, blocks])
    if known and known.shown == shown:
        return nothing
    slack = surface.slack_in(board.team)
    standing = known or await _arrived(slack, claimed, board)
    ts = await _edited(slack, standing, text, blocks) if standing else None
    if ts is None:
        _, ts = await post(slack, claimed, board.channel, text, blocks, thread_ts=board.thread_ts)
    fresh = replace(board, ts=ts, shown=shown)
    return partial(rooms_desk.shown, board=fresh)


async def _arrived(slack: Slack, claimed: Claimed, board: Board) -> Board | None:
    """The board that an earlier attempt may have posted; it shows what was true then, so it is edited."""
    if not claimed.uncertain:
        return None
    ts = await slack.find_post(board.channel, claimed.id, since=claimed.created_at, thread_ts=board.thread_ts)
    return replace(board, ts=ts) if ts else None


async def _edited(slack: Slack, known: Board, text: str, blocks: list[Block]) -> str | None:
    try:
        await slack.edit(known.channel, known.ts, text, blocks)
    except SlackRefused as error:
        if error.code != "message_not_found":
            raise
        return None
    return known.ts


def _card(file: CaseFile, effect: PinCard | AddBookmark) -> Board | None:
    """None where there is no bridge for it to stand on, and none comes."""
    card = file.boards.get("card" + (BRIDGED if effect.bridged else ""))
    _, bridge = file.room.place(bridged=True)
    if effect.bridged and not bridge and not file.room.awaits_bridge:
        return None
    if card is None or (effect.bridged and card.channel != bridge):
        raise Later(file.now + WAIT_FOR_ROOM)
    return card


async def _pin(surface: Surface, claimed: Claimed) -> Settle:
    effect: PinCard = effect_of(claimed, PinCard)
    card = _card(await surface.file(effect.case), effect)
    if card:
        await surface.slack_in(card.team).pin(card.channel, card.ts)
    return nothing


async def _bookmark(surface: Surface, claimed: Claimed) -> Settle:
    effect: AddBookmark = effect_of(claimed, AddBookmark)
    file = await surface.file(effect.case)
    card = _card(file, effect)
    if card is None:
        return nothing
    said = in_rooms_language(surface, file, lambda words: words("bookmark.card", number=file.case.number))
    title = " / ".join(said.splitlines())
    slack = surface.slack_in(card.team)
    link = boards.link(surface, card)
    known = await slack.bookmarks(card.channel, title) if claimed.uncertain or effect.again else {}
    if link not in known.values():
        await slack.bookmark(card.channel, title, link)
    for id_ in [id_ for id_, address in known.items() if address != link]:
        await slack.remove_bookmark(card.channel, id_)
    return nothing


async def _tell_room(surface: Surface, claimed: Claimed) -> Settle:
    effect: TellRoom = effect_of(claimed, TellRoom)
    file = await surface.file(effect.case)
    async with surface.ports.reading() as unit:
        entry = await unit.record.get(effect.case, effect.entry)
    place = await _notices_place(surface, file, effect)
    if entry is None or place is None:
        return nothing
    text = in_rooms_language(surface, file, partial(notices.text, file, entry))
    blocks = in_rooms_language(surface, file, partial(notices.notice, file, entry))
    slack = surface.slack_in(place.team)
    await post(slack, claimed, place.channel, text, blocks, thread_ts=place.thread_ts)
    return nothing


async def _notices_place(surface: Surface, file: CaseFile, effect: InRoom) -> boards.Place | None:
    return await boards.place(surface, file, "notice" + (BRIDGED if effect.bridged else ""))


async def _ping_room(surface: Surface, claimed: Claimed) -> Settle:
    effect: PingRoom = effect_of(claimed, PingRoom)
    file = await surface.file(effect.case)
    clock = next((one for one in file.clocks if one.id == effect.clock), None)
    place = await _notices_place(surface, file, effect)
    if clock is None or place is None:
        return nothing
    text = in_rooms_language(surface, file, partial(clocks.reminder_text, file, clock, effect))
    blocks = in_rooms_language(surface, file, partial(clocks.reminder, file, clock, effect))
    slack = surface.slack_in(place.team)
    await post(slack, claimed, place.channel, text, blocks, thread_ts=place.thread_ts)
    return nothing


async def _tell_operators(surface: Surface, claimed: Claimed) -> Settle:
    effect: TellOperators = effect_of(claimed, TellOperators)
    if surface.operators:
        text = surface.operators_words(f"alarm.{effect.alarm}", **effect.values)
        await post(surface.workspaces.host, claimed, surface.operators, escape(text), [section(escape(text))])
    return nothing


async def _capture(surface: Surface, claimed: Claimed) -> Settle:
    effect: CaptureFile = effect_of(claimed, CaptureFile)
    team, _ = (await surface.file(effect.case)).room.place(bridged=effect.bridged)
    try:
        name, data = await surface.slack_in(team).file(effect.file_id)
    except SlackRefused as error:
        if error.code in NOT_INSTALLED:
            raise
        return partial(record_desk.not_captured, number=effect.case, file_id=effect.file_id, trouble=error.code)
    return partial(record_desk.captured, number=effect.case, file_id=effect.file_id, name=name, data=data)


async def _upload(surface: Surface, claimed: Claimed) -> Settle:
    effect: UploadExport = effect_of(claimed, UploadExport)
    file = await surface.file(effect.case)
    async with surface.ports.reading() as unit:
        export = await unit.exports.get(effect.export)
    if export is None or export.file_id:
        return nothing
    name = f"{export.id}.zip"
    if claimed.uncertain:  # a database that was restored does not know that it was shared since
        slack, channel = await _export_place(surface, file, export)
        found = await slack.find_file(channel, name, since=claimed.created_at)
        if found:
            _, data = await slack.file(found)
            return partial(record_desk.handed_out, export=replace(export, file_id=found, sha256=_sha256(data)))
    data = await surface.seal(surface.slack_in, file, export)
    slack, _ = await _export_place(surface, file, export)
    file_id = await slack.upload(name, data)
    return partial(record_desk.uploaded, export=replace(export, file_id=file_id, sha256=_sha256(data)))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def _share_export(surface: Surface, claimed: Claimed) -> Settle:
    effect: ShareExport = effect_of(claimed, ShareExport)
    file = await surface.file(effect.case)
    async with surface.ports.reading() as unit:
        export = await unit.exports.get(effect.export)
    if export is None:
        return nothing
    slack, channel = await _export_place(surface, file, export)
    handed_out = partial(record_desk.handed_out, export=export)
    now, shows_by = surface.ports.now(), claimed.created_at + SHARED_WITHIN
    if claimed.uncertain:
        if await slack.is_shared(channel, export.file_id):
            return handed_out
        if now < shows_by:
            raise Later(now + LOOK_AGAIN_AFTER)
    try:
        await slack.share_file(
            channel, export.file_id, f"{export.id}.zip", await _export_comment(surface, file, export)
        )
    except SlackRefused as error:
        if error.code != "file_not_found" or now < shows_by:
            raise
        # Slack keeps for a while only what is shared nowhere.
        return partial(record_desk.upload_again, export=export)
    return handed_out


async def _export_comment(surface: Surface, file: CaseFile, export: Export) -> str:
    def said(words: Words) -> str:
        return words("export.comment", number=file.case.number, export=export.id)

    if _in_room(file):
        return in_rooms_language(surface, file, said)
    return said(await directs.words_for(surface, boards.officer_of(file, export.by)))


async def _export_place(surface: Surface, file: CaseFile, export: Export) -> tuple[Slack, str]:
    """The room, or the bridge of whoever asked there; a complaint's record goes to the one who asked, since its thread
    is shared with other complaints."""
    asker = file.directory.officers.get(export.by)
    team, channel = file.room.place_in(asker.team_id if asker else "")
    if channel:
        return surface.slack_in(team), channel
    officer = boards.officer_of(file, export.by)
    slack = surface.slack_in(officer.team_id)
    return slack, await slack.open_dm(officer.user_id)


def _in_room(file: CaseFile) -> bool:
    return bool(file.room.channel_id) and not file.room.is_thread


_DELIVERIES: dict[type[Effect], Callable[[Surface, Claimed], Awaitable[Settle]]] = {
    CreateRoom: members.create_room,
    CreateBridge: members.create_bridge,
    InviteOfficers: members.invite,
    InviteOutside: members.invite_outside,
    RemoveGuest: members.remove_guest,
    ShowBoard: _show_board,
    PinCard: _pin,
    AddBookmark: _bookmark,
    TellRoom: _tell_room,
    TellTrouble: directs.tell_trouble,
    PageOfficer: directs.page,
    PingOwner: directs.ping_owner,
    PingRoom: _ping_room,
    AskReceipt: directs.ask_receipt,
    AskApproval: directs.ask_approval,
    AskHandover: directs.ask_handover,
    AskPrincipal: directs.ask_principal,
    CaptureFile: _capture,
    CatchUp: catch_up,
    TellOperators: _tell_operators,
    UploadExport: _upload,
    ShareExport: _share_export,
    PublishHome: home.publish,
}
