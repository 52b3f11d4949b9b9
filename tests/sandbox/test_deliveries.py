"""Getting through to an app: any socket, three seconds, retries, and what a person reads when it fails."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox, Timing
from sandbox.client import Control, Person, RefusedAction
from tests.ports import free_port
from tests.sandbox.apps import Listener, answering, error_of, impatient, silent
from tests.sandbox.town import APP_TOKEN, CHEN, DESK, GENERAL, SECRET, town

Json = dict[str, Any]


@impatient
async def test_an_event_that_nobody_acknowledges_comes_again(chen: Person, listener: Listener) -> None:
    listener.answer = silent
    await chen.post("hello", GENERAL)

    attempts = [await listener.next() for _ in range(4)]

    assert [(one.retry_attempt, one.retry_reason) for one in attempts] == [
        (0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout"),
    ]  # fmt: skip
    assert len({one.payload["event_id"] for one in attempts}) == 1
    assert len({one.envelope_id for one in attempts}) == 4


async def test_events_wait_for_the_first_socket(slack: Sandbox, chen: Person) -> None:
    for number in range(3):
        await chen.post(str(number), GENERAL)

    async with Listener(slack) as late:
        texts = [(await late.event("message"))["text"] for _ in range(3)]

    assert texts == ["0", "1", "2"]


async def test_what_a_dying_app_did_not_acknowledge_waits_for_its_successor(slack: Sandbox, chen: Person) -> None:
    async with Listener(slack) as dying:
        dying.answer = silent
        await chen.post("hello", GENERAL)
        lost = await dying.next()

    async with Listener(slack) as successor:
        again = await successor.next()

    assert again.payload["event_id"] == lost.payload["event_id"]
    assert (again.retry_attempt, again.retry_reason) == (1, "connection_failed")


async def test_a_person_learns_at_once_that_the_app_is_gone(slack: Sandbox, chen: Person) -> None:
    async with Listener(slack) as dying:
        dying.answer = silent
        running = asyncio.create_task(chen.run("/echo", channel=GENERAL))
        await dying.next()

    with pytest.raises(RefusedAction, match="dispatch_failed"):
        await running


@pytest.mark.parametrize("slack_timing", [Timing(most_waiting=2)], ids=["two wait"])
async def test_only_so_many_events_wait(slack: Sandbox, chen: Person, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(3):
        await chen.post(str(number), GENERAL)

    async with Listener(slack) as late:
        texts = [(await late.event("message"))["text"] for _ in range(2)]

    assert texts == ["1", "2"]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_waiting_event_shows_the_moment_it_happened(slack: Sandbox, bot: AsyncWebClient) -> None:
    ts = (await bot.chat_postMessage(channel=GENERAL, text="before"))["ts"]
    await bot.reactions_add(channel=GENERAL, timestamp=ts, name="eyes")
    await bot.chat_update(channel=GENERAL, ts=ts, text="after")

    async with Listener(slack) as late:
        posted = await late.event("message")

    assert (posted["text"], "reactions" in posted) == ("before", False)


async def test_a_waiting_home_shows_what_was_chosen_then(slack: Sandbox, chen: Person, bot: AsyncWebClient) -> None:
    picker = {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-23"}
    blocks = [{"type": "actions", "block_id": "row", "elements": [picker]}]
    home = (await bot.views_publish(user_id=CHEN, view={"type": "home", "blocks": blocks}))["view"]
    await chen.opens_home("A0APP")
    with pytest.raises(RefusedAction, match="dispatch_failed"):
        await chen.selects("day", "2026-11-24", view=home)

    async with Listener(slack) as late:
        opened = await late.event("app_home_opened")

    assert opened["view"]["state"]["values"]["row"]["day"]["selected_date"] == "2026-11-23"
    assert (await chen.home("A0APP"))["state"]["values"]["row"]["day"]["selected_date"] == "2026-11-24"


async def test_each_envelope_goes_to_one_of_several_sockets(slack: Sandbox, chen: Person) -> None:
    async with Listener(slack) as first, Listener(slack) as second:
        for number in range(4):
            await chen.post(str(number), GENERAL)
        texts = [(await one.event("message"))["text"] for one in (first, second, first, second)]

    assert sorted(texts) == ["0", "1", "2", "3"]


async def test_a_ticket_opens_one_socket(slack: Sandbox, control: Control) -> None:
    client = AsyncWebClient(APP_TOKEN, base_url=slack.api_url)
    url = (await client.apps_connections_open(app_token=APP_TOKEN))["url"]

    async with control.session.ws_connect(url) as socket:
        hello = await socket.receive_json()
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await control.session.ws_connect(url)

    assert (hello["type"], hello["connection_info"], hello["num_connections"]) == ("hello", {"app_id": "A0APP"}, 1)


@pytest.mark.parametrize("slack_timing", [Timing(ping=0.05)], ids=["often"])
async def test_a_socket_is_pinged_however_busy_it_is(slack: Sandbox, control: Control) -> None:
    url = (await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=APP_TOKEN))["url"]

    async with control.session.ws_connect(url, autoping=False) as socket, asyncio.timeout(3):
        await socket.receive_json()
        heard: list[aiohttp.WSMsgType] = []
        while heard.count(aiohttp.WSMsgType.PING) < 2:
            await socket.ping()
            heard.append((await socket.receive()).type)

    assert aiohttp.WSMsgType.PONG in heard


async def test_an_eleventh_socket_is_turned_away(slack: Sandbox, control: Control) -> None:
    client = AsyncWebClient(base_url=slack.api_url)
    urls = [(await client.apps_connections_open(app_token=APP_TOKEN))["url"] for _ in range(11)]

    sockets = [await control.session.ws_connect(url) for url in urls]

    hellos = [await socket.receive_json() for socket in sockets]
    assert [one["type"] for one in hellos] == ["hello"] * 10 + ["disconnect"]
    assert hellos[10]["reason"] == "too_many_websockets"


async def test_the_sandbox_says_goodbye_before_it_goes() -> None:
    async with Sandbox(town()) as slack, aiohttp.ClientSession() as session:
        url = (await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=APP_TOKEN))["url"]
        socket = await session.ws_connect(url)
        await socket.receive_json()
        leaving = asyncio.create_task(slack.__aexit__(None, None, None))

        goodbye = await socket.receive_json()
        closing = await socket.receive()
        await leaving

    assert goodbye == {"type": "disconnect", "reason": "link_disabled"}
    assert closing.type is aiohttp.WSMsgType.CLOSE


async def test_a_command_shows_how_it_failed(chen: Person) -> None:
    with pytest.raises(RefusedAction, match="/echo failed with the error “dispatch_failed”"):
        await chen.run("/echo", channel=GENERAL)
    with pytest.raises(RefusedAction) as unknown:
        await chen.run("/nothing", channel=GENERAL)
    assert (unknown.value.code, unknown.value.sentence) == ("unknown_command", "/nothing is not a valid command.")


@impatient
async def test_a_command_that_is_not_acknowledged_in_time_fails_and_is_not_sent_again(
    chen: Person, listener: Listener
) -> None:
    listener.answer = silent

    with pytest.raises(RefusedAction, match="operation_timeout"):
        await chen.run("/echo", channel=GENERAL)
    await chen.post("after", GENERAL)

    assert (await listener.next()).type == "slash_commands"
    assert (await listener.next()).type == "events_api"


async def test_a_commands_payload_is_slacks(chen: Person, listener: Listener) -> None:
    await chen.run("/echo", "  <b> & @li.na  ", channel=DESK)
    await chen.run("/mute", "@li.na in #general <b>", channel=GENERAL)

    plain, escaped = (await listener.next()).payload, (await listener.next()).payload
    assert {key: plain[key] for key in ("command", "text", "channel_id", "channel_name", "user_id", "user_name")} == {
        "command": "/echo", "text": "<b> & @li.na", "channel_id": DESK, "channel_name": "privategroup",
        "user_id": CHEN, "user_name": "chen.wei",
    }  # fmt: skip
    assert plain["response_url"].startswith("http://127.0.0.1:")
    assert escaped["text"] == "<@U0LI|li.na> in <#C0GENERAL|general> &lt;b&gt;"


async def test_a_commands_answer_is_shown_to_one_or_to_all(chen: Person, li: Person, listener: Listener) -> None:
    listener.answer = answering({"text": "for you"})
    alone = await chen.run("/echo", channel=GENERAL)
    listener.answer = answering({"text": "for all", "response_type": "in_channel"})
    await chen.run("/echo", channel=GENERAL)

    assert alone
    assert (await chen.sees("for you", GENERAL))["ts"] == alone["ts"]
    await li.sees("for all", GENERAL)
    await li.never_sees("for you", GENERAL, within=0.05)


async def test_half_a_character_in_an_answer_is_replaced(chen: Person, listener: Listener) -> None:
    listener.answer = answering({"text": "half \ud83d"})

    assert (await chen.run("/echo", channel=GENERAL) or {})["text"] == "half \ufffd"


@pytest.mark.parametrize(
    "answer",
    [
        {"blocks": [{"type": "section"}]},
        {"response_type": "in_channel", "text": 5},
        {"response_type": "in_channel", "text": "x", "thread_ts": []},
    ],
)
async def test_a_commands_answer_is_checked_like_any_message(chen: Person, listener: Listener, answer: Json) -> None:
    listener.answer = answering(answer)

    with pytest.raises(RefusedAction, match="invalid_command_response"):
        await chen.run("/echo", channel=GENERAL)


# Signed HTTP


class Receiver:
    """A web server that keeps what it is sent, and answers as told; a challenge it gives back."""

    def __init__(self) -> None:
        self.proof: Callable[[str], web.Response] = lambda challenge: web.Response(text=challenge)
        self.requests: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()
        self.answers: list[web.Response] = []

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        if b"url_verification" in body:
            return self.proof(json.loads(body)["challenge"])
        self.requests.put_nowait((dict(request.headers), body))
        return self.answers.pop(0) if self.answers else web.Response()

    async def next(self) -> tuple[dict[str, str], bytes]:
        return await asyncio.wait_for(self.requests.get(), 3)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
async def receiver(port: int) -> AsyncIterator[Receiver]:
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/slack/events", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield receiver
    await runner.cleanup()


@pytest.fixture
async def chen_over_http(port: int, slack_timing: Timing) -> AsyncIterator[Person]:
    config = town(request_url=f"http://127.0.0.1:{port}/slack/events")
    async with Sandbox(config, timing=slack_timing) as slack, Control(slack.url) as control:
        yield control.person(CHEN)


async def test_an_http_delivery_is_signed_as_slack_signs(receiver: Receiver, chen_over_http: Person) -> None:
    await chen_over_http.post("你好", GENERAL)

    headers, body = await receiver.next()
    verifier = SignatureVerifier(SECRET)
    assert verifier.is_valid_request(body, headers)
    assert not verifier.is_valid_request(body + b" ", headers)
    assert json.loads(body)["event"]["text"] == "你好"


@impatient
@pytest.mark.parametrize(
    "proof",
    [
        lambda challenge: web.Response(text=challenge),
        lambda challenge: web.json_response({"challenge": challenge}),
        lambda challenge: web.Response(text=f"challenge={challenge}", content_type="application/x-www-form-urlencoded"),
    ],
    ids=["text", "JSON", "a form"],
)
async def test_an_address_hears_of_events_once_it_has_given_a_challenge_back(
    receiver: Receiver, chen_over_http: Person, proof: Callable[[str], web.Response]
) -> None:
    asked: list[str] = []

    def shy(challenge: str) -> web.Response:
        asked.append(challenge)
        return (proof(challenge), web.Response(text="hello"), web.json_response([]), web.Response(status=500))[
            -len(asked)
        ]

    receiver.proof = shy

    await chen_over_http.post("one", GENERAL)
    await chen_over_http.post("two", GENERAL)

    heard = [json.loads((await receiver.next())[1])["event"]["text"] for _ in range(2)]
    assert sorted(heard) == ["one", "two"] and len(set(asked)) == len(asked) == 4


async def test_a_failing_receiver_is_tried_again_and_told_so(receiver: Receiver, chen_over_http: Person) -> None:
    receiver.answers = [web.Response(status=500), web.Response(status=200)]

    await chen_over_http.post("hello", GENERAL)

    first, _ = await receiver.next()
    second, _ = await receiver.next()
    assert "X-Slack-Retry-Num" not in first
    assert (second["X-Slack-Retry-Num"], second["X-Slack-Retry-Reason"]) == ("1", "http_error")


async def test_a_receiver_can_ask_not_to_be_tried_again(receiver: Receiver, chen_over_http: Person) -> None:
    receiver.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]

    await chen_over_http.post("one", GENERAL)
    await receiver.next()
    await chen_over_http.post("two", GENERAL)

    headers, body = await receiver.next()
    assert ("X-Slack-Retry-Num" in headers, json.loads(body)["event"]["text"]) == (False, "two")


async def test_with_a_request_url_there_is_no_socket_mode() -> None:
    async with Sandbox(town(request_url="http://127.0.0.1:1/slack/events")) as slack:
        client = AsyncWebClient(APP_TOKEN, base_url=slack.api_url)

        assert await error_of(client, "apps.connections.open") == "not_enabled"


@pytest.mark.parametrize(("status", "code"), [(404, "dispatch_failed"), (500, "dispatch_failed")])
async def test_a_receivers_failure_is_shown_to_the_person(
    receiver: Receiver, chen_over_http: Person, status: int, code: str
) -> None:
    receiver.answers = [web.Response(status=status)]

    with pytest.raises(RefusedAction, match=code):
        await chen_over_http.run("/echo", channel=GENERAL)


async def test_an_http_answer_is_text_or_json(receiver: Receiver, chen_over_http: Person) -> None:
    receiver.answers = [web.Response(text="plain"), web.json_response({"text": "object"}), web.Response()]

    answers = [await chen_over_http.run("/echo", channel=GENERAL) for _ in range(3)]

    assert [answer and answer["text"] for answer in answers] == ["plain", "object", None]


@pytest.mark.parametrize("body", [b"not JSON", b"\xff", b'{"text": Infinity}'])
async def test_an_http_answer_that_cannot_be_read_is_a_failed_dispatch(
    receiver: Receiver, chen_over_http: Person, body: bytes
) -> None:
    receiver.answers = [web.Response(body=body, content_type="application/json")]

    with pytest.raises(RefusedAction, match="dispatch_failed"):
        await chen_over_http.run("/echo", channel=GENERAL)


async def test_what_an_event_is_answered_with_is_not_read(
    receiver: Receiver, chen_over_http: Person, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [web.Response(body=b"{", content_type="application/json")]

    await chen_over_http.post("one", GENERAL)
    await receiver.next()
    await chen_over_http.post("two", GENERAL)

    headers, body = await receiver.next()
    assert ("X-Slack-Retry-Num" in headers, json.loads(body)["event"]["text"]) == (False, "two")
    assert caplog.records == []


async def test_nobody_listening_is_a_failed_dispatch(chen_over_http: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)

    with pytest.raises(RefusedAction, match="dispatch_failed"):
        await chen_over_http.run("/echo", channel=GENERAL)
