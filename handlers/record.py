"""Asking for the sealed record (W8, A5)."""

from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from playbooks.desk import record as desk

from . import answers, reading
from .surface import Surface

if TYPE_CHECKING:
    from .commands import Command


async def export(command: "Command") -> None:
    asked = await desk.export(command.surface.ports, number=command.case(), by=command.reader.person)
    await command.ack(command.reader.words("export.started", number=asked.case, export=asked.id))


async def press_export(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    asked = await desk.export(surface.ports, number=reading.pressed(body), by=reader.person)
    surface.wake()
    text = reader.words("export.started", number=asked.case, export=asked.id)
    await answers.answer(surface, body, text, title="menu.export")
    await ack()


def register(app: AsyncApp, surface: Surface) -> None:
    app.action("record.export")(partial(press_export, surface=surface))
