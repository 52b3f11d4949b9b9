"""The record as a bot can read it back: windows, pages, threads, metadata, and what deleting leaves."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from sandbox.client import Person
from tests.sandbox.town import ADMIN, BOT, CHEN, DESK, LI, WANG, town

Json = dict[str, Any]


@pytest.fixture
async def stamps(bot: AsyncWebClient) -> list[str]:
    """Five messages, oldest first."""
    return [(await bot.chat_postMessage(channel=DESK, text=str(number)))["ts"] for number in range(5)]


async def texts(bot: AsyncWebClient, **window: Any) -> list[str]:
    return [one["text"] for one in (await bot.conversations_history(channel=DESK, **window))["messages"]]


async def test_history_is_newest_first_and_its_bounds_are_open_unless_inclusive(
    bot: AsyncWebClient, stamps: list[str]
) -> None:
    assert await texts(bot) == ["4", "3", "2", "1", "0"]
    assert await texts(bot, oldest=stamps[1], latest=stamps[3]) == ["2"]
    assert await texts(bot, oldest=stamps[1], latest=stamps[3], inclusive=True) == ["3", "2", "1"]
    assert await texts(bot, latest=stamps[2], inclusive=True, limit=1) == ["2"]
    assert await texts(bot, oldest=stamps[4]) == []


async def test_a_page_says_whether_there_is_more(bot: AsyncWebClient, stamps: list[str]) -> None:
    first = await bot.conversations_history(channel=DESK, limit=4)
    last = await bot.conversations_history(channel=DESK, limit=4, cursor=first["response_metadata"]["next_cursor"])

    assert (first["has_more"], len(first["messages"])) == (True, 4)
    assert (last["has_more"], [one["text"] for one in last["messages"]]) == (False, ["0"])
    assert "response_metadata" not in last.data


async def test_a_cursor_outlives_the_message_it_stands_at(bot: AsyncWebClient, stamps: list[str]) -> None:
    first = await bot.conversations_history(channel=DESK, limit=2)
    await bot.chat_delete(channel=DESK, ts=stamps[4])
    await bot.chat_delete(channel=DESK, ts=stamps[2])

    assert await texts(bot, limit=2, cursor=first["response_metadata"]["next_cursor"]) == ["1", "0"]


async def test_a_cursor_outlives_the_member_it_stands_at(bot: AsyncWebClient) -> None:
    room = (await bot.conversations_create(name="paged", is_private=True))["channel"]["id"]
    await bot.conversations_invite(channel=room, users=[ADMIN, WANG, LI, CHEN])
    first = await bot.conversations_members(channel=room, limit=2)
    await bot.conversations_kick(channel=room, user=first["members"][0])
    await bot.conversations_kick(channel=room, user=WANG)

    second = await bot.conversations_members(channel=room, limit=2, cursor=first["response_metadata"]["next_cursor"])

    assert (first["members"], second["members"]) == ([CHEN, LI], [ADMIN, BOT])


async def test_a_cursor_outlives_the_room_it_stands_at(bot: AsyncWebClient, chen: Person) -> None:
    kinds: Json = {"types": "public_channel,private_channel", "limit": 1}
    first = await bot.conversations_list(**kinds)
    await chen.kick(BOT, DESK)

    second = await bot.conversations_list(**kinds, cursor=first["response_metadata"]["next_cursor"])

    assert [one["channels"][0]["name"] for one in (first, second)] == ["general", "quay"]


async def test_metadata_is_told_only_when_asked_for(bot: AsyncWebClient) -> None:
    metadata = {"event_type": "outbox", "event_payload": {"id": "17"}}
    ts = (await bot.chat_postMessage(channel=DESK, text="x", metadata=metadata))["ts"]

    plain = (await bot.conversations_history(channel=DESK))["messages"][0]
    full = (await bot.conversations_history(channel=DESK, include_all_metadata=True))["messages"][0]
    await bot.chat_update(channel=DESK, ts=ts, text="y")
    kept = (await bot.conversations_replies(channel=DESK, ts=ts, include_all_metadata=True))["messages"][0]

    assert "metadata" not in plain
    assert (full["metadata"], kept["metadata"]) == (metadata, metadata)
    await bot.chat_update(channel=DESK, ts=ts, text="z", metadata={})
    cleared = (await bot.conversations_replies(channel=DESK, ts=ts, include_all_metadata=True))["messages"][0]
    assert "metadata" not in cleared


async def test_replies_stay_in_their_thread_and_the_parent_counts_them(bot: AsyncWebClient, chen: Person) -> None:
    parent = (await bot.chat_postMessage(channel=DESK, text="question"))["ts"]
    await chen.post("answer", DESK, thread_ts=parent)
    await bot.chat_postMessage(channel=DESK, text="thanks", thread_ts=parent)

    history = (await bot.conversations_history(channel=DESK))["messages"]
    thread = (await bot.conversations_replies(channel=DESK, ts=parent))["messages"]

    assert [one["text"] for one in history] == ["question"]
    assert (history[0]["reply_count"], history[0]["reply_users"]) == (2, [CHEN, BOT])
    assert history[0]["latest_reply"] == thread[2]["ts"]
    assert [one["text"] for one in thread] == ["question", "answer", "thanks"]
    assert (thread[1]["thread_ts"], thread[1]["parent_user_id"]) == (parent, BOT)


async def test_a_reply_can_be_sent_to_the_channel_too(bot: AsyncWebClient) -> None:
    parent = (await bot.chat_postMessage(channel=DESK, text="question"))["ts"]

    await bot.chat_postMessage(channel=DESK, text="for all", thread_ts=parent, reply_broadcast=True)

    assert await texts(bot) == ["for all", "question"]


async def test_deleting_a_parent_leaves_a_tombstone_over_its_replies(bot: AsyncWebClient) -> None:
    parent = (await bot.chat_postMessage(channel=DESK, text="question"))["ts"]
    await bot.chat_postMessage(channel=DESK, text="answer", thread_ts=parent)

    await bot.chat_delete(channel=DESK, ts=parent)

    thread = (await bot.conversations_replies(channel=DESK, ts=parent))["messages"]
    assert [(one.get("subtype"), one["text"]) for one in thread] == [
        ("tombstone", "This message was deleted."), (None, "answer"),
    ]  # fmt: skip
    assert (thread[0]["user"], thread[0]["reply_count"]) == ("USLACKBOT", 1)


async def test_a_deleted_message_is_gone_from_history_and_pins(bot: AsyncWebClient, stamps: list[str]) -> None:
    await bot.pins_add(channel=DESK, timestamp=stamps[0])

    await bot.chat_delete(channel=DESK, ts=stamps[0])

    assert "0" not in await texts(bot)
    assert (await bot.pins_list(channel=DESK))["items"] == []


async def test_times_follow_the_worlds_clock_and_never_repeat() -> None:
    async with Sandbox(town(), clock=lambda: 1_800_000_000.0) as slack:
        bot = AsyncWebClient("xoxb-sandbox-bot", base_url=slack.api_url)
        stamps = [(await bot.chat_postMessage(channel=DESK, text="x"))["ts"] for _ in range(20)]

    assert stamps == sorted(set(stamps))
    assert all(ts.startswith("1800000000.") for ts in stamps)


async def test_an_ephemeral_message_is_in_no_history(bot: AsyncWebClient, chen: Person, li: Person) -> None:
    await bot.chat_postEphemeral(channel=DESK, user=LI, text="only you")

    assert await texts(bot) == []
    assert (await li.sees("only you", DESK))["ephemeral"] is True
    await chen.never_sees("only you", DESK, within=0.05)


async def test_long_text_is_cut_as_slack_cuts_it(bot: AsyncWebClient) -> None:
    answer = await bot.chat_postMessage(channel=DESK, text="x" * 40_001)

    assert len(answer["message"]["text"]) == 40_000
