"""A real Bolt app, over Socket Mode and over signed HTTP, played through by people: the same scenes both ways."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from sandbox.client import Control, Person, RefusedAction
from tests.ports import free_port
from tests.sandbox.apps import bolt_app, over_http, over_socket_mode
from tests.sandbox.town import CHEN, DESK, GENERAL, LI, town

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def card(text: str) -> list[Json]:
    overflow = {"type": "overflow", "action_id": "more", "options": [{"text": plain("Details"), "value": "details"}]}
    mine = {"type": "button", "action_id": "mine", "text": plain("Mine"), "value": "1", "style": "primary"}
    section = {"type": "section", "block_id": "head", "text": {"type": "mrkdwn", "text": text}, "accessory": overflow}
    return [section, {"type": "actions", "block_id": "row", "elements": [mine]}]


FORM: Json = {
    "type": "modal",
    "callback_id": "report",
    "title": plain("Report"),
    "submit": plain("Send"),
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "what",
            "label": plain("What"),
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


def listen_to_commands_and_clicks(app: AsyncApp) -> None:
    @app.command("/echo")
    async def echo(ack: AsyncAck, command: Json, client: AsyncWebClient) -> None:
        await ack()
        if command["text"] == "form":
            await client.views_open(trigger_id=command["trigger_id"], view=FORM)
        else:
            await client.chat_postMessage(channel=DESK, text=command["text"], blocks=card(command["text"]))

    @app.command("/mute")
    async def fail(command: Json) -> None:
        raise RuntimeError("before the ack")

    @app.action("mine")
    async def take(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        await ack()
        text = f"<@{body['user']['id']}> took {body['actions'][0]['value']}"
        await respond(text=text, blocks=card(text), replace_original=True)

    @app.action("more")
    async def details(ack: AsyncAck, action: Json, respond: AsyncRespond) -> None:
        await ack()
        await respond(f"you chose {action['selected_option']['value']}")


def listen_to_forms_and_shortcuts(app: AsyncApp) -> None:
    @app.view("report")
    async def report(ack: AsyncAck, view: Json, client: AsyncWebClient) -> None:
        what = view["state"]["values"]["what"]["text"]["value"]
        if what == "?":
            await ack(response_action="errors", errors={"what": "Say more."})
            return
        await ack()
        await client.chat_postMessage(channel=DESK, text=f"reported: {what}")

    @app.view_closed("report")
    async def gave_up(ack: AsyncAck, client: AsyncWebClient) -> None:
        await ack()
        await client.chat_postMessage(channel=DESK, text="gave up")

    @app.shortcut("keep")
    async def keep(ack: AsyncAck, shortcut: Json, respond: AsyncRespond) -> None:
        await ack()
        await respond(f"kept: {shortcut['message']['text']}")

    @app.shortcut("report")
    async def open_report(ack: AsyncAck, shortcut: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=FORM)


def listen_to_events(app: AsyncApp) -> None:
    @app.event("message")
    async def hear(event: Json, client: AsyncWebClient) -> None:
        if event.get("text", "").startswith("ping"):
            await client.chat_postMessage(channel=event["channel"], text=f"pong {event['user']}", thread_ts=event["ts"])

    @app.event("app_home_opened")
    async def home(event: Json, client: AsyncWebClient) -> None:
        blocks = [{"type": "section", "text": plain("Your desk")}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})


@pytest.fixture(params=["socket mode", "signed http"])
async def control(request: pytest.FixtureRequest) -> AsyncIterator[Control]:
    port = free_port()
    by_socket = request.param == "socket mode"
    config = town() if by_socket else town(request_url=f"http://127.0.0.1:{port}/slack/events")
    async with Sandbox(config) as slack, Control(slack.url) as connected:
        app = bolt_app(slack)
        for listen in (listen_to_commands_and_clicks, listen_to_forms_and_shortcuts, listen_to_events):
            listen(app)
        async with over_socket_mode(app) if by_socket else over_http(app, port):
            yield connected


async def test_a_command_posts_a_card_whose_button_replaces_it(chen: Person, li: Person) -> None:
    assert await chen.run("/echo", "Claim 7", channel=GENERAL) is None

    await li.sees("Claim 7", DESK)
    await li.clicks("Mine", DESK)

    taken = await chen.sees(f"<@{LI}> took 1", DESK)
    assert [one["text"] for one in await chen.messages(DESK)] == [taken["text"]]


async def test_an_overflow_is_chosen_by_its_text_and_answered_to_one_person(chen: Person, li: Person) -> None:
    await chen.run("/echo", "Claim 7", channel=GENERAL)

    await chen.clicks("Details", DESK)

    assert (await chen.sees("you chose details", DESK))["ephemeral"] is True
    await li.never_sees("you chose details", DESK, within=0.05)


async def test_a_form_is_refused_corrected_and_sent(chen: Person) -> None:
    await chen.run("/echo", "form", channel=GENERAL)
    await chen.view("Report")

    refused = await chen.submits({"what": "?"})
    sent = await chen.submits({"what": "a leak"})

    assert (refused.errors, sent.errors, sent.views) == ({"what": "Say more."}, {}, [])
    await chen.sees("reported: a leak", DESK)


async def test_a_form_given_up_is_noticed(chen: Person) -> None:
    await chen.shortcut("report")

    await chen.close(await chen.view())

    await chen.sees("gave up", DESK)


async def test_a_shortcut_on_a_message_brings_the_message(chen: Person) -> None:
    message = await chen.post("worth keeping", DESK)

    await chen.shortcut("keep", message, DESK)

    await chen.sees("kept: worth keeping", DESK)


async def test_a_message_is_heard_and_answered_in_its_thread(chen: Person) -> None:
    message = await chen.post("ping", DESK)

    answer = await chen.sees(f"pong {CHEN}", DESK, thread_ts=message["ts"])

    assert answer["thread_ts"] == message["ts"]


async def test_home_shows_what_the_app_published(chen: Person) -> None:
    await chen.opens_home("A0APP", "Your desk")


async def test_an_exception_before_the_ack_is_a_failure_on_the_screen(chen: Person) -> None:
    with pytest.raises(RefusedAction, match=r"dispatch_failed|operation_timeout"):
        await chen.run("/mute", channel=GENERAL)
