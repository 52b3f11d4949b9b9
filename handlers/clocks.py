"""Clocks, reports up the ladder, and their receipts (T1-T3, L3)."""

from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from playbooks.desk import cases as cases_desk
from playbooks.desk import clocks as desk
from playbooks.rules.refusals import LateReasonMissing

from . import answers, reading
from .blocks import clocks
from .blocks.base import modal
from .surface import Reader, Surface, View

if TYPE_CHECKING:
    from .commands import Command


async def show(command: "Command") -> None:
    file = await cases_desk.read(command.surface.ports, command.case(), by=command.reader.person)
    words = command.reader.words
    await command.ack(answers.blocks_answer(clocks.board(file, words), words("clocks.title", number=file.case.number)))


async def press_show(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    file = await cases_desk.read(surface.ports, reading.pressed(body), by=reader.person)
    view = modal("screen", file.case.number, clocks.board(file, reader.words), words=reader.words)
    await answers.show(surface, body, view)
    await ack()


async def _form(surface: Surface, reader: Reader, number: str, clock: str = "") -> View:
    """The report form on one clock, or on the one that is due first."""
    owed = await desk.owed(surface.ports, number=number, by=reader.person, clock=clock)
    file = await cases_desk.read(surface.ports, number, by=reader.person)
    all_owed = owed if not clock else await desk.owed(surface.ports, number=number, by=reader.person)
    text = clocks.report_text(file, reader.words)
    return clocks.report_form(file, all_owed, owed[0], text, reader.words, now=surface.ports.now())


async def report(command: "Command") -> None:
    await answers.show(command.surface, command.body, await _form(command.surface, command.reader, command.case()))
    await command.ack()


async def press_report(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    number, _, rest = reading.pressed(body).partition("/")
    clock = f"{number}/{rest}" if rest else ""
    await answers.show(surface, body, await _form(surface, reader, number, clock))
    await ack()


async def choose(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    """Another clock was chosen in the form: ask what that one needs."""
    reader = await surface.reader(reading.person(body))
    clock = body["actions"][0]["selected_option"]["value"]
    view = await _form(surface, reader, clock.split("/")[0], clock)
    await surface.slack_of(body).update_view(body["view"]["id"], body["view"]["hash"], view)
    await ack()


async def submit(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    """A deadline that passed while the form was open asks for the reason then."""
    form = reading.values(body)
    clock = str(form["clock"])
    try:
        await desk.report_up(
            surface.ports,
            clock=clock,
            means=str(form["means"]),
            text=str(form.get("text") or ""),
            late_reason=str(form.get("late_reason") or ""),
            by=reading.person(body),
        )
    except LateReasonMissing:
        if "late_reason" in form:
            raise
        reader = await surface.reader(reading.person(body))
        await ack(response_action="update", view=await _form(surface, reader, clock.split("/")[0], clock))
        return
    await ack(response_action="clear")
    surface.wake()


async def press_received(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    await desk.receive(surface.ports, report=reading.pressed(body), by=reading.person(body))
    await ack()
    surface.wake()


def register(app: AsyncApp, surface: Surface) -> None:
    for action, listener in (
        ("room.clocks", press_show),
        ("report.open", press_report),
        ("report.received", press_received),
        ("clock", choose),
    ):
        app.action(action)(partial(listener, surface=surface))
    app.view("report")(partial(submit, surface=surface))
