"""The demo's app, taken out by an administrator on the page, installed again there and invited back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.demo.world import INSURER, INSURERS_BOT, World, start_now, world
from tests.browser.conftest import Window
from tests.ports import free_port

XIN = "U0ADMINXIN"


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start_now(), one_workspace=False, install_port=free_port()) as running:
        yield running


@pytest.mark.thorough
async def test_an_administrator_takes_the_app_out_and_installs_it_again(demo: World, window: Window) -> None:
    slack = demo.slack
    general = next(one for one in slack.world.channels.values() if one.name == "general" and one.team.id == INSURER)
    async with window(width=1280, language="zh-CN") as page:
        await page.goto(f"{slack.url}/#/{XIN}/home/A0JOINTROOM")
        await page.get_by_role("button", name="从本工作区移除 Jointroom").click()
        await page.get_by_role("button", name="是", exact=True).click()
        async with page.context.expect_page() as opened:
            await page.get_by_role("link", name="安装 Jointroom").click()
        theirs = await opened.value
        await theirs.get_by_role("link", name="安装到工作区").click()
        await theirs.locator("#who").select_option(XIN)
        await theirs.get_by_role("button", name="允许").click()
        await expect(theirs.get_by_text("Jointroom 已安装到")).to_be_visible()

        await expect(page.locator(".of-apps").get_by_role("link", name="Jointroom", exact=True)).to_be_visible()
        await expect(page.get_by_role("link", name="安装 Jointroom")).to_have_count(0)
        await page.goto(f"{slack.url}/#/{XIN}/{general.id}")
        await page.get_by_role("button", name="位成员").click()
        await page.get_by_label("添加成员").select_option(label="Jointroom")
        await expect(page.get_by_text("@Jointroom 加入了频道")).to_be_visible()

    assert INSURERS_BOT in general.members
    assert demo.bot.workspaces.of(INSURER)
