"""What a reader of the page finds where: what is new, what was refused, when it was said; without any app's logic."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import FloatRect, Locator, Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Config, Sandbox
from sandbox.client import Control
from tests.browser.conftest import Window
from tests.sandbox.town import BOT, BOT_TOKEN, CHEN, DESK, LI, settings, town


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    async with Sandbox(town()) as running:
        yield running


@pytest.fixture
def bot(slack: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(BOT_TOKEN, base_url=slack.api_url)


@pytest.mark.thorough
async def test_a_room_opens_at_its_first_unread_message_and_tells_of_what_comes_below(
    slack: Sandbox, bot: AsyncWebClient, window: Window
) -> None:
    async with Control(slack.url) as control:
        for number in range(60):
            await control.person(LI).post(f"old {number}", DESK)
        await control.person(CHEN).reads(DESK)
        for number in range(60):
            await control.person(LI).post(f"new {number}", DESK)
    async with window(width=1280, language="en-US") as page:
        await page.goto(f"{slack.url}/#/{CHEN}/{DESK}")
        bar = page.get_by_role("button", name="jump to the latest")

        await expect(bar).to_have_text("60 new messages – jump to the latest")
        assert await is_shown(page, ".day.new")
        await bar.click()
        assert await is_shown(page, ".message:last-child")
        await expect(bar).to_be_hidden()

        await page.locator(".list").evaluate("list => { list.scrollTop = 0 }")
        await bot.chat_postEphemeral(channel=DESK, user=CHEN, text="For your eyes only.")
        await expect(bar).to_have_text("1 new message – jump to the latest")
        await bar.click()
        assert await is_shown(page, ".message.ephemeral")


async def is_shown(page: Page, what: str) -> bool:
    """Whether this stands within the part of the list that one sees."""
    shown: bool = await page.evaluate(
        """what => {
            const [list, one] = [".list", what].map((each) => document.querySelector(each).getBoundingClientRect());
            return one.top >= list.top && one.bottom <= list.bottom;
        }""",
        what,
    )
    return shown


async def test_a_direct_message_that_an_app_does_not_take_says_so(window: Window) -> None:
    async with (
        Sandbox(town(messages_tab=False)) as slack,
        Control(slack.url) as control,
        window(width=800, language="en-US") as page,
    ):
        for who, sentence in ((CHEN, "Harbour Bot takes no messages here."), (LI, "Harbour Bot 不接收私信")):
            direct = (await control.person(who).opens_direct(BOT))["id"]
            await page.goto(f"{slack.url}/#/{who}/{direct}")

            await expect(page.locator(".room-foot")).to_contain_text(sentence)
            await expect(page.locator("textarea")).to_have_count(0)


async def test_a_chinese_page_is_chinese_throughout(window: Window) -> None:
    translations = {"zh-CN": {"Desk of the bank": "银行柜台", "Harbour": "海港", "Head": "行长", "Report": "登记"}}
    config = settings()
    config["people"][0] |= {"group": "Harbour", "title": "Head"}
    config["channels"][1]["topic"] = "Desk of the bank"
    async with (
        Sandbox(Config.model_validate(config | {"translations": translations})) as slack,
        window(width=800, language="zh-CN") as page,
    ):
        await AsyncWebClient(BOT_TOKEN, base_url=slack.api_url).conversations_setPurpose(channel=DESK, purpose="K1")
        await page.goto(slack.url)
        await expect(page.get_by_role("link", name="陈伟 Chen Wei 行长")).to_be_visible()
        await expect(page.get_by_role("heading", name="海港", exact=True)).to_be_visible()

        await page.goto(f"{slack.url}/#/{LI}/{DESK}")
        await expect(page.locator(".topic")).to_have_text("银行柜台")
        await expect(page.get_by_text("@Harbour Bot 将说明设为：K1")).to_be_visible()
        await page.get_by_role("button", name="快捷方式").click()
        await expect(page.get_by_role("menuitem", name="登记")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.locator("textarea").fill("/nothing")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text("没有这个命令。")


@pytest.mark.thorough
async def test_an_hour_shows_its_whole_date_beside_it_and_covers_no_button(
    slack: Sandbox, bot: AsyncWebClient, window: Window
) -> None:
    async with Control(slack.url) as control:
        chen = control.person(CHEN)
        said = await chen.post("We are here.", DESK)
        await chen.react("eyes", DESK, said["ts"])
    for nth, place in enumerate((DESK, f"{DESK}/thread/{said['ts']}")):
        async with window(width=800, language="en-US") as page:
            await page.goto(f"{slack.url}/#/{CHEN}/{place}")
            message = page.locator(f'.message[data-ts="{said["ts"]}"]').nth(nth)
            await message.locator("time.sent").hover()

            date = message.locator(".whole-date")
            await expect(date).to_contain_text(", 20")
            for button in await message.locator("button").all():
                await expect(button).to_be_visible()
                assert not overlap(await box(date), await box(button))


@pytest.mark.thorough
async def test_escape_closes_what_is_open_and_gives_the_focus_back(slack: Sandbox, window: Window) -> None:
    async with Control(slack.url) as control:
        said = await control.person(CHEN).post("We are here.", DESK)
    async with window(width=1280, language="en-US") as page:
        await page.goto(f"{slack.url}/#/{CHEN}/{DESK}/thread/{said['ts']}")
        await expect(page.get_by_label("Reply…")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_label("Message #complaints")).to_be_focused()

        await page.locator(".message").last.focus()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog", name="Add reaction")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Add reaction")).to_be_focused()

        await page.set_viewport_size({"width": 600, "height": 900})
        menu = page.get_by_role("button", name="Show channels")
        await menu.click()
        await expect(page.get_by_role("navigation", name="Channels and messages")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("navigation", name="Channels and messages")).to_be_hidden()
        await expect(menu).to_be_focused()


async def box(node: Locator) -> FloatRect:
    found = await node.bounding_box()
    assert found
    return found


def overlap(one: FloatRect, other: FloatRect) -> bool:
    beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
    above = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
    return not (beside or above)
