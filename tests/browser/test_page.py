"""A joint crisis in the browser, by the people of both companies, from /crisis to the verified record."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from bot.catalogs import words
from playbooks.rules import archive
from tests.browser.conftest import Window
from tests.conftest import APP, GENERAL, Stage

zh = words("zh-CN")
TEXT = "We have heard the customers and are reading the contract together. <!channel> *bold* </script> :smile:"


def field(page: Page, block: str) -> Locator:
    return page.locator(f'dialog [data-action-id="{block}"]')


def composer(page: Page, channel: str) -> Locator:
    return page.locator(f'[data-channel="{channel}"] textarea.composer-box').first


async def sends(page: Page, channel: str, text: str) -> None:
    box = composer(page, channel)
    await box.fill(text)
    await box.press("Enter")


async def submits(page: Page) -> None:
    await page.locator("dialog .dialog-foot button.submit").last.click()


async def goes(page: Page, stage: Stage, who: str, channel: str) -> None:
    """Another person takes the seat before the same window."""
    await page.goto(f"{stage.control.url}/?{who}#/U0{who}/{channel}")
    await page.locator(f'[data-channel="{channel}"] .room-foot > *').first.wait_for()


async def press(page: Page, channel: str, action: str, block: str = "") -> None:
    """The newest button of this kind in the channel; where it is by then, since every message that comes moves it. Of a
    message that was edited a moment ago Slack refuses the old button: whoever reads that presses the new one."""
    within = f'[data-block-id="{block}"]' if block else ""
    button = page.locator(f'article[data-channel="{channel}"] [data-action-id="{action}"]{within}').last
    answer: dict[str, Any] = {}
    for _ in range(3):
        await button.wait_for()
        async with page.expect_response(lambda response: response.url.endswith("/click")) as answered:
            await button.evaluate("button => button.click()")
        answer = await (await answered.value).json()
        if answer["ok"]:
            return
    raise AssertionError(f"{action} is refused: {answer}")


async def exports(page: Page, room: str, downloads: Path) -> Path:
    """The newest record, saved."""
    await sends(page, room, "/crisis export")
    card = page.locator("a.file-card", has_text="CR-2026-0001-X1.zip")
    await card.wait_for()
    async with page.expect_download() as download:
        await card.click()
    saved = downloads / "record.zip"
    await (await download.value).save_as(saved)
    return saved


async def opens(page: Page, stage: Stage, who: str, summary: str, language: str) -> str:
    await goes(page, stage, who, GENERAL)
    await sends(page, GENERAL, "/crisis")
    await field(page, "summary").fill(summary)
    await field(page, "headcount").fill("7")
    await page.locator('dialog input[type="checkbox"][data-value="K2"]').check()
    await field(page, "language").select_option(language)
    await submits(page)
    number = str((await stage.entered("case.opened", within=20)).case)
    await page.locator("dialog .dialog-foot button").last.click()
    return str((await stage.person(who).channel(number.lower(), within=20))["id"])


@pytest.mark.together
async def test_a_whole_crisis_is_played_on_the_page_and_its_record_verified(
    stage: Stage, window: Window, downloads: Path
) -> None:
    async with window(width=1280, language="en-US") as page:
        room = await opens(page, stage, "CHENWEI", "Seven customers and a reporter.", "en")

        officer = stage.person("WANGLEI")
        direct = await stage.direct(officer)
        await officer.sees("CR-2026-0001", direct, within=20)
        await goes(page, stage, "WANGLEI", direct)
        await press(page, direct, "room.answer")
        assert (await stage.entered("room.answered", within=20)).actor.id == "wang-lei"

        await goes(page, stage, "CHENWEI", room)
        await press(page, room, "step.tick", "step:H3:bank")
        assert (await stage.entered("step.done", within=20)).data["step"] == "H3"

        await sends(page, room, "/crisis say")
        await field(page, "text").fill(TEXT)
        await field(page, "sources").fill("Contract, clause 3")
        await submits(page)
        await stage.entered("statement.submitted", within=20)
        for count, who in enumerate(("GUMING", "LINA"), start=1):
            await goes(page, stage, who, room)
            await press(page, room, "statement.approve")
            await stage.entered("statement.approved", count=count, within=20)
        await expect(page.locator("article").get_by_text(TEXT, exact=True)).to_have_count(2)

        saved = await exports(page, room, downloads)

    verdict = archive.verify(saved.read_bytes())
    assert verdict.valid, verdict.problems
    assert verdict.facts["case"] == "CR-2026-0001" and verdict.facts["exported_by"] == "li-na"


@pytest.mark.thorough
async def test_in_chinese_at_800_pixels_nothing_overflows_and_nothing_fails(stage: Stage, window: Window) -> None:
    async with window(width=800, language="zh-CN") as page:
        room = await opens(page, stage, "CHENWEI", "七名客户在营业厅要求提前支取满期金，一名记者在场拍摄。", "zh-CN")
        await goes(page, stage, "CHENWEI", room)
        await page.get_by_text(zh("card.not_live").split("*")[1]).first.wait_for()
        assert await overflow(page) == 0

        await press(page, room, "room.menu")
        await page.locator("dialog").get_by_text(zh("menu.headcount"), exact=True).first.wait_for()
        assert await overflow(page) == 0
        await page.keyboard.press("Escape")

        await page.goto(f"{stage.control.url}/#/U0CHENWEI/{await stage.direct(stage.person('CHENWEI'))}")
        await page.get_by_text(zh("card.answer")).first.wait_for()
        assert await overflow(page) == 0
        assert await page.evaluate("document.documentElement.lang") in ("zh-CN", "zh", "zh-Hans")


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wide: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


async def test_home_opens_the_crisis_form_on_the_page(stage: Stage, window: Window) -> None:
    async with window(width=1280, language="en-US") as page:
        await page.goto(f"{stage.control.url}/#/U0SUNMEI/home/{APP}")
        await page.locator('[data-action-id="home.crisis"]').click()

        await expect(field(page, "headcount")).to_be_visible()
