"""Bad input: one clear private sentence, nothing changed, nothing that Slack refuses (invariant 10)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from playbooks.desk import directory as directory_desk
from playbooks.rules.cases import Status
from sandbox.client import Person
from sandbox.shown import shown_text
from tests.conftest import GENERAL, MONDAY, Stage, in_a_room

NUMBER = "CR-2026-0001"
NASTY = "<!channel> *bold* </script> <@U0CHENWEI> & _so_ `on`"
WHOLE = "Give the headcount as a whole number from 0 to 100000, such as 5."
FIRE = "\N{FIRE}\N{FIRE}"


def told_to(messages: list[dict[str, Any]]) -> list[str]:
    return [one["text"] for one in messages if one.get("ephemeral")]


async def own_entries(stage: Stage, number: str = NUMBER) -> list[str]:
    """What people did, without what Slack's events and deliveries add."""
    kinds = [one.kind for one in await stage.record(number)]
    return [one for one in kinds if not one.startswith(("message.", "member.", "officer.", "room.invited"))]


@asynccontextmanager
async def nothing_changes(stage: Stage, number: str = NUMBER) -> AsyncIterator[None]:
    await stage.settled(within=20)
    before, case = await own_entries(stage, number), (await stage.file(number)).case
    yield
    await stage.settled(within=20)
    assert await own_entries(stage, number) == before
    assert (await stage.file(number)).case == case
    assert refused_calls(stage) == []


def refused_calls(stage: Stage) -> list[str]:
    """But for the question whether Slack knows the other company's people by id yet, and for what was on its way to
    the room while it moved to another id."""
    channels = stage.world.slack.world.channels
    refused = [one for one in stage.world.slack.calls if not one.ok]
    asked = ("conversations.inviteShared", "user_not_found")
    moved = [one for one in refused if stage.are_apart and one.args.get("channel") not in channels]
    return [
        f"{one.method}: {one.error}"
        for one in refused
        if (one.method, one.error) != asked and not (one in moved and one.error == "channel_not_found")
    ]


async def answer(person: Person, text: str, channel: str, command: str = "/crisis") -> str:
    """The one sentence that a command is answered with."""
    response = await person.run(command, text, channel=channel)
    assert response
    assert [one["type"] for one in response["blocks"]] == ["section"]
    sentence = str(response["blocks"][0]["text"]["text"])
    assert response["blocks"][0]["text"]["type"] == "plain_text"
    assert len(sentence) < 200
    return sentence


NAMING = ("status", "checklist", "clocks", "report", "scripts", "handover", "export", "close")


def hours(count: float) -> int:
    return int((MONDAY + timedelta(hours=count)).timestamp())


@pytest.mark.parametrize("command", ["/complaint", "/crisis"])
async def test_a_bad_field_of_the_form_gets_one_sentence_on_that_field(stage: Stage, command: str) -> None:
    for field, value, sentence in (
        ("summary", "", "Please complete this required field."),
        ("summary", "  \n ", "Please complete this required field."),
        ("summary", "x" * 10_000, "Must be 3000 characters or fewer."),
        ("aware_at", hours(1), "That time is in the future. Give the time when the outlet knew."),
        ("aware_at", hours(-24 * 400), "That time is more than 366 days ago. Check the date."),
        ("headcount", "-1", WHOLE),
        ("headcount", "many", WHOLE),
        ("headcount", "4.5", WHOLE),
        ("headcount", "1e3", WHOLE),
        ("headcount", "100001", WHOLE),
        ("headcount", "999999999", WHOLE),
        ("headcount", "5 people", WHOLE),
        ("headcount", "", "Please complete this required field."),
        ("title", FIRE, "Give the title in words"),
        ("title", "?!", "Give the title in words"),
        ("customer_ref", NASTY[:30], "Give an opaque reference of letters, digits and dashes"),
    ):
        opened = await stage.opens(command, name="SUNMEI", **{field: value})

        assert opened.response_action == "errors"
        assert list(opened.errors) == [field]
        assert sentence in opened.errors[field]
        assert await stage.record("CP-2026-0001") == []
        assert await stage.record() == []
        assert refused_calls(stage) == []


async def test_everything_that_is_wrong_with_a_form_is_told_at_once(stage: Stage) -> None:
    opened = await stage.opens(
        "/crisis", name="SUNMEI", headcount="many", title="?!", customer_ref="张三", criteria=["K3", "K4"]
    )

    assert {field: text[:12] for field, text in opened.errors.items()} == {
        "title": "Give the tit",
        "headcount": "Give the hea",
        "customer_ref": "This looks l",
        "reason_K3": "K3 needs a r",
        "reason_K4": "K4 needs a r",
    }


async def test_a_bad_title_is_told_on_the_title(stage: Stage) -> None:
    for title, sentence in (
        ("x" * 81, "Must be 80 characters or fewer."),
        ("Call 13812345678 back", "This looks like a phone number."),
    ):
        opened = await stage.opens(name="SUNMEI", title=title)

        assert list(opened.errors) == ["title"]
        assert sentence in opened.errors["title"]


async def test_the_headcounts_at_the_edge_are_taken(stage: Stage) -> None:
    channel = await stage.crisis(headcount="１２")
    assert (await stage.file()).case.headcount == 12

    for headcount, noted in (("0", 0), ("5", 5), (" 8 ", 8), ("100000", 100_000)):
        await stage.person("CHENWEI").run("/crisis", f"headcount {headcount}", channel=channel)
        assert (await stage.file()).case.headcount == noted


async def test_an_outlet_that_left_the_directory_meanwhile_is_refused_on_its_field(stage: Stage) -> None:
    sun = stage.person("SUNMEI")
    await sun.run("/crisis", channel=GENERAL)
    async with stage.world.bot.ports.unit() as unit:
        directory = await unit.directory()
    offices = {id_: one for id_, one in directory.offices.items() if id_ != "bank-outlet-gulou"}
    officers = {id_: one for id_, one in directory.officers.items() if one.office in offices}
    await directory_desk.load(stage.world.bot.ports, replace(directory, offices=offices, officers=officers))

    refused = await sun.submits({"outlet": "bank-outlet-gulou", "criteria": ["K2"], "summary": "A crowd."})

    assert list(refused.errors) == ["outlet"]
    assert "Choose one from the list." in refused.errors["outlet"]
    assert await stage.record() == []


@in_a_room
async def test_a_bad_command_in_a_room_gets_one_sentence(stage: Stage) -> None:
    channel = await stage.crisis()
    for text, sentence in (
        ("headcount -1", "人数请填 0 到 100000 的整数，例如 5。"),
        ("headcount many", "人数请填 0 到 100000 的整数，例如 5。"),
        ("headcount 3 or 4", "人数请填 0 到 100000 的整数，例如 5。"),
        ("headcount 1000000", "人数请填 0 到 100000 的整数，例如 5。"),
        ("log " + "长" * 10_000, "共 10000 个字符，此处最多 3000 个，请精简。"),
        ("x" * 10_000, "未识别"),
        ("<!channel> *bold*", "未识别“<!channel>”"),
        ("*bold*", "未识别“*bold*”"),
        ("</script>", "未识别“</script>”"),
        (FIRE, "未识别"),
        ("status CR-2026-9999", "没有您可查看的案件 CR-2026-9999。"),
        ("close CR-2026-9999", "没有您可查看的案件 CR-2026-9999。"),
        *((f"{word} {named}", f"没有您可查看的案件 {named}。") for word in NAMING for named in ("CR-99", "nonsense")),
        *((f"{word} CP-9 text", "没有您可查看的案件 CP-9。") for word in ("log", "headcount", "say", "say list")),
    ):
        async with nothing_changes(stage):
            assert sentence in await answer(stage.person("CHENWEI"), text, channel)


@in_a_room
async def test_a_bad_form_of_the_card_gets_one_sentence_on_its_field(stage: Stage) -> None:
    channel = await stage.crisis()
    chen = stage.person("CHENWEI")
    for press, form, field in (
        ("case.headcount", {"headcount": "-1"}, "headcount"),
        ("case.headcount", {"headcount": "many"}, "headcount"),
        ("case.headcount", {"headcount": ""}, "headcount"),
        ("case.log", {"text": "x" * 10_000}, "text"),
        ("case.log", {"text": "  "}, "text"),
        ("statement.form", {"text": "", "sources": "x"}, "text"),
        ("statement.form", {"text": "x" * 10_000, "sources": "x"}, "text"),
        ("report.open", {"means": "phone", "text": "x" * 10_000}, "text"),
    ):
        async with nothing_changes(stage):
            await chen.clicks(press, channel)
            refused = await chen.submits(form)
            assert list(refused.errors) == [field]


async def test_a_person_outside_the_directory_gets_one_sentence_for_every_command(stage: Stage) -> None:
    jordan = stage.person("JORDANLAKE")
    sentence = "You are not in the directory, so you can read here but not act. Ask your office to add you."

    for command in ("/complaint", "/crisis"):
        for text in ("", "open", "list"):
            assert await answer(jordan, text, GENERAL, command) == sentence, text
    assert await jordan.views() == []
    assert refused_calls(stage) == []


async def test_a_person_outside_the_directory_is_told_so_on_home_and_by_the_shortcuts(stage: Stage) -> None:
    jordan = stage.person("JORDANLAKE")

    await jordan.opens_home("A0JOINTROOM", "You are not in the directory")
    await jordan.shortcut("open_crisis")

    view = await jordan.view()
    assert view["callback_id"] == "told"
    assert "You are not in the directory" in shown_text(view)


async def closed_crisis(stage: Stage, watcher: Person) -> str:
    """A crisis with everything done that closing asks for, closed by the bank's principal while `watcher` has the
    room's menu before them."""
    channel = await stage.crisis()
    chen, zhao, zhou = stage.person("CHENWEI"), stage.person("ZHAOLIHUA"), stage.person("ZHOUKAI")
    provinces = (("LINZHIYUAN", "bank"), ("TIANHONG", "insurer"))
    reports = [(chen, "T1:bank", ""), *((stage.person(name), f"T3:{party}", "Explain.") for name, party in provinces)]
    for person, clock, text in reports:
        await person.clicks("report.open", channel, block_id=f"clock:{clock}")
        assert (await person.submits({"means": "phone", **({"text": text} if text else {})})).errors == {}
    for person, party in ((zhao, "bank"), (zhou, "insurer")):
        for step in ("H6", "A1", "A4", "A5"):
            await person.clicks("step.form", channel, block_id=f"step:{step}:{party}")
            given: dict[str, Any] = {"attested": ["yes"]} if step == "H6" else {"evidence": "As in the report."}
            assert (await person.submits(given)).errors == {}
    await watcher.clicks("room.menu", channel)
    await zhao.run("/crisis", "close", channel=channel)
    assert (await zhao.submits({"result": "Explained; all seven agree."})).errors == {}
    await chen.sees("*Closed.*", channel)
    return channel


@in_a_room
async def test_nothing_in_a_closed_room_can_be_changed_by_button_or_command(stage: Stage) -> None:
    lin = stage.person("LINZHIYUAN")
    channel = await closed_crisis(stage, lin)
    chen, wang, zhao = stage.person("CHENWEI"), stage.person("WANGLEI"), stage.person("ZHAOLIHUA")
    assert (await stage.file()).case.status is Status.CLOSED
    sentence = "CR-2026-0001 已结案，内容不再变更，仍可导出事件档案。"

    async with nothing_changes(stage):
        direct = await stage.direct(wang)
        await wang.clicks("room.answer", direct)
        assert told_to(await wang.messages(direct)) == [sentence]
        for text in ("headcount 3", "log late", "say", "report", "handover"):
            assert await answer(zhao, text, channel) == sentence, text
        for press in ("case.headcount", "case.log", "statement.form", "report.open", "room.handover", "case.close"):
            await lin.clicks(press)
            assert sentence in shown_text(await lin.view()), press
            await lin.close()
        await zhao.clicks("room.menu", channel)
        menu = shown_text(await zhao.view())
        assert "导出档案" in menu and "记日志" not in menu
        shown = [one for one in await chen.messages(channel) if "*H1*" in shown_text(one)]
        assert not [block for block in shown[-1]["blocks"] if block.get("accessory")]


async def test_a_room_that_is_closed_while_a_form_is_open_refuses_the_form(stage: Stage) -> None:
    await stage.opens("/complaint")
    chen, zhou = stage.person("CHENWEI"), stage.person("ZHOUKAI")
    await zhou.run("/complaint", "log CP-2026-0001", channel=stage.general(zhou))
    await chen.run("/complaint", "escalate CP-2026-0001", channel=GENERAL)
    await chen.submits({"criteria": ["K2"]})

    async with nothing_changes(stage, "CP-2026-0001"):
        refused = await zhou.submits({"text": "One more call."})
        assert list(refused.errors) == ["text"]


async def test_two_crises_for_one_outlet_opened_at_once_make_one_room(stage: Stage) -> None:
    chen, zhao = stage.person("CHENWEI"), stage.person("ZHAOLIHUA")
    for person in (chen, zhao):
        await person.run("/crisis", channel=GENERAL)
    form = {"outlet": "bank-outlet-linjiang", "criteria": ["K2"], "summary": "A crowd."}

    answers = await asyncio.gather(*(person.submits(form) for person in (chen, zhao)))

    assert all("CR-2026-0001" in shown_text(one.views[-1]) for one in answers)
    assert await stage.record("CR-2026-0002") == []


async def test_the_same_form_submitted_twice_at_once_makes_one_complaint(stage: Stage) -> None:
    chen = stage.person("CHENWEI")
    await chen.run("/crisis", channel=GENERAL)
    view = await chen.view()
    form = {"criteria": ["K2"], "summary": "A crowd."}

    await asyncio.gather(*(chen.submits(form, view) for _ in range(2)), return_exceptions=True)

    assert await stage.record("CR-2026-0002") == []


def marked_up(node: Any) -> Iterator[str]:
    """Every text that Slack would format."""
    if isinstance(node, list):
        for one in node:
            yield from marked_up(one)
    elif isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            yield node["text"]
        for value in node.values():
            yield from marked_up(value)


def assert_literal(message: dict[str, Any]) -> None:
    for text in marked_up(message.get("blocks", [])):
        assert "<!channel>" not in text, text
        assert "<@U0CHENWEI> &" not in text, text
        assert "*bold*" not in text, text
        assert "</script>" not in text, text
    assert "<!channel>" not in message["text"], message["text"]
    assert "<@U0CHENWEI> &" not in message["text"], message["text"]


def plainly(message: dict[str, Any]) -> str:
    """What is read, without the joiners that keep marks from formatting."""
    return shown_text(message).replace("\u2060", "")


@in_a_room
async def test_markup_in_what_people_add_is_shown_as_it_was_typed(stage: Stage) -> None:
    channel = await stage.crisis()
    chen, wang = stage.person("CHENWEI"), stage.person("WANGLEI")
    stage.advance(minutes=61)

    await chen.run("/crisis", f"log {NASTY}", channel=channel)
    await wang.clicks("step.form", channel, block_id="step:H5:insurer")
    await wang.submits({"evidence": NASTY})
    await chen.clicks("report.open", channel, block_id="clock:T1:bank")
    assert (await chen.submits({"means": "phone", "text": NASTY, "late_reason": NASTY})).errors == {}
    await wang.sees("Reason for the delay", channel)
    await wang.sees("done by Wang Lei", channel)
    await stage.settled(within=20)

    zhao = stage.person("ZHAOLIHUA")
    messages = [*await wang.messages(channel), *await zhao.messages(await stage.direct(zhao))]
    for message in messages:
        assert_literal(message)
    assert sum(NASTY in plainly(one) for one in messages) >= 4
    assert refused_calls(stage) == []


@in_a_room
async def test_strange_text_in_the_log_stays_as_it_is(stage: Stage) -> None:
    channel = await stage.crisis()
    for text in (
        NASTY,
        "</script><script>alert(1)</script>",
        "{who} {0} %s",
        "\\n \u202e back",
    ):
        await stage.person("CHENWEI").run("/crisis", f"log {text}", channel=channel)

        message = await stage.person("WANGLEI").sees(text, channel)
        assert_literal(message)
        assert (await stage.entered("log")).data["text"] == text
        assert refused_calls(stage) == []


async def test_markup_in_the_crisis_form_is_shown_as_it_was_typed(stage: Stage) -> None:
    channel = await stage.crisis(title=NASTY, summary=NASTY, criteria=["K3", "K6"], reason_K3=NASTY, reason_K6=NASTY)
    await stage.settled(within=10)
    wang = stage.person("WANGLEI")

    card = await wang.sees("People on the spot", channel)
    assert NASTY in plainly(card)
    for message in (*await wang.messages(channel), *await wang.messages(await stage.direct(wang))):
        assert_literal(message)
    assert refused_calls(stage) == []


async def test_markup_in_the_complaint_form_is_shown_as_it_was_typed(stage: Stage) -> None:
    await stage.opens("/complaint", title=NASTY, summary=NASTY, headcount="6")
    chen, zhao = stage.person("CHENWEI"), stage.person("ZHAOLIHUA")
    await chen.submits({"decision": "complaint", "kept_because": NASTY})
    parent = await zhao.sees("临江路支行投诉", "C0CMPLUZHOU")
    card = await zhao.sees("CP-2026-0001", "C0CMPLUZHOU", parent["ts"])
    await stage.settled(within=10)

    assert NASTY in plainly(card)
    assert_literal(card)
    listed = await zhao.run("/complaint", "list", channel=GENERAL)
    assert listed
    assert_literal(listed)
    assert refused_calls(stage) == []


async def test_a_title_of_emoji_alone_is_refused_however_slack_sends_it(stage: Stage) -> None:
    opened = await stage.opens(name="SUNMEI", title=":fire: :+1::skin-tone-2:")

    assert list(opened.errors) == ["title"]
    assert "Give the title in words" in opened.errors["title"]
