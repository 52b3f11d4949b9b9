"""Building the sealed record of a case: chain, files and transcript, under one manifest and one signature (A5)."""

from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jinja2 import Environment, FileSystemLoader, select_autoescape

from handlers.surface import Later, Slack, SlackLimited, SlackRefused, SlackUnsure
from playbooks.desk.views import CaseFile
from playbooks.ports import Export, Ports
from playbooks.rules import archive
from playbooks.rules.record import Entry, stamp

from . import keys
from .catalogs import words
from .transcript import lines

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=select_autoescape(["html"])
)

# Events on their way get this long to be entered before a message counts as missing.
STRAGGLERS = timedelta(seconds=3)


async def seal(ports: Ports, slack: Slack | None, key: Ed25519PrivateKey, file: CaseFile, export: Export) -> bytes:
    """The archive as a zip; with `slack` the room's history is compared with what was captured."""
    async with ports.unit() as unit:
        captured = await unit.record.of(file.case.number)
        entries = [entry for entry in captured if entry.seq <= export.entries]
        shared = [one for one in await unit.files.of(file.case.number) if one.sha256]
        blobs = {one.id: await unit.blobs.get(one.sha256) for one in shared}
    contents = {f"files/{_name(one.id, one.name)}": blobs[one.id] or b"" for one in shared}
    missing = await _not_captured(slack, file, captured, export.at) if slack else []
    if missing and ports.now() < export.at + STRAGGLERS:
        raise Later(ports.now() + timedelta(seconds=1))
    contents[archive.RECORD] = archive.record_lines(entries)
    contents["transcript.html"] = transcript(file, entries, missing).encode()
    facts = {
        "case": file.case.number,
        "exported_at": stamp(export.at),
        "exported_by": export.by,
        "entries": len(entries),
        "head": entries[-1].hash if entries else "",
        "not_captured": missing,
    }
    return archive.seal(contents, facts=facts, public_key=keys.public_bytes(key), sign=key.sign)


def _name(id_: str, name: str) -> str:
    """The file's Slack id keeps two files of one name apart; the name itself cannot leave the folder."""
    safe = "".join(one if one.isalnum() or one in ".-_ " else "_" for one in name).lstrip(".")
    return f"{id_.rsplit('/', 1)[-1]}-{safe[-100:] or 'file'}"


async def _not_captured(slack: Slack, file: CaseFile, captured: list[Entry], until: datetime) -> list[str]:
    """Messages up to a time that Slack has and the record has not; that Slack could not be asked is said too."""
    if file.room.is_thread or not file.room.channel_id:
        return []
    try:
        history = await slack.history(file.room.channel_id)
    except (SlackRefused, SlackLimited, SlackUnsure) as error:
        return [f"history could not be read: {error}"]
    known = {str(entry.data.get("ts")) for entry in captured if entry.kind == "message.posted"}
    said = [one for one in history if one.get("subtype") in (None, "file_share", "thread_broadcast", "bot_message")]
    return [str(one["ts"]) for one in said if str(one["ts"]) not in known and float(one["ts"]) <= until.timestamp()]


def transcript(file: CaseFile, entries: list[Entry], missing: list[str]) -> str:
    """One HTML page, readable offline, with both languages side by side."""
    template = _templates.get_template("transcript.html")
    both = [words("zh-CN"), words("en")]
    return template.render(
        file=file,
        zh=both[0],
        en=both[1],
        lines=lines(file, entries, both),
        missing=missing,
        entries=entries,
    )
