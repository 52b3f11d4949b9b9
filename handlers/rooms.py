"""The room: its menu, "I'm on it", and handing over (P1, P3, O3)."""

from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from playbooks.desk import cases as cases_desk
from playbooks.desk import rooms as desk

from . import answers, reading
from .blocks import cards, cases
from .cases import open_crisis_form
from .surface import Reader, Surface, View

if TYPE_CHECKING:
    from .commands import Command


async def menu_or_form(command: "Command") -> None:
    """Inside a room its menu, elsewhere the crisis form."""
    if command.number is None:
        await open_crisis_form(command)
        return
    file = await cases_desk.read(command.surface.ports, command.number, by=command.reader.person)
    await answers.show(command.surface, command.body, cards.menu(file.case, command.reader.words))
    await command.ack()


async def press_menu(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    file = await cases_desk.read(surface.ports, reading.pressed(body), by=reader.person)
    await answers.show(surface, body, cards.menu(file.case, reader.words))
    await ack()


async def press_answer(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    await desk.answer(surface.ports, number=reading.pressed(body), by=reading.person(body))
    await ack()
    surface.wake()


async def handover(command: "Command") -> None:
    await answers.show(
        command.surface, command.body, await _handover_form(command.surface, command.reader, command.case())
    )
    await command.ack()


async def press_handover(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    await answers.show(surface, body, await _handover_form(surface, reader, reading.pressed(body)))
    await ack()


async def _handover_form(surface: Surface, reader: Reader, number: str) -> View:
    return cases.handover_form(
        number, await desk.colleagues(surface.ports, number=number, by=reader.person), reader.words
    )


async def submit_handover(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    number, form = body["view"]["private_metadata"], reading.values(body)
    await desk.offer_handover(surface.ports, number=number, taker=str(form["taker"]), by=reading.person(body))
    await ack(response_action="clear")
    surface.wake()


async def press_accept(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    await desk.accept_handover(surface.ports, number=reading.pressed(body), by=reading.person(body))
    await ack()
    surface.wake()


async def press_remove_guest(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    number, _, guest = reading.pressed(body).partition("|")
    await desk.remove_guest(surface.ports, number=number, guest=guest, by=reading.person(body))
    await ack()
    surface.wake()


async def press_decline(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    await desk.decline_handover(surface.ports, number=reading.pressed(body), by=reading.person(body))
    await ack()
    surface.wake()


def register(app: AsyncApp, surface: Surface) -> None:
    for action, listener in (
        ("room.menu", press_menu),
        ("room.answer", press_answer),
        ("room.handover", press_handover),
        ("room.remove_guest", press_remove_guest),
        ("handover.accept", press_accept),
        ("handover.decline", press_decline),
    ):
        app.action(action)(partial(listener, surface=surface))
    app.view("handover")(partial(submit_handover, surface=surface))
