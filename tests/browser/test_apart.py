"""The whole of a joint crisis in two windows, a company in each: two workspaces, one room, a bridge, one record."""

import json
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from playbooks.rules import archive
from tests.browser.conftest import Window
from tests.browser.test_page import exports, field, goes, opens, press, sends, submits
from tests.conftest import Stage

TEXT = "Please wait for our answer tomorrow at ten."


@pytest.fixture
def one_workspace() -> bool:
    return False


async def accepts(page: Page, stage: Stage, who: str) -> None:
    """The invitation that waits in the side bar."""
    await page.goto(f"{stage.control.url}/?{who}#/U0{who}")
    await page.get_by_role("button", name="接受").click()
    await page.get_by_role("link", name=stage.number.lower()).wait_for()


def written(stage: Stage, channel: str) -> list[str]:
    """The time stamps of all that people and the bot wrote there."""
    messages = stage.world.slack.world.channels[channel].messages.values()
    return [str(one["ts"]) for one in messages if one.get("subtype") not in ("group_join", "group_leave")]


@pytest.mark.thorough
async def test_two_companies_play_a_crisis_in_two_windows_part_and_have_one_record(
    stage: Stage, window: Window, downloads: Path
) -> None:
    stage.world.slack.world.users["U0LINZHIYUAN"].is_admin = True
    async with (
        window(width=1280, language="en-US") as ours,
        window(width=1280, language="zh-CN") as theirs,
    ):
        await opens(ours, stage, "CHENWEI", "Seven customers and a reporter.", "en")
        await stage.entered("room.moved", within=20)
        room = await stage.room()
        for who in ("ZHOUKAI", "LINA"):
            await accepts(theirs, stage, who)

        for page, who in ((ours, "CHENWEI"), (theirs, "ZHOUKAI")):
            direct = await stage.direct(stage.person(who))
            await goes(page, stage, who, direct)
            await press(page, direct, "room.answer")
        await stage.entered("room.live", within=20)

        for page, who, said in ((ours, "CHENWEI", "From the bank"), (theirs, "ZHOUKAI", "From the insurer")):
            await goes(page, stage, who, room)
            await sends(page, room, said)
        await sends(ours, room, "/crisis say")
        await field(ours, "text").fill(TEXT)
        await field(ours, "sources").fill("Contract, clause 3")
        await submits(ours)
        await stage.entered("statement.submitted", within=20)
        for count, (page, who) in enumerate(((ours, "GUMING"), (theirs, "LINA")), start=1):
            await goes(page, stage, who, room)
            await press(page, room, "statement.approve")
            await stage.entered("statement.approved", count=count, within=20)
        for page in (ours, theirs):
            await expect(page.locator("article").get_by_text(TEXT, exact=True)).to_have_count(2)

        await goes(ours, stage, "LINZHIYUAN", room)
        await ours.get_by_role("button", name="频道操作").click()
        await ours.get_by_role("menuitem", name="断开与另一家公司的连接").click()
        await ours.locator("dialog .dialog-foot button").last.click()
        bridge = str((await stage.person("ZHOUKAI").channel(f"{stage.number.lower()}-bridge", within=20))["id"])
        await goes(theirs, stage, "ZHOUKAI", bridge)
        await theirs.locator("article", has_text="Bridge.").first.wait_for()
        await expect(theirs.locator("article").get_by_text(TEXT, exact=True)).to_have_count(2)
        await sends(theirs, bridge, "From the bridge")
        await theirs.locator("article", has_text="From the bridge").first.wait_for()
        await stage.settled(within=20)
        stands = [*written(stage, room), *written(stage, bridge)]

        saved = await exports(ours, room, downloads)

    verdict = archive.verify(saved.read_bytes())
    assert verdict.valid, verdict.problems
    with zipfile.ZipFile(saved) as record:
        entries = [json.loads(line) for line in record.read("record.jsonl").splitlines()]
        assert json.loads(record.read("MANIFEST.json"))["not_captured"] == []
    entered = [one["data"]["ts"] for one in entries if one["kind"] == "message.posted"]
    assert len(stands) > 10 and set(stands) <= set(entered), "every message of both sides"
    parties = {one["data"]["text"]: one["actor"]["party"] for one in entries if one["kind"] == "message.posted"}
    expected = {"From the bank": "bank", "From the insurer": "insurer", "From the bridge": "insurer"}
    assert {text: parties.get(text) for text in expected} == expected
