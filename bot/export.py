"""Building the sealed record of a case: chain, files and transcript, under one manifest and one signature (A5)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jinja2 import Environment, FileSystemLoader, select_autoescape

from handlers.history import entered_on, missed
from handlers.surface import Later, SlackIn, SlackLimited, SlackRefused, SlackUnsure
from playbooks.desk.views import CaseFile
from playbooks.ports import Export, Ports, SharedFile
from playbooks.rules import archive
from playbooks.rules.record import Entry, stamp

from . import keys
from .catalogs import words
from .transcript import lines

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=select_autoescape(["html"])
)

MISSED = {
    "message.posted": "message",
    "message.edited": "edit of message",
    "message.deleted": "deletion of message",
    "file.shared": "file",
}
# What is on its way gets this long to be entered before it counts as missing.
STRAGGLERS = timedelta(seconds=5)


async def seal(ports: Ports, slack_in: SlackIn | None, key: Ed25519PrivateKey, file: CaseFile, export: Export) -> bytes:
    """The archive as a zip: everything entered until now, with what is known to be missing. With `slack_in` the
    histories of the room and of its bridge are compared with what was entered. Raises Later while something may still
    be on its way."""
    async with ports.reading() as unit:
        entries = await unit.record.of(file.case.number)
        shared = await unit.files.of(file.case.number)
        blobs = {one.id: await unit.blobs.get(one.sha256) for one in shared if one.sha256}
    contents = {f"files/{_name(one.id, one.name)}": blobs[one.id] or b"" for one in shared if one.sha256}
    missing = _unfetched(shared)
    if slack_in:
        for bridge in ("", *file.room.bridges):
            missing += await _unlike_history(slack_in, file, entries, shared, export.at, bridge)
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


def _slack_id(id_: str) -> str:
    return id_.rsplit("/", 1)[-1]


def _name(id_: str, name: str) -> str:
    """The file's Slack id keeps two files of one name apart; the name itself cannot leave the folder."""
    safe = "".join(one if one.isalnum() or one in ".-_ " else "_" for one in name).lstrip(".")
    return f"{_slack_id(id_)}-{safe[-100:] or 'file'}"


def _unfetched(shared: Sequence[SharedFile]) -> list[str]:
    """Files whose bytes the record does not have, with Slack's word for it where it gave one."""
    return [f"file {_slack_id(one.id)}: {one.trouble or 'not fetched yet'}" for one in shared if not one.sha256]


async def _unlike_history(
    slack_in: SlackIn,
    file: CaseFile,
    entries: list[Entry],
    shared: Sequence[SharedFile],
    until: datetime,
    bridge: str,
) -> list[str]:
    """How Slack's history of the room, or of this bridge, differs from the record up to a time; that Slack could not be
    asked is said too."""
    team, own = file.room.place(bridged=bool(bridge))
    channel = bridge or own
    if not channel:
        return []
    try:
        slack = slack_in(team)
        history = await slack.history(channel)
    except (SlackRefused, SlackLimited, SlackUnsure) as error:
        return [f"history could not be read: {error}"]
    files = {_slack_id(one.id) for one in shared}
    there = entered_on(entries, bridge)
    found = missed(history, there, files, until=until, us=frozenset([slack.bot_user_id]))
    return [f"{MISSED[one.kind]} {one.file or one.ts}" for one in found]


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
