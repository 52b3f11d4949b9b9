"""What the room said and shared, entered from Slack's events, and the export that seals it (H9, W8, A5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..ports import Export, Person, Ports, SharedFile
from ..rules.effects import CaptureFile, UploadExport
from ..rules.record import Entry, breaks
from .turn import Turn, acting, unattended
from .views import CaseFile, case_file

# An event that takes longer than this to arrive is entered as one that happened before.
PROMPT = timedelta(seconds=60)


async def capture(ports: Ports, *, channel: str, person: Person | None, kind: str, at: datetime, **data: Any) -> None:
    """Enters a message, an edit, a deletion or a file of a room; other channels are left alone."""
    async with unattended(ports, "event", person=person) as turn:
        room = await turn.unit.room_of(channel)
        if room is None:
            return
        await turn.case(room.case)
        happened = at if turn.now - at > PROMPT else None
        await turn.enter(room.case, kind, at=happened, slack_at=at.astimezone(UTC).isoformat(), **data)


async def shared(ports: Ports, *, channel: str, person: Person, file_id: str) -> None:
    """A file was shared in a room: its bytes are fetched into the record."""
    async with unattended(ports, "event", person=person) as turn:
        room = await turn.unit.room_of(channel)
        if room is None:
            return
        await turn.case(room.case)
        if await turn.unit.files.get(f"{room.case}/{file_id}"):
            return
        await turn.unit.files.save(SharedFile(f"{room.case}/{file_id}", room.case))
        await turn.enter(room.case, "file.shared", file=file_id)
        await turn.put(CaptureFile(room.case, file_id))


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
        case = await turn.case(number)
        count = len(await turn.unit.exports.of(number))
        asked = Export(f"{number}-X{count + 1}", number, "operator", turn.now)
        await turn.enter(number, "record.exported", export=asked.id)
        await turn.unit.exports.save(asked)
        return await case_file(turn, case), asked


async def uploaded(turn: Turn, export: Export, *, file_id: str, sha256: str) -> None:
    await turn.unit.exports.save(replace(export, file_id=file_id, sha256=sha256))
    await turn.enter(export.case, "record.uploaded", export=export.id, file=file_id, sha256=sha256)


async def audit(ports: Ports) -> dict[str, list[str]]:
    """Every case whose chain does not hold, with what is wrong."""
    found: dict[str, list[str]] = {}
    async with ports.unit() as unit:
        for case in await unit.cases.latest(1_000_000):
            entries: list[Entry] = await unit.record.of(case.number)
            problems = breaks(entries)
            if problems:
                found[case.number] = problems
    return found
