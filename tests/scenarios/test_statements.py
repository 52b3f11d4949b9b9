"""One voice: how a text for outside is checked, approved, released and recalled, as people see it (W7, H2, H10)."""

import asyncio
import hashlib
from typing import Any

import pytest

from bot.catalogs import words
from playbooks.desk import cases, checklist
from playbooks.ports import Person
from playbooks.rules.directory import Party
from playbooks.rules.statements import Stage as Stands
from playbooks.rules.statements import Statement
from sandbox.client import Json, Submitted
from sandbox.faults import CallFault
from sandbox.shown import shown_text
from tests.conftest import Stage, in_a_room

CLEAN = "We have heard the customer and are reading the contract together.\n第二行：以合同条款为准。"
PROMISE = "We promise a full refund."
NUMBER = "CR-2026-0001-S1"
COMPLAINTS = "C0CMPLUZHOU"
zh, en = words("zh-CN"), words("en")


async def drafts(stage: Stage, room: str, text: str = CLEAN, name: str = "CHENWEI", **form: Any) -> Submitted:
    person = stage.person(name)
    await person.run("/crisis", "say", channel=room)
    return await person.submits({"text": text, "sources": "Contract, clause 3", **form})


async def submitted(stage: Stage, text: str = CLEAN, name: str = "CHENWEI", **form: Any) -> str:
    """A crisis with one text before the approvers; its channel."""
    room = await stage.crisis()
    sent = await drafts(stage, room, text, name, **form)
    assert sent.errors == {} and sent.views == [], sent
    await stage.person(name).sees(f"{NUMBER} version 1", room)
    return room


async def released(stage: Stage, text: str = CLEAN, **form: Any) -> str:
    room = await submitted(stage, text, **form)
    for name in ("GUMING", "LINA"):
        await stage.person(name).clicks("statement.approve", room)
    await stage.person("CHENWEI").sees("Approved by", room)
    return room


async def rewrites(stage: Stage, room: str, text: str) -> Submitted:
    author = stage.person("CHENWEI")
    await author.clicks("statement.revise", room)
    return await author.submits({"text": text})


async def statement(stage: Stage) -> Statement:
    return (await stage.file()).statements[0]


async def approvals(stage: Stage) -> list[str]:
    return [one.officer for one in (await statement(stage)).approvals]


def plain(message: Json) -> list[str]:
    """What stands in the message's plain text sections."""
    return [block["text"]["text"] for block in message.get("blocks", []) if _is_plain(block)]


def _is_plain(block: Json) -> bool:
    return block["type"] == "section" and bool(block.get("text", {}).get("type") == "plain_text")


async def outlet_thread(stage: Stage) -> list[Json]:
    person = stage.person("CHENWEI")
    parent = await person.sees("临江路支行", COMPLAINTS)
    return await person.messages(COMPLAINTS, parent["ts"])


@in_a_room
async def test_findings_are_shown_with_their_reasons_and_the_author_is_asked_why_to_keep_them(stage: Stage) -> None:
    room = await stage.crisis()

    asked = await drafts(stage, room, PROMISE)

    assert asked.response_action == "update"
    form = shown_text(asked.views[-1])
    assert zh("statement.found").strip("*") in form and "promise" in form and "H2" in form
    assert PROMISE in form and "Contract, clause 3" in form, "what was typed stays in the form"
    assert (await stage.file()).statements == ()


@in_a_room
async def test_keeping_a_finding_without_a_reason_is_told_at_the_reason(stage: Stage) -> None:
    room = await stage.crisis()
    await drafts(stage, room, PROMISE)

    again = await stage.person("CHENWEI").submits({"reason": " "})

    assert again.errors == {"reason": zh("refused.OverrideReasonMissing", count=2)}
    assert (await stage.file()).statements == ()


@in_a_room
async def test_findings_that_were_not_shown_are_shown_before_the_reason_counts(stage: Stage) -> None:
    room = await stage.crisis()
    await drafts(stage, room, PROMISE)

    asked = await stage.person("CHENWEI").submits({"text": f"{PROMISE} 我们赔偿全部损失，包赔。", "reason": "quoted"})

    assert asked.response_action == "update" and "“包赔”" in shown_text(asked.views[-1])
    assert (await stage.file()).statements == ()


@in_a_room
async def test_a_kept_finding_stands_with_its_reason_before_the_approvers(stage: Stage) -> None:
    room = await stage.crisis()
    await drafts(stage, room, PROMISE)

    kept = await stage.person("CHENWEI").submits({"reason": "Both head offices decided the refund."})

    assert kept.errors == {}
    shown = shown_text(await stage.person("LINA").sees("Both head offices decided the refund.", room))
    assert PROMISE in shown and "H2" in shown
    assert (await statement(stage)).current.reason == "Both head offices decided the refund."


@in_a_room
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Please call 138 1234 5678.", "phone"),
        ("Her card is 6222 0212 3456 7890 128.", "bank_card"),
        ("身份证 11010519491231002X 已登记。", "id_card"),
        ("Write to wei.chen@example.com.", "email"),
    ],
)
async def test_personal_data_blocks_whatever_reason_is_given(stage: Stage, text: str, kind: str) -> None:
    room = await stage.crisis()

    refused = await drafts(stage, room, text)

    what = zh(f"personal.{kind}")
    assert refused.errors == {"text": zh("refused.PersonalDataInText", what=what)}
    assert (await stage.file()).statements == ()


@in_a_room
async def test_a_text_without_its_sources_is_not_submitted(stage: Stage) -> None:
    room = await stage.crisis()

    refused = await drafts(stage, room, sources="  ")

    assert set(refused.errors) == {"sources"}
    assert (await stage.file()).statements == ()


@in_a_room
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" \u200b\n ", zh("refused.TextMissing")),
        ("x" * 3000, zh("refused.TextTooLong", length=3000, limit=2900)),
    ],
)
async def test_an_empty_or_too_long_text_is_told_what_to_do(stage: Stage, text: str, sentence: str) -> None:
    room = await stage.crisis()

    refused = await drafts(stage, room, text)

    assert refused.errors == {"text": sentence}
    assert (await stage.file()).statements == ()


@in_a_room
async def test_the_message_shortcut_fills_the_form_with_what_the_message_says(stage: Stage) -> None:
    room = await stage.crisis()
    person = stage.person("WANGLEI")
    message = await person.post("Clause 3 & its <annex> hold.", room)

    await person.shortcut("submit_statement", message, room)

    form = await person.view(zh("statement.title"))
    assert form["blocks"][1]["element"]["initial_value"] == "Clause 3 & its <annex> hold."
    sent = await person.submits({"sources": "Contract"})
    assert sent.errors == {} and (await statement(stage)).current.text == "Clause 3 & its <annex> hold."


async def test_the_message_shortcut_outside_a_room_says_where_it_belongs(stage: Stage) -> None:
    person = stage.person("WANGLEI")
    general = stage.general(person)
    message = await person.post("Hello", general)

    await person.shortcut("submit_statement", message, general)

    assert zh("refused.NotARoom") in shown_text(await person.sees(zh("refused.NotARoom"), general))


@in_a_room
async def test_approvers_of_both_parties_are_told_that_a_text_waits(stage: Stage) -> None:
    await submitted(stage)

    for name in ("LINA", "GUMING"):
        person = stage.person(name)
        await person.sees(NUMBER, await stage.direct(person))


@in_a_room
async def test_one_approver_of_each_party_on_the_same_bytes_releases_the_text(stage: Stage) -> None:
    room = await submitted(stage)

    await stage.person("GUMING").clicks("statement.approve", room)
    await stage.entered("statement.approved")
    assert (await statement(stage)).stage is Stands.SUBMITTED
    await stage.person("LINA").clicks("statement.approve", room)

    await stage.person("CHENWEI").sees("Approved by", room)
    found = await statement(stage)
    sha = hashlib.sha256(CLEAN.encode()).hexdigest()
    assert found.stage is Stands.RELEASED
    assert {(one.officer, one.party, one.sha256) for one in found.approvals} == {
        ("gu-ming", "bank", sha),
        ("li-na", "insurer", sha),
    }


@in_a_room
async def test_the_author_cannot_approve_their_own_text(stage: Stage) -> None:
    room = await submitted(stage, name="LINA")
    author = stage.person("LINA")

    await author.clicks("statement.approve", room)

    await author.sees(zh("refused.SelfApproval"), room)
    assert await approvals(stage) == []


@in_a_room
async def test_a_second_approver_of_the_same_party_is_told_who_did_already(stage: Stage) -> None:
    room = await submitted(stage)
    await stage.person("GUMING").clicks("statement.approve", room)

    second = stage.person("LINZHIYUAN")
    await second.clicks("statement.approve", room)

    await second.sees("顾明", room)
    await second.sees(zh("refused.PartyAlreadyApproved", by="").strip("。"), room)
    assert await approvals(stage) == ["gu-ming"]


@in_a_room
@pytest.mark.parametrize(
    ("name", "party", "roles"),
    [("WANGLEI", "insurer", ["compliance"]), ("ZHAOLIHUA", "bank", ["lg_head", "spokesperson"])],
)
async def test_a_person_without_the_role_is_told_who_approves(
    stage: Stage, name: str, party: str, roles: list[str]
) -> None:
    room = await submitted(stage)
    person = stage.person(name)

    await person.clicks("statement.approve", room)

    told = zh("list.separator").join(zh(f"role.{role}") for role in roles)
    await person.sees(zh("refused.NotAnApprover", party=zh(f"party.{party}"), roles=told), room)
    assert await approvals(stage) == []


@in_a_room
async def test_someone_outside_the_directory_can_neither_draft_nor_approve(stage: Stage) -> None:
    room = await submitted(stage)
    await stage.person("CHENWEI").invite("U0JORDANLAKE", room)
    guest = stage.person("JORDANLAKE")

    await guest.clicks("statement.approve", room)

    await guest.sees(en("refused.NotInDirectory"), room)
    assert await approvals(stage) == []


@in_a_room
async def test_two_approvers_of_one_party_at_once_give_one_approval(stage: Stage) -> None:
    room = await submitted(stage)
    await asyncio.gather(*(stage.person(name).clicks("statement.approve", room) for name in ("GUMING", "LINZHIYUAN")))

    assert len(await approvals(stage)) == 1


@in_a_room
async def test_approve_on_an_outdated_version_says_so_and_approves_nothing(stage: Stage) -> None:
    room = await submitted(stage)
    await stage.settled()
    # The old message keeps its button: nothing is delivered any more.
    stage.world.bot.courier.stop()
    await rewrites(stage, room, "A better text.")

    approver = stage.person("LINA")
    await approver.clicks("statement.approve", room)

    await approver.sees(zh("refused.OutdatedVersion", seen=1, current=2), room)
    found = await statement(stage)
    assert found.current.n == 2 and found.approvals == ()


@in_a_room
async def test_an_edit_is_a_new_version_that_voids_approvals_and_marks_the_old_message(stage: Stage) -> None:
    room = await submitted(stage)
    await stage.person("GUMING").clicks("statement.approve", room)
    assert await approvals(stage) == ["gu-ming"]

    await rewrites(stage, room, "A better text.")

    await stage.person("LINA").sees(en("statement.outdated", n=2), room)
    newer = await stage.person("LINA").sees(f"{NUMBER} version 2", room)
    assert plain(newer) == ["A better text."]
    assert await approvals(stage) == []


@in_a_room
async def test_rejected_with_a_reason_then_revised_then_approved(stage: Stage) -> None:
    room = await submitted(stage)
    lina = stage.person("LINA")
    await lina.clicks("statement.reject", room)
    refused = await lina.submits({"why": " "})
    assert refused.errors.get("why")

    await lina.submits({"why": "Name the clause."})
    await stage.person("CHENWEI").sees("Name the clause.", room)
    assert (await statement(stage)).stage is Stands.REJECTED
    await stage.person("CHENWEI").sees(en("statement.revise"), room)
    await rewrites(stage, room, "Clause 3 holds.")
    await stage.person("LINA").sees(f"{NUMBER} version 2", room)
    for name in ("LINZHIYUAN", "LINA"):
        await stage.person(name).clicks("statement.approve", room)

    await stage.person("CHENWEI").sees("Approved by", room)
    found = await statement(stage)
    assert (found.stage, found.current.text, found.current.n) == (Stands.RELEASED, "Clause 3 holds.", 2)


@in_a_room
async def test_someone_who_may_not_approve_is_refused_before_typing_a_reason(stage: Stage) -> None:
    room = await submitted(stage)
    person = stage.person("WANGLEI")

    await person.clicks("statement.reject", room)

    await person.sees(zh("role.compliance"), room)
    assert await person.views() == []


@in_a_room
async def test_the_released_text_is_byte_identical_in_the_room_and_in_the_outlets_thread(stage: Stage) -> None:
    room = await released(stage)
    await stage.settled()

    in_room = await stage.person("CHENWEI").sees("Approved by", room)
    thread = await outlet_thread(stage)

    assert plain(in_room) == [CLEAN]
    assert [plain(message) for message in thread if plain(message)] == [[CLEAN]]
    sha = hashlib.sha256(plain(in_room)[0].encode()).hexdigest()
    assert sha == (await statement(stage)).current.sha256


@in_a_room
@pytest.mark.parametrize(
    "text",
    [
        "<!channel> <@U0CHENWEI> <https://evil.example|click>",
        "*bold* _it_ ~gone~ `code` > quote",
        "</script><script>alert(1)</script> & &amp; &lt;",
        ":smile: :rotating_light: 🙂 一二三",
    ],
)
async def test_marks_in_the_text_are_shown_literally_everywhere(stage: Stage, text: str) -> None:
    room = await released(stage, text)
    await stage.settled()
    everyone = stage.person("CHENWEI")
    listed = await everyone.run("/crisis", "say list", channel=room)

    shown = [message for message in await everyone.messages(room) if text in plain(message)]
    assert [plain(message) for message in shown] == [[text], [text]], "before the approvers, and released"
    assert all(block["text"]["emoji"] is False for message in shown for block in message["blocks"] if _is_plain(block))
    outside = [plain(message) for message in await outlet_thread(stage) if plain(message)]
    assert outside == [[text]]
    assert listed and "<!channel>" not in str(listed["blocks"])


@in_a_room
async def test_no_message_of_the_bot_ever_pings_everyone(stage: Stage) -> None:
    room = await released(stage, "<!channel> <!here> <!everyone>")
    await stage.settled()

    for message in [*await stage.person("CHENWEI").messages(room), *await outlet_thread(stage)]:
        mrkdwn = [text for text in [*_mrkdwn(message.get("blocks", [])), message.get("text", "")] if "<!" in text]
        assert all("<!date^" in text for text in mrkdwn), mrkdwn


def _mrkdwn(node: Any) -> list[str]:
    if isinstance(node, list):
        return [text for one in node for text in _mrkdwn(one)]
    if not isinstance(node, dict):
        return []
    own = [str(node["text"])] if node.get("type") == "mrkdwn" else []
    return own + [text for value in node.values() for text in _mrkdwn(value)]


@in_a_room
async def test_say_list_shows_every_statement_with_its_stage_newest_first(stage: Stage) -> None:
    room = await submitted(stage)
    await drafts(stage, room, "Second text.", audience="media")
    await stage.person("WANGLEI").sees("CR-2026-0001-S2", room)

    listed = await stage.person("CHENWEI").run("/crisis", "say list", channel=room)

    rows = [block["text"]["text"] for block in (listed or {})["blocks"]]
    assert ["S2" in rows[0], "S1" in rows[1], len(rows)] == [True, True, 2]
    assert zh("stage.submitted") in rows[0] and zh("audience.media") in rows[0] and "Second text." in rows[0]


@in_a_room
async def test_a_recall_replaces_the_text_everywhere_it_stands(stage: Stage) -> None:
    room = await released(stage)
    await stage.settled()
    stage.advance(minutes=5)
    lina = stage.person("LINA")

    await lina.clicks("statement.recall", room)
    await lina.submits({"why": "The clause was misquoted."})

    await stage.person("CHENWEI").sees("Do not use it any more.", room)
    await stage.settled()
    standing = [message for message in await lina.messages(room) if CLEAN in plain(message)]
    assert all(en("stage.recalled") in shown_text(message) for message in standing), "the approval says so too"
    thread = "\n".join(shown_text(message) for message in await outlet_thread(stage))
    assert "The clause was misquoted." in thread and CLEAN not in thread
    assert (await statement(stage)).stage is Stands.RECALLED


@in_a_room
async def test_an_expired_text_is_gone_from_everywhere_it_stood(stage: Stage) -> None:
    room = await released(stage)

    stage.advance(hours=24)
    await stage.entered("statement.expired")
    await stage.settled()

    chen = stage.person("CHENWEI")
    await chen.sees("has expired", room)
    stands = [shown_text(message) for message in (*await chen.messages(room), *await outlet_thread(stage))]
    assert not any("valid until" in text for text in stands)
    assert sum("Do not use it any more" in text for text in stands) == 2
    listed = await chen.run("/crisis", "say list", channel=room)
    assert zh("stage.expired") in str(listed)


@in_a_room
async def test_a_recall_is_for_those_who_answer_for_the_text(stage: Stage) -> None:
    room = await released(stage)
    person = stage.person("WANGLEI")

    await person.clicks("statement.recall", room)

    await person.sees(zh("role.spokesperson"), room)
    assert (await statement(stage)).stage is Stands.RELEASED


@in_a_room
async def test_what_was_recalled_or_never_released_cannot_be_recalled(stage: Stage) -> None:
    room = await released(stage)
    lina, gu = stage.person("LINA"), stage.person("GUMING")
    await lina.clicks("statement.recall", room)
    await gu.clicks("statement.recall", room)
    await lina.submits({"why": "Misquoted."})

    second = await gu.submits({"why": "Misquoted."})

    assert second.errors == {"why": zh("refused.StatementNotReleased", number=NUMBER)}


async def closed_complaint(stage: Stage) -> str:
    """A complaint that both parties handled and closed; its number."""
    number = str((await stage.opens("/complaint")).views[-1]["title"]["text"])
    ports = stage.world.bot.ports
    chen, zhou = (Person(stage.team(one), one.id) for one in (stage.person("CHENWEI"), stage.person("ZHOUKAI")))
    for party, by in ((Party.BANK, chen), (Party.INSURER, zhou)):
        for step in ("H6", "A1"):
            await checklist.tick(ports, number=number, step=step, party=party, by=by, evidence="Done.", attested=True)
    await cases.close_case(ports, number=number, result="Explained and accepted.", by=chen)
    return number


async def test_a_closed_case_takes_no_more_statements(stage: Stage) -> None:
    number = await closed_complaint(stage)
    person = stage.person("CHENWEI")
    before = await person.views()

    refused = await person.run("/crisis", f"say {number}", channel="C0GENERAL")

    assert refused and zh("refused.CaseClosed", number=number) in shown_text(refused)
    assert await person.views() == before


@in_a_room
async def test_a_text_that_the_outlets_channel_does_not_take_is_named_as_that(stage: Stage) -> None:
    stage.world.slack.fault(
        CallFault(call="chat.postMessage", channel=COMPLAINTS, do="refused", error="not_in_channel")
    )
    room = await released(stage)

    stage.advance(seconds=46)
    card = await stage.person("CHENWEI").sees("a text for the outlet's complaints channel", room)
    assert "a message of this room" not in str(card)
