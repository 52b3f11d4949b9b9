"""Every word of `/crisis` as a command and as a button, for an officer of the other company (invariant 12)."""

from sandbox.client import Person
from sandbox.faults import CallFault
from sandbox.shown import shown_text
from tests.conftest import GENERAL, Stage, in_a_room

OPENS = {
    "": "menu",
    "open": "crisis",
    "checklist": "screen",
    "report": "report",
    "headcount": "headcount",
    "say": "statement",
    "log": "log",
    "handover": "handover",
}
SAYS = {
    "status": "Seven customers and a reporter.",
    "clocks": "向总行、总公司报告处理意见",
    "say list": "口径",
    "list": "CR-2026-0001",
    "close": "H6（鹭汀银行）",
    "help": "`/crisis headcount 12`",
}
BUTTONS = {
    "room.status": "Seven customers and a reporter.",
    "room.checklist": "保险公司人员赶赴客户所在地点",
    "room.clocks": "向总行、总公司报告处理意见",
    "report.open": "向上级报告",
    "case.headcount": "现场人数",
    "statement.form": "对外口径",
    "statement.list": "口径",
    "script.list": "标准话术",
    "case.log": "记日志",
    "room.handover": "由谁接手",
    "case.close": "结案前还需完成",
    "help.crisis": "`/crisis headcount 12`",
}


async def answered(person: Person, text: str, channel: str, command: str = "/crisis") -> str:
    response = await person.run(command, text, channel=channel)
    return shown_text(response) if response else ""


async def menu(stage: Stage, name: str, channel: str) -> Person:
    """The room's menu, opened from the card."""
    person = stage.person(name)
    await person.clicks("room.menu", channel)
    await person.view("CR-2026-0001")
    return person


@in_a_room
async def test_every_command_that_asks_something_opens_its_form(stage: Stage) -> None:
    channel = await stage.crisis()
    zhou = stage.person("ZHOUKAI")

    for text, callback in OPENS.items():
        assert await zhou.run("/crisis", text, channel=channel) is None, text
        view = await zhou.view()
        assert view["callback_id"] == callback, text
        await zhou.close()


@in_a_room
async def test_every_command_that_tells_something_answers_only_the_asker(stage: Stage) -> None:
    channel = await stage.crisis()
    await stage.settled()
    zhou = stage.person("ZHOUKAI")
    before = len(await stage.person("CHENWEI").messages(channel))

    for text, told in SAYS.items():
        assert told in await answered(zhou, text, channel), text

    assert len(await stage.person("CHENWEI").messages(channel)) == before
    assert await zhou.views() == []


@in_a_room
async def test_the_scripts_open_with_the_insurers_standard_wording(stage: Stage) -> None:
    channel = await stage.crisis()
    zhou = stage.person("ZHOUKAI")

    await zhou.run("/crisis", "scripts", channel=channel)

    assert any(one.get("accessory") or one["type"] == "actions" for one in (await zhou.view())["blocks"])


@in_a_room
async def test_every_command_is_a_button_of_the_menu_that_opens_on_top_of_it(stage: Stage) -> None:
    channel = await stage.crisis()
    zhou = await menu(stage, "ZHOUKAI", channel)

    for action, told in BUTTONS.items():
        await zhou.clicks(action)
        assert len(await zhou.views()) == 2, action
        assert told in shown_text(await zhou.view()), action
        await zhou.close()
        await zhou.view("CR-2026-0001")


@in_a_room
async def test_headcount_works_as_a_command_and_as_a_button(stage: Stage) -> None:
    channel = await stage.crisis()
    wang = stage.person("WANGLEI")

    assert "CR-2026-0001：已记录 12 人。" in await answered(wang, "headcount 12", channel)
    await wang.sees("Wang Lei: 12 people on the spot (before: 7)", channel)
    await menu(stage, "WANGLEI", channel)
    await wang.clicks("case.headcount")
    await wang.submits({"headcount": "3"})

    await wang.sees("Wang Lei: 3 people on the spot (before: 12)", channel)
    assert (await stage.file()).case.headcount == 3
    assert await wang.views() == []


@in_a_room
async def test_the_log_works_as_a_command_and_as_a_button(stage: Stage) -> None:
    channel = await stage.crisis()
    wang = stage.person("WANGLEI")

    assert "已记入 CR-2026-0001 日志" in await answered(wang, "log The manager has arrived.", channel)
    await menu(stage, "WANGLEI", channel)
    await wang.clicks("case.log")
    await wang.submits({"text": "The reporter has left."})

    await wang.sees("The reporter has left.", channel)
    logged = [one.data["text"] for one in await stage.record() if one.kind == "log"]
    assert logged == ["The manager has arrived.", "The reporter has left."]


@in_a_room
async def test_the_export_works_as_a_command_and_as_a_button(stage: Stage) -> None:
    channel = await stage.crisis()
    lina = stage.person("LINA")

    assert "正在封存 CR-2026-0001 的档案" in await answered(lina, "export", channel)
    await lina.sees("CR-2026-0001-X1.zip", channel)
    await menu(stage, "LINA", channel)
    await lina.clicks("record.export")

    await lina.sees("CR-2026-0001-X2.zip", channel)


@in_a_room
async def test_an_export_is_acknowledged_also_where_slack_does_not_take_its_sentence(stage: Stage) -> None:
    channel = await stage.crisis()
    lina = await menu(stage, "LINA", channel)
    stage.world.slack.fault(CallFault(call="views.*", do="status"))

    await lina.clicks("record.export")

    await lina.sees("CR-2026-0001-X1.zip", channel)


@in_a_room
async def test_someone_who_may_not_export_is_told_who_may(stage: Stage) -> None:
    channel = await stage.crisis()

    told = await answered(stage.person("WANGLEI"), "export", channel)

    assert "主责任人" in told
    assert "合规负责人" in told
    assert not [one for one in await stage.record() if one.kind == "record.exported"]


@in_a_room
async def test_a_report_made_from_the_menu_is_the_one_that_the_insurer_owes(stage: Stage) -> None:
    channel = await stage.crisis()
    zhou = await menu(stage, "ZHOUKAI", channel)

    await zhou.clicks("report.open")
    await zhou.submits({"means": "phone"})

    made = await stage.entered("report.made")
    assert (made.data["clock"], made.actor.id) == ("CR-2026-0001/T2/insurer", "zhou-kai")
    await zhou.sees("Zhou Kai reported T2", channel)


@in_a_room
async def test_an_officer_who_owes_no_report_is_told_whose_it_is(stage: Stage) -> None:
    channel = await stage.crisis()
    zhou = stage.person("ZHOUKAI")
    await zhou.run("/crisis", "report", channel=channel)
    await zhou.submits({"means": "phone"})

    told = await answered(stage.person("WANGLEI"), "report", channel)

    assert "待提交的报告由" in told and "临江路支行" in told


async def test_an_unknown_word_gets_the_nearest_command(stage: Stage) -> None:
    for typed, nearest in (
        ("stauts", "status"),
        ("chekclist", "checklist"),
        ("hedcount 5", "headcount"),
        ("EXPROT", "export"),
        ("clock", "clocks"),
        ("handoff", "handover"),
        ("/crisis", "list"),
        ("helpp", "help"),
    ):
        told = await answered(stage.person("SUNMEI"), typed, GENERAL)

        assert f'I do not know "{typed.split()[0]}".' in told
        assert f"Did you mean /crisis {nearest}?" in told or typed == "/crisis"


@in_a_room
async def test_a_word_counts_however_it_is_typed(stage: Stage) -> None:
    channel = await stage.crisis()
    for typed in (
        "STATUS",
        "  status  ",
        "Status cr-2026-1",
        "status CR-2026-0001",
    ):
        assert "Seven customers and a reporter." in await answered(stage.person("ZHOUKAI"), typed, channel)


async def test_outside_a_room_a_command_asks_for_the_case(stage: Stage) -> None:
    for text in (
        "status",
        "checklist",
        "clocks",
        "report",
        "headcount 3",
        "say",
        "log x",
        "handover",
        "export",
        "close",
    ):
        told = await answered(stage.person("SUNMEI"), text, GENERAL)

        example = f"/crisis {text.split()[0]} CR-2026-0001"
        assert f"Use this inside a crisis room, or name the case: {example}." in told


@in_a_room
async def test_a_case_named_outside_its_room_is_found(stage: Stage) -> None:
    await stage.crisis()
    zhou = stage.person("ZHOUKAI")

    assert "Seven customers" in await answered(zhou, "status CR-2026-0001", stage.general(zhou))
    assert "已记录 8 人" in await answered(zhou, "headcount CR-2026-0001 8", stage.general(zhou))
    assert (await stage.file()).case.headcount == 8


@in_a_room
async def test_an_officer_of_another_branch_learns_nothing_from_any_command(stage: Stage) -> None:
    await stage.crisis()
    sun = stage.person("SUNMEI")

    for text in ("status", "checklist", "clocks", "say list", "close"):
        told = await answered(sun, f"{text} CR-2026-0001", GENERAL)
        assert "There is no case CR-2026-0001 that you can see." in told, text
    assert "No cases that you can see" in await answered(sun, "list", GENERAL)
    assert await sun.views() == []


async def test_the_shortcuts_and_home_open_the_same_forms(stage: Stage) -> None:
    sun = stage.person("SUNMEI")

    for kind in ("crisis", "complaint"):
        await sun.shortcut(f"open_{kind}")
        assert (await sun.view())["callback_id"] == kind
        await sun.close()
        home = await sun.opens_home("A0JOINTROOM", "Report a complaint")
        await sun.clicks(f"home.{kind}", view=home)
        assert (await sun.view())["callback_id"] == kind
        await sun.close()


@in_a_room
async def test_an_officer_of_another_branch_changes_nothing(stage: Stage) -> None:
    await stage.crisis()
    for name, text in (
        ("SUNMEI", "headcount CR-2026-0001 3"),
        ("SUNMEI", "log CR-2026-0001 I was here"),
        ("SUNMEI", "report CR-2026-0001"),
        ("SUNMEI", "handover CR-2026-0001"),
        ("FENGTING", "handover CR-2026-0001"),
        ("FENGTING", "export CR-2026-0001"),
        ("FENGTING", "say CR-2026-0001"),
    ):
        person = stage.person(name)
        told = await answered(person, text, stage.general(person))

        assert "There is no case CR-2026-0001 that you can see." in told
        assert (await stage.file()).case.headcount == 7


@in_a_room
async def test_an_export_asked_for_from_the_menu_does_not_say_that_it_was_not_done(stage: Stage) -> None:
    channel = await stage.crisis()
    lina = await menu(stage, "LINA", channel)

    await lina.clicks("record.export")

    await lina.sees("CR-2026-0001-X1.zip", channel)
    assert "未执行" not in [one["title"]["text"] for one in await lina.views()]
