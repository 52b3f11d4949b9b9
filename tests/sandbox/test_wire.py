"""slack_sdk writes its calls in several formats, and programs write them in more: all must mean the same."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from sandbox.client import Control
from tests.sandbox.town import BOT, BOT_TOKEN, CHEN, DESK, GENERAL, WANG

ARGS = {"channel": GENERAL, "text": "你好 & co", "blocks": [{"type": "divider"}]}
FLAT = {**ARGS, "blocks": json.dumps(ARGS["blocks"])}
BEARER = {"Authorization": f"Bearer {BOT_TOKEN}"}


def _multipart() -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in FLAT.items():
        form.add_field(name, value)
    form.add_field("extra", b"bytes", filename="x.bin")
    return form


@pytest.mark.parametrize(
    ("verb", "request_args"),
    [
        ("post", {"json": ARGS, "headers": BEARER}),
        ("post", {"json": FLAT, "headers": BEARER}),
        ("post", {"data": FLAT, "headers": BEARER}),
        ("post", {"data": {**FLAT, "token": BOT_TOKEN}}),
        ("post", {"params": FLAT, "headers": BEARER}),
        ("post", {"params": {**FLAT, "token": BOT_TOKEN}}),
        ("get", {"params": {**FLAT, "token": BOT_TOKEN}}),
        ("post", {"data": _multipart(), "headers": BEARER}),
    ],
    ids=["json", "json with nested text", "form", "token in form", "query", "token in query", "get", "multipart"],
)
async def test_a_call_reads_the_same_in_every_format(
    slack: Sandbox, control: Control, verb: str, request_args: dict[str, Any]
) -> None:
    async with control.session.request(verb, slack.api_url + "chat.postMessage", **request_args) as response:
        answer = await response.json()

    assert answer["ok"], answer
    assert (answer["message"]["text"], answer["message"]["blocks"][0]["type"]) == ("你好 & co", "divider")


@pytest.mark.parametrize(
    ("request_args", "error"),
    [
        ({"data": "{", "headers": {**BEARER, "Content-Type": "application/json"}}, "invalid_json"),
        ({"json": [1], "headers": BEARER}, "json_not_object"),
        ({"data": "<x/>", "headers": {**BEARER, "Content-Type": "text/xml"}}, "invalid_post_type"),
        ({"json": {**ARGS, "token": BOT_TOKEN}}, "not_authed"),
    ],
)
async def test_a_malformed_request_is_named(
    slack: Sandbox, control: Control, request_args: dict[str, Any], error: str
) -> None:
    async with control.session.post(slack.api_url + "chat.postMessage", **request_args) as response:
        assert (await response.json())["error"] == error


async def test_methods_that_slack_documents_as_form_only_do_not_read_json(slack: Sandbox, control: Control) -> None:
    address = slack.api_url + "conversations.history"
    async with control.session.post(address, json={"channel": GENERAL}, headers=BEARER) as response:
        answer = await response.json()

    assert (answer["error"], answer["response_metadata"]["messages"]) == (
        "invalid_arguments",
        ["[ERROR] missing required field: channel"],
    )


def _synchronous(api_url: str) -> list[Any]:
    """A round through slack_sdk's other client, which puts its arguments into the body."""
    client = WebClient(BOT_TOKEN, base_url=api_url)
    room = client.conversations_create(name="room-1", is_private=True)["channel"]
    client.conversations_invite(channel=room["id"], users=[CHEN, WANG])
    posted = client.chat_postMessage(channel=room["id"], text="x", blocks=[{"type": "divider"}])
    client.chat_update(channel=room["id"], ts=posted["ts"], text="y")
    client.pins_add(channel=room["id"], timestamp=posted["ts"])
    client.files_upload_v2(channel=room["id"], content="a,b", filename="list.csv", initial_comment="the list")
    history = client.conversations_history(channel=room["id"], limit=2)
    return [client.auth_test()["user_id"], room["is_private"], [one["text"] for one in history["messages"]]]


async def test_the_synchronous_client_works_too(slack: Sandbox) -> None:
    user_id, is_private, texts = await asyncio.to_thread(_synchronous, slack.api_url)

    assert (user_id, is_private, texts) == (BOT, True, ["the list", "y"])


async def test_the_asynchronous_client_pages_by_itself(bot: AsyncWebClient) -> None:
    for number in range(5):
        await bot.chat_postMessage(channel=DESK, text=str(number))

    pages = [page["messages"] async for page in await bot.conversations_history(channel=DESK, limit=2)]

    assert [[one["text"] for one in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
