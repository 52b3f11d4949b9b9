"""Complaints and crises: their forms, lists and facts (D1-D3, K1-K6)."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from playbooks.desk import cases as desk
from playbooks.desk.turn import acting
from playbooks.rules.cases import Case, Intake, Kind, parse_headcount
from playbooks.rules.refusals import OnlyComplaints
from playbooks.rules.wording import is_blank, personal_data

from . import answers, reading
from .blocks import cards, cases, names
from .blocks.base import actions, button, context, modal, section
from .surface import Block, Reader, Surface, View, Words

if TYPE_CHECKING:
    from .commands import Command

HELP = {
    "crisis": ("open", "status", "checklist", "clocks", "report", "headcount", "say", "say_list", "scripts", "log",
               "handover", "export", "close", "list", "help"),
    "complaint": ("open", "list", "show", "escalate", "close", "report", "headcount", "log", "handover", "export",
                  "help"),
}  # fmt: skip


async def _form(surface: Surface, reader: Reader, kind: str, *, start: Intake | None = None, origin: str = "") -> View:
    playbook = surface.ports.library.crisis
    async with acting(surface.ports, reader.person, "read") as turn:
        return cases.intake_form(
            kind, playbook, turn.directory, turn.officer, reader.words, now=turn.now, start=start, origin=origin
        )


async def open_intake(command: "Command") -> None:
    await answers.show(command.surface, command.body, await _form(command.surface, command.reader, "complaint"))
    await command.ack()


async def open_crisis_form(command: "Command") -> None:
    await answers.show(command.surface, command.body, await _form(command.surface, command.reader, "crisis"))
    await command.ack()


async def press_form(ack: AsyncAck, body: dict[str, Any], *, surface: Surface, kind: str) -> None:
    reader = await surface.reader(reading.person(body))
    await answers.show(surface, body, await _form(surface, reader, kind))
    await ack()


async def list_complaints(command: "Command") -> None:
    await _list(command, Kind.COMPLAINT)


async def list_crises(command: "Command") -> None:
    await _list(command, Kind.CRISIS)


async def _list(command: "Command", kind: Kind) -> None:
    async with acting(command.surface.ports, command.reader.person, "read") as turn:
        directory = turn.directory
    found = await desk.visible(command.surface.ports, by=command.reader.person, kind=kind)
    words = command.reader.words
    await command.ack(answers.blocks_answer(cases.listing(found, directory, words), words("cases.title")))


async def press_list(ack: AsyncAck, body: dict[str, Any], *, surface: Surface, kind: Kind) -> None:
    reader = await surface.reader(reading.person(body))
    async with acting(surface.ports, reader.person, "read") as turn:
        directory = turn.directory
    found = await desk.visible(surface.ports, by=reader.person, kind=kind)
    blocks = cases.listing(found, directory, reader.words)
    await answers.show(surface, body, modal("screen", reader.words("cases.title"), blocks, words=reader.words))
    await ack()


async def show(command: "Command") -> None:
    """The card of a case, for the asker only."""
    number = command.case()
    file = await desk.read(command.surface.ports, number, by=command.reader.person)
    words = command.reader.words
    await command.ack(answers.blocks_answer(cards.board(file, words), cards.title(file, words)))


async def press_show(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    file = await desk.read(surface.ports, reading.pressed(body), by=reader.person)
    shown = [block for block in cards.board(file, reader.words) if block["type"] != "actions"]
    await answers.show(surface, body, modal("screen", file.case.number, shown, words=reader.words))
    await ack()


async def headcount(command: "Command") -> None:
    number, text = command.case(), command.rest
    if not text:
        await answers.show(
            command.surface, command.body, await _headcount_form(command.surface, command.reader, number)
        )
        await command.ack()
        return
    case = await desk.change_headcount(
        command.surface.ports, number=number, headcount=parse_headcount(text), by=command.reader.person
    )
    words = command.reader.words
    text = words("headcount.done", number=case.number, count=case.headcount)
    await command.ack(answers.blocks_answer(_headcount_blocks(case, words), text))


def _now_a_crisis(case: Case) -> bool:
    return case.kind is Kind.COMPLAINT and bool(case.intake.criteria)


def _headcount_blocks(case: Case, words: Words) -> list[Block]:
    """A complaint that meets a criterion now is one press from becoming a crisis (Y2, D3)."""
    done = section(words.mrkdwn("headcount.done", number=case.number, count=case.headcount))
    if not _now_a_crisis(case):
        return [done]
    met = words.mrkdwn("headcount.criteria", criteria=names.joined((one.id for one in case.intake.criteria), words))
    return [done, section(met), actions(button(words("menu.escalate"), "case.escalate", case.number, style="danger"))]


async def _headcount_form(surface: Surface, reader: Reader, number: str) -> View:
    file = await desk.require_open(surface.ports, number, by=reader.person)
    return cases.headcount_form(file.case, reader.words)


async def press_headcount(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    await answers.show(surface, body, await _headcount_form(surface, reader, reading.pressed(body)))
    await ack()


async def submit_headcount(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    form, number = reading.values(body), body["view"]["private_metadata"]
    count = parse_headcount(str(form["headcount"]))
    reader = await surface.reader(reading.person(body))
    case = await desk.change_headcount(surface.ports, number=number, headcount=count, by=reader.person)
    if _now_a_crisis(case):
        blocks = _headcount_blocks(case, reader.words)
        view = modal("told", reader.words("menu.headcount"), blocks, words=reader.words)
        await ack(response_action="update", view=view)
    else:
        await ack(response_action="clear")
    surface.wake()


async def log(command: "Command") -> None:
    number, text = command.case(), command.rest
    if not text:
        await desk.require_open(command.surface.ports, number, by=command.reader.person)
        await answers.show(command.surface, command.body, cases.log_form(number, command.reader.words))
        await command.ack()
        return
    await desk.add_log(command.surface.ports, number=number, text=text, by=command.reader.person)
    await command.ack(command.reader.words("log.done", number=number))


async def press_log(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    await desk.require_open(surface.ports, reading.pressed(body), by=reader.person)
    await answers.show(surface, body, cases.log_form(reading.pressed(body), reader.words))
    await ack()


async def submit_log(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    form, number = reading.values(body), body["view"]["private_metadata"]
    await desk.add_log(surface.ports, number=number, text=str(form["text"]), by=reading.person(body))
    await ack(response_action="clear")
    surface.wake()


async def close(command: "Command") -> None:
    await desk.require_closable(command.surface.ports, command.case(), by=command.reader.person)
    await answers.show(command.surface, command.body, cases.close_form(command.case(), command.reader.words))
    await command.ack()


async def press_close(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    await desk.require_closable(surface.ports, reading.pressed(body), by=reader.person)
    await answers.show(surface, body, cases.close_form(reading.pressed(body), reader.words))
    await ack()


async def submit_close(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    form, number = reading.values(body), body["view"]["private_metadata"]
    await desk.close_case(surface.ports, number=number, result=str(form["result"]), by=reading.person(body))
    await ack(response_action="clear")
    surface.wake()


async def escalate(command: "Command") -> None:
    await answers.show(
        command.surface, command.body, await _escalation(command.surface, command.reader, command.case())
    )
    await command.ack()


async def press_escalate(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    await answers.show(surface, body, await _escalation(surface, reader, reading.pressed(body)))
    await ack()


async def _escalation(surface: Surface, reader: Reader, number: str) -> View:
    """The crisis form, filled from the complaint, which stays its origin (D3)."""
    case = (await desk.require_open(surface.ports, number, by=reader.person, action="escalate")).case
    if case.kind is not Kind.COMPLAINT:
        raise OnlyComplaints(number=number)
    return await _form(surface, reader, "crisis", start=case.intake, origin=number)


async def submit_complaint(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    form = reading.intake_values(body)
    crisis = form.get("decision") == "crisis"
    intake = desk.check_intake(surface.ports, reading.intake(form, surface.ports.now()), crisis=crisis)
    if intake.criteria and not form.get("decision"):
        view = cases.decision_form(form, intake, surface.ports.library.crisis, reader.words)
        await ack(response_action="update", view=view)
        return
    if crisis:
        await _open_crisis(ack, surface, reader, form, intake)
        return
    kept = str(form.get("kept_because") or "")
    if intake.criteria and is_blank(kept):
        await ack(response_action="errors", errors={"kept_because": reader.words("refused.TextMissing")})
        return
    opened = await desk.open_complaint(
        surface.ports, intake=intake, by=reader.person, language=reader.words.language, kept_because=kept
    )
    await ack(response_action="update", view=_done(opened, form, reader.words))
    surface.wake()


async def submit_crisis(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    form = reading.intake_values(body)
    await _open_crisis(ack, surface, reader, form, reading.intake(form, surface.ports.now()))


async def _open_crisis(
    ack: AsyncAck, surface: Surface, reader: Reader, form: Mapping[str, Any], intake: Intake
) -> None:
    origin = str(form.get("origin") or "")
    opened = await desk.open_crisis(
        surface.ports,
        intake=intake,
        by=reader.person,
        language=str(form.get("language") or reader.words.language),
        origin=origin,
        separate=form.get("same") == "separate",
        join=form.get("same") == "join",
    )
    if opened.joined:
        told = section(reader.words.mrkdwn("opened.joined", number=opened.case.number, complaint=origin))
        view = modal("opened", opened.case.number, [told], words=reader.words)
    elif opened.existing:
        team, channel = opened.room.place_in(reader.person.team_id)
        link = surface.url_of(channel, team, reader.person.team_id) if channel else ""
        view = cases.existing(opened, link, form, intake, surface.ports.library.crisis, reader.words)
    else:
        view = _done(opened, form, reader.words)
    await ack(response_action="update", view=view)
    surface.wake()


def _done(opened: desk.Opened, form: Mapping[str, Any], words: Words) -> View:
    kind = opened.case.kind
    blocks = [section(words.mrkdwn(f"opened.{kind.value}", number=opened.case.number))]
    if kind is Kind.CRISIS:
        blocks.append(context(words.mrkdwn("opened.hint")))
    if personal_data("\n".join(str(text) for name, text in form.items() if name.startswith(("summary", "reason_")))):
        blocks.append(context(words.mrkdwn("opened.masked")))
    return modal("opened", opened.case.number, blocks, words=words)


def help_blocks(kind: str, words: Words) -> list[Block]:
    lines = "\n".join(words.mrkdwn(f"help.{kind}.{name}") for name in HELP[kind])
    return [section(words.mrkdwn(f"help.{kind}.title")), section(lines), context(words.mrkdwn("help.buttons"))]


async def help_crisis(command: "Command") -> None:
    words = command.reader.words
    await command.ack(answers.blocks_answer(help_blocks("crisis", words), words("help.crisis.title")))


async def help_complaint(command: "Command") -> None:
    words = command.reader.words
    await command.ack(answers.blocks_answer(help_blocks("complaint", words), words("help.complaint.title")))


async def press_help(ack: AsyncAck, body: dict[str, Any], *, surface: Surface, kind: str) -> None:
    words = (await surface.reader(reading.person(body))).words
    await answers.show(surface, body, modal("help", words("menu.help"), help_blocks(kind, words), words=words))
    await ack()


async def acknowledge(ack: AsyncAck) -> None:
    """A press that Slack itself carries out, such as a link."""
    await ack()


def register(app: AsyncApp, surface: Surface) -> None:
    for action, listener in (
        ("case.headcount", press_headcount),
        ("case.log", press_log),
        ("case.close", press_close),
        ("case.escalate", press_escalate),
        ("room.status", press_show),
    ):
        app.action(action)(partial(listener, surface=surface))
    for kind in ("complaint", "crisis"):
        app.action(f"home.{kind}")(partial(press_form, surface=surface, kind=kind))
        app.action(f"list.{kind}")(partial(press_list, surface=surface, kind=Kind(kind)))
        app.action(f"help.{kind}")(partial(press_help, surface=surface, kind=kind))
        app.shortcut(f"open_{kind}")(partial(press_form, surface=surface, kind=kind))
    app.action("link.open")(acknowledge)
    for callback, submitted in (
        ("complaint", submit_complaint),
        ("crisis", submit_crisis),
        ("headcount", submit_headcount),
        ("log", submit_log),
        ("close", submit_close),
    ):
        app.view(callback)(partial(submitted, surface=surface))
