"""`/complaint` and `/crisis`: the first word chooses, unknown words get the nearest command as a suggestion."""

import difflib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from playbooks.desk import rooms as rooms_desk
from playbooks.rules.refusals import NoSuchCommand, NotARoom

from . import cases, checklist, clocks, reading, record, rooms, statements
from .surface import Reader, Surface


@dataclass(frozen=True)
class Command:
    """One slash command. `number` is the case it is about: the one its first word names, else the room's;
    `rest` is what else was typed."""

    surface: Surface
    reader: Reader
    ack: AsyncAck
    body: Mapping[str, Any]
    rest: str
    number: str | None

    def case(self) -> str:
        if self.number is None:
            raise NotARoom()
        return self.number


Handler = Callable[[Command], Awaitable[None]]

COMPLAINT: dict[str, Handler] = {
    "": cases.open_intake,
    "open": cases.open_intake,
    "list": cases.list_complaints,
    "show": cases.show,
    "escalate": cases.escalate,
    "close": cases.close,
    "report": clocks.report,
    "headcount": cases.headcount,
    "log": cases.log,
    "handover": rooms.handover,
    "export": record.export,
    "help": cases.help_complaint,
}
CRISIS: dict[str, Handler] = {
    "": rooms.menu_or_form,
    "open": cases.open_crisis_form,
    "list": cases.list_crises,
    "status": cases.show,
    "checklist": checklist.show,
    "clocks": clocks.show,
    "report": clocks.report,
    "headcount": cases.headcount,
    "say": statements.say,
    "scripts": statements.scripts,
    "log": cases.log,
    "handover": rooms.handover,
    "export": record.export,
    "close": cases.close,
    "help": cases.help_crisis,
}


async def run(ack: AsyncAck, body: dict[str, Any], *, surface: Surface, table: Mapping[str, Handler]) -> None:
    reader = await surface.reader(reading.person(body))
    word, rest = reading.first(reading.text(body.get("text")))
    handler = table.get(word.lower()) or _guess(word, table)
    first, after = reading.first(rest)
    named = reading.case_number(first)
    number = named or await _room(surface, str(body["channel_id"]))
    await handler(Command(surface, reader, ack, body, after if named else rest, number))
    surface.wake()


def _guess(word: str, table: Mapping[str, Handler]) -> Handler:
    near = difflib.get_close_matches(word.lower(), [one for one in table if one], n=1, cutoff=0.4)
    raise NoSuchCommand(word=word[:40], suggestion=near[0] if near else "help")


async def _room(surface: Surface, channel: str) -> str | None:
    case = await rooms_desk.case_in(surface.ports, channel)
    return case.number if case else None


def register(app: AsyncApp, surface: Surface) -> None:
    app.command("/complaint")(partial(run, surface=surface, table=COMPLAINT))
    app.command("/crisis")(partial(run, surface=surface, table=CRISIS))
