"""`/complaint` and `/crisis`: the first word chooses, unknown words get the nearest command as a suggestion."""

import difflib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from playbooks.desk import rooms as rooms_desk
from playbooks.rules.cases import Kind, number
from playbooks.rules.refusals import ComplaintNotNamed, CrisisNotNamed, NoSuchCommand

from . import cases, checklist, clocks, reading, record, rooms, statements
from .surface import Reader, Surface


@dataclass(frozen=True)
class Command:
    """One slash command. `typed` is its name and word, such as `/crisis status`; `number` is the case it is about: the
    one its next word names, else the room's; `rest` is what else was typed."""

    surface: Surface
    reader: Reader
    ack: AsyncAck
    body: Mapping[str, Any]
    typed: str
    rest: str
    number: str | None

    def case(self) -> str:
        if self.number is None:
            crisis, year = self.typed.startswith("/crisis"), self.surface.ports.now().year
            example = f"{self.typed} {number(Kind.CRISIS if crisis else Kind.COMPLAINT, year, 1)}"
            raise CrisisNotNamed(example=example) if crisis else ComplaintNotNamed(example=example)
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


ABOUT_NONE = (
    cases.open_intake,
    cases.list_complaints,
    cases.help_complaint,
    rooms.menu_or_form,
    cases.open_crisis_form,
    cases.list_crises,
    cases.help_crisis,
)
FOLLOWED_BY_TEXT = (cases.headcount, cases.log, statements.say)


async def run(ack: AsyncAck, body: dict[str, Any], *, surface: Surface, table: Mapping[str, Handler]) -> None:
    reader = await surface.reader(reading.person(body))
    word, rest = reading.first(reading.text(body.get("text")))
    name = str(body["command"])
    handler = table.get(word.lower()) or _guess(name, word, table)
    first, after = reading.first(rest)
    named = None if handler in ABOUT_NONE else reading.named_case(first, is_text=handler in FOLLOWED_BY_TEXT)
    about = named or await _room(surface, str(body["channel_id"]))
    await handler(Command(surface, reader, ack, body, f"{name} {word.lower()}", after if named else rest, about))
    surface.wake()


def _guess(name: str, word: str, table: Mapping[str, Handler]) -> Handler:
    near = difflib.get_close_matches(word.lower(), [one for one in table if one], n=1, cutoff=0.4)
    raise NoSuchCommand(word=word[:40], suggestion=f"{name} {near[0] if near else 'help'}")


async def _room(surface: Surface, channel: str) -> str | None:
    case = await rooms_desk.case_in(surface.ports, channel)
    return case.number if case else None


def register(app: AsyncApp, surface: Surface) -> None:
    app.command("/complaint")(partial(run, surface=surface, table=COMPLAINT))
    app.command("/crisis")(partial(run, surface=surface, table=CRISIS))
