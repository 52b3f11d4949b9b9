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


FORM = "application/x-www-form-urlencoded"


def _sent(body: bytes, content_type: str) -> dict[str, Any]:
    return {"data": body, "headers": {**BEARER, "Content-Type": content_type}}


@pytest.mark.parametrize(
    ("request_args", "error"),
    [
        ({"data": "{", "headers": {**BEARER, "Content-Type": "application/json"}}, "invalid_json"),
        ({"json": [1], "headers": BEARER}, "json_not_object"),
        ({"data": "<x/>", "headers": {**BEARER, "Content-Type": "text/xml"}}, "invalid_post_type"),
        ({"json": {**ARGS, "token": BOT_TOKEN}}, "not_authed"),
        (_sent(b"{}", "application/json; charset=bogus"), "invalid_charset"),
        (_sent(b"text=x", f"{FORM}; charset=bogus"), "invalid_charset"),
        (_sent(b'{"text": "\xff"}', "application/json"), "invalid_json"),
        (_sent(b'{"blocks": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json"), "invalid_json"),
        (_sent(b'{"blocks": ' + b"[" * 500 + b"]" * 500 + b"}", "application/json"), "invalid_json"),
        (_sent(b'{"limit": NaN}', "application/json"), "invalid_json"),
        (_sent(b'{"limit": 1e999}', "application/json"), "invalid_json"),
        (_sent(b"text=\xff", FORM), "invalid_form_data"),
        (_sent(b"--x", "multipart/form-data"), "invalid_form_data"),
        (_sent(b"--x\r\n\r\nnameless", "multipart/form-data; boundary=x"), "invalid_form_data"),
    ],
)
async def test_a_malformed_request_is_named(
    slack: Sandbox, control: Control, request_args: dict[str, Any], error: str
) -> None:
    async with control.session.post(slack.api_url + "chat.postMessage", **request_args) as response:
        assert (await response.json())["error"] == error
    assert [(one.method, one.error) for one in slack.calls] == [("chat.postMessage", error)]


HALF = r'"Half an emoji \ud83d"'


@pytest.mark.parametrize(
    "request_args",
    [
        _sent(f'{{"channel": "{GENERAL}", "text": {HALF}}}'.encode(), "application/json"),
        {
            "data": {"channel": GENERAL, "text": "Half an emoji ", "attachments": f'[{{"text": {HALF}}}]'},
            "headers": BEARER,
        },
    ],
    ids=["json", "json text in a form"],
)
async def test_half_a_character_is_replaced_before_it_is_kept(
    slack: Sandbox, control: Control, request_args: dict[str, Any]
) -> None:
    async with control.session.post(slack.api_url + "chat.postMessage", **request_args) as response:
        assert (await response.json())["ok"]
    await control.post(f"/control/as/{CHEN}/post", {"channel": GENERAL, "text": "another \udc00"})

    first, second = await control.person(WANG).messages(GENERAL)

    assert "Half an emoji \ufffd" in (first["text"], first.get("attachments", [{}])[0].get("text"))
    assert (second["text"], second["blocks"][0]["elements"][0]["elements"][0]["text"]) == ("another \ufffd",) * 2


async def test_methods_that_slack_documents_as_form_only_do_not_read_json(slack: Sandbox, control: Control) -> None:
    address = slack.api_url + "conversations.info"
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
    auth = client.auth_test()
    # slack_bolt reads a bot's scopes from this header, by this name.
    assert "chat:write" in auth.headers["x-oauth-scopes"]
    return [auth["user_id"], room["is_private"], [one["text"] for one in history["messages"]]]


async def test_history_reads_json_as_documented(slack: Sandbox, control: Control) -> None:
    address = slack.api_url + "conversations.history"
    async with control.session.post(address, json={"channel": GENERAL, "limit": 5}, headers=BEARER) as response:
        assert (await response.json())["ok"]


async def test_the_synchronous_client_works_too(slack: Sandbox) -> None:
    user_id, is_private, texts = await asyncio.to_thread(_synchronous, slack.api_url)

    assert (user_id, is_private, texts) == (BOT, True, ["the list", "y"])


async def test_the_asynchronous_client_pages_by_itself(bot: AsyncWebClient) -> None:
    for number in range(5):
        await bot.chat_postMessage(channel=DESK, text=str(number))

    pages = [page["messages"] async for page in await bot.conversations_history(channel=DESK, limit=2)]

    assert [[one["text"] for one in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
