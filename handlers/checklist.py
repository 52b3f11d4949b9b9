"""The checklist's buttons and forms (H1-H8, Y1-Y6, L5, A1-A5)."""

from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from playbooks.desk import cases as cases_desk
from playbooks.desk import checklist as desk
from playbooks.desk.views import CaseFile
from playbooks.rules.directory import Party

from . import answers, reading
from .blocks import checklist
from .blocks.base import divider, modal
from .surface import Block, Reader, Surface, View, Words

if TYPE_CHECKING:
    from .commands import Command


def _all(file: CaseFile, words: Words) -> list[Block]:
    """Every phase; a modal holds 100 blocks."""
    blocks: list[Block] = []
    for phase in file.playbook.phases:
        if phase.steps:
            blocks += [*checklist.board(file, phase, words), divider()]
    return blocks[:100]


async def _screen(surface: Surface, reader: Reader, number: str) -> View:
    """A modal, since all phases together may be longer than a message may be."""
    file = await cases_desk.read(surface.ports, number, by=reader.person)
    return modal("screen", file.case.number, _all(file, reader.words), words=reader.words)


async def show(command: "Command") -> None:
    view = await _screen(command.surface, command.reader, command.case())
    await answers.show(command.surface, command.body, view)
    await command.ack()


async def press_show(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    await answers.show(surface, body, await _screen(surface, reader, reading.pressed(body)))
    await ack()


def _parts(value: str) -> tuple[str, str, Party]:
    number, step, party = value.split("/")
    return number, step, Party(party)


async def press_tick(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    number, step, party = _parts(reading.pressed(body))
    await desk.tick(surface.ports, number=number, step=step, party=party, by=reading.person(body))
    surface.wake()
    await _shown_again(surface, body, number)
    await ack()


async def press_undo(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    number, step, party = _parts(reading.pressed(body))
    await desk.undo(surface.ports, number=number, step=step, party=party, by=reading.person(body))
    surface.wake()
    await _shown_again(surface, body, number)
    await ack()


async def _shown_again(surface: Surface, body: dict[str, Any], number: str) -> None:
    """A step pressed in a modal shows its new state there; in the room its message is edited by the courier."""
    if (body.get("view") or {}).get("type") == "modal":
        view = await _screen(surface, await surface.reader(reading.person(body)), number)
        await answers.tell(surface.slack_of(body).update_view(body["view"]["id"], body["view"]["hash"], view))


async def press_form(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    number, step, party = _parts(reading.pressed(body))
    reader = await surface.reader(reading.person(body))
    rule = await desk.check_owner(surface.ports, number=number, step=step, party=party, by=reader.person)
    await answers.show(surface, body, checklist.form(number, rule, party, reader.words))
    await ack()


async def press_exception(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    """The extreme case (H8), from the menu: the step's own form, for the person's own party."""
    reader = await surface.reader(reading.person(body))
    number = reading.pressed(body)
    rule, party = await desk.exception(surface.ports, number=number, by=reader.person)
    await answers.show(surface, body, checklist.form(number, rule, party, reader.words))
    await ack()


async def submit(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    number, step, party = _parts(body["view"]["private_metadata"])
    form = reading.values(body)
    await desk.tick(
        surface.ports,
        number=number,
        step=step,
        party=party,
        by=reading.person(body),
        evidence=str(form.get("evidence") or ""),
        attested=bool(form.get("attested")),
    )
    await ack(response_action="clear")
    surface.wake()


def register(app: AsyncApp, surface: Surface) -> None:
    for action, listener in (
        ("room.checklist", press_show),
        ("step.tick", press_tick),
        ("step.undo", press_undo),
        ("step.form", press_form),
        ("step.exception", press_exception),
    ):
        app.action(action)(partial(listener, surface=surface))
    app.view("step")(partial(submit, surface=surface))
