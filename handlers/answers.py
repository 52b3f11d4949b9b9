"""Answers only the asker sees: refusals as one sentence, screens, and what to say when something broke."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

import aiohttp
import structlog
from slack_bolt.response import BoltResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from playbooks.rules.directory import Directory
from playbooks.rules.refusals import DoneBefore, Owed, Refused, refused_in

from . import reading
from .blocks import names
from .blocks.base import exact, modal
from .surface import Block, Reader, SlackLimited, SlackRefused, SlackUnsure, Surface, View, Words

log = structlog.get_logger()
OUT_OF_REACH = (SlackRefused, SlackLimited, SlackUnsure, aiohttp.ClientError, TimeoutError)
# The field of a form that a refusal is about; others are told on the form's first field.
FIELDS = {
    "BadHeadcount": "headcount",
    "InTheFuture": "aware_at",
    "TooLongAgo": "aware_at",
    "PersonalData": "customer_ref",
    "BadReference": "customer_ref",
    "TitleWithoutWords": "title",
    "NoCriterion": "criteria",
    "NoSuchOutlet": "outlet",
    "SourcesMissing": "sources",
    "OverrideReasonMissing": "reason",
    "PersonalDataInText": "text",
    "LateReasonMissing": "late_reason",
    "ReportTextMissing": "text",
    "EmptyReport": "text",
    "RejectionReasonMissing": "why",
    "EvidenceMissing": "evidence",
    "AttestationMissing": "attested",
    "HandoverToSelf": "taker",
    "HandoverOtherParty": "taker",
}


async def sentence(surface: Surface, reader: Reader, refused: Refused) -> str:
    """The refusal in the reader's language, with officers, offices, roles and times named."""
    async with surface.ports.reading() as unit:
        directory = await unit.directory()
    values = {name: readable(directory, reader, value) for name, value in refused.values.items()}
    return reader.words(refused.key, **values)


def readable(directory: Directory, reader: Reader, value: Any) -> Any:
    words = reader.words
    if isinstance(value, Owed):
        return words("owed.of", rule=value.rule, party=names.party(directory, value.party.value, words))
    if isinstance(value, tuple | list):
        return names.joined((str(readable(directory, reader, one)) for one in value), words)
    if isinstance(value, Enum):
        return words(f"{type(value).__name__.lower()}.{value.value}")
    if isinstance(value, datetime):
        return words.when(value, reader.zone)
    if isinstance(value, str) and value in directory.officers:
        return names.officer(directory, value, words)
    if isinstance(value, str) and value in directory.offices:
        return names.office(directory, value, words)
    return _kind(value, words) if isinstance(value, str) else value


def _kind(value: str, words: Words) -> str:
    known = ("name", "id_card", "phone", "bank_card", "email")
    return words(f"personal.{value}") if value in known else value


async def answer(surface: Surface, body: Mapping[str, Any], text: str, *, title: str = "told.not_done") -> BoltResponse:
    """One private sentence, in the way that fits what was sent; a modal that has to carry it gets the title."""
    if "command" in body:
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": _flat(text), "blocks": _only(text)})
    if body.get("type") == "view_submission":
        return BoltResponse(status=200, body={"response_action": "errors", "errors": {first_field(body): text}})
    if body.get("response_url"):
        webhook = AsyncWebhookClient(str(body["response_url"]))
        await tell(
            webhook.send(text=_flat(text), blocks=_only(text), response_type="ephemeral", replace_original=False)
        )
    elif body.get("trigger_id"):
        words = (await surface.reader(reading.person(body))).words
        await tell(_show_somehow(surface, body, modal("told", words(title), _only(text), words=words)))
    return BoltResponse(status=200, body="")


async def tell(courtesy: Awaitable[object]) -> None:
    """What goes beside the acknowledgement: where Slack does not take it, what was done stays done, and is
    acknowledged."""
    try:
        await courtesy
    except OUT_OF_REACH as error:
        log.warning("answer.not_taken", error=type(error).__name__)


def _flat(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _only(text: str) -> list[Block]:
    return [{"type": "section", "text": exact(text)}]


async def _field_errors(
    surface: Surface, reader: Reader, body: Mapping[str, Any], refusals: Sequence[Refused]
) -> dict[str, str]:
    """Each refusal at its field; what shares a field follows one another."""
    errors: dict[str, str] = {}
    for one in refusals:
        field, text = first_field(body, one), await sentence(surface, reader, one)
        errors[field] = f"{errors[field]} {text}" if field in errors else text
    return errors


def first_field(body: Mapping[str, Any], refusal: Refused | None = None) -> str:
    """The input block a refusal belongs to, else the form's first."""
    blocks = [one["block_id"] for one in body["view"]["blocks"] if one["type"] == "input"]
    wanted = str(refusal.values.get("field") or FIELDS.get(type(refusal).__name__, "")) if refusal else ""
    if refusal and "criterion" in refusal.values:
        wanted = f"reason_{refusal.values['criterion']}"
    for name in (wanted, "summary", "text", "result"):
        if name in blocks and (name == wanted or _about_text(refusal)):
            return name
    return blocks[0] if blocks else "none"


def _about_text(refusal: Refused | None) -> bool:
    return type(refusal).__name__ in ("TextMissing", "TextTooLong")


async def _show_somehow(surface: Surface, body: Mapping[str, Any], view: View) -> None:
    """On a trigger that is spent, or a stack that is full, in place of the modal that is open."""
    try:
        await show(surface, body, view)
    except SlackRefused:
        if (body.get("view") or {}).get("type") != "modal":
            raise
        await surface.slack_of(body).update_view(body["view"]["id"], "", view)


async def show(surface: Surface, body: Mapping[str, Any], view: View) -> None:
    """Opens a view: on top of the modal it was asked from, in its place where no more fit, or as the first one."""
    if (body.get("view") or {}).get("type") != "modal":
        await surface.slack_of(body).open_view(str(body["trigger_id"]), view)
        return
    try:
        await surface.slack_of(body).push_view(str(body["trigger_id"]), view)
    except SlackRefused as error:
        if error.code != "push_limit_reached":
            raise
        await surface.slack_of(body).update_view(body["view"]["id"], "", view)


async def on_error(error: Exception, body: dict[str, Any], *, surface: Surface) -> BoltResponse:
    """A refusal becomes its sentence; anything else is logged once, and the person told that it was not done. An event
    that could not be stored is delivered again."""
    if "event" in body:
        log.error("event.not_stored", error=type(error).__name__, exc_info=error)
        return BoltResponse(status=500, body="")
    reader: Reader = await surface.reader(reading.person(body))
    refusals = refused_in(error)
    if _came_before(error, body):
        return BoltResponse(status=200, body="")
    if refusals and body.get("type") == "view_submission":
        errors = await _field_errors(surface, reader, body, refusals)
        return BoltResponse(status=200, body={"response_action": "errors", "errors": errors})
    if refusals:
        return await answer(surface, body, await sentence(surface, reader, refusals[0]))
    log.error(
        "listener.failed", what=body.get("command") or body.get("type"), error=type(error).__name__, exc_info=error
    )
    told = isinstance(error, SlackRefused | SlackLimited | SlackUnsure)
    return await answer(surface, body, reader.words("error.slack" if told else "error.unexpected"))


def _came_before(error: Exception, body: Mapping[str, Any]) -> bool:
    """Whether this is a second delivery of what the first has answered: a click, a form, or what opened one."""
    if isinstance(error, SlackRefused):
        return error.code == "exchanged_trigger_id"
    return isinstance(error, DoneBefore) and "command" not in body


def blocks_answer(blocks: list[Block], text: str) -> dict[str, Any]:
    """The body of a command's acknowledgement."""
    return {"response_type": "ephemeral", "text": _flat(text), "blocks": blocks[:50]}
