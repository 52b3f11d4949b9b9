"""What is entered of a case: what the room said, who did what and why, and the export that seals it (W8, H9, A5)."""

from dataclasses import replace

import pytest

from playbooks.desk import record, rooms
from playbooks.desk.turn import unattended
from playbooks.ports import Person
from playbooks.rules.effects import CaptureFile, ShareExport, UploadExport
from playbooks.rules.record import breaks
from playbooks.rules.refusals import NotAllowed

from ..fakes import NOON, TEAM, FakePorts, person
from . import play
from .play import CRISIS, T1

GUEST = Person(TEAM, "U0JORDAN")


@pytest.fixture
async def opened(ports: FakePorts) -> FakePorts:
    """A crisis with its channel."""
    await play.crisis(ports)
    async with unattended(ports, "delivery") as turn:
        await rooms.created(turn, CRISIS, "C0ROOM")
    return ports


async def say(ports: FakePorts, who: Person | None, channel: str = "C0ROOM") -> None:
    await record.capture(ports, channel=channel, person=who, kind="message", at=NOON, text="两位客户", ts="1.1")


async def test_a_message_of_the_room_is_entered_as_the_person_stands_in_the_directory(opened: FakePorts) -> None:
    await say(opened, person("wang-lei"))

    entry = opened.memory.entries(CRISIS)[-1]
    assert (entry.kind, entry.cause, entry.actor.party, entry.actor.tier) == ("message", "event", "insurer", "branch")
    assert entry.data == {"slack_at": "2026-03-02T04:00:00+00:00", "text": "两位客户", "ts": "1.1"}


async def test_someone_who_is_in_no_directory_is_entered_by_slack_id_alone(opened: FakePorts) -> None:
    await say(opened, GUEST)

    actor = opened.memory.entries(CRISIS)[-1].actor
    assert (actor.id, actor.party, actor.team_id, actor.user_id) == ("", "", TEAM, "U0JORDAN")


async def test_another_channel_is_left_alone(opened: FakePorts) -> None:
    before = opened.memory.tables

    await say(opened, person("wang-lei"), "C0ELSE")
    await record.shared(opened, channel="C0ELSE", person=GUEST, file_id="F1")

    assert opened.memory.tables == before


async def test_a_file_is_fetched_once_and_kept_under_its_sha256(opened: FakePorts) -> None:
    for _ in range(2):
        await record.shared(opened, channel="C0ROOM", person=person("wang-lei"), file_id="F1")
    async with unattended(opened, "delivery") as turn:
        await record.captured(turn, CRISIS, "F1", name="photo.jpg", data=b"photo")

    assert opened.memory.effects(CaptureFile) == [CaptureFile(CRISIS, "F1")]
    kept = opened.memory.tables.files[f"{CRISIS}/F1"]
    assert (kept.name, kept.size, opened.memory.tables.blobs[kept.sha256]) == ("photo.jpg", 5, b"photo")
    assert opened.memory.kinds(CRISIS)[-2:] == ["file.shared", "file.captured"]


async def test_a_file_that_cannot_be_fetched_says_why(opened: FakePorts) -> None:
    await record.shared(opened, channel="C0ROOM", person=person("wang-lei"), file_id="F1")
    async with unattended(opened, "delivery") as turn:
        await record.not_captured(turn, CRISIS, "F1", "file_deleted")

    assert opened.memory.tables.files[f"{CRISIS}/F1"].trouble == "file_deleted"


async def test_an_export_is_itself_entered_and_numbered(opened: FakePorts) -> None:
    asked = [await record.export(opened, number=CRISIS, by=person("zhao-lihua")) for _ in range(2)]

    assert [one.id for one in asked] == [f"{CRISIS}-X1", f"{CRISIS}-X2"]
    entered = opened.memory.entries(CRISIS, "record.exported")
    assert [entry.data["export"] for entry in entered] == [one.id for one in asked]
    assert opened.memory.effects(UploadExport) == [UploadExport(CRISIS, one.id) for one in asked]


async def test_an_export_is_for_those_with_the_right(opened: FakePorts) -> None:
    with pytest.raises(NotAllowed):
        await record.export(opened, number=CRISIS, by=person("chen-wei"))


async def test_what_was_uploaded_is_kept_with_its_hash_and_entered_once_it_was_handed_out(opened: FakePorts) -> None:
    asked = await record.export(opened, number=CRISIS, by=person("zhao-lihua"))
    async with unattended(opened, "delivery") as turn:
        await record.uploaded(turn, replace(asked, file_id="F0EXPORT", sha256="a" * 64))

    kept = opened.memory.tables.exports[asked.id]
    assert kept.file_id == "F0EXPORT"
    assert opened.memory.effects(ShareExport) == [ShareExport(CRISIS, asked.id)]
    assert opened.memory.entries(CRISIS, "record.uploaded") == []
    async with unattended(opened, "delivery") as turn:
        await record.handed_out(turn, kept)
    assert opened.memory.entries(CRISIS, "record.uploaded")[0].data["file"] == "F0EXPORT"


async def test_after_a_whole_case_the_chain_holds_and_every_entry_names_an_actor_and_a_cause(ports: FakePorts) -> None:
    number = await play.live(ports)
    await play.finish(ports, number)

    entries = ports.memory.entries(number)
    assert (breaks(entries), await record.audit(ports)) == ([], {})
    assert all(entry.actor.id and entry.actor.party and entry.actor.tier and entry.cause for entry in entries)
    assert {entry.cause for entry in entries} == {"command", "click", "submission"}


async def test_a_chain_that_does_not_hold_is_found(ports: FakePorts) -> None:
    await play.crisis(ports)
    await play.report(ports, T1, "chen-wei")
    entries = ports.memory.tables.entries
    entries[CRISIS, 2] = replace(entries[CRISIS, 2], cause="tick")

    assert await record.audit(ports) == {CRISIS: ["entry 2 was changed: its content does not match its hash"]}
