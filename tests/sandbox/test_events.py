"""Who hears of what: subscribed, permitted and present; and what the events say."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Config, Sandbox
from sandbox.client import Control, Person, RefusedAction
from tests.sandbox.apps import Listener
from tests.sandbox.town import ADMIN, BOT, CHEN, CLOSED, DESK, EVENTS, GENERAL, LI, QUAY, SCOPES, WANG, town

Json = dict[str, Any]


async def test_a_typed_message_arrives_escaped_with_its_mentions_made(chen: Person, listener: Listener) -> None:
    await chen.post("<!channel> a & b: ask @li.na, @channel, mail me@bank.example, see #general", DESK)

    event = await listener.event("message")
    assert event["text"] == (
        "&lt;!channel&gt; a &amp; b: ask <@U0LI>, <!channel>, mail me@bank.example, see <#C0GENERAL|general>"
    )
    assert (event["user"], event["channel"], event["channel_type"], event["team"]) == (CHEN, DESK, "group", "T0HARBOUR")
    spans = event["blocks"][0]["elements"][0]["elements"]
    assert spans[:2] == [{"type": "text", "text": "<!channel> a & b: ask "}, {"type": "user", "user_id": "U0LI"}]


async def test_the_envelope_is_slacks(chen: Person, listener: Listener) -> None:
    await chen.post("hello", GENERAL)

    request = await listener.next()
    body = request.payload
    assert (request.type, request.retry_attempt) == ("events_api", 0)
    assert (body["type"], body["team_id"], body["api_app_id"]) == ("event_callback", "T0HARBOUR", "A0APP")
    assert body["event_id"].startswith("Ev")
    assert body["authorizations"][0] == {
        "enterprise_id": None, "team_id": "T0HARBOUR", "user_id": BOT, "is_bot": True, "is_enterprise_install": False,
    }  # fmt: skip


async def test_an_edit_shows_both_versions(chen: Person, listener: Listener) -> None:
    ts = (await chen.post("first", DESK))["ts"]

    await chen.edit(DESK, ts, "second <b>")

    await listener.event("message")
    event = await listener.event("message")
    assert (event["subtype"], event["hidden"], event["channel"]) == ("message_changed", True, DESK)
    assert (event["message"]["text"], event["previous_message"]["text"]) == ("second &lt;b&gt;", "first")
    assert (event["message"]["ts"], event["message"]["edited"]["user"]) == (ts, CHEN)


async def test_a_deletion_shows_what_is_gone_and_not_who_did_it(
    control: Control, bot: AsyncWebClient, listener: Listener
) -> None:
    ts = (await bot.chat_postMessage(channel=GENERAL, text="card"))["ts"]

    await control.person(ADMIN).delete(GENERAL, ts)

    await listener.event("message")
    event = await listener.event("message")
    assert (event["subtype"], event["deleted_ts"]) == ("message_deleted", ts)
    assert (event["previous_message"]["text"], "user" in event) == ("card", False)


async def test_a_bots_own_writes_come_back_to_it(bot: AsyncWebClient, listener: Listener) -> None:
    ts = (await bot.chat_postMessage(channel=DESK, text="one"))["ts"]
    await bot.chat_update(channel=DESK, ts=ts, text="two")
    await bot.chat_delete(channel=DESK, ts=ts)

    posted, changed, deleted = [await listener.event("message") for _ in range(3)]
    assert (posted["user"], posted["bot_id"], posted["app_id"]) == (BOT, "B0BOT", "A0APP")
    assert posted["bot_profile"]["name"] == "Harbour Bot"
    assert (changed["subtype"], deleted["subtype"]) == ("message_changed", "message_deleted")
    assert "subtype" not in posted


async def test_a_room_that_the_bot_is_not_in_is_silent(chen: Person, listener: Listener) -> None:
    await chen.post("behind closed doors", CLOSED)
    await chen.post("on the quay", QUAY)
    await chen.post("in the open", GENERAL)

    assert [event["text"] for event in await listener.events(until="in the open")] == ["in the open"]


@pytest.mark.parametrize(
    ("app", "where"),
    [
        ({"events": [one for one in EVENTS if one != "message.groups"]}, DESK),
        ({"scopes": [one for one in SCOPES if one != "groups:history"]}, DESK),
        ({"scopes": [one for one in SCOPES if one != "im:history"]}, "a direct message"),
    ],
)
async def test_an_event_needs_its_subscription_and_its_scope(app: Json, where: str) -> None:
    config: Config = town(**app)
    async with Sandbox(config) as slack, Control(slack.url) as control, Listener(slack) as listener:
        chen = control.person(CHEN)
        channel = (await chen.opens_direct(BOT))["id"] if where != DESK else DESK

        await chen.post("unheard", channel)
        await chen.post("heard", GENERAL)

        assert [event["text"] for event in await listener.events(until="heard")] == ["heard"]


async def test_what_an_app_declares_in_vain_is_said_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    async with Sandbox(town(scopes=["chat:write"], events=["message.groups", "message.room", "app_home_opened"])):
        pass

    assert [record.message for record in caplog.records] == [
        "A0APP: message.groups is not sent without the scope groups:history",
        "A0APP: the sandbox sends no event message.room",
        "A0APP: commands and shortcuts do not exist without the scope commands",
    ]


async def test_without_its_scope_an_app_has_no_commands() -> None:
    async with Sandbox(town(scopes=["chat:write"])) as slack, Control(slack.url) as control:
        with pytest.raises(RefusedAction, match="unknown_command"):
            await control.person(CHEN).run("/echo", channel=GENERAL)


async def test_coming_and_going_is_told_with_who_invited(
    chen: Person, control: Control, bot: AsyncWebClient, listener: Listener
) -> None:
    await bot.conversations_invite(channel=DESK, users=[WANG])
    await control.person(WANG).leave(DESK)
    await chen.kick(LI, DESK)

    joined = await listener.event("member_joined_channel")
    left = [(await listener.event("member_left_channel"))["user"] for _ in range(2)]
    history = (await bot.conversations_history(channel=DESK))["messages"]
    assert {key: joined[key] for key in ("user", "channel", "channel_type", "team", "inviter")} == {
        "user": WANG, "channel": DESK, "channel_type": "G", "team": "T0HARBOUR", "inviter": BOT,
    }  # fmt: skip
    assert left == [WANG, LI]
    assert [one["subtype"] for one in history] == ["group_leave", "group_leave", "group_join"]


async def test_a_bot_that_is_removed_hears_it_once_and_then_nothing(chen: Person, listener: Listener) -> None:
    await chen.kick(BOT, DESK)
    await chen.post("without it", DESK)
    await chen.post("in the open", GENERAL)

    events = await listener.events(until="in the open")
    assert [(event["type"], event.get("subtype")) for event in events] == [
        ("message", "group_leave"), ("group_left", None), ("message", None),
    ]  # fmt: skip


async def test_a_new_public_channel_is_news_a_private_one_is_not(bot: AsyncWebClient, listener: Listener) -> None:
    await bot.conversations_create(name="hidden-one", is_private=True)
    await bot.conversations_create(name="open-one")

    created = await listener.event("channel_created")
    assert (created["channel"]["name"], created["channel"]["creator"]) == ("open-one", BOT)


async def test_topic_archive_and_pin_leave_their_traces(bot: AsyncWebClient, listener: Listener) -> None:
    ts = (await bot.chat_postMessage(channel=DESK, text="card"))["ts"]
    await bot.conversations_setTopic(channel=DESK, topic="Day 1")
    await bot.pins_add(channel=DESK, timestamp=ts)
    await bot.conversations_archive(channel=DESK)

    await listener.event("message")
    topic = await listener.event("message")
    pin = await listener.event("pin_added")
    archived = await listener.event("group_archive")
    assert (topic["subtype"], topic["topic"]) == ("group_topic", "Day 1")
    assert (pin["item"]["message"]["ts"], pin["user"]) == (ts, BOT)
    assert archived["channel"] == DESK


async def test_a_mention_and_a_reaction_are_events_of_their_own(chen: Person, listener: Listener) -> None:
    ts = (await chen.post("@harbourbot look", GENERAL))["ts"]
    await chen.react("eyes", GENERAL, ts)
    await chen.react("eyes", GENERAL, ts, remove=True)

    mention = await listener.event("app_mention")
    added = await listener.event("reaction_added")
    removed = await listener.event("reaction_removed")
    assert mention["text"] == f"<@{BOT}> look"
    assert (added["reaction"], added["item"]) == ("eyes", {"type": "message", "channel": GENERAL, "ts": ts})
    assert removed["user"] == CHEN


async def test_a_mention_in_a_direct_message_is_only_a_message(chen: Person, listener: Listener) -> None:
    room = (await chen.opens_direct(BOT))["id"]

    await chen.post("@harbourbot hello", room)
    await chen.post("in the open", GENERAL)

    assert [event["type"] for event in await listener.events(until="in the open")] == ["message", "message"]


async def test_a_direct_message_reaches_the_bot_and_back(chen: Person, bot: AsyncWebClient, listener: Listener) -> None:
    await bot.chat_postMessage(channel=CHEN, text="a word with you")
    room = (await bot.conversations_open(users=CHEN))["channel"]["id"]
    await listener.event("message")

    await chen.post("yes?", room)

    event = await listener.event("message")
    assert (event["channel_type"], event["channel"], event["text"]) == ("im", room, "yes?")
    assert (await chen.channel("Harbour Bot"))["id"] == room
