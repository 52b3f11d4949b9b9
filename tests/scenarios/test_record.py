"""The incident record: what people said and did is captured, and the export proves it afterwards (H9, W8, A5)."""

import asyncio
import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.catalogs import words
from playbooks.rules import archive
from playbooks.rules.record import Entry, breaks
from sandbox.shown import shown_text
from tests.command_line import runs
from tests.conftest import GENERAL, Stage, in_a_room
from tests.scenarios.test_statements import closed_complaint

zh, en = words("zh-CN"), words("en")
Files = dict[str, bytes]


async def exports(stage: Stage, room: str, name: str = "LINA", nth: int = 1, wait: int = 0) -> bytes:
    """The zip; what is missing is waited for, so `wait` (seconds) moves the clock past that."""
    person = stage.person(name)
    await person.run("/crisis", "export", channel=room)
    stage.advance(seconds=wait)
    message = await person.sees(f"-X{nth}.zip", room)
    return await person.download(message["files"][0]["id"])


async def kinds(stage: Stage, number: str = "CR-2026-0001") -> list[str]:
    return [entry.kind for entry in await stage.record(number)]


async def captured(stage: Stage, kind: str, **data: str) -> Entry:
    """The entry of a kind whose facts hold this; waits for it in real time."""
    async with asyncio.timeout(10):
        while True:
            for entry in await stage.record():
                if entry.kind == kind and all(entry.data.get(name) == value for name, value in data.items()):
                    return entry
            await asyncio.sleep(0.02)


def opened(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o644 << 16
            file.writestr(info, files[name])
    return buffer.getvalue()


# What is captured


@in_a_room
async def test_a_message_is_captured_with_who_wrote_it_and_when(stage: Stage) -> None:
    room = await stage.crisis()

    said = await stage.person("WANGLEI").post("I am <here> & waiting", room)

    entry = await captured(stage, "message.posted", ts=said["ts"])
    assert (entry.actor.id, entry.actor.party, entry.actor.tier) == ("wang-lei", "insurer", "branch")
    assert entry.data["text"] == "I am &lt;here&gt; &amp; waiting" and entry.cause == "event"


@in_a_room
async def test_an_edit_is_a_new_entry_that_keeps_what_stood_before(stage: Stage) -> None:
    room = await stage.crisis()
    person = stage.person("CHENWEI")
    said = await person.post("Six customers", room)

    await person.edit(room, said["ts"], "Seven customers")

    entry = await captured(stage, "message.edited", ts=said["ts"])
    assert (entry.data["was"], entry.data["text"]) == ("Six customers", "Seven customers")
    assert (await captured(stage, "message.posted", ts=said["ts"])).data["text"] == "Six customers"


@in_a_room
async def test_a_deletion_is_a_new_entry_that_keeps_the_text(stage: Stage) -> None:
    room = await stage.crisis()
    person = stage.person("CHENWEI")
    said = await person.post("Sent by mistake", room)

    await person.delete(room, said["ts"])

    entry = await captured(stage, "message.deleted", ts=said["ts"])
    assert (entry.data["was"], entry.data["author"]) == ("Sent by mistake", "U0CHENWEI")


@in_a_room
async def test_a_thread_reply_is_captured_with_its_thread(stage: Stage) -> None:
    room = await stage.crisis()
    parent = await stage.person("CHENWEI").post("Where are you?", room)

    reply = await stage.person("WANGLEI").post("At the door", room, thread_ts=parent["ts"])

    assert (await captured(stage, "message.posted", ts=reply["ts"])).data["thread_ts"] == parent["ts"]


@in_a_room
async def test_the_bots_own_messages_are_captured_too(stage: Stage) -> None:
    room = await stage.crisis()
    card = await stage.person("CHENWEI").sees("Report up", room)

    entry = await captured(stage, "message.posted", ts=card["ts"])

    assert entry.data["user"] == "U0JOINTROOM"


@in_a_room
async def test_a_file_is_captured_with_its_bytes_and_sha256(stage: Stage) -> None:
    room = await stage.crisis()
    content = bytes(range(256)) * 40

    await stage.person("WANGLEI").upload("现场 photo.bin", content, room)

    entry = await captured(stage, "file.captured")
    assert (entry.data["name"], entry.data["size"]) == ("现场 photo.bin", len(content))
    assert entry.data["sha256"] == hashlib.sha256(content).hexdigest()
    sealed = opened(await exports(stage, room))
    assert [data for name, data in sealed.items() if name.startswith("files/")] == [content]


@in_a_room
async def test_two_files_of_one_name_are_both_kept(stage: Stage) -> None:
    room = await stage.crisis()
    for content in (b"first", b"second"):
        await stage.person("WANGLEI").upload("../list.txt", content, room)
        await captured(stage, "file.captured", sha256=hashlib.sha256(content).hexdigest())

    sealed = opened(await exports(stage, room))

    files = {name: data for name, data in sealed.items() if name.startswith("files/")}
    assert sorted(files.values()) == [b"first", b"second"]
    assert all(name.count("/") == 1 and ".." not in name.split("/") for name in files)


@in_a_room
async def test_joins_and_leaves_are_captured(stage: Stage) -> None:
    room = await stage.crisis()
    await stage.person("CHENWEI").invite("U0JORDANLAKE", room)
    joined = await captured(stage, "member.joined", user="U0JORDANLAKE")

    await stage.person("JORDANLAKE").leave(room)

    left = await captured(stage, "member.left", user="U0JORDANLAKE")
    assert joined.data["in_directory"] is False and left.seq > joined.seq


@in_a_room
async def test_a_card_that_an_admin_deletes_is_recorded_and_stands_again_at_the_next_refresh(stage: Stage) -> None:
    room = await stage.crisis()
    await stage.settled()
    card = (await stage.file()).boards["card"]
    await stage.person("CHENWEI").invite("U0OPSALEX", room)

    await stage.person("OPSALEX").delete(room, card.ts)
    gone = await captured(stage, "message.deleted", ts=card.ts)
    await stage.answers("CHENWEI", "WANGLEI")
    await stage.entered("room.live")
    await stage.settled()

    again = (await stage.file()).boards["card"]
    assert gone.data["author"] == "U0JOINTROOM" and again.ts != card.ts
    assert [one["ts"] for one in await stage.person("CHENWEI").messages(room) if one["ts"] == again.ts] == [again.ts]
    (bookmark,) = (await stage.person("CHENWEI").channel(room))["bookmarks"]
    assert bookmark["link"].endswith(f"/p{again.ts.replace('.', '')}")


@in_a_room
async def test_what_is_said_elsewhere_is_nobodys_business(stage: Stage) -> None:
    room = await stage.crisis()

    await stage.person("CHENWEI").post("Lunch?", GENERAL)
    await stage.person("CHENWEI").post("In the room", room)

    await captured(stage, "message.posted", text="In the room")
    assert "Lunch?" not in [entry.data.get("text") for entry in await stage.record()]


@in_a_room
async def test_the_same_event_twice_is_entered_once(stage: Stage) -> None:
    room = await stage.crisis()
    said = await stage.person("WANGLEI").post("Once", room)
    await captured(stage, "message.posted", ts=said["ts"])
    bot = stage.world.bot
    payload = {"type": "event_callback", "event_id": "Ev1", "team_id": bot.workspaces.host.team_id,
               "event": {"type": "message", "channel": room, "user": "U0WANGLEI", "text": "Twice", "ts": "1772413200.000001"}}  # fmt: skip  # noqa: E501

    for _ in range(2):
        await bot.inbox.store("Ev1", payload)
    await captured(stage, "message.posted", text="Twice")
    await stage.settled()

    assert [entry.data["text"] for entry in await stage.record() if entry.data.get("ts") == "1772413200.000001"] == [
        "Twice"
    ]


# The export


@in_a_room
async def test_the_export_is_for_the_roles_that_may_disclose_and_is_itself_recorded(stage: Stage) -> None:
    room = await stage.crisis()

    refused = await stage.person("WANGLEI").run("/crisis", "export", channel=room)
    assert refused and zh("role.compliance") in shown_text(refused)
    assert "record.exported" not in await kinds(stage)
    await exports(stage, room)

    entry = await stage.entered("record.exported")
    assert (entry.actor.id, entry.data["export"]) == ("li-na", "CR-2026-0001-X1")
    uploaded = await stage.entered("record.uploaded")
    assert uploaded.data["export"] == "CR-2026-0001-X1" and len(uploaded.data["sha256"]) == 64


@in_a_room
async def test_the_export_holds_record_transcript_files_manifest_and_signature(stage: Stage) -> None:
    room = await stage.crisis()
    await stage.person("WANGLEI").upload("list.txt", b"seven names", room)
    await captured(stage, "file.captured")

    files = opened(await exports(stage, room))

    entries = await stage.record()
    lines = [json.loads(line) for line in files["record.jsonl"].decode().splitlines()]
    manifest = json.loads(files["MANIFEST.json"])
    assert {"record.jsonl", "transcript.html", "MANIFEST.json", "SIGNATURE"} <= set(files)
    assert [line["hash"] for line in lines] == [entry.hash for entry in entries[: len(lines)]]
    assert lines[-1]["kind"] == "record.exported" and manifest["head"] == lines[-1]["hash"]
    assert {name: hashlib.sha256(files[name]).hexdigest() for name in manifest["files"]} == {
        name: one["sha256"] for name, one in manifest["files"].items()
    }
    assert (manifest["case"], manifest["exported_by"], manifest["entries"]) == ("CR-2026-0001", "li-na", len(lines))
    assert manifest["not_captured"] == []


async def test_the_transcript_reads_in_both_languages_and_shows_edits_and_deletions_safely(stage: Stage) -> None:
    room = await stage.crisis(summary="</script><script>alert(1)</script>")
    person = stage.person("CHENWEI")
    said = await person.post("Six <b>customers</b>", room)
    await person.edit(room, said["ts"], "Seven </script> customers")
    gone = await person.post("Sent by mistake", room)
    await person.delete(room, gone["ts"])
    await captured(stage, "message.deleted", ts=gone["ts"])

    html = opened(await exports(stage, room))["transcript.html"].decode()

    for kind in ("message.edited", "message.deleted", "case.opened"):
        assert zh(f"entry.{kind}") in html and en(f"entry.{kind}") in html
    assert "Seven " in html and "Sent by mistake" in html and "customers" in html
    assert html.count('class="was"') == 2
    assert "<script" not in html and "</script" not in html and "<b>customers" not in html
    assert "src=" not in html and "http" not in html.replace("http-equiv", ""), "it needs nothing from the network"


@in_a_room
async def test_two_exports_are_numbered_and_both_valid_and_the_second_tells_of_the_first(stage: Stage) -> None:
    room = await stage.crisis()

    first = await exports(stage, room)
    await stage.entered("record.uploaded")
    second = await exports(stage, room, nth=2)

    assert archive.verify(first).valid and archive.verify(second).valid
    assert "CR-2026-0001-X1" in opened(second)["record.jsonl"].decode()
    assert len(opened(second)["record.jsonl"]) > len(opened(first)["record.jsonl"])


async def test_a_closed_case_can_still_be_exported(stage: Stage) -> None:
    number = await closed_complaint(stage)
    person = stage.person("ZHAOLIHUA")

    await person.run("/complaint", f"export {number}", channel=GENERAL)

    message = await person.sees(f"{number}-X1.zip", await stage.direct(person))
    data = await person.download(message["files"][0]["id"])
    assert archive.verify(data).valid
    assert "case.closed" in opened(data)["record.jsonl"].decode()


@in_a_room
async def test_what_slack_has_and_the_record_has_not_is_named_in_the_export(stage: Stage) -> None:
    room = await stage.crisis()
    wang = stage.person("WANGLEI")
    said, edited, deleted, later = [await wang.post(text, room) for text in ("Heard", "Early", "Gone", "Heard too")]
    await captured(stage, "message.posted", ts=later["ts"])
    messages = stage.world.slack.world.channels[room].messages
    missed = dict(messages[said["ts"]]) | {"ts": f"{float(said['ts']) + 0.0005:.6f}", "files": [{"id": "F0LOST"}]}
    assert said["ts"] < missed["ts"] < later["ts"]
    messages[missed["ts"]] = missed
    messages[edited["ts"]] |= {"text": "Late", "edited": {"user": "U0WANGLEI", "ts": later["ts"]}}
    del messages[deleted["ts"]]

    manifest = json.loads(opened(await exports(stage, room, wait=6))["MANIFEST.json"])

    assert manifest["not_captured"] == [
        f"message {missed['ts']}",
        "file F0LOST",
        f"edit of message {edited['ts']}",
        f"deletion of message {deleted['ts']}",
    ]


@in_a_room
async def test_what_was_said_and_shared_just_before_an_export_is_in_it(stage: Stage) -> None:
    room = await stage.crisis()
    wang = stage.person("WANGLEI")

    await wang.post("last words", room)
    await wang.upload("last.txt", b"last bytes", room)
    files = opened(await exports(stage, room))

    assert "last words" in files["record.jsonl"].decode()
    assert [data for name, data in files.items() if name.endswith("last.txt")] == [b"last bytes"]
    assert json.loads(files["MANIFEST.json"])["not_captured"] == []


@in_a_room
async def test_a_file_that_slack_would_not_hand_over_is_named_in_the_export(stage: Stage) -> None:
    room = await stage.crisis()
    shared = await stage.person("WANGLEI").upload("gone.txt", b"bytes", room)
    del stage.world.slack.world.files[shared["id"]]
    await stage.entered("file.not_captured")

    manifest = json.loads(opened(await exports(stage, room, wait=6))["MANIFEST.json"])

    assert manifest["not_captured"] == [f"file {shared['id']}: file_not_found"]


@in_a_room
async def test_an_event_that_cannot_be_entered_holds_up_neither_the_next_nor_a_deadline(stage: Stage) -> None:
    room = await stage.crisis()
    broken = {"type": "event_callback", "event_id": "Ev0BROKEN", "event": {"type": "file_shared"}}
    await stage.world.bot.inbox.store("Ev0BROKEN", broken)

    await stage.person("WANGLEI").post("after it", room)

    await captured(stage, "message.posted", text="after it")
    stage.advance(minutes=31)
    await stage.entered("clock.reminded")


# The verifier


def _edited(name: str, change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    return lambda files: {**files, name: change(files[name])}


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Files], Files]:
    return _edited("record.jsonl", lambda data: b"".join(change(data.splitlines(keepends=True))))


def _manifest(**facts: object) -> Callable[[Files], Files]:
    return _edited("MANIFEST.json", lambda data: (json.dumps({**json.loads(data), **facts}) + "\n").encode())


def _consistent_but_unsigned(files: Files) -> Files:
    """A forger who mends the manifest as well, but has no key."""
    record = files["record.jsonl"].replace(b"Seven customers", b"Eight customers")
    manifest = json.loads(files["MANIFEST.json"])
    manifest["files"]["record.jsonl"] = {"sha256": hashlib.sha256(record).hexdigest(), "size": len(record)}
    text = (json.dumps(manifest, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()
    return {**files, "record.jsonl": record, "MANIFEST.json": text}


TAMPERINGS: dict[str, tuple[Callable[[Files], Files], tuple[str, ...]]] = {
    "a dropped entry": (_lines(lambda lines: lines[:4] + lines[5:]), ("entry 5 is missing before entry 6",)),
    "a dropped last entry": (_lines(lambda lines: lines[:-1]), ("its last entry is not the one in the manifest",)),
    "two swapped entries": (
        _lines(lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]]),
        ("entry 3 stands where entry 5 belongs",),
    ),
    "a changed word": (
        _lines(lambda lines: [line.replace(b"Seven customers", b"Eight customers") for line in lines]),
        ("record.jsonl was changed", "was changed: its content does not match its hash"),
    ),
    "a line that is no entry": (_lines(lambda lines: [*lines[:2], b"{}\n", *lines[3:]]), ("line 3 was changed",)),
    "an extra file": (lambda files: {**files, "files/new.txt": b"new"}, ("files/new.txt was added",)),
    "a missing transcript": (
        lambda files: {name: data for name, data in files.items() if name != "transcript.html"},
        ("transcript.html is missing",),
    ),
    "a missing signature": (
        lambda files: {name: data for name, data in files.items() if name != "SIGNATURE"},
        ("SIGNATURE is missing",),
    ),
    "a missing manifest": (
        lambda files: {name: data for name, data in files.items() if name != "MANIFEST.json"},
        ("MANIFEST.json is missing",),
    ),
    "an edited manifest": (_manifest(exported_by="somebody-else"), ("the signature does not match",)),
    "a manifest with another key": (_manifest(public_key="00" * 32), ("the signature does not match",)),
    "a mended manifest": (_consistent_but_unsigned, ("the signature does not match", "does not match its hash")),
    "a broken manifest": (_edited("MANIFEST.json", lambda data: data[:-20]), ("MANIFEST.json was changed",)),
}


@in_a_room
async def test_every_tampering_is_found_and_named(stage: Stage, tmp_path: Path) -> None:
    room = await stage.crisis()
    await stage.person("WANGLEI").upload("list.txt", b"seven names", room)
    await captured(stage, "file.captured")
    sealed = await exports(stage, room)
    files = opened(sealed)
    assert packed(files) == sealed and archive.verify(sealed).valid

    for what, (tamper, sentences) in TAMPERINGS.items():
        problems = "\n".join(archive.verify(packed(tamper(files))).problems)
        assert all(sentence in problems for sentence in sentences), (what, problems)
    for name, data in files.items():
        for place in {0, len(data) // 2, len(data) - 1}:
            changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            problems = "\n".join(archive.verify(packed({**files, name: changed})).problems)
            assert name in problems, (name, place, problems)


@in_a_room
async def test_a_changed_byte_anywhere_in_the_zip_is_found(stage: Stage) -> None:
    room = await stage.crisis()
    sealed = await exports(stage, room)
    with zipfile.ZipFile(io.BytesIO(sealed)) as file:
        headers = [place for info in file.infolist() for place in range(info.header_offset, info.header_offset + 46)]
        places = {*headers, *range(file.start_dir, len(sealed)), *range(0, len(sealed), 701)}

    found = {
        place: archive.verify(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]) for place in places
    }

    assert [place for place, verdict in found.items() if verdict.valid] == []
    assert not archive.verify(sealed + b"\0").valid and not archive.verify(b"x" + sealed).valid
    assert not archive.verify(sealed[:-10]).valid and not archive.verify(b"").valid


@in_a_room
async def test_verify_on_the_command_line_needs_nothing_but_the_file(stage: Stage, tmp_path: Path) -> None:
    room = await stage.crisis()
    sealed = await exports(stage, room)
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(sealed)
    bad.write_bytes(packed(TAMPERINGS["a dropped entry"][0](opened(sealed))))
    key = str(archive.verify(sealed).facts["public_key"])

    valid = await runs("verify", str(good), folder=tmp_path)
    changed = await runs("verify", str(bad), "--json", folder=tmp_path)
    other = await runs("verify", str(good), "--key", "ab" * 32, folder=tmp_path)
    absent = await runs("verify", str(tmp_path / "none.zip"), folder=tmp_path)
    right = await runs("verify", str(good), "--key", key.upper(), folder=tmp_path)

    assert valid[0] == 0 and "VALID" in valid[1] and "CR-2026-0001" in valid[1]
    assert changed[0] == 1 and "entry 5 is missing" in changed[1]
    assert json.loads(changed[1])["valid"] is False
    assert other[0] == 1 and "sealed with another key" in other[1]
    assert absent[0] == 2 and "cannot be read" in absent[1] and "Traceback" not in absent[1]
    assert right[0] == 0, right[1]


# The chain in the database


def _rewrite(path: str, seq: int) -> int:
    """Changes a row behind the bot's back; in a thread, since the bot may be in the middle of a transaction."""
    statement = "UPDATE record SET doc = replace(doc, 'promised nothing', 'promised a lot') WHERE seq = ?"
    with closing(sqlite3.connect(path, timeout=30)) as database, database:
        return database.execute(statement, (seq,)).rowcount


@in_a_room
async def test_the_chain_audit_names_the_row_that_was_changed_behind_its_back(stage: Stage, tmp_path: Path) -> None:
    room = await stage.crisis()
    await stage.person("WANGLEI").post("I promised nothing", room)
    await captured(stage, "message.posted", text="I promised nothing")
    await stage.settled()
    entries = await stage.record()
    said = next(entry for entry in entries if entry.data.get("text") == "I promised nothing")
    url = stage.world.settings.database_url
    assert breaks(entries) == []

    whole = await runs("check", "--record", folder=tmp_path, DATABASE_URL=url)
    assert await asyncio.to_thread(_rewrite, url.partition("///")[2], said.seq) == 1
    broken = await runs("check", "--record", folder=tmp_path, DATABASE_URL=url)

    assert whole[0] == 0 and "Every record is whole." in whole[1]
    assert broken[0] == 1 and f"CR-2026-0001: entry {said.seq} was changed" in broken[1]


@in_a_room
async def test_the_operator_can_export_without_slack(stage: Stage, tmp_path: Path) -> None:
    await stage.crisis()
    await stage.settled()
    settings = stage.world.settings

    code, printed = await runs(
        "export", "cr-2026-0001", "--out", str(tmp_path / "out.zip"), folder=tmp_path,
        DATABASE_URL=settings.database_url, JOINTROOM_KEY_FILE=str(settings.key_file),
    )  # fmt: skip

    assert code == 0, printed
    assert archive.verify((tmp_path / "out.zip").read_bytes()).valid
    assert await stage.entered("record.exported")


@in_a_room
async def test_the_menus_export_button_tells_who_may_export(stage: Stage) -> None:
    room = await stage.crisis()
    person = stage.person("CHENWEI")
    await person.clicks("room.menu", room)

    await person.clicks("record.export")

    assert zh("role.compliance") in shown_text(await person.view(zh("told.not_done")))
    assert "record.exported" not in await kinds(stage)
