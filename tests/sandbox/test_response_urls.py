"""response_url: five answers within half an hour, in a room where the bot need not be."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox import Sandbox
from sandbox.client import Person
from sandbox.response_urls import LIFETIME_SECONDS, ResponseRefused, ResponseUrls
from tests.sandbox.apps import Listener
from tests.sandbox.town import CHEN, CLOSED, DESK, GENERAL, installation

CARD: list[dict[str, Any]] = [
    {
        "type": "actions",
        "elements": [{"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}],
    }
]


async def _respond(url: str, **body: Any) -> tuple[int, str]:
    answer = await AsyncWebhookClient(url).send_dict(body)
    return answer.status_code, answer.body


async def test_five_answers_and_no_sixth(chen: Person, listener: Listener) -> None:
    await chen.run("/echo", channel=GENERAL)
    url = (await listener.next()).payload["response_url"]

    answers = [await _respond(url, text=str(number)) for number in range(6)]

    assert answers[:5] == [(200, "ok")] * 5
    assert (answers[5][0], "used_url" in answers[5][1]) == (404, True)
    assert [one["text"] for one in await chen.messages(GENERAL)] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "image", "alt_text": "x", "slack_file": {"id": "F0NONE"}}]}, "invalid_blocks"),
        ({"attachments": [{"blocks": [{"type": "section"}]}]}, "invalid_blocks"),
        ({"attachments": "x"}, "invalid_attachments"),
        ({"text": 5, "response_type": "in_channel"}, "invalid_payload"),
        ({"text": "x", "thread_ts": []}, "invalid_payload"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"response_type": "in_channel"}, "no_text"),
    ],
)
async def test_a_bad_answer_is_refused_and_costs_nothing(
    chen: Person, listener: Listener, body: dict[str, Any], error: str
) -> None:
    await chen.run("/echo", channel=GENERAL)
    url = (await listener.next()).payload["response_url"]

    refused = [await _respond(url, **body) for _ in range(6)]

    assert {status for status, _ in refused} == {404}
    assert error in refused[0][1]
    assert await _respond(url, text="fine") == (200, "ok")
    assert [one["text"] for one in await chen.messages(GENERAL)] == ["fine"]


async def test_a_long_answer_is_cut_like_any_message(chen: Person, listener: Listener) -> None:
    await chen.run("/echo", channel=GENERAL)

    await _respond((await listener.next()).payload["response_url"], text="x" * 40_001)

    assert [len(one["text"]) for one in await chen.messages(GENERAL)] == [40_000]


@pytest.mark.parametrize(
    "body", [{"text": "x"}, {"text": "x", "replace_original": True}, {"delete_original": True}], ids=str
)
async def test_an_archived_room_takes_no_answer(
    chen: Person, bot: AsyncWebClient, listener: Listener, body: dict[str, Any]
) -> None:
    await bot.chat_postMessage(channel=DESK, text="card", blocks=CARD)
    await listener.event("message")
    await chen.clicks("Go", DESK)
    url = (await listener.next()).payload["response_url"]
    await chen.archive(DESK)

    status, answer = await _respond(url, **body)

    assert (status, "is_archived" in answer) == (404, True)
    texts = [one["text"] for one in await chen.messages(DESK)]
    assert "card" in texts and "x" not in texts


def test_an_address_dies_after_thirty_minutes(slack: Sandbox) -> None:
    now = [0.0]
    urls = ResponseUrls(slack.world, slack.views, monotonic=lambda: now[0])
    app, room = installation(slack), slack.world.channels[GENERAL]
    secret = urls.issue(app, room, CHEN).rpartition("/")[2]

    now[0] = LIFETIME_SECONDS
    urls.use(secret, {"text": "just in time"})
    now[0] += 1

    try:
        urls.use(secret, {"text": "too late"})
    except ResponseRefused as refused:
        assert str(refused) == "expired_url"
    else:
        raise AssertionError("an expired address was taken")


async def test_an_answer_can_be_for_all_where_the_bot_is_not(chen: Person, li: Person, listener: Listener) -> None:
    await chen.run("/echo", channel=CLOSED)
    url = (await listener.next()).payload["response_url"]

    await _respond(url, text="hidden")
    await _respond(url, text="shown", response_type="in_channel")

    shown = {one["text"]: one.get("ephemeral", False) for one in await chen.messages(CLOSED)}
    assert shown == {"hidden": True, "shown": False}


async def test_an_answer_can_stand_in_a_thread(chen: Person, listener: Listener) -> None:
    parent = (await chen.post("question", DESK))["ts"]
    await chen.run("/echo", channel=DESK)
    await listener.event("message")
    url = (await listener.next()).payload["response_url"]

    await _respond(url, text="in the thread", thread_ts=parent)

    assert [one["text"] for one in await chen.messages(DESK)] == ["question"]
    await chen.sees("in the thread", DESK, thread_ts=parent)


async def test_the_message_that_was_clicked_can_be_replaced_or_deleted(
    chen: Person, bot: AsyncWebClient, listener: Listener
) -> None:
    await bot.chat_postMessage(channel=DESK, text="one", blocks=CARD)
    await bot.chat_postEphemeral(channel=DESK, user=CHEN, text="two", blocks=CARD, attachments=[{"text": "old"}])
    await chen.clicks("Go", DESK)
    await chen.clicks("Go", DESK, nth=1)
    await listener.event("message")
    ephemeral, public = [(await listener.next()).payload["response_url"] for _ in range(2)]

    await _respond(ephemeral, text="two, done", replace_original=True)
    await _respond(public, delete_original=True)

    left = await chen.messages(DESK)
    assert [(one["text"], one["ephemeral"]) for one in left] == [("two, done", True)]
    assert not {"blocks", "attachments"} & set(left[0])
