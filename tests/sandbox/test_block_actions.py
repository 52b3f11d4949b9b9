"""Buttons inside cards and containers, selects that ask the app, and rich text in a form: what the app is sent."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox import Sandbox
from sandbox.client import Control, NotSeen, Person, RefusedAction
from tests.sandbox.apps import Listener, answering, bolt_app, impatient, over_socket_mode, silent
from tests.sandbox.town import CHEN, DESK, GENERAL, LI

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(text: str) -> Json:
    return {"type": "button", "action_id": "go", "text": plain(text), "value": text.lower()}


def card(name: str) -> Json:
    return {"type": "card", "block_id": f"card {name}", "title": plain(name), "actions": [button(f"Take {name}")]}


def options(*values: str) -> list[Json]:
    return [{"text": plain(value.title()), "value": value} for value in values]


def form(element: Json, **more: Any) -> Json:
    blocks = [{"type": "input", "block_id": "field", "label": plain("Field"), "element": element, **more}]
    return {"type": "modal", "title": plain("Form"), "submit": plain("Send"), "blocks": blocks}


async def actions_of(listener: Listener) -> Json:
    """The action of the next click; events before it are passed over."""
    while True:
        payload = (await listener.next()).payload
        if payload.get("type") == "block_actions":
            action: Json = payload["actions"][0]
            return action


ROW = {"type": "actions", "block_id": "row", "elements": [button("Inside")]}
NEW: list[tuple[Json, str, str]] = [
    (card("A"), "Take A", "card A"),
    ({"type": "carousel", "elements": [card("A"), card("B")]}, "Take B", "card B"),
    ({"type": "container", "title": plain("Box"), "child_blocks": [{"type": "divider"}, ROW]}, "Inside", "row"),
]


@pytest.mark.parametrize(("block", "label", "block_id"), NEW, ids=["card", "carousel", "container"])
async def test_a_button_inside_another_block_is_sent_with_the_block_that_holds_it(
    block: Json, label: str, block_id: str, chen: Person, bot: AsyncWebClient, listener: Listener
) -> None:
    await bot.chat_postMessage(channel=DESK, text="new", blocks=[block])

    await chen.clicks(label, DESK)

    action = await actions_of(listener)
    assert (action["type"], action["block_id"], action["action_id"]) == ("button", block_id, "go")
    assert action["value"] == label.lower()


async def test_an_input_inside_a_home_is_told_with_the_next_click(
    chen: Person, bot: AsyncWebClient, listener: Listener
) -> None:
    name = {"type": "plain_text_input", "action_id": "name"}
    field = {"type": "input", "block_id": "field", "label": plain("Name"), "element": name}
    box = {"type": "container", "title": plain("Box"), "child_blocks": [field, ROW]}
    home = (await bot.views_publish(user_id=CHEN, view={"type": "home", "blocks": [box]}))["view"]

    await chen._do("click", view_id=home["id"], action_id="go", values={"field": "Quay"})

    values = (await listener.next()).payload["view"]["state"]["values"]
    assert values == {"field": {"name": {"type": "plain_text_input", "value": "Quay"}}}


FEEDBACK = {
    "type": "feedback_buttons",
    "action_id": "opinion",
    "positive_button": {"text": plain("Good"), "value": "+"},
    "negative_button": {"text": plain("Bad"), "value": "-"},
}
TRASH = {
    "type": "icon_button",
    "action_id": "drop",
    "visible_to_user_ids": None,
    "icon": "trash",
    "text": plain("Delete"),
    "value": "7",
}


async def test_an_opinion_is_sent_with_its_value(chen: Person, bot: AsyncWebClient, listener: Listener) -> None:
    blocks = [{"type": "context_actions", "block_id": "under", "elements": [FEEDBACK, TRASH]}]
    await bot.chat_postMessage(channel=DESK, text="answer", blocks=blocks)

    await chen.clicks("Bad", DESK)
    await chen.clicks("Delete", DESK)

    sent = [await actions_of(listener), await actions_of(listener)]
    for action in sent:
        del action["action_ts"]
    named = {"block_id": "under", "action_id": "opinion", "type": "feedback_buttons"}
    assert sent[0] == {**named, "text": plain("Bad"), "value": "-"}
    assert sent[1] == {**named, "action_id": "drop", "type": "icon_button", "text": plain("Delete"), "value": "7",
                       "icon": "trash"}  # fmt: skip
    with pytest.raises(RefusedAction, match="invalid_value"):
        await chen.selects("opinion", "?", DESK)


async def test_an_icon_button_is_there_only_for_whom_it_names(chen: Person, li: Person, bot: AsyncWebClient) -> None:
    blocks = [{"type": "context_actions", "elements": [{**TRASH, "visible_to_user_ids": [LI]}]}]
    ts = (await bot.chat_postMessage(channel=DESK, text="answer", blocks=blocks))["ts"]

    with pytest.raises(NotSeen):
        await chen.clicks("Delete", DESK, within=0.1)
    with pytest.raises(RefusedAction, match="action_not_found"):
        await chen._do("click", channel=DESK, ts=ts, action_id="drop")


async def test_a_workflow_button_starts_nothing_and_says_so(chen: Person, bot: AsyncWebClient) -> None:
    workflow = {"trigger": {"url": "https://slack.example/shortcuts/1"}}
    start = {"type": "workflow_button", "action_id": "w", "text": plain("Start"), "workflow": workflow}
    await bot.chat_postMessage(channel=DESK, text="x", blocks=[{"type": "actions", "elements": [start]}])

    with pytest.raises(RefusedAction, match="workflow_not_found"):
        await chen.clicks("Start", DESK)


async def test_what_the_new_blocks_say_is_read(chen: Person, bot: AsyncWebClient) -> None:
    task = {"type": "task_card", "task_id": "t", "title": "Ask the insurer", "status": "complete"}
    cells = [[{"type": "raw_text", "text": "Cases"}], [{"type": "raw_number", "value": 42}]]
    pie = {"type": "pie", "segments": [{"label": "Open", "value": 3}]}
    said: list[Json] = [
        {"type": "plan", "title": "What is done", "tasks": [task]},
        {"type": "data_table", "caption": "All cases", "rows": cells},
        {"type": "data_visualization", "title": "By state", "chart": pie},
        {"type": "container", "title": plain("Two parties"), "child_blocks": [{"type": "header", "text": plain("Us")}]},
    ]
    await bot.chat_postMessage(channel=DESK, text="x", blocks=said)

    for text in ("What is done", "Ask the insurer", "All cases", "42", "By state", "Open", "Two parties", "Us"):
        await chen.sees(text, DESK)


async def test_titles_count_in_the_text_of_all_blocks(bot: AsyncWebClient) -> None:
    def four(length: int) -> list[Json]:
        tasks = [{"task_id": str(number), "title": "x" * length, "status": "pending"} for number in range(4)]
        return [{"type": "plan", "title": "Four", "tasks": tasks}]

    await bot.chat_postMessage(channel=DESK, text="x", blocks=four(2999))
    with pytest.raises(SlackApiError, match="msg_blocks_too_long"):
        await bot.chat_postMessage(channel=DESK, text="x", blocks=four(3000))


SELECT = {"type": "external_select", "action_id": "outlet", "min_query_length": 2}


async def test_an_external_select_asks_the_app_for_its_options(
    chen: Person, bot: AsyncWebClient, listener: Listener
) -> None:
    blocks = [{"type": "actions", "block_id": "row", "elements": [SELECT]}]
    ts = (await bot.chat_postMessage(channel=DESK, text="x", blocks=blocks))["ts"]
    await listener.event("message")
    listener.answer = answering({"options": options("quay", "quarry")})

    assert await chen.suggestions("outlet", "q", DESK) == []
    assert await chen.suggestions("outlet", "qu", DESK) == options("quay", "quarry")

    asked = (await listener.next()).payload
    assert (asked["type"], asked["action_id"], asked["block_id"], asked["value"]) == (
        "block_suggestion", "outlet", "row", "qu",
    )  # fmt: skip
    assert asked["container"] == {"type": "message", "message_ts": ts, "channel_id": DESK, "is_ephemeral": False}
    assert (asked["user"]["id"], asked["channel"]["id"], asked["message"]["ts"]) == (CHEN, DESK, ts)
    assert not {"trigger_id", "response_url", "actions", "state"} & asked.keys()

    await chen.selects("outlet", "quarry", DESK)
    assert (await actions_of(listener))["selected_option"] == options("quarry")[0]
    with pytest.raises(RefusedAction, match="invalid_value"):
        await chen.selects("outlet", "harbour", DESK)


async def test_a_form_takes_what_was_suggested_in_groups_and_what_it_began_with(
    slack: Sandbox, chen: Person, bot: AsyncWebClient
) -> None:
    app = bolt_app(slack)
    sent: list[Json] = []

    @app.command("/echo")
    async def opens(ack: Any, client: Any, body: Json) -> None:
        await ack()
        element = {"type": "multi_external_select", "action_id": "outlets", "initial_options": options("bund")}
        await client.views_open(trigger_id=body["trigger_id"], view={**form(element), "callback_id": "form"})

    @app.options("outlets")
    async def offers(ack: Any, payload: Json) -> None:
        await ack(option_groups=[{"label": plain("North"), "options": options(f"{payload['value']} road")}])

    @app.view("form")
    async def takes(ack: Any, view: Json) -> None:
        sent.append(view["state"]["values"]["field"]["outlets"])
        await ack()

    async with over_socket_mode(app):
        await chen.run("/echo", channel=GENERAL)
        assert await chen.suggestions("outlets", "long", view=await chen.view()) == options("long road")
        await chen.suggestions("outlets", "short")
        await chen.submits({"field": ["long road", "short road", "bund"]})

    chosen = options("long road", "short road", "bund")
    assert sent == [{"type": "multi_external_select", "selected_options": chosen}]


@pytest.mark.parametrize(
    "answer",
    [{}, {"options": options(*map(str, range(101)))}, {"options": [{"text": "Quay"}]}, {"options": [],
     "option_groups": []}, {"options": options("twice") * 2}],
    ids=["nothing", "101 options", "not an option", "both", "one value twice"],
)  # fmt: skip
async def test_bad_suggestions_fail_for_the_person(
    answer: Json, chen: Person, bot: AsyncWebClient, listener: Listener
) -> None:
    await bot.chat_postMessage(channel=DESK, text="x", blocks=[{"type": "actions", "elements": [SELECT, button("Go")]}])
    listener.answer = answering(answer)

    with pytest.raises(RefusedAction, match="invalid_suggestions"):
        await chen.suggestions("outlet", "quay", DESK)
    with pytest.raises(RefusedAction, match="action_not_found"):
        await chen.suggestions("go", "quay", DESK)


@impatient
async def test_an_app_that_suggests_nothing_in_time_is_waited_for_no_longer(
    chen: Person, bot: AsyncWebClient, listener: Listener
) -> None:
    await bot.chat_postMessage(channel=DESK, text="x", blocks=[{"type": "actions", "elements": [SELECT]}])
    listener.answer = silent

    with pytest.raises(RefusedAction, match="operation_timeout"):
        await chen.suggestions("outlet", "quay", DESK)


def rich(*spans: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(spans)}]}


BOLD = rich({"type": "text", "text": "now", "style": {"bold": True}})


@pytest.mark.parametrize(
    ("given", "arrives"),
    [
        ("at <once> & all", rich({"type": "text", "text": "at <once> & all"})),
        (BOLD, BOLD),
        (None, rich({"type": "text", "text": "as it was"})),
    ],
    ids=["typed", "formatted", "left alone"],
)
async def test_rich_text_in_a_form_arrives_as_rich_text(
    given: str | Json | None, arrives: Json, chen: Person, bot: AsyncWebClient, listener: Listener
) -> None:
    element = {
        "type": "rich_text_input",
        "action_id": "text",
        "initial_value": rich({"type": "text", "text": "as it was"}),
    }
    await chen.run("/echo", channel=GENERAL)
    trigger_id = (await listener.next()).payload["trigger_id"]
    await bot.views_open(trigger_id=trigger_id, view=form(element))

    await chen.submits({} if given is None else {"field": given})

    values = (await listener.next()).payload["view"]["state"]["values"]
    assert values == {"field": {"text": {"type": "rich_text_input", "rich_text_value": arrives}}}


async def test_rich_text_has_to_be_there_and_to_be_rich_text(
    control: Control, chen: Person, bot: AsyncWebClient, listener: Listener
) -> None:
    await chen.run("/echo", channel=GENERAL)
    trigger_id = (await listener.next()).payload["trigger_id"]
    await bot.views_open(trigger_id=trigger_id, view=form({"type": "rich_text_input", "action_id": "text"}))

    assert (await chen.submits({"field": "  "})).errors.keys() == {"field"}
    with pytest.raises(RefusedAction, match="invalid_value"):
        await chen.submits({"field": {"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}})


async def test_a_form_brings_a_response_url_for_the_room_that_was_chosen(
    chen: Person, bot: AsyncWebClient, listener: Listener
) -> None:
    element = {"type": "conversations_select", "action_id": "room", "response_url_enabled": True}
    await chen.run("/echo", channel=GENERAL)
    trigger_id = (await listener.next()).payload["trigger_id"]
    await bot.views_open(trigger_id=trigger_id, view=form(element))

    await chen.submits({"field": DESK})

    [given] = (await listener.next()).payload["response_urls"]
    address = given.pop("response_url")
    assert given == {"block_id": "field", "action_id": "room", "channel_id": DESK}
    await AsyncWebhookClient(address).send(text="done", response_type="in_channel")
    await chen.sees("done", DESK)
