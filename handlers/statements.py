"""Statements for outside: drafting, approving, recalling, and the standing scripts (W5-W7, H2, H10)."""

from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from playbooks.desk import cases as cases_desk
from playbooks.desk import rooms as rooms_desk
from playbooks.desk import statements as desk
from playbooks.rules.refusals import NotARoom
from playbooks.rules.statements import exact

from . import answers, reading
from .blocks import statements
from .blocks.base import modal
from .surface import Reader, Surface, View

if TYPE_CHECKING:
    from .commands import Command


async def say(command: "Command") -> None:
    """`say` opens the form, `say TEXT` fills it, `say list` lists."""
    words = command.reader.words
    first, after = reading.first(command.rest)
    if first.lower() == "list":
        number = reading.named_case(reading.first(after)[0], is_text=False) or command.case()
        file = await cases_desk.read(command.surface.ports, number, by=command.reader.person)
        await command.ack(answers.blocks_answer(statements.listing(file, words), words("menu.say_list")))
        return
    number = command.case()
    await cases_desk.require_open(command.surface.ports, number, by=command.reader.person)
    text = exact(command.rest) if command.rest else ""
    await answers.show(command.surface, command.body, statements.form(number, words, text=text))
    await command.ack()


async def press_form(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    await cases_desk.require_open(surface.ports, reading.pressed(body), by=reader.person)
    await answers.show(surface, body, statements.form(reading.pressed(body), reader.words))
    await ack()


async def shortcut(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    """ "Submit for approval" on a message of a room."""
    reader = await surface.reader(reading.person(body))
    case = await rooms_desk.case_in(surface.ports, body["channel"]["id"])
    if case is None:
        raise NotARoom()
    await cases_desk.require_open(surface.ports, case.number, by=reader.person)
    text = exact(_unescaped(str(body["message"].get("text") or "")))
    await answers.show(surface, body, statements.form(case.number, reader.words, text=text))
    await ack()


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


async def press_revise(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    _, statement = await desk.read(surface.ports, reading.pressed(body), by=reader.person)
    text, sources = statement.current.text, statement.sources
    view = statements.form(statement.id, reader.words, text=text, audience=statement.audience, sources=sources)
    await answers.show(surface, body, view)
    await ack()


async def press_list(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    file = await cases_desk.read(surface.ports, reading.pressed(body), by=reader.person)
    view = modal("screen", file.case.number, statements.listing(file, reader.words), words=reader.words)
    await answers.show(surface, body, view)
    await ack()


async def press_read(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    """The approval as it stands in the room, from App Home."""
    reader = await surface.reader(reading.person(body))
    file, statement = await desk.read(surface.ports, reading.pressed(body), by=reader.person)
    library = surface.ports.library
    blocks = statements.approval(
        file, statement, statement.current, library.phrases, library.wording_kinds, reader.words
    )
    await answers.show(surface, body, modal("screen", file.case.number, blocks, words=reader.words))
    await ack()


async def submit(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    """Findings are shown before anything is submitted; to keep what was shown, the author gives a reason."""
    reader = await surface.reader(reading.person(body))
    form, target = reading.values(body), str(body["view"]["private_metadata"])
    text, sources, reason = (str(form.get(name) or "") for name in ("text", "sources", "reason"))
    found = desk.check_wording(surface.ports, text)
    told = {block.get("block_id") for block in body["view"]["blocks"]}
    if found and not any(one.blocks for one in found) and statements.shown(found) not in told:
        await ack(response_action="update", view=_asked(surface, reader, target, form, text))
        return
    audience = str(form["audience"])
    if "-S" in target:
        await desk.revise(
            surface.ports,
            statement=target,
            audience=audience,
            text=text,
            sources=sources,
            reason=reason,
            by=reader.person,
        )
    else:
        await desk.submit(
            surface.ports, number=target, audience=audience, text=text, sources=sources, reason=reason, by=reader.person
        )
    await ack(response_action="clear")
    surface.wake()


def _asked(surface: Surface, reader: Reader, target: str, form: dict[str, Any], text: str) -> View:
    library = surface.ports.library
    asked = statements.asked(
        desk.check_wording(surface.ports, text), library.phrases, library.wording_kinds, reader.words
    )
    audience, sources = str(form["audience"]), str(form.get("sources") or "")
    return statements.form(target, reader.words, text=text, audience=audience, sources=sources, asked=asked)


def _version(value: str) -> tuple[str, int, str]:
    statement, n, sha256 = value.split("|")
    return statement, int(n), sha256


async def press_approve(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    statement, n, sha256 = _version(reading.pressed(body))
    await desk.approve(surface.ports, statement=statement, version=n, sha256=sha256, by=reading.person(body))
    await ack()
    surface.wake()


async def press_reject(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    value = reading.pressed(body)
    await desk.require_approver(surface.ports, statement=_version(value)[0], by=reader.person)
    view = statements.why_form("reject", reader.words("statement.reject_title"), value, reader.words)
    await answers.show(surface, body, view)
    await ack()


async def submit_reject(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    statement, n, sha256 = _version(body["view"]["private_metadata"])
    why = str(reading.values(body)["why"])
    await desk.reject(surface.ports, statement=statement, version=n, sha256=sha256, why=why, by=reading.person(body))
    await ack(response_action="clear")
    surface.wake()


async def press_recall(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    statement = reading.pressed(body)
    await desk.require_recaller(surface.ports, statement=statement, by=reader.person)
    view = statements.why_form("recall", reader.words("statement.recall"), statement, reader.words)
    await answers.show(surface, body, view)
    await ack()


async def submit_recall(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    why = str(reading.values(body)["why"])
    statement = str(body["view"]["private_metadata"])
    await desk.recall(surface.ports, statement=statement, why=why, by=reading.person(body))
    await ack(response_action="clear")
    surface.wake()


async def scripts(command: "Command") -> None:
    """Inside a room each has a button that logs its use; elsewhere they are for reading."""
    await desk.require_officer(command.surface.ports, by=command.reader.person)
    view = statements.scripts(command.number or "", command.surface.ports.library.scripts, command.reader.words)
    await answers.show(command.surface, command.body, view)
    await command.ack()


async def press_scripts(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    reader = await surface.reader(reading.person(body))
    await cases_desk.read(surface.ports, reading.pressed(body), by=reader.person)
    view = statements.scripts(reading.pressed(body), surface.ports.library.scripts, reader.words)
    await answers.show(surface, body, view)
    await ack()


async def press_use(ack: AsyncAck, body: dict[str, Any], *, surface: Surface) -> None:
    number, script = reading.pressed(body).split("|")
    await desk.use_script(surface.ports, number=number, script=script, by=reading.person(body))
    await ack()
    surface.wake()


def register(app: AsyncApp, surface: Surface) -> None:
    for action, listener in (
        ("statement.form", press_form),
        ("statement.list", press_list),
        ("statement.read", press_read),
        ("statement.revise", press_revise),
        ("statement.approve", press_approve),
        ("statement.reject", press_reject),
        ("statement.recall", press_recall),
        ("script.list", press_scripts),
        ("script.use", press_use),
    ):
        app.action(action)(partial(listener, surface=surface))
    app.shortcut("submit_statement")(partial(shortcut, surface=surface))
    for callback, submitted in (("statement", submit), ("reject", submit_reject), ("recall", submit_recall)):
        app.view(callback)(partial(submitted, surface=surface))
