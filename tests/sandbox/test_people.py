"""The control API: a program acts as a person, meets that person's limits, and sees what that person sees."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from sandbox.client import Control, NotSeen, Person, RefusedAction
from tests.sandbox.apps import Listener, error_of, impatient, silent
from tests.sandbox.town import ADMIN, BOT, CHEN, CLOSED, DESK, GENERAL, LI, QUAY, WANG, town

Json = dict[str, Any]
SANDBOX = Path(__file__).parents[2] / "sandbox"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


BUTTON = {"type": "button", "action_id": "go", "text": plain("Go"), "value": "7"}
PICKER = {"type": "users_select", "action_id": "who"}
CARD = [{"type": "actions", "block_id": "row", "elements": [BUTTON, PICKER]}]


async def test_the_world_is_told_as_the_readme_says(control: Control) -> None:
    world = await control.world()

    assert (world["teams"][0]["name"], world["speed"]) == ("Harbour Joint", 1.0)
    assert {"id": CHEN, "name": "chen.wei"}.items() <= world["people"][0].items()
    assert (world["apps"][0]["bot_user_id"], world["apps"][0]["commands"][0]["command"]) == (BOT, "/echo")
    assert isinstance(world["now"], float)


async def test_a_person_sees_own_rooms_and_public_ones(chen: Person, li: Person) -> None:
    assert {one["name"]: one["is_member"] for one in await chen.channels()} == {
        "general": True, "complaints": True, "closed-door": True, "quay": True,
    }  # fmt: skip
    assert {one["name"]: one["is_member"] for one in await li.channels()} == {
        "general": True, "complaints": True, "quay": False,
    }  # fmt: skip


async def test_what_a_person_may_not_is_refused_in_a_sentence(
    control: Control, chen: Person, li: Person, bot: AsyncWebClient
) -> None:
    wang, admin = control.person(WANG), control.person(ADMIN)
    ts = (await bot.chat_postMessage(channel=DESK, text="card", blocks=CARD))["ts"]
    mine = (await chen.post("mine", GENERAL))["ts"]
    refusals: dict[str, Callable[[], Awaitable[object]]] = {
        "channel_not_found": lambda: wang.post("x", DESK),
        "not_in_channel": lambda: li.post("x", QUAY),
        "msg_too_long": lambda: chen.post("x" * 12_001, GENERAL),
        "invalid_name": lambda: chen.react("NOT AN EMOJI!", GENERAL, mine),
        "cant_update_message": lambda: li.edit(GENERAL, mine, "x"),
        "cant_delete_message": lambda: li.delete(GENERAL, mine),
        "method_not_supported_for_channel_type": lambda: li.join(DESK),
        "message_not_found": lambda: chen.react("eyes", GENERAL, "1.000001"),
        "action_not_found": lambda: chen._do("click", channel=DESK, ts=ts, action_id="none"),
        "user_not_found": lambda: control.person("U0NOBODY").post("x", GENERAL),
        "thread_not_found": lambda: chen.post("x", GENERAL, thread_ts="1.000001"),
        "no_text": lambda: chen.post("  ", GENERAL),
        "already_in_channel": lambda: chen.invite(LI, DESK),
        "cant_leave_general": lambda: chen.leave(GENERAL),
        "shortcut_not_found": lambda: chen.shortcut("nothing"),
        "app_not_found": lambda: chen.opens_home("A0NONE"),
    }

    for code, act in refusals.items():
        with pytest.raises(RefusedAction) as refused:
            await act()
        assert refused.value.code == code

    await admin.delete(GENERAL, mine)
    assert await chen.messages(GENERAL) == []


@pytest.mark.parametrize(("text", "code"), [("  ", "no_text"), ("x" * 12_001, "msg_too_long")])
async def test_an_edit_keeps_to_what_can_be_posted(chen: Person, text: str, code: str) -> None:
    ts = (await chen.post("x" * 12_000, GENERAL))["ts"]

    with pytest.raises(RefusedAction) as refused:
        await chen.edit(GENERAL, ts, text)

    assert (refused.value.code, len((await chen.messages(GENERAL))[0]["text"])) == (code, 12_000)


async def test_the_words_beside_a_file_can_be_taken_away(chen: Person) -> None:
    await chen.upload("a.txt", b"x", GENERAL, text="the list")
    ts = (await chen.messages(GENERAL))[0]["ts"]

    assert (await chen.edit(GENERAL, ts, ""))["text"] == ""


@pytest.mark.parametrize("name", ["", ":", "NOT AN EMOJI!", "_", "eyes::skin-tone-9", "x" * 101])
async def test_a_reaction_has_an_emojis_name(chen: Person, bot: AsyncWebClient, name: str) -> None:
    ts = (await chen.post("x", GENERAL))["ts"]

    with pytest.raises(RefusedAction, match="invalid_name"):
        await chen.react(name, GENERAL, ts)
    assert await error_of(bot, "reactions.add", channel=GENERAL, timestamp=ts, name=name) == "invalid_name"
    await chen.react(":+1::skin-tone-2:", GENERAL, ts)


async def test_a_command_is_run_only_by_a_member(chen: Person, li: Person, listener: Listener) -> None:
    with pytest.raises(RefusedAction, match="not_in_channel"):
        await li.run("/echo", channel=QUAY)

    await chen.run("/echo", channel=QUAY)


async def test_a_click_brings_the_whole_payload(chen: Person, bot: AsyncWebClient, listener: Listener) -> None:
    ts = (await bot.chat_postMessage(channel=DESK, text="card", blocks=CARD))["ts"]

    await chen.selects("who", LI, DESK)
    await chen.clicks("Go", DESK)

    await listener.event("message")
    chosen, clicked = (await listener.next()).payload, (await listener.next()).payload
    assert chosen["actions"][0]["selected_user"] == LI
    assert (clicked["type"], clicked["is_enterprise_install"], clicked["api_app_id"]) == (
        "block_actions", False, "A0APP",
    )  # fmt: skip
    assert clicked["container"] == {"type": "message", "message_ts": ts, "channel_id": DESK, "is_ephemeral": False}
    assert clicked["channel"] == {"id": DESK, "name": "privategroup"}
    assert (clicked["message"]["ts"], clicked["team"]["domain"]) == (ts, "harbour-joint")
    assert clicked["state"]["values"] == {"row": {"who": {"type": "users_select", "selected_user": LI}}}
    action = clicked["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"], action["text"]) == ("go", "row", "7", plain("Go"))
    assert float(action["action_ts"]) > float(ts)


async def test_a_click_on_an_ephemeral_message_brings_no_message(
    chen: Person, bot: AsyncWebClient, listener: Listener
) -> None:
    await bot.chat_postEphemeral(channel=DESK, user=CHEN, text="for you", blocks=CARD)

    await chen.clicks("Go", DESK)

    payload = (await listener.next()).payload
    assert (payload["container"]["is_ephemeral"], "message" in payload) == (True, False)


async def test_one_persons_ephemeral_message_is_not_anothers(chen: Person, li: Person, bot: AsyncWebClient) -> None:
    ts = (await bot.chat_postEphemeral(channel=DESK, user=CHEN, text="for you", blocks=CARD))["message_ts"]

    with pytest.raises(RefusedAction, match="message_not_found"):
        await li._do("click", channel=DESK, ts=ts, action_id="go")
    with pytest.raises(RefusedAction, match="message_not_found"):
        await li.delete(DESK, ts)
    await chen.delete(DESK, ts)
    assert await chen.messages(DESK) == []


async def test_a_picker_offers_only_who_exists(chen: Person, bot: AsyncWebClient, listener: Listener) -> None:
    await bot.chat_postMessage(channel=DESK, text="card", blocks=CARD)
    home = (await bot.views_publish(user_id=CHEN, view={"type": "home", "blocks": CARD}))["view"]

    for place in ({"channel": DESK}, {"view": home}):
        with pytest.raises(RefusedAction, match="invalid_value"):
            await chen.selects("who", "U0NOBODY", **place)


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ({"type": "multi_users_select", "max_selected_items": 1}, [LI, WANG]),
        ({"type": "multi_users_select"}, [LI, LI]),
        ({"type": "plain_text_input", "max_length": 3}, "four"),
        ({"type": "users_select"}, {"id": LI}),
    ],
)
async def test_a_click_brings_only_what_the_client_lets_one_choose(
    chen: Person, bot: AsyncWebClient, listener: Listener, element: Json, value: Any
) -> None:
    block = {"type": "input", "label": plain("a"), "element": {**element, "action_id": "it"}, "dispatch_action": True}
    home = (await bot.views_publish(user_id=CHEN, view={"type": "home", "blocks": [block]}))["view"]
    await bot.chat_postMessage(channel=DESK, text="card", blocks=[block])

    for place in ({"channel": DESK}, {"view": home}):
        with pytest.raises(RefusedAction, match="invalid_value"):
            await chen.selects("it", value, **place)


async def test_an_input_is_silent_unless_it_dispatches(chen: Person, bot: AsyncWebClient, listener: Listener) -> None:
    text = {"type": "plain_text_input", "action_id": "quiet"}
    quiet = {"type": "input", "block_id": "a", "label": plain("a"), "element": text}
    loud = {**quiet, "block_id": "b", "element": {**text, "action_id": "loud"}, "dispatch_action": True}
    home = (await bot.views_publish(user_id=CHEN, view={"type": "home", "blocks": [quiet, loud]}))["view"]

    await chen.selects("quiet", "x", view=home)
    await chen.selects("loud", "y", view=home)

    payload = (await listener.next()).payload
    assert (payload["actions"][0]["action_id"], payload["actions"][0]["value"]) == ("loud", "y")
    assert payload["view"]["state"]["values"]["a"]["quiet"]["value"] == "x"


@pytest.mark.parametrize(
    ("app", "code"),
    [({"messages_tab": False}, "messages_tab_disabled"), ({"home_tab": False}, "not_enabled")],
)
async def test_what_the_manifest_turns_off_is_off(app: Json, code: str) -> None:
    async with Sandbox(town(**app)) as slack, Control(slack.url) as control:
        chen = control.person(CHEN)
        room = (await chen.opens_direct(BOT))["id"]

        with pytest.raises(RefusedAction) as refused:
            await (chen.post("hello", room) if code == "messages_tab_disabled" else chen.opens_home("A0APP"))

        assert refused.value.code == code


async def test_without_interactivity_buttons_are_dead() -> None:
    async with Sandbox(town(interactivity=False)) as slack, Control(slack.url) as control, Listener(slack):
        bot = AsyncWebClient("xoxb-sandbox-bot", base_url=slack.api_url)
        await bot.chat_postMessage(channel=DESK, text="card", blocks=CARD)

        with pytest.raises(RefusedAction, match="interactivity_disabled"):
            await control.person(CHEN).clicks("Go", DESK)


@impatient
async def test_a_click_that_the_app_ignores_says_so(chen: Person, bot: AsyncWebClient, listener: Listener) -> None:
    await bot.chat_postMessage(channel=DESK, text="card", blocks=CARD)
    listener.answer = silent

    with pytest.raises(RefusedAction, match="operation_timeout"):
        await chen.clicks("Go", DESK)


async def test_the_newest_of_equal_buttons_is_clicked(chen: Person, bot: AsyncWebClient, listener: Listener) -> None:
    older = (await bot.chat_postMessage(channel=DESK, text="1", blocks=CARD))["ts"]
    newer = (await bot.chat_postMessage(channel=DESK, text="2", blocks=CARD))["ts"]

    await chen.clicks("Go", DESK)
    await chen.clicks("Go", DESK, nth=1)

    await listener.event("message")
    await listener.event("message")
    stamps = [(await listener.next()).payload["container"]["message_ts"] for _ in range(2)]
    assert stamps == [newer, older]


async def test_a_message_that_changes_under_the_finger_is_looked_at_again(
    chen: Person, bot: AsyncWebClient, listener: Listener
) -> None:
    """Blocks without an id get another at every update, and the click goes to those that stand there."""
    blocks = [{"type": "actions", "elements": [BUTTON]}]
    ts = (await bot.chat_postMessage(channel=DESK, text="card", blocks=blocks))["ts"]

    async def change() -> None:
        while True:
            await bot.chat_update(channel=DESK, ts=ts, text="card", blocks=blocks)

    changing = asyncio.create_task(change())
    for _ in range(20):
        await chen.clicks("Go", DESK)
    changing.cancel()
    clicks = 0
    while clicks < 20:
        clicks += (await listener.next()).payload["type"] == "block_actions"


async def test_an_archived_room_is_read_only(chen: Person, bot: AsyncWebClient, listener: Listener) -> None:
    await bot.chat_postMessage(channel=DESK, text="card", blocks=CARD)
    await chen.archive(DESK)

    for act in (chen.post("x", DESK), chen.clicks("Go", DESK), chen.run("/echo", channel=DESK), chen.leave(DESK)):
        with pytest.raises(RefusedAction, match="is_archived"):
            await act
    assert (await chen.sees("card", DESK))["text"] == "card"
    await chen.unarchive(DESK)
    await chen.post("open again", DESK)
    assert BOT not in (await chen.channel("complaints"))["members"]
    assert await error_of(bot, "conversations.info", channel=DESK) == "channel_not_found"
    rooms = (await bot.conversations_list(types="private_channel"))["channels"]
    assert [one["name"] for one in rooms] == []


async def test_nobody_writes_under_a_reply_or_a_join(chen: Person, li: Person) -> None:
    parent = (await chen.post("question", QUAY))["ts"]
    reply = (await chen.post("answer", QUAY, thread_ts=parent))["ts"]
    await li.join(QUAY)
    join = (await chen.messages(QUAY))[-1]

    for ts in (reply, join["ts"]):
        with pytest.raises(RefusedAction, match="thread_not_found"):
            await chen.post("x", QUAY, thread_ts=ts)
        with pytest.raises(RefusedAction, match="thread_not_found"):
            await chen.upload("a.txt", b"x", QUAY, thread_ts=ts)
    assert join["subtype"] == "channel_join"


async def test_unread_messages_are_counted_until_they_are_read(chen: Person, li: Person) -> None:
    await chen.post("one", DESK)
    await chen.post("two", DESK)

    assert [(await one.channel("complaints"))["unread"] for one in (chen, li)] == [0, 2]
    await li.reads(DESK)
    assert (await li.channel("complaints"))["unread"] == 0


async def test_a_person_who_joins_sees_what_was_said(control: Control, chen: Person, li: Person) -> None:
    await chen.post("on the quay", QUAY)
    await li.join(QUAY)

    assert (await li.sees("on the quay", QUAY))["user"] == CHEN
    await control.person(CHEN).invite(WANG, QUAY)
    assert WANG in (await li.channel("quay"))["members"]


async def test_marks_on_a_room_are_shown(chen: Person, bot: AsyncWebClient) -> None:
    ts = (await bot.chat_postMessage(channel=DESK, text="card"))["ts"]
    await bot.pins_add(channel=DESK, timestamp=ts)
    await bot.bookmarks_add(channel_id=DESK, title="Record", type="link", link="https://a.example", emoji=":book:")
    await bot.conversations_setTopic(channel=DESK, topic="Day 1")

    room = await chen.channel("complaints")

    assert (room["pins"], room["topic"]) == ([ts], "Day 1")
    assert room["bookmarks"] == [{"title": "Record", "link": "https://a.example", "emoji": ":book:"}]


async def test_waiting_ends_when_it_comes_or_tells_what_stood_there_instead(
    slack: Sandbox, chen: Person, bot: AsyncWebClient
) -> None:
    await bot.chat_postMessage(channel=DESK, text="something else")

    with pytest.raises(NotSeen, match=r"waited 0.05 s for 'the card' in C0DESK, and saw instead: something else"):
        await chen.sees("the card", DESK, within=0.05)
    with pytest.raises(AssertionError, match="sees 'something'"):
        await chen.never_sees("something", DESK, within=0.05)


async def test_text_is_found_in_blocks_and_fields_as_it_reads(chen: Person, bot: AsyncWebClient) -> None:
    blocks = [{"type": "section", "fields": [{"type": "mrkdwn", "text": "Owner: a &amp; b"}]}]
    await bot.chat_postMessage(channel=DESK, text="fallback", blocks=blocks)

    await chen.sees("Owner: a & b", DESK)


async def test_changes_are_pushed_to_who_may_see_them(slack: Sandbox, control: Control, chen: Person) -> None:
    address = f"{slack.url}/control/as/{LI}/live"
    async with control.session.ws_connect(address) as live:
        await chen.post("hidden", CLOSED)
        message = await chen.post("shown", DESK)
        notice = await live.receive_json(timeout=2)

    assert notice == {"type": "messages", "channel": DESK, "ts": message["ts"]}


@pytest.mark.parametrize(
    ("path", "body"),
    [("post", {"text": "x"}), ("post", {"channel": 5, "text": "x"}), ("submit", {"view_id": "V1", "values": []})],
)
async def test_a_malformed_request_is_a_400_that_says_why(control: Control, path: str, body: Json) -> None:
    async with control.session.post(f"{control.url}/control/as/{CHEN}/{path}", json=body) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "malformed_request")


@pytest.mark.parametrize(
    ("path", "request_args"),
    [
        ("as/U0CHEN/post", {"data": b"{}", "headers": {"Content-Type": "application/json; charset=bogus"}}),
        ("as/U0CHEN/post", {"data": b"\xff"}),
        ("as/U0CHEN/post", {"data": b"[" * 100_000}),
        ("as/U0CHEN/upload", {"data": b"x", "headers": {"Content-Type": "multipart/form-data"}}),
    ],
)
async def test_what_cannot_be_read_is_a_400(control: Control, path: str, request_args: Json) -> None:
    async with control.session.post(f"{control.url}/control/{path}", **request_args) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "malformed_request")


@pytest.mark.parametrize("since", ["²", "-1", "9" * 5000])
async def test_the_call_log_starts_at_a_number(control: Control, since: str) -> None:
    async with control.session.get(f"{control.url}/control/calls", params={"since": since}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "malformed_request")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://{own}"}, 200),
        ({"Origin": "http://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "elsewhere.example"}, 403),
    ],
    ids=str,
)
async def test_no_page_of_another_origin_acts_as_a_person(
    control: Control, headers: dict[str, str], status: int
) -> None:
    given = {name: value.format(own=control.url.removeprefix("http://")) for name, value in headers.items()}
    address = f"{control.url}/control/as/{CHEN}/post"

    async with control.session.post(address, json={"channel": GENERAL, "text": "x"}, headers=given) as answer:
        assert answer.status == status


async def test_the_call_log_is_readable_from_where_one_left_off(control: Control, bot: AsyncWebClient) -> None:
    await bot.auth_test()
    await bot.chat_postMessage(channel=DESK, text="x")

    calls = await control.calls(since=1)

    assert [(one["n"], one["method"], one["ok"]) for one in calls] == [(2, "chat.postMessage", True)]


async def test_the_call_log_is_a_file_too_a_call_a_line(control: Control, bot: AsyncWebClient) -> None:
    await bot.chat_postMessage(channel=DESK, text="两行\nare one")
    await error_of(bot, "chat.postMessage", channel="C0NOWHERE", text="x")

    async with control.session.get(f"{control.url}/control/calls.jsonl") as answer:
        lines = (await answer.text()).split("\n")

    posted, refused = await control.calls()
    assert [json.loads(line) for line in lines[:-1]] == [posted, refused] and lines[-1] == ""
    assert (posted["team"], posted["reason"]) == ("T0HARBOUR", {})
    assert "without the bot" in refused["reason"]["detail"]


def test_the_page_tells_every_refusal_of_what_a_person_does_in_chinese_too() -> None:
    told = (SANDBOX / "page/js/words.js").read_text(encoding="utf-8").partition("const REFUSALS")[2]
    given = re.findall(r'Refused\(\s*"(\w+)"', (SANDBOX / "people.py").read_text(encoding="utf-8"))

    assert given and [code for code in given if f"\n  {code}: " not in told] == []
