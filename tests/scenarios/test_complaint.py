"""A complaint from its form to its end, as people at the outlet and the insurer go through it in Slack."""

from dataclasses import dataclass
from typing import Any

from playbooks.rules.cases import Status
from playbooks.rules.clocks import is_open
from sandbox.client import Person
from sandbox.shown import shown_text
from tests.conftest import GENERAL, Stage, in_a_room

NUMBER = "CP-2026-0001"
LUZHOU = "C0CMPLUZHOU"


@dataclass
class Thread:
    """The outlet's complaint thread, in which people press the complaint's buttons; who lives in another workspace has
    them on what `/complaint show` gives."""

    stage: Stage
    ts: str

    async def press(self, person: Person, what: str, block: str = "") -> None:
        channel, thread_ts = await self._place(person)
        await person.clicks(what, channel, thread_ts=thread_ts, block_id=block or None)

    async def shows(self, person: Person, text: str) -> dict[str, Any]:
        channel, thread_ts = await self._place(person)
        return await person.sees(text, channel, thread_ts)

    async def _place(self, person: Person) -> tuple[str, str | None]:
        if self.stage.team(person) == self.stage.team(self.stage.person("CHENWEI")):
            return LUZHOU, self.ts
        await asked(self.stage, person, f"show {NUMBER}")
        return self.stage.general(person), None

    async def said_to(self, person: Person) -> str:
        """The newest sentence that only this person sees."""
        own = [one for one in await person.messages(LUZHOU, self.ts) if one.get("ephemeral")]
        own = own or [one for one in await person.messages(LUZHOU) if one.get("ephemeral")]
        return shown_text(own[-1])


async def registered(stage: Stage, **form: Any) -> Thread:
    """A complaint of the Linjiang Road outlet, with its card in the thread."""
    opened = await stage.opens("/complaint", **form)
    assert opened.response_action == "update", opened
    chen = stage.person("CHENWEI")
    parent = await chen.sees("临江路支行投诉", LUZHOU)
    await chen.sees(opened.views[-1]["title"]["text"], LUZHOU, parent["ts"])
    return Thread(stage, parent["ts"])


async def asked(stage: Stage, person: Person, text: str, command: str = "/complaint") -> str:
    """What the person reads back from the command, and nobody else."""
    response = await person.run(command, text, channel=stage.general(person))
    return shown_text(response) if response else ""


async def test_the_form_starts_on_the_persons_own_outlet(stage: Stage) -> None:
    for name, outlet in (
        ("CHENWEI", "bank-outlet-linjiang"),
        ("SUNMEI", "bank-outlet-haibin"),
        ("LINZHIYUAN", ""),
    ):
        person = stage.person(name)

        await person.run("/complaint", channel=GENERAL)

        block = next(one for one in (await person.view())["blocks"] if one["block_id"] == "outlet")
        assert block["element"].get("initial_option", {}).get("value", "") == outlet


async def test_a_complaint_gets_its_number_and_a_card_in_the_outlets_thread(stage: Stage) -> None:
    thread = await registered(stage)

    for name in ("ZHAOLIHUA", "WANGLEI"):
        assert NUMBER in shown_text(await thread.shows(stage.person(name), "The customer says the payout is lower"))


async def test_the_outlets_second_complaint_follows_in_the_same_thread(stage: Stage) -> None:
    thread = await registered(stage)

    await stage.opens("/complaint", summary="Another customer wants the contract explained.")

    await thread.shows(stage.person("CHENWEI"), "CP-2026-0002")
    top = [shown_text(one) for one in await stage.person("CHENWEI").messages(LUZHOU)]
    assert sum("临江路支行投诉" in one for one in top) == 1


async def test_both_parties_officers_of_a_complaint_are_called_directly(stage: Stage) -> None:
    await registered(stage)

    for name in ("CHENWEI", "ZHAOLIHUA", "WANGLEI", "ZHOUKAI"):
        person = stage.person(name)
        await person.sees("请处理 CP-2026-0001（投诉）", await stage.direct(person))


async def test_the_list_shows_a_complaint_to_its_ladder_and_to_nobody_else(stage: Stage) -> None:
    await registered(stage)

    for name in ("CHENWEI", "LINZHIYUAN", "ZHOUKAI", "YEWENBO"):
        assert NUMBER in await asked(stage, stage.person(name), "list")
    assert "No cases that you can see" in await asked(stage, stage.person("SUNMEI"), "list")


async def test_show_gives_the_card_however_the_number_is_written(stage: Stage) -> None:
    await registered(stage)
    for named in (
        "CP-2026-0001",
        "cp-2026-1",
        "CP20260001",
    ):
        shown = await asked(stage, stage.person("ZHOUKAI"), f"show {named}")

        assert NUMBER in shown
        assert "The customer says the payout is lower" in shown
        assert "Y3" in shown


async def test_show_tells_a_stranger_no_more_about_a_real_number_than_about_a_wrong_one(stage: Stage) -> None:
    await registered(stage)
    for named in (
        "CP-2026-0001",
        "CP-2026-0999",
        "nonsense",
    ):
        told = await asked(stage, stage.person("SUNMEI"), f"show {named}")

        assert f"There is no case {named} that you can see." in told


async def test_show_without_a_number_says_that_one_is_needed(stage: Stage) -> None:
    told = await asked(stage, stage.person("SUNMEI"), "show")

    assert "Name the complaint: /complaint show CP-2026-0001." in told


async def test_help_lists_every_complaint_command(stage: Stage) -> None:
    told = await asked(stage, stage.person("SUNMEI"), "help")

    for word in ("list", "show", "escalate", "close", "report", "headcount", "log", "handover", "export", "help"):
        assert f"/complaint {word}" in told


async def test_escalating_opens_a_crisis_that_names_its_origin_and_marks_the_complaint(stage: Stage) -> None:
    thread = await registered(stage, customer_ref="C-20418")
    chen = stage.person("CHENWEI")

    await chen.run("/complaint", f"escalate {NUMBER}", channel=GENERAL)
    form = await chen.view()
    assert "The customer says the payout is lower" in shown_text(form)
    assert "C-20418" in shown_text(form)
    opened = await chen.submits({"criteria": ["K2"], "language": "en"})

    assert opened.views[-1]["title"]["text"] == "CR-2026-0001"
    channel = await stage.room()
    await chen.sees("*Escalated from*\nCP-2026-0001", channel)
    await thread.shows(chen, "*已升级* 为 CR-2026-0001")
    complaint, crisis = await stage.file(NUMBER), await stage.file("CR-2026-0001")
    assert (complaint.case.status, complaint.case.crisis) == (Status.ESCALATED, "CR-2026-0001")
    assert crisis.case.origin == NUMBER
    assert (await stage.entered("case.escalated", NUMBER)).data["crisis"] == "CR-2026-0001"
    assert not any(is_open(clock) for clock in complaint.clocks)


async def test_escalating_beside_an_open_room_brings_the_complaint_into_it(stage: Stage) -> None:
    await registered(stage)
    channel = await stage.crisis()
    chen = stage.person("CHENWEI")

    await chen.run("/complaint", f"escalate {NUMBER}", channel=GENERAL)
    offered = await chen.submits({"criteria": ["K2"]})
    assert "CR-2026-0001" in shown_text(offered.views[-1])
    joined = await chen.submits({})

    assert "CP-2026-0001 已并入 *CR-2026-0001*" in shown_text(joined.views[-1])
    await chen.sees("brought complaint CP-2026-0001 into this room", channel)
    complaint = (await stage.file(NUMBER)).case
    assert (complaint.status, complaint.crisis) == (Status.ESCALATED, "CR-2026-0001")
    async with stage.world.bot.ports.unit() as unit:
        assert await unit.cases.get("CR-2026-0002") is None


async def test_escalating_beside_an_open_room_can_open_another(stage: Stage) -> None:
    await registered(stage)
    await stage.crisis()
    chen = stage.person("CHENWEI")

    await chen.run("/complaint", f"escalate {NUMBER}", channel=GENERAL)
    await chen.submits({"criteria": ["K2"]})
    await chen.submits({"same": "separate"})

    assert (await stage.file("CR-2026-0002")).case.origin == NUMBER


async def test_escalating_from_the_card_opens_the_same_form(stage: Stage) -> None:
    thread = await registered(stage)
    zhou = stage.person("ZHOUKAI")

    await thread.press(zhou, "case.escalate")
    opened = await zhou.submits({"criteria": ["K4"], "reason_K4": "A claim of four million."})

    assert "CR-2026-0001" in shown_text(opened.views[-1])
    assert (await stage.file("CR-2026-0001")).case.origin == NUMBER


@in_a_room
async def test_escalating_a_crisis_is_refused_in_one_sentence(stage: Stage) -> None:
    await stage.crisis()

    assert "CR-2026-0001 不是投诉案件。" in await asked(stage, stage.person("CHENWEI"), "escalate CR-2026-0001")


async def test_closing_waits_for_the_steps_that_the_playbook_asks_for(stage: Stage) -> None:
    await registered(stage)
    chen = stage.person("CHENWEI")

    told = await asked(stage, chen, f"close {NUMBER}")

    assert "H6（鹭汀银行）" in told and "A1（苇灯人寿）" in told
    assert (await stage.file(NUMBER)).case.is_open


async def test_a_complaint_closes_once_both_parties_have_signed_and_analysed(stage: Stage) -> None:
    thread = await registered(stage)
    chen, zhou = stage.person("CHENWEI"), stage.person("ZHOUKAI")
    for person, party in ((chen, "bank"), (zhou, "insurer")):
        await thread.press(person, "step.form", f"step:H6:{party}")
        await person.submits({"attested": ["yes"]})
        await thread.press(person, "step.form", f"step:A1:{party}")
        await person.submits({"evidence": "The brochure was misread."})

    await chen.run("/complaint", f"close {NUMBER}", channel=GENERAL)
    closed = await chen.submits({"result": "Explained; the customer agrees."})

    assert closed.errors == {}
    await thread.shows(chen, "*已结案。*")
    assert (await stage.file(NUMBER)).case.status is Status.CLOSED
    assert (await stage.entered("case.closed", NUMBER)).data["result"] == "Explained; the customer agrees."
    assert "已结案" in await asked(stage, chen, f"headcount {NUMBER} 3")


async def test_five_people_bring_up_the_decision_in_the_same_step(stage: Stage) -> None:
    for headcount, is_asked in (
        ("4", False),
        ("5", True),
        ("５", True),
        ("12", True),
    ):
        opened = await stage.opens("/complaint", headcount=headcount)

        asks = any(block.get("block_id") == "decision" for block in opened.views[-1]["blocks"])
        assert asks is is_asked
        assert ("K1" in shown_text(opened.views[-1])) is is_asked


async def test_keeping_it_a_complaint_needs_a_reason_which_is_recorded(stage: Stage) -> None:
    await stage.opens("/complaint", headcount="5")
    chen = stage.person("CHENWEI")

    refused = await chen.submits({"decision": "complaint"})
    assert list(refused.errors) == ["kept_because"]
    kept = await chen.submits({"decision": "complaint", "kept_because": "A family of five, all calm."})

    assert kept.views[-1]["title"]["text"] == NUMBER
    opened = await stage.entered("case.opened", NUMBER)
    assert opened.data["kept_because"] == "A family of five, all calm."
    assert [one["id"] for one in opened.data["criteria"]] == ["K1"]


async def test_opening_a_crisis_from_the_decision_needs_no_second_form(stage: Stage) -> None:
    await stage.opens("/complaint", criteria=["K2"])

    opened = await stage.person("CHENWEI").submits({"decision": "crisis"})

    assert opened.views[-1]["title"]["text"] == "CR-2026-0001"
    await stage.person("ZHAOLIHUA").channel("cr-2026-0001")


async def test_the_decision_stands_alone_and_keeps_everything_that_was_typed(stage: Stage) -> None:
    typed: dict[str, Any] = {"title": "Payouts", "customer_ref": "C-20418", "channel": "hotline", "topics": ["yield"]}
    asked = await stage.opens("/complaint", headcount="5", summary="甲" * 3000, **typed)

    shown = [block.get("block_id") for block in asked.views[-1]["blocks"]]
    assert "outlet" not in shown and len(shown) <= 6, "short enough to be seen at once"
    await stage.person("CHENWEI").submits({"decision": "complaint", "kept_because": "A family, all calm."})

    intake = (await stage.file(NUMBER)).case.intake
    assert (intake.outlet, intake.title, intake.customer_ref) == ("bank-outlet-linjiang", "Payouts", "C-20418")
    assert (intake.channel, intake.topics, intake.summary) == ("hotline", ("yield",), "甲" * 3000)


async def test_a_headcount_typed_wrong_is_corrected_at_the_decision(stage: Stage) -> None:
    await stage.opens("/complaint", headcount="50")

    done = await stage.person("CHENWEI").submits({"headcount": "1", "decision": "complaint"})

    assert done.views[-1]["title"]["text"] == NUMBER
    case = (await stage.file(NUMBER)).case
    assert (case.headcount, case.intake.criteria) == (1, ())


async def test_a_crisis_from_the_decision_still_asks_for_the_reason_of_a_judgement(stage: Stage) -> None:
    await stage.opens("/complaint", criteria=["K5"])
    chen = stage.person("CHENWEI")

    refused = await chen.submits({"decision": "crisis"})
    opened = await chen.submits({"decision": "crisis", "reason_K5": "A video of it is going round."})

    assert list(refused.errors) == ["reason_K5"]
    assert opened.views[-1]["title"]["text"] == "CR-2026-0001"


async def test_the_fifth_person_on_the_spot_brings_up_the_escalation(stage: Stage) -> None:
    thread = await registered(stage)
    chen = stage.person("CHENWEI")

    assert "K1" not in await asked(stage, chen, f"headcount {NUMBER} 4")
    assert "K1" in await asked(stage, chen, f"headcount {NUMBER} 5")

    await thread.shows(chen, "现场 5 人（此前 4 人）。现已符合：K1")
    await chen.clicks("case.escalate", GENERAL)
    opened = await chen.submits()
    assert opened.views[-1]["title"]["text"] == "CR-2026-0001"
    assert [one.id for one in (await stage.file("CR-2026-0001")).case.intake.criteria] == ["K1"]


async def test_a_customer_reference_that_is_personal_data_is_refused_with_the_reason(stage: Stage) -> None:
    for reference, kind in (
        ("陈大文", "a person's name"),
        ("John Smith", "a person's name"),
        ("欧阳 小明", "a person's name"),
        ("138 1234 5678", "a phone number"),
        ("+86-13812345678", "a phone number"),
        ("11010519491231002X", "an identity card number"),
        ("１１０１０５１９４９１２３１００２Ｘ", "an identity card number"),
        ("6222021234567890128", "a bank card number"),
        ("chen.dawen@example.com", "an e-mail address"),
    ):
        opened = await stage.opens("/complaint", name="SUNMEI", customer_ref=reference)

        assert opened.response_action == "errors"
        assert list(opened.errors) == ["customer_ref"]
        assert f"This looks like {kind}." in opened.errors["customer_ref"]
        assert await stage.record(NUMBER) == []


async def test_whoever_writes_personal_data_is_told_that_it_was_masked(stage: Stage) -> None:
    for summary, told in (("Call 13812345678 back", True), ("Call the customer back", False)):
        opened = await stage.opens("/complaint", name="SUNMEI", summary=summary)

        assert ("was masked before it was stored" in str(opened.views[-1])) is told


async def test_an_opaque_customer_reference_stands_on_the_card(stage: Stage) -> None:
    thread = await registered(stage, customer_ref="C-20418")

    await thread.shows(stage.person("WANGLEI"), "C-20418")


async def test_a_step_of_a_complaint_is_ticked_and_taken_back_on_its_card(stage: Stage) -> None:
    thread = await registered(stage)
    chen = stage.person("CHENWEI")

    await thread.press(chen, "step.tick", "step:P3:bank")
    await stage.entered("step.done", NUMBER)
    assert not is_open(_clock(await stage.file(NUMBER), "P3"))
    await stage.settled()
    await thread.press(chen, "step.undo", "step:P3:bank")

    assert (await stage.entered("step.undone", NUMBER)).data == {"step": "P3", "party": "bank"}
    assert is_open(_clock(await stage.file(NUMBER), "P3"))


def _clock(file: Any, rule: str) -> Any:
    return next(one for one in file.clocks if one.rule == rule)


async def test_a_complaints_report_goes_up_from_its_card_and_is_receipted(stage: Stage) -> None:
    thread = await registered(stage)
    chen, zhao = stage.person("CHENWEI"), stage.person("ZHAOLIHUA")

    await thread.press(chen, "report.open", "step:Y3:bank")
    sent = await chen.submits({"means": "phone"})
    assert sent.errors == {}
    direct = await stage.direct(zhao)
    await zhao.sees("Y3：临江路支行（陈伟）向鹭汀银行鹭洲分行报告", direct)
    await zhao.clicks("report.received", direct)

    await thread.shows(chen, "赵丽华于")
    assert (await stage.entered("report.received", NUMBER)).data["officer"] == "zhao-lihua"


async def test_a_complaints_clock_is_pinged_in_its_thread_and_to_its_owner(stage: Stage) -> None:
    thread = await registered(stage)
    chen = stage.person("CHENWEI")
    await stage.settled()

    stage.advance(minutes=91)

    await thread.shows(chen, "Y3 向上级主管部门汇报：还剩 30 分钟")
    await chen.sees("Y3 向上级主管部门汇报：还剩 30 分钟", await stage.direct(chen))


async def test_a_line_of_the_log_goes_to_the_complaint_that_it_names(stage: Stage) -> None:
    thread = await registered(stage)

    told = await asked(stage, stage.person("WANGLEI"), f"log {NUMBER} 已电话联系客户")

    assert NUMBER in told
    await thread.shows(stage.person("CHENWEI"), "已电话联系客户")
    assert (await stage.entered("log", NUMBER)).data["text"] == "已电话联系客户"


async def test_an_escalated_complaint_says_to_which_crisis_it_went(stage: Stage) -> None:
    await registered(stage)
    chen = stage.person("CHENWEI")
    await chen.run("/complaint", f"escalate {NUMBER}", channel=GENERAL)
    await chen.submits({"criteria": ["K2"]})

    assert "已升级为 CR-2026-0001" in await asked(stage, chen, f"escalate {NUMBER}")


async def test_someone_without_the_right_to_escalate_is_told_before_filling_in_a_form(stage: Stage) -> None:
    await registered(stage)

    assert "您的角色不包含该权限" in await asked(stage, stage.person("LIUFANG"), f"escalate {NUMBER}")


async def test_the_fifth_person_noted_with_the_button_brings_up_the_escalation_too(stage: Stage) -> None:
    thread = await registered(stage)
    chen = stage.person("CHENWEI")

    await thread.press(chen, "case.headcount")
    noted = await chen.submits({"headcount": "5"})

    assert noted.views
    assert "K1" in shown_text(noted.views[-1])
    await chen.clicks("case.escalate")
    assert (await chen.view())["callback_id"] == "crisis"
