"""The newer blocks on the page: they are read, their buttons are pressed, and selects ask the app; without any app's
logic."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from sandbox.client import Control
from tests.browser.conftest import Window
from tests.sandbox.apps import Listener, answering
from tests.sandbox.town import BOT_TOKEN, CHEN, DESK, GENERAL, LI, town

Json = dict[str, Any]
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    async with Sandbox(town()) as running:
        yield running


@pytest.fixture
def bot(slack: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(BOT_TOKEN, base_url=slack.api_url)


@pytest.fixture
async def listener(slack: Sandbox) -> AsyncIterator[Listener]:
    async with Listener(slack) as connected:
        yield connected


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(text: str) -> Json:
    return {"type": "button", "action_id": "go", "text": plain(text)}


def options(*values: str) -> list[Json]:
    return [{"text": plain(value.title()), "value": value} for value in values]


def trash(name: str, *viewers: str) -> Json:
    shown = {"visible_to_user_ids": list(viewers)} if viewers else {}
    return {"type": "icon_button", "action_id": name, "icon": "trash", "text": plain(name), **shown}


async def clicked(listener: Listener) -> Json:
    while True:
        payload = (await listener.next()).payload
        if payload.get("type") == "block_actions":
            action: Json = payload["actions"][0]
            return action


OPINION = {
    "type": "feedback_buttons",
    "action_id": "opinion",
    "positive_button": {"text": plain("Good"), "value": "+"},
    "negative_button": {"text": plain("Bad"), "value": "-"},
}
TASK = {
    "type": "task_card", "task_id": "1", "title": f"Ask {MARKUP}", "status": "in_progress",
    "sources": [{"type": "url", "url": "https://a.example/", "text": "The source"}],
}  # fmt: skip
LINES = {
    "type": "line",
    "series": [{"name": "Open", "data": [{"label": "Mon", "value": 3}]}],
    "axis_config": {"categories": ["Mon"], "x_label": "Day"},
}
NUMBERS = [[{"type": "raw_text", "text": MARKUP}], [{"type": "raw_number", "value": 42}]]
INSIDE = [
    {"type": "header", "text": plain("Inside")},
    {"type": "actions", "block_id": "row", "elements": [button("Go")]},
]
ALL: list[Json] = [
    {"type": "carousel", "elements": [
        {"type": "card", "block_id": f"card {name}", "title": plain(name), "body": plain(MARKUP),
         "actions": [button(f"Take {name}")]} for name in "AB"]},
    {"type": "container", "title": plain("Box"), "subtitle": plain("of things"), "is_collapsible": True,
     "child_blocks": INSIDE},
    {"type": "context_actions", "elements": [OPINION, trash("mine", CHEN), trash("theirs", LI)]},
    {"type": "plan", "title": "What is done", "tasks": [TASK]},
    {"type": "data_table", "caption": "All cases", "rows": NUMBERS},
    {"type": "data_visualization", "title": "By day", "chart": LINES},
]  # fmt: skip


@pytest.mark.thorough
async def test_the_newer_blocks_are_read_and_pressed(
    slack: Sandbox, bot: AsyncWebClient, listener: Listener, window: Window
) -> None:
    await bot.chat_postMessage(channel=DESK, text="new", blocks=ALL)
    async with window(width=1280, language="en-US") as page:
        await page.goto(f"{slack.url}/#/{CHEN}/{DESK}")
        message = page.locator(".message").last

        for text in (
            *("Take A", "Box", "of things", "Inside", "What is done", "In progress", "The source"),
            *("All cases", "42", "By day", "Open", "Mon", "3", MARKUP),
        ):
            await expect(message).to_contain_text(text)
        await expect(message.locator("img[src=x], .unsupported")).to_have_count(0)
        await expect(message.get_by_role("button", name="theirs")).to_have_count(0)
        await expect(message.get_by_role("button", name="mine")).to_have_count(1)

        for label, block_id in (("Take B", "card B"), ("Go", "row")):
            await message.get_by_role("button", name=label, exact=True).click()
            assert (await clicked(listener))["block_id"] == block_id
        await message.get_by_role("button", name="Bad").click()
        action = await clicked(listener)
        assert (action["type"], action["action_id"], action["value"]) == ("feedback_buttons", "opinion", "-")


async def form(bot: AsyncWebClient, control: Control, listener: Listener, *elements: Json) -> None:
    """Opens a form of these elements for Chen."""
    await control.person(CHEN).run("/echo", channel=GENERAL)
    trigger_id = (await listener.next()).payload["trigger_id"]
    blocks = [
        {"type": "input", "block_id": str(number), "label": plain(element["action_id"]), "element": element}
        for number, element in enumerate(elements)
    ]
    view = {"type": "modal", "title": plain("Form"), "submit": plain("Send"), "blocks": blocks}
    await bot.views_open(trigger_id=trigger_id, view=view)


async def picks(page: Page, label: str, typed: str, option: str) -> None:
    await page.get_by_label(label, exact=True).click()
    await page.get_by_role("searchbox").fill(typed)
    await page.locator(".found").get_by_text(option).click()


@pytest.mark.thorough
async def test_selects_ask_the_app_and_rich_text_is_typed(
    slack: Sandbox, bot: AsyncWebClient, listener: Listener, window: Window
) -> None:
    one = {"type": "external_select", "action_id": "outlet", "min_query_length": 1}
    many = {"type": "multi_external_select", "action_id": "others", "initial_options": options("bund")}
    async with Control(slack.url) as control, window(width=1280, language="en-US") as page:
        await form(bot, control, listener, one, many, {"type": "rich_text_input", "action_id": "words"})
        listener.answer = answering({"options": options("quay", "quarry")})
        await page.goto(f"{slack.url}/#/{CHEN}/{GENERAL}")

        await picks(page, "outlet", "q", "Quarry")
        await expect(page.get_by_label("outlet", exact=True)).to_have_text("Quarry")
        await picks(page, "others", "quay", "Quay")
        await page.keyboard.press("Escape")
        await page.get_by_label("words", exact=True).fill(f"plain {MARKUP}")
        listener.answer = lambda _request: None
        await page.get_by_role("dialog").get_by_role("button", name="Send").click()

        payload: Json = {}
        while payload.get("type") != "view_submission":
            payload = (await listener.next()).payload
    values = payload["view"]["state"]["values"]
    assert values["0"]["outlet"]["selected_option"] == options("quarry")[0]
    assert values["1"]["others"]["selected_options"] == options("bund", "quay")
    section = values["2"]["words"]["rich_text_value"]["elements"][0]
    assert section == {"type": "rich_text_section", "elements": [{"type": "text", "text": f"plain {MARKUP}"}]}
