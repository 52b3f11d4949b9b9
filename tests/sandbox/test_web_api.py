"""What Slack refuses, the sandbox refuses: one row a situation, each from Slack's documentation of the method.

"strict" marks where the documentation is silent and the sandbox takes the stricter reading.
"""

import base64
import json
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from tests.sandbox.apps import error_of
from tests.sandbox.town import APP_TOKEN, BOT, CHEN, CLOSED, DESK, GENERAL, LI, QUAY, WANG, town, two_apps

SECTION = json.dumps([{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}])
EMPTY_SECTION = json.dumps([{"type": "section", "text": {"type": "mrkdwn", "text": ""}}])
LONG = "x" * 81
HEAVY = json.dumps({"event_type": "outbox", "event_payload": {"text": "x" * 8000}})

NO_NUMBER = '{"event_type": "outbox", "event_payload": {"n": NaN}}'


UNSEEN_IMAGE = json.dumps([{"type": "image", "alt_text": "x", "slack_file": {"id": "F0NONE"}}])
ADDRESS = "https://a.example/v"
VIDEO_BLOCK = {
    "type": "video", "alt_text": "x", "title": {"type": "plain_text", "text": "x"}, "thumbnail_url": ADDRESS,
    "video_url": ADDRESS,
}  # fmt: skip
VIDEO = json.dumps([VIDEO_BLOCK])
HOME_WITH_VIDEO = json.dumps({"type": "home", "blocks": [VIDEO_BLOCK]})

Row = tuple[str, dict[str, Any], str, str]

ROWS: list[Row] = [
    # method, arguments, answer, source
    ("no.suchMethod", {}, "unknown_method", "docs: Web API errors"),
    ("chat.postMessage", {"channel": GENERAL}, "no_text", "docs: no_text"),
    ("chat.postMessage", {"text": "x"}, "invalid_arguments", "docs: missing required field"),
    ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found", "docs"),
    ("chat.postMessage", {"channel": CLOSED, "text": "x"}, "channel_not_found", "docs: private, bot outside"),
    ("chat.postMessage", {"channel": QUAY, "text": "x"}, "not_in_channel", "docs: public, bot outside"),
    ("chat.postMessage", {"channel": GENERAL, "blocks": EMPTY_SECTION}, "invalid_blocks", "docs: text object"),
    ("chat.postMessage", {"channel": GENERAL, "blocks": "{"}, "invalid_blocks_format", "docs"),
    ("chat.postMessage", {"channel": GENERAL, "text": "x", "thread_ts": "1.000001"}, "thread_not_found", "strict"),
    ("chat.postMessage", {"channel": GENERAL, "text": "x", "metadata": '{"a": 1}'}, "invalid_metadata_format", "docs"),
    ("chat.postMessage", {"channel": GENERAL, "markdown_text": "x", "text": "x"}, "markdown_text_conflict", "docs"),
    ("chat.postMessage", {"channel": CHEN, "text": "x"}, "ok", "docs: a user's id posts to their DM"),
    ("chat.postMessage", {"channel": GENERAL, "attachments": json.dumps([{}] * 101)}, "too_many_attachments", "docs"),
    ("chat.postMessage", {"channel": GENERAL, "attachments": json.dumps([{}] * 100)}, "ok", "docs: 100"),
    ("chat.postMessage", {"channel": GENERAL, "attachments": "{}"}, "invalid_attachments", "docs"),
    ("chat.postMessage", {"channel": GENERAL, "text": "x", "metadata": HEAVY}, "metadata_too_large", "docs"),
    ("chat.postMessage", {"channel": GENERAL, "text": "x", "metadata": NO_NUMBER}, "invalid_metadata_format", "docs"),
    ("chat.postMessage", {"channel": GENERAL, "blocks": UNSEEN_IMAGE}, "invalid_blocks", "docs: slack file object"),
    ("chat.postMessage", {"channel": GENERAL, "blocks": VIDEO}, "invalid_blocks", "docs: links.embed:write"),
    ("views.publish", {"user_id": CHEN, "view": HOME_WITH_VIDEO}, "invalid_arguments", "docs: links.embed:write"),
    ("chat.update", {"channel": GENERAL, "ts": "1.000001", "text": "x"}, "message_not_found", "docs"),
    ("chat.delete", {"channel": GENERAL, "ts": "1.000001"}, "message_not_found", "docs"),
    ("chat.postEphemeral", {"channel": DESK, "user": WANG, "text": "x"}, "user_not_in_channel", "docs"),
    ("chat.postEphemeral", {"channel": DESK, "user": "U0NOBODY", "text": "x"}, "user_not_found", "docs"),
    ("chat.getPermalink", {"channel": GENERAL, "message_ts": "1.000001"}, "message_not_found", "docs"),
    ("conversations.create", {"name": "general"}, "name_taken", "docs"),
    ("conversations.create", {"name": "closed-door"}, "name_taken", "docs: hidden channels hold their names too"),
    ("conversations.create", {}, "invalid_name_required", "docs"),
    ("conversations.create", {"name": LONG}, "invalid_name_maxlength", "docs"),
    ("conversations.create", {"name": "Upper"}, "invalid_name_specials", "docs"),
    ("conversations.create", {"name": "a b"}, "invalid_name_specials", "docs"),
    ("conversations.create", {"name": "--_"}, "invalid_name_punctuation", "docs"),
    ("conversations.create", {"name": LONG[:80]}, "ok", "docs: 80 characters"),
    ("conversations.invite", {"channel": DESK}, "no_user", "docs"),
    ("conversations.invite", {"channel": DESK, "users": "U0NOBODY"}, "user_not_found", "docs"),
    ("conversations.invite", {"channel": DESK, "users": CHEN}, "already_in_channel", "docs"),
    ("conversations.invite", {"channel": DESK, "users": BOT}, "cant_invite_self", "docs"),
    ("conversations.invite", {"channel": DESK, "users": "S0GROUP"}, "user_not_found", "docs: no user groups"),
    ("conversations.invite", {"channel": DESK, "users": ",".join([WANG] * 101)}, "too_many_users", "docs: up to 100"),
    ("conversations.invite", {"channel": QUAY, "users": LI}, "not_in_channel", "docs"),
    ("conversations.kick", {"channel": DESK, "user": WANG}, "not_in_channel", "docs"),
    ("conversations.kick", {"channel": DESK, "user": BOT}, "cant_kick_self", "docs"),
    ("conversations.kick", {"channel": GENERAL, "user": CHEN}, "cant_kick_from_general", "docs"),
    ("conversations.join", {"channel": CLOSED}, "channel_not_found", "docs"),
    ("conversations.join", {"channel": DESK}, "method_not_supported_for_channel_type", "docs"),
    ("conversations.join", {"channel": QUAY}, "ok", "docs"),
    ("conversations.leave", {"channel": GENERAL}, "cant_leave_general", "docs"),
    ("conversations.archive", {"channel": GENERAL}, "cant_archive_general", "docs"),
    ("conversations.archive", {"channel": QUAY}, "not_in_channel", "docs"),
    ("conversations.unarchive", {"channel": DESK}, "not_archived", "docs"),
    ("conversations.setTopic", {"channel": DESK, "topic": "x" * 251}, "too_long", "docs"),
    ("conversations.setTopic", {"channel": DESK, "topic": "x" * 250}, "ok", "docs"),
    ("conversations.setTopic", {"channel": DESK}, "invalid_arguments", "docs"),
    ("conversations.rename", {"channel": DESK, "name": "quay"}, "name_taken", "docs"),
    ("conversations.info", {"channel": CLOSED}, "channel_not_found", "docs"),
    ("conversations.info", {"channel": QUAY}, "ok", "docs: public channels are visible"),
    ("conversations.members", {"channel": CLOSED}, "channel_not_found", "docs"),
    ("conversations.history", {"channel": QUAY}, "not_in_channel", "docs"),
    ("conversations.history", {"channel": CLOSED}, "channel_not_found", "docs"),
    ("conversations.history", {"channel": DESK, "oldest": "soon"}, "invalid_ts_oldest", "docs"),
    ("conversations.history", {"channel": DESK, "latest": "late"}, "invalid_ts_latest", "docs"),
    ("conversations.history", {"channel": DESK, "limit": "1000"}, "invalid_limit", "docs: up to 999"),
    ("conversations.history", {"channel": DESK, "cursor": "nonsense"}, "invalid_cursor", "docs"),
    ("conversations.members", {"channel": DESK, "cursor": base64.b64encode(CHEN.encode()).decode()}, "invalid_cursor",
     "docs"),
    ("conversations.replies", {"channel": DESK, "ts": "1.000001"}, "thread_not_found", "docs"),
    ("conversations.list", {"types": "public"}, "invalid_types", "docs"),
    ("conversations.open", {}, "users_list_not_supplied", "docs"),
    ("conversations.open", {"users": "U0NOBODY"}, "user_not_found", "docs"),
    ("conversations.open", {"users": CHEN}, "ok", "docs"),
    ("conversations.open", {"users": BOT}, "cannot_dm_bot", "docs"),
    ("conversations.open", {"channel": GENERAL}, "method_not_supported_for_channel_type", "docs"),
    ("chat.postMessage", {"channel": BOT, "text": "x"}, "cannot_dm_bot", "docs of conversations.open"),
    ("users.info", {"user": "U0NOBODY"}, "user_not_found", "docs"),
    ("users.info", {"user": "USLACKBOT"}, "ok", "every workspace has it"),
    ("users.list", {"limit": 0}, "ok", "docs: default 0"),
    ("conversations.list", {"limit": 0}, "invalid_limit", "docs: default 100"),
    ("users.lookupByEmail", {"email": "nobody@bank.example"}, "users_not_found", "docs"),
    ("users.lookupByEmail", {"email": "CHEN.WEI@bank.example"}, "ok", "addresses ignore case"),
    ("users.conversations", {"user": "U0NOBODY"}, "user_not_found", "docs"),
    ("team.info", {"team": "T0OTHER"}, "team_not_found", "docs"),
    ("pins.add", {"channel": DESK}, "no_item_specified", "docs"),
    ("pins.add", {"channel": DESK, "timestamp": "x"}, "bad_timestamp", "docs"),
    ("pins.add", {"channel": DESK, "timestamp": "1.000001"}, "message_not_found", "docs"),
    ("pins.list", {"channel": QUAY}, "not_in_channel", "docs"),
    ("bookmarks.add", {"channel_id": DESK, "title": "x", "type": "link"}, "invalid_arguments", "docs: link required"),
    ("bookmarks.add", {"channel_id": DESK, "title": "x", "type": "x", "link": "https://a.example"},
     "invalid_bookmark_type", "docs"),
    ("bookmarks.add", {"channel_id": DESK, "title": "x", "type": "link", "link": "a.example"}, "invalid_link", "docs"),
    ("bookmarks.add", {"channel_id": DESK, "title": "x", "type": "link", "link": "https://a.example"}, "ok", "docs"),
    ("reactions.add", {"channel": DESK, "timestamp": "1.000001", "name": "eyes"}, "message_not_found", "docs"),
    ("reactions.add", {"channel": DESK, "timestamp": "1.000001", "name": "no such"}, "invalid_name", "docs"),
    ("reactions.add", {"channel": DESK, "name": "eyes"}, "no_item_specified", "docs"),
    ("files.getUploadURLExternal", {"filename": "a.txt"}, "invalid_arguments", "docs: length required"),
    ("files.getUploadURLExternal", {"filename": "a.txt", "length": 0}, "invalid_arguments", "docs: more than 0"),
    ("files.completeUploadExternal", {"files": "[]"}, "invalid_arguments", "docs"),
    ("files.completeUploadExternal", {"files": '[{"id": "F0NONE"}]'}, "file_not_found", "docs"),
    ("files.info", {"file": "F0NONE"}, "file_not_found", "docs"),
    ("views.open", {"trigger_id": "1.2.3"}, "invalid_arguments", "docs: view required"),
    ("views.update", {"view_id": "V0NONE", "view": "{}"}, "not_found", "docs"),
    ("views.update", {"view": "{}"}, "invalid_arguments", "docs: view_id or external_id"),
    ("views.publish", {"user_id": "U0NOBODY", "view": "{}"}, "user_not_found", "docs"),
    ("apps.connections.open", {}, "not_allowed_token_type", "docs: takes an app-level token"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "args", "answer", "source"), ROWS, ids=[f"{r[0]}-{r[2]}-{i}" for i, r in enumerate(ROWS)]
)
async def test_each_situation_gets_the_answer_that_slack_gives(
    bot: AsyncWebClient, method: str, args: dict[str, Any], answer: str, source: str
) -> None:
    assert await error_of(bot, method, **args) == answer, source


@pytest.mark.parametrize(
    ("token", "answer"),
    [(None, "not_authed"), ("xoxb-somebody-else", "invalid_auth"), (APP_TOKEN, "not_allowed_token_type")],
)
async def test_a_call_needs_the_right_token(slack: Sandbox, token: str | None, answer: str) -> None:
    client = AsyncWebClient(token, base_url=slack.api_url)

    assert await error_of(client, "auth.test") == answer


SCOPES = [
    ("chat.postMessage", {"channel": GENERAL, "text": "x"}, "chat:write"),
    ("conversations.create", {"name": "new"}, "channels:manage"),
    ("conversations.create", {"name": "new", "is_private": "true"}, "groups:write"),
    ("conversations.history", {"channel": GENERAL}, "channels:history"),
    ("conversations.history", {"channel": DESK}, "groups:history"),
    ("conversations.info", {"channel": DESK}, "groups:read"),
    ("conversations.members", {"channel": GENERAL}, "channels:read"),
    ("conversations.list", {"types": "private_channel"}, "groups:read"),
    ("conversations.setTopic", {"channel": DESK, "topic": "x"}, "groups:write"),
    ("conversations.archive", {"channel": DESK}, "groups:write"),
    ("conversations.open", {"users": CHEN}, "im:write"),
    ("users.info", {"user": CHEN}, "users:read"),
    ("users.lookupByEmail", {"email": "chen.wei@bank.example"}, "users:read.email"),
    ("team.info", {}, "team:read"),
    ("pins.add", {"channel": DESK, "timestamp": "1.1"}, "pins:write"),
    ("bookmarks.add", {"channel_id": DESK}, "bookmarks:write"),
    ("reactions.add", {"channel": DESK, "name": "eyes"}, "reactions:write"),
    ("files.getUploadURLExternal", {"filename": "a", "length": 1}, "files:write"),
    ("files.info", {"file": "F0NONE"}, "files:read"),
]


@pytest.mark.parametrize(("method", "args", "scope"), SCOPES)
async def test_without_its_scope_a_call_is_refused_and_told_which(
    method: str, args: dict[str, str], scope: str
) -> None:
    others = [one for one in town().apps[0].scopes if one != scope]
    async with Sandbox(town(scopes=others)) as slack:
        bot = AsyncWebClient("xoxb-sandbox-bot", base_url=slack.api_url)

        answer = await bot.api_call("auth.test")
        error = await error_of(bot, method, **args)

    assert error == "missing_scope"
    assert scope not in answer.headers["x-oauth-scopes"].split(",")
    assert slack.calls[-1].error == "missing_scope"


async def test_a_missing_scope_names_what_is_needed_and_what_is_there(slack: Sandbox) -> None:
    async with Sandbox(town(scopes=["chat:write", "users:read"])) as poor:
        client = AsyncWebClient("xoxb-sandbox-bot", base_url=poor.api_url)
        answer = await _refusal(client, "conversations.create", name="new", is_private="1")

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


async def test_archiving_ends_all_writing_and_takes_the_bot_out(bot: AsyncWebClient) -> None:
    posted = await bot.chat_postMessage(channel=DESK, text="last words")

    await bot.conversations_archive(channel=DESK)

    assert await error_of(bot, "chat.postMessage", channel=DESK, text="x") == "is_archived"
    assert await error_of(bot, "chat.update", channel=DESK, ts=posted["ts"], text="x") == "is_inactive"
    assert await error_of(bot, "conversations.invite", channel=DESK, users=WANG) == "is_archived"
    assert await error_of(bot, "conversations.archive", channel=DESK) == "already_archived"
    # Reported by several who read archives: archiving ejects bots, so the history is closed to them.
    assert await error_of(bot, "conversations.history", channel=DESK) == "not_in_channel"
    # docs, conversations.unarchive: "Bot tokens cannot currently be used to unarchive conversations."
    assert await error_of(bot, "conversations.unarchive", channel=DESK) == "not_in_channel"
    assert (await bot.conversations_info(channel=DESK))["channel"]["is_archived"] is True


async def test_a_bot_changes_and_deletes_only_what_it_wrote(slack: Sandbox, bot: AsyncWebClient) -> None:
    person = slack.people.user(CHEN)
    theirs = slack.people.post(person, DESK, "mine")["ts"]
    own = (await bot.chat_postMessage(channel=DESK, text="ours"))["ts"]

    assert await error_of(bot, "chat.update", channel=DESK, ts=theirs, text="x") == "cant_update_message"
    assert await error_of(bot, "chat.delete", channel=DESK, ts=theirs) == "cant_delete_message"
    assert await error_of(bot, "chat.update", channel=DESK, ts=own, text="x" * 4001) == "msg_too_long"
    assert await error_of(bot, "chat.update", channel=DESK, ts=own, text="x" * 4000) == "ok"
    assert await error_of(bot, "chat.delete", channel=DESK, ts=own) == "ok"


def _sections(*lengths: int) -> list[dict[str, Any]]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}} for length in lengths]


async def test_all_blocks_together_hold_so_much_text(bot: AsyncWebClient) -> None:
    full, overfull = _sections(*[3000] * 4), _sections(*[3000] * 4, 1)
    # slackapi/bolt-js#2509: refused above 12,000 and what Slack allows for containers.
    ts = (await bot.chat_postMessage(channel=DESK, text="x", blocks=full))["ts"]

    with pytest.raises(SlackApiError, match="msg_blocks_too_long"):
        await bot.chat_postMessage(channel=DESK, text="x", blocks=overfull)
    with pytest.raises(SlackApiError, match="msg_blocks_too_long"):
        await bot.chat_postEphemeral(channel=DESK, user=CHEN, text="x", blocks=overfull)
    with pytest.raises(SlackApiError, match="msg_blocks_too_long"):
        await bot.chat_update(channel=DESK, ts=ts, text="x", blocks=overfull)


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


async def test_an_update_cannot_leave_nothing(bot: AsyncWebClient) -> None:
    ts = (await bot.api_call("chat.postMessage", json={"channel": DESK, "blocks": json.loads(SECTION)}))["ts"]

    assert await error_of(bot, "chat.update", channel=DESK, ts=ts, blocks="[]") == "no_text"
    assert await error_of(bot, "chat.update", channel=DESK, ts=ts, text="") == "no_text"
    assert await error_of(bot, "chat.update", channel=DESK, ts=ts) == "no_text"
    assert "blocks" in (await bot.conversations_history(channel=DESK))["messages"][0]


async def test_two_bots_have_no_conversation() -> None:
    async with Sandbox(two_apps()) as slack:
        bot = AsyncWebClient("xoxb-other", base_url=slack.api_url)

        assert await error_of(bot, "conversations.open", users=BOT) == "cannot_dm_bot"
        assert await error_of(bot, "chat.postMessage", channel=BOT, text="x") == "cannot_dm_bot"


async def test_the_same_mark_is_not_made_twice(bot: AsyncWebClient) -> None:
    ts = (await bot.chat_postMessage(channel=DESK, text="card"))["ts"]
    mark = {"channel": DESK, "timestamp": ts}

    assert await error_of(bot, "pins.add", **mark) == "ok"
    assert await error_of(bot, "pins.add", **mark) == "already_pinned"
    assert await error_of(bot, "reactions.add", **mark, name="eyes") == "ok"
    assert await error_of(bot, "reactions.add", **mark, name="eyes") == "already_reacted"
    assert await error_of(bot, "reactions.remove", **mark, name="eyes") == "ok"
    assert await error_of(bot, "reactions.remove", **mark, name="eyes") == "no_reaction"
    pinned = (await bot.pins_list(channel=DESK))["items"][0]
    assert (pinned["message"]["ts"], pinned["message"]["pinned_to"], pinned["created_by"]) == (ts, [DESK], BOT)


async def test_a_hundred_pins_are_enough(bot: AsyncWebClient) -> None:
    stamps = [(await bot.chat_postMessage(channel=DESK, text="x"))["ts"] for _ in range(101)]

    answers = [await error_of(bot, "pins.add", channel=DESK, timestamp=ts) for ts in stamps]

    assert answers == ["ok"] * 100 + ["too_many_pins"]


async def test_with_its_scope_a_bot_shows_videos() -> None:
    async with Sandbox(town(scopes=["chat:write", "links.embed:write"])) as slack:
        bot = AsyncWebClient("xoxb-sandbox-bot", base_url=slack.api_url)

        assert await error_of(bot, "chat.postMessage", channel=DESK, text="x", blocks=VIDEO) == "ok"


async def test_with_its_scope_a_bot_writes_in_public_rooms_it_is_not_in() -> None:
    async with Sandbox(town(scopes=["chat:write", "chat:write.public"])) as slack:
        bot = AsyncWebClient("xoxb-sandbox-bot", base_url=slack.api_url)

        assert await error_of(bot, "chat.postMessage", channel=QUAY, text="x") == "ok"
        assert await error_of(bot, "chat.postMessage", channel=CLOSED, text="x") == "channel_not_found"


async def test_a_group_conversation_needs_a_scope_of_its_own() -> None:
    async with Sandbox(town(scopes=["im:write"])) as slack:
        bot = AsyncWebClient("xoxb-sandbox-bot", base_url=slack.api_url)

        assert await error_of(bot, "conversations.open", users=CHEN) == "ok"
        assert await error_of(bot, "conversations.open", users=f"{CHEN},{LI}") == "missing_scope"


async def test_archived_rooms_are_listed_unless_excluded(bot: AsyncWebClient) -> None:
    await bot.conversations_archive(channel=DESK)

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


async def test_an_unknown_method_is_logged_loudly(bot: AsyncWebClient, caplog: pytest.LogCaptureFixture) -> None:
    await error_of(bot, "admin.users.list")

    assert [(r.levelname, "admin.users.list" in r.message) for r in caplog.records if r.name.startswith("sandbox")] == [
        ("ERROR", True)
    ]
