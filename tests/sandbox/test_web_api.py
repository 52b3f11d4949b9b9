"""What calls of the Web API change and tell; what they refuse is a table of its own, in conformance.py."""

import json
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from tests.sandbox.apps import error_of
from tests.sandbox.town import BOT, CHEN, DESK, GENERAL, LI, WANG, town

SECTION = json.dumps([{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}])


async def test_a_missing_scope_names_what_is_needed_and_what_is_there(slack: Sandbox) -> None:
    async with Sandbox(town(scopes=["chat:write", "users:read"])) as poor:
        client = AsyncWebClient("xoxb-sandbox-bot", base_url=poor.api_url)
        answer = await _refusal(client, "conversations.create", name="new", is_private="1")
        headers = (await client.auth_test()).headers

    assert headers["x-oauth-scopes"] == "chat:write,users:read"
    assert poor.calls[0].error == "missing_scope"
    assert (answer["needed"], answer["provided"]) == (
        "channels:manage,groups:write,im:write,mpim:write",
        "chat:write,users:read",
    )


async def _refusal(client: AsyncWebClient, method: str, **args: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call(method, params=args)
    answer: dict[str, Any] = refused.value.response.data
    return answer


async def test_one_bad_invitee_stops_the_whole_invitation_unless_forced(bot: AsyncWebClient) -> None:
    answer = await _refusal(bot, "conversations.invite", channel=DESK, users=f"{WANG},U0NOBODY,{CHEN}")
    before = await bot.conversations_members(channel=DESK)
    forced = await bot.conversations_invite(channel=DESK, users=[WANG, "U0NOBODY", CHEN], force=True)
    after = await bot.conversations_members(channel=DESK)

    assert answer["errors"] == [
        {"user": "U0NOBODY", "ok": False, "error": "user_not_found"},
        {"user": CHEN, "ok": False, "error": "already_in_channel"},
    ]
    assert WANG not in before["members"]
    assert WANG in after["members"]
    assert forced["errors"] == answer["errors"]


async def test_text_without_blocks_takes_the_old_blocks_away(bot: AsyncWebClient) -> None:
    ts = (await bot.chat_postMessage(channel=DESK, text="a", blocks=json.loads(SECTION)))["ts"]

    with_blocks = await bot.chat_update(channel=DESK, ts=ts, text="b", blocks=json.loads(SECTION))
    without = await bot.chat_update(channel=DESK, ts=ts, text="c")

    assert "edited" not in with_blocks["message"]
    assert "blocks" not in without["message"]
    assert without["message"]["edited"]["user"] == BOT


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"text": "new", "blocks": []}, ("new", False, True)),
        ({"text": "new", "attachments": []}, ("new", False, False)),
        ({"blocks": []}, ("old", False, True)),
        ({"attachments": []}, ("old", True, False)),
        ({"blocks": [], "attachments": []}, ("old", False, False)),
    ],
    ids=str,
)
async def test_an_empty_list_takes_the_old_ones_away(
    bot: AsyncWebClient, given: dict[str, Any], left: tuple[str, bool, bool]
) -> None:
    old = {"blocks": json.loads(SECTION), "attachments": [{"text": "a"}]}
    ts = (await bot.chat_postMessage(channel=DESK, text="old", **old))["ts"]

    await bot.api_call("chat.update", json={"channel": DESK, "ts": ts, **given})

    message = (await bot.conversations_history(channel=DESK))["messages"][0]
    assert (message["text"], "blocks" in message, "attachments" in message) == left


async def test_what_is_wrong_in_an_attachment_says_in_which(bot: AsyncWebClient) -> None:
    attachments: list[dict[str, Any]] = [{"text": "a"}, {"blocks": [{"type": "divider"}, {"type": "section"}]}]

    with pytest.raises(SlackApiError) as refused:
        await bot.chat_postMessage(channel=DESK, text="x", attachments=attachments)

    (message,) = refused.value.response["response_metadata"]["messages"]
    assert "[json-pointer:/attachments/1/blocks/1" in message


async def test_a_pin_says_whose_and_where(bot: AsyncWebClient) -> None:
    ts = (await bot.chat_postMessage(channel=DESK, text="card"))["ts"]

    await bot.pins_add(channel=DESK, timestamp=ts)

    pinned = (await bot.pins_list(channel=DESK))["items"][0]
    assert (pinned["message"]["ts"], pinned["message"]["pinned_to"], pinned["created_by"]) == (ts, [DESK], BOT)


async def test_archived_rooms_are_listed_unless_excluded(bot: AsyncWebClient) -> None:
    await bot.conversations_archive(channel=DESK)

    assert (await bot.conversations_info(channel=DESK))["channel"]["is_archived"] is True
    every = await bot.conversations_list(types="private_channel")
    living = await bot.conversations_list(types="private_channel", exclude_archived=True)

    assert [[room["name"] for room in one["channels"]] for one in (every, living)] == [["complaints"], []]


async def test_anothers_hidden_rooms_stay_hidden(bot: AsyncWebClient) -> None:
    rooms = await bot.users_conversations(user=WANG, types="public_channel,private_channel")

    assert [room["name"] for room in rooms["channels"]] == ["general"]


async def test_email_addresses_are_hidden_without_their_scope() -> None:
    async with Sandbox(town(scopes=["users:read"])) as slack:
        bot = AsyncWebClient("xoxb-sandbox-bot", base_url=slack.api_url)
        user = (await bot.users_info(user=LI, include_locale=True))["user"]

    assert "email" not in user["profile"]
    assert (user["locale"], user["tz_offset"]) == ("zh-CN", 8 * 3600)


async def test_private_rooms_are_listed_only_to_their_members(bot: AsyncWebClient) -> None:
    listed = await bot.conversations_list(types="public_channel,private_channel")

    names = {channel["name"] for channel in listed["channels"]}
    assert names == {"general", "quay", "complaints"}
    own = await bot.users_conversations(types="public_channel,private_channel")
    assert {channel["name"] for channel in own["channels"]} == {"general", "complaints"}


async def test_every_call_is_logged_without_its_token(slack: Sandbox, bot: AsyncWebClient) -> None:
    await bot.api_call("chat.postMessage", data={"token": "xoxb-sandbox-bot", "channel": GENERAL, "text": "hi"})
    await error_of(bot, "no.suchMethod", x="1")

    first, second = slack.calls
    assert (first.method, first.args, first.ok, first.app) == (
        "chat.postMessage", {"channel": GENERAL, "text": "hi"}, True, "A0APP",
    )  # fmt: skip
    assert (second.method, second.ok, second.error) == ("no.suchMethod", False, "unknown_method")


async def test_what_lets_somebody_act_as_an_app_stays_out_of_the_log(slack: Sandbox, bot: AsyncWebClient) -> None:
    secrets = {"client_secret": "not-told", "code": "not-told", "refresh_token": "not-told"}
    await error_of(bot, "oauth.v2.access", client_id="1.2", **secrets)

    assert slack.calls[0].args == {"client_id": "1.2", **dict.fromkeys(secrets, "***")}


async def test_an_unknown_method_is_logged_loudly(bot: AsyncWebClient, caplog: pytest.LogCaptureFixture) -> None:
    await error_of(bot, "admin.users.list")

    assert [(r.levelname, "admin.users.list" in r.message) for r in caplog.records if r.name.startswith("sandbox")] == [
        ("ERROR", True)
    ]
