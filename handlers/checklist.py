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
from .surface import Block, Surface, Words

if TYPE_CHECKING:
    from .commands import Command


def _all(file: CaseFile, words: Words, limit: int) -> list[Block]:
    """Every phase; a message holds 50 blocks, a modal 100."""
    blocks: list[Block] = []
    for phase in file.playbook.phases:
        if phase.steps:
            blocks += [*checklist.board(file, phase, words), divider()]
    return blocks[:limit]


async def show(command: "Command") -> None:
    """In a modal, since all phases together are longer than a message may be."""
    file = await cases_desk.read(command.surface.ports, command.case(), by=command.reader.person)
    words = command.reader.words
    view = modal("screen", file.case.number, _all(file, words, 100), words=words)
    await answers.show(command.surface, command.body, view)
    await command.ack()


async def press_show(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    file = await cases_desk.read(surface.ports, reading.pressed(body), by=reader.person)
    await answers.show(
        surface, body, modal("screen", file.case.number, _all(file, reader.words, 100), words=reader.words)
    )
    await ack()


def _parts(value: str) -> tuple[str, str, Party]:
    number, step, party = value.split("/")
    return number, step, Party(party)


async def press_tick(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    number, step, party = _parts(reading.pressed(body))
    await desk.tick(surface.ports, number=number, step=step, party=party, by=reading.person(body))
    await ack()
    surface.wake()


async def press_undo(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    number, step, party = _parts(reading.pressed(body))
    await desk.undo(surface.ports, number=number, step=step, party=party, by=reading.person(body))
    await ack()
    surface.wake()


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
