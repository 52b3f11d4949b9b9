"""The developer's drawer: the call log, the JSON of what is on the page, and faults that are made there and strike."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Config, Sandbox
from sandbox.client import Control
from tests.browser.conftest import Window
from tests.sandbox.apps import Listener, error_of
from tests.sandbox.town import BOT_TOKEN, CHEN, DESK, LI, two_towns

SECTION = {
    "type": "section",
    "block_id": "b1",
    "text": {"type": "mrkdwn", "text": "</pre><img src=x onerror=alert(1)>"},
}
MODAL = {
    "type": "modal",
    "callback_id": "asked",
    "title": {"type": "plain_text", "text": "问题"},
    "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "答案"}}],
}
# What Chromium itself says of an answer with this status.
MALFORMED = "the server responded with a status of 400"


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    async with Sandbox(Config.model_validate(two_towns())) as running:
        yield running


@pytest.fixture
def bot(slack: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(BOT_TOKEN, base_url=slack.api_url)


def drawer(page: Page) -> Locator:
    return page.locator(".drawer")


async def opens(page: Page, slack: Sandbox, who: str) -> None:
    await page.goto(f"{slack.url}/#/{who}/{DESK}")
    await page.locator(f'[data-channel="{DESK}"] textarea').first.wait_for()
    await page.keyboard.press("Control+`")
    await expect(drawer(page)).to_be_visible()


async def test_calls_are_read_filtered_and_exported_and_a_message_is_shown_as_it_is(
    slack: Sandbox, bot: AsyncWebClient, window: Window, downloads: Path
) -> None:
    posted = await bot.chat_postMessage(channel=DESK, text="Look closely", blocks=[SECTION])
    async with window(width=1280, language="en-US") as page:
        await opens(page, slack, CHEN)
        rows = drawer(page).locator("details")
        await expect(rows).to_have_count(1)

        assert await error_of(bot, "pins.add", channel="C0NOWHERE") == "channel_not_found"
        await expect(rows.first).to_contain_text("pins.add")
        await expect(rows.first).to_contain_text("Harbour Bot · Harbour Joint")
        await expect(rows.first.locator(".call-error")).to_have_text("channel_not_found")
        await rows.first.locator("summary").click()
        await expect(rows.first.locator("pre")).to_contain_text('"channel": "C0NOWHERE"')

        await drawer(page).get_by_label("Filter by method").fill("chat")
        await expect(rows).to_have_count(1)
        await drawer(page).get_by_label("Only refused").check()
        await expect(drawer(page).get_by_text("No call fits.")).to_be_visible()

        async with page.expect_download() as download:
            await drawer(page).get_by_text("Export").click()
        await (await download.value).save_as(downloads / "calls.jsonl")
        lines = (downloads / "calls.jsonl").read_text().splitlines()
        assert [json.loads(line)["method"] for line in lines] == ["chat.postMessage", "pins.add"]

        message = page.locator(f'.message[data-ts="{posted["ts"]}"]')
        await message.hover()
        await message.get_by_role("button", name="Show as JSON").click()
        shown = json.loads(await drawer(page).locator("pre").inner_text())
        assert (shown["ts"], shown["blocks"][0]["text"]) == (posted["ts"], SECTION["text"])
        await drawer(page).get_by_role("button", name="Copy").click()
        await expect(drawer(page).get_by_role("button", name="Copied")).to_be_visible()
        await bot.chat_update(channel=DESK, ts=str(posted["ts"]), text="Changed")
        await expect(drawer(page).locator("pre")).to_contain_text('"text": "Changed"')

        await drawer(page).get_by_role("tab", name="Calls").click()
        await page.keyboard.press("Escape")
        await expect(drawer(page)).to_have_count(0)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.wait_for_timeout(700)
        assert asked == []


async def test_a_fault_is_added_strikes_and_is_removed_and_a_refusal_is_told(
    slack: Sandbox, bot: AsyncWebClient, window: Window
) -> None:
    async with window(width=1280, language="en-US", tolerates=MALFORMED) as page:
        await opens(page, slack, CHEN)
        await drawer(page).get_by_role("tab", name="Faults").click()
        form, faults = drawer(page).locator(".fault-form"), drawer(page).locator(".fault")

        async def fills(**fields: str) -> None:
            for name, value in fields.items():
                await form.locator(f"[name={name}]").fill(value)
            await form.get_by_role("button", name="Add a fault").click()

        await fills(pattern="auth.*", error="fatal_error", share="2")
        await expect(form.get_by_role("alert")).to_have_text("call.share: Input should be less than or equal to 1")
        await fills(share="1", count="1")
        await expect(faults).to_contain_text("auth.*")
        await expect(form.get_by_role("alert")).to_be_hidden()

        assert [await error_of(bot, "auth.test") for _ in range(2)] == ["fatal_error", "ok"]
        await expect(faults).to_contain_text("struck 1")
        await faults.get_by_role("button", name="Remove").click()
        await expect(faults).to_have_count(0)

        await form.locator("[name=kind]").select_option("deliver")
        await form.locator("[name=do]").select_option("late")
        await form.locator("[name=team]").select_option("T0ISLAND")
        await fills(seconds="3", count="")
        await expect(faults).to_contain_text("events_api")
        (added,) = slack.faults
        assert added.rule.model_dump(exclude_defaults=True) == {
            "deliver": "events_api", "do": "late", "seconds": 3.0, "team": "T0ISLAND",
        }  # fmt: skip

        async with Listener(slack) as app:
            await form.locator("[name=kind]").select_option("sockets")
            await form.get_by_role("button", name="Add a fault").click()
            await app.closed()

        await form.locator("[name=kind]").select_option("connections")
        await form.get_by_role("button", name="Add a fault").click()
        await expect(form.get_by_role("alert")).to_have_text("connections.seconds: Field required")

        async with page.expect_response("**/control/rate-limits"):
            await drawer(page).get_by_label("Slack's rate limits hold").check()
        await bot.conversations_list()
        assert {(await error_of(bot, "conversations.list")) for _ in range(20)} == {"ok", "ratelimited"}

        before = slack.world.clock()
        async with page.expect_response("**/control/clock"):
            await drawer(page).get_by_role("button", name="Move", exact=True).click()
        assert slack.world.clock() - before > 3000


@pytest.mark.thorough
async def test_the_drawer_is_chinese_for_a_chinese_reader_and_serves_an_open_modal(
    slack: Sandbox, bot: AsyncWebClient, window: Window
) -> None:
    await bot.auth_test()
    async with window(width=1280, language="zh-CN") as page, Listener(slack) as app, Control(slack.url) as control:
        await opens(page, slack, LI)
        await expect(drawer(page).locator("details")).to_have_count(2)
        assert await untranslated(page) == []
        await drawer(page).get_by_role("tab", name="消息").click()
        assert await untranslated(page) == []
        await drawer(page).get_by_role("tab", name="故障").click()
        for kind in ("deliver", "sockets", "connections", "call"):
            await drawer(page).locator("[name=kind]").select_option(kind)
            assert await untranslated(page) == []
        await drawer(page).get_by_role("button", name="添加故障").click()
        await expect(drawer(page).locator(".fault")).to_have_count(1)
        assert await untranslated(page) == []
        slack.faults.clear()

        running = asyncio.create_task(control.person(LI).run("/echo", channel=DESK))
        await bot.views_open(trigger_id=(await app.next()).payload["trigger_id"], view=MODAL)
        await running
        await page.get_by_role("dialog").get_by_role("button", name="查看 JSON").click()
        await expect(drawer(page).locator("pre")).to_contain_text('"callback_id": "asked"')
        assert await untranslated(page) == []
        await drawer(page).get_by_role("tab", name="调用").click()
        await drawer(page).get_by_label("按方法筛选").fill("views")
        await expect(drawer(page).locator("details")).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(drawer(page)).to_have_count(0)
        await expect(page.get_by_role("dialog")).to_be_visible()


async def untranslated(page: Page) -> list[str]:
    """The drawer's words without a Chinese character, but for names, codes and JSON."""
    words: list[str] = await drawer(page).evaluate(
        r"""drawer => {
            const data = "code, pre, .raw, datalist, [name=team], [name=reason], [name=error]";
            const nodes = [...drawer.querySelectorAll("*")].filter((node) => !node.closest(data));
            const texts = (node) => [...node.childNodes].filter((one) => one.nodeType === 3).map((one) => one.data);
            const told = (node) => ["aria-label", "title", "placeholder"].map((name) => node.getAttribute(name) ?? "");
            return [drawer, ...nodes]
                .flatMap((node) => [...texts(node), ...told(node)])
                .filter((words) => /[a-z]{2}/i.test(words) && !/\p{Script=Han}/u.test(words));
        }"""
    )
    return words
