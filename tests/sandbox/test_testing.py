"""The fixtures that any app's tests can take: a new Slack for each test, and people who act where they are."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from sandbox.client import NotSeen, Person
from tests.sandbox.apps import Listener
from tests.sandbox.town import CHEN, DESK, LI

People = Callable[[str], Person]
BUTTON = {
    "type": "actions",
    "elements": [{"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Approve"}}],
}
FORM = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Why?"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "why"},
        }
    ],
}


async def sent(listener: Listener, kind: str) -> dict[str, Any]:
    """What the app is sent next of this kind."""
    while True:
        request = await listener.next()
        if request.type == kind:
            return request.payload


async def test_a_person_runs_sees_clicks_and_submits_without_saying_where(
    person: People, bot: AsyncWebClient, listener: Listener
) -> None:
    chen = person(CHEN)

    await chen.run("/echo", "hello")
    ran = await sent(listener, "slash_commands")
    await bot.chat_postMessage(channel=DESK, text="A text waits", blocks=[BUTTON])
    seen = await chen.sees("A text waits")
    await chen.clicks("Approve")
    clicked = await sent(listener, "interactive")
    await bot.views_open(trigger_id=clicked["trigger_id"], view=FORM)
    await chen.sees("Reason")
    await chen.submits({"why": "It is true."})
    submitted = await sent(listener, "interactive")

    assert ran["text"] == "hello" and clicked["message"]["ts"] == seen["ts"]
    assert submitted["view"]["state"]["values"]["why"]["why"]["value"] == "It is true."


@pytest.mark.parametrize("time", [1, 2])
async def test_every_test_has_a_world_of_its_own(slack: Sandbox, person: People, time: int) -> None:
    await person(LI).post(f"Said in test {time}", DESK)

    assert [one["text"] for one in await person(LI).messages(DESK)] == [f"Said in test {time}"]
    assert slack.calls == []


async def test_what_is_nowhere_to_be_seen_is_said_with_what_is(person: People) -> None:
    await person(LI).post("Only this", DESK)

    with pytest.raises(NotSeen, match="'No such thing' in any channel, and saw instead: Only this"):
        await person(LI).sees("No such thing", within=0.05)
