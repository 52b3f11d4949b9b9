"""What the room said and shared, entered from Slack's events, and the export that seals it (H9, W8, A5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..ports import Export, Person, Ports, SharedFile
from ..rules.cases import Kind
from ..rules.effects import CaptureFile, CatchUp, ShareExport, UploadExport
from ..rules.record import breaks, digest
from .turn import Turn, acting, on, unattended
from .views import CaseFile, case_file

# What happened so shortly before may still come as an event; one that takes longer is entered as of when it was.
PROMPT = timedelta(seconds=60)


async def capture(ports: Ports, *, channel: str, person: Person | None, kind: str, at: datetime, **data: Any) -> None:
    """Enters a message, an edit, a deletion or a file of a room; other channels are left alone."""
    async with unattended(ports, "event", person=person) as turn:
        room = await turn.unit.room_of(channel)
        if room is None:
            return
        await turn.case(room.case)
        if not await turn.is_news(channel, kind, at.isoformat()):
            return
        data |= on(room.bridge_in(channel))
        if turn.now - at <= PROMPT:
            await turn.enter(room.case, kind, slack_at=at.astimezone(UTC).isoformat(), **data)
        elif not await _is_entered(turn, room.case, kind, data):
            await enter_missed(turn, room.case, kind, at=at, **data)


async def _is_entered(turn: Turn, number: str, kind: str, data: dict[str, Any]) -> bool:
    """Whether it was caught up with from the history before its event came."""
    return any(
        entry.kind == kind and entry.data["ts"] == data["ts"] and entry.data.get("text") == data.get("text")
        for entry in await turn.unit.record.of(number)
    )


async def enter_missed(turn: Turn, number: str, kind: str, *, at: datetime, **data: Any) -> None:
    """As of when it happened; `turn` is whose it was."""
    await turn.enter(number, kind, at=at, slack_at=at.astimezone(UTC).isoformat(), **data)


async def enter_file(turn: Turn, number: str, file_id: str, *, at: datetime | None = None, bridge: str = "") -> None:
    """A file was shared: its bytes are fetched into the record."""
    if await turn.unit.files.get(f"{number}/{file_id}"):
        return
    await turn.unit.files.save(SharedFile(f"{number}/{file_id}", number))
    await turn.enter(number, "file.shared", at=at, file=file_id, **on(bridge))
    await turn.put(CaptureFile(number, file_id, bool(bridge)))


async def catch_up(ports: Ports) -> None:
    """Has the history of every open crisis's room read, after nobody listened to Slack for a while."""
    async with unattended(ports, "start") as turn:
        for case in await turn.unit.cases.open_cases():
            if case.kind is Kind.CRISIS:
                await turn.put(CatchUp(case.number))


async def shared(ports: Ports, *, channel: str, person: Person, file_id: str) -> None:
    """A file was shared in a room: its bytes are fetched into the record. Slack names who did by their id alone."""
    async with unattended(ports, "event") as turn:
        room = await turn.unit.room_of(channel)
        if room is None:
            return
        await turn.case(room.case)
        turn = turn.by(replace(person, team_id=turn.directory.home_of(person.user_id, person.team_id)))
        await enter_file(turn, room.case, file_id, bridge=room.bridge_in(channel))


async def captured(turn: Turn, number: str, file_id: str, *, name: str, data: bytes) -> None:
    """The bytes of a file, kept under their sha256."""
    sha256 = await turn.unit.blobs.put(data)
    await turn.unit.files.save(SharedFile(f"{number}/{file_id}", number, name, len(data), sha256))
    await turn.enter(number, "file.captured", file=file_id, name=name, size=len(data), sha256=sha256)


async def not_captured(turn: Turn, number: str, file_id: str, trouble: str) -> None:
    old = await turn.unit.files.get(f"{number}/{file_id}")
    if old:
        await turn.unit.files.save(replace(old, trouble=trouble))
    await turn.enter(number, "file.not_captured", file=file_id, trouble=trouble)


async def export(ports: Ports, *, number: str, by: Person) -> Export:
    """Asks for the sealed record: role-bound and itself recorded (W8); closed cases can be exported too."""
    async with acting(ports, by, "command") as turn:
        await turn.case(number)
        turn.require("export")
        count = len(await turn.unit.exports.of(number))
        asked = Export(f"{number}-X{count + 1}", number, turn.officer.id, turn.now)
        await turn.enter(number, "record.exported", export=asked.id)
        await turn.unit.exports.save(asked)
        await turn.put(UploadExport(number, asked.id))
        return asked


async def export_by_operator(ports: Ports, *, number: str) -> tuple[CaseFile, Export]:
    """The same from the command line of the machine that runs Jointroom; recorded as the operator's."""
    async with unattended(ports, "operator") as turn:
        await turn.case(number)
        count = len(await turn.unit.exports.of(number))
        asked = Export(f"{number}-X{count + 1}", number, "operator", turn.now)
        await turn.enter(number, "record.exported", export=asked.id)
        await turn.unit.exports.save(asked)
        return await case_file(turn, number), asked


async def uploaded(turn: Turn, export: Export) -> None:
    """Its bytes are with Slack, but nobody sees them until they are shared."""
    await turn.unit.exports.save(export)
    await turn.put(ShareExport(export.case, export.id))


async def upload_again(turn: Turn, export: Export) -> None:
    """Slack no longer has its bytes."""
    await turn.unit.exports.save(replace(export, file_id="", sha256=""))
    await turn.put(UploadExport(export.case, export.id))


async def handed_out(turn: Turn, export: Export) -> None:
    """The uploaded file was shared with whom it is for."""
    await turn.unit.exports.save(export)
    await turn.enter(export.case, "record.uploaded", export=export.id, file=export.file_id, sha256=export.sha256)


async def audit_heads(ports: Ports) -> dict[str, list[str]]:
    """As `audit`, for the last entry of every open case: what is about to be built on."""
    async with ports.reading() as unit:
        heads = [await unit.record.last(case.number) for case in await unit.cases.open_cases()]
    return {head.case: [f"entry {head.seq} was changed"] for head in heads if head and digest(head) != head.hash}


async def audit(ports: Ports) -> dict[str, list[str]]:
    """Every case whose chain does not hold, with what is wrong; a case at a time, so that nobody waits for all."""
    async with ports.reading() as unit:
        numbers = [case.number for case in await unit.cases.latest(1_000_000)]
    found: dict[str, list[str]] = {}
    for number in numbers:
        async with ports.reading() as unit:
            problems = breaks(await unit.record.of(number))
        if problems:
            found[number] = problems
    return found
