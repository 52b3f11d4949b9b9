"""Faults on purpose: each does what it says to what it names, as often as it says, and the same again for one seed."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientConnectionError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Config, ConfigError, Sandbox, Timing, load_config
from sandbox.client import Control, Person, RefusedAction
from sandbox.faults import FAULT, CallFault, ConnectionFault, DeliveryFault, Faults
from sandbox.limits import BY_METHOD
from sandbox.methods import METHODS
from tests.sandbox.apps import Listener, error_of
from tests.sandbox.town import (
    BOT_TOKEN,
    CHEN,
    DESK,
    FERRY,
    GENERAL,
    ISLAND,
    ISLAND_TOKEN,
    MEI,
    settings,
    two_towns,
)

AS_BOT = {"Authorization": f"Bearer {BOT_TOKEN}"}
POST = {"channel": GENERAL, "text": "Hello"}


async def call(slack: Sandbox, method: str = "chat.postMessage", **args: Any) -> aiohttp.ClientResponse:
    async with (
        aiohttp.ClientSession(headers=AS_BOT) as session,
        session.post(slack.api_url + method, data=args or POST) as response,
    ):
        await response.read()
        return response


def fault(slack: Sandbox, **rule: Any) -> Any:
    return slack.fault(FAULT.validate_python(rule))


async def said(li: Person) -> list[str]:
    return [one["text"] for one in await li.messages(GENERAL)]


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize(
    "rule, status, body",
    [
        ({"do": "refused", "error": "not_pinnable"}, 200, "not_pinnable"),
        ({"do": "limited", "retry_after": 7}, 429, "ratelimited"),
        ({"do": "status", "status": 500}, 500, "upstream error"),
        ({"do": "garbled"}, 200, "<html>"),
    ],
)
async def test_a_struck_call_is_answered_as_the_fault_says_whether_it_was_carried_out_or_not(
    slack: Sandbox, li: Person, rule: dict[str, Any], status: int, body: str, applied: bool
) -> None:
    fault(slack, call="chat.*", applied=applied, **rule)

    answer = await call(slack)

    assert answer.status == status and body in await answer.text()
    assert answer.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert await said(li) == (["Hello"] if applied else [])
    assert slack.calls[-1].ok == applied


@pytest.mark.parametrize("applied", [False, True])
async def test_a_dropped_call_gets_no_answer(slack: Sandbox, li: Person, applied: bool) -> None:
    fault(slack, call="chat.postMessage", do="dropped", applied=applied)

    with pytest.raises(ClientConnectionError):
        await call(slack)

    assert await said(li) == (["Hello"] if applied else [])


@pytest.mark.parametrize("applied", [False, True])
async def test_a_held_call_is_answered_when_it_is_let_go(slack: Sandbox, li: Person, applied: bool) -> None:
    held = fault(slack, call="chat.postMessage", do="held", applied=applied)
    calling = asyncio.create_task(call(slack))
    await held.held(within=5)

    assert await said(li) == (["Hello"] if applied else [])
    slack.faults.remove(held)

    assert (await (await calling).json())["ok"] and await said(li) == ["Hello"]


async def test_a_slow_call_is_carried_out_at_once(slack: Sandbox, li: Person) -> None:
    fault(slack, call="chat.postMessage", do="slow", seconds=30)
    calling = asyncio.create_task(call(slack))

    await li.sees("Hello", GENERAL)

    assert not calling.done()
    calling.cancel()


async def test_what_the_fault_does_not_name_is_left_alone(slack: Sandbox) -> None:
    fault(slack, call="chat.update", do="status")
    fault(slack, call="chat.*", channel=DESK, do="status")

    assert (await (await call(slack)).json())["ok"]


@pytest.mark.parametrize(
    "rule, struck",
    [
        ({"after": 2, "count": 1}, [False, False, True, False]),
        ({"count": 2}, [True, True, False, False]),
        ({"share": 0}, [False] * 4),
        ({"once": True}, [True, False, False, False]),
    ],
)
async def test_a_fault_strikes_as_often_as_it_says(slack: Sandbox, rule: dict[str, Any], struck: list[bool]) -> None:
    fault(slack, call="chat.postMessage", do="status", **rule)

    assert [(await call(slack)).status == 503 for _ in range(4)] == struck


def test_one_seed_strikes_the_same_calls_again_and_a_share_is_about_that_share() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add(CallFault(call="*", do="status", share=0.1))
        return [faults.of_call("chat.postMessage", {"n": n}) is not None for n in range(1000)]

    assert struck(7) == struck(7) != struck(8)
    assert 60 < sum(struck(7)) < 140


async def test_events_come_twice_late_or_when_they_are_let_go(slack: Sandbox, listener: Listener, chen: Person) -> None:
    fault(slack, deliver="events_api", do="twice", count=1)
    await chen.post("Twice", GENERAL)
    first, second = [(await listener.next()).payload for _ in range(2)]
    assert first["event_id"] == second["event_id"]

    held = fault(slack, deliver="events_api", do="held", count=1)
    await chen.post("Held", GENERAL)
    await held.held(within=5)
    await chen.post("Prompt", GENERAL)
    assert (await listener.event("message"))["text"] == "Prompt"
    slack.faults.clear()
    assert (await listener.event("message"))["text"] == "Held"


async def test_a_click_that_comes_twice_is_the_same_click(
    slack: Sandbox, listener: Listener, bot: AsyncWebClient, chen: Person
) -> None:
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    await bot.chat_postMessage(channel=GENERAL, text="Go?", blocks=[{"type": "actions", "elements": [button]}])
    fault(slack, deliver="interactive", do="twice")

    await chen.clicks("Go", GENERAL)

    requests = [await listener.next() for _ in range(3)]
    first, second = [one.payload for one in requests if one.type == "interactive"]
    assert first["actions"][0]["action_ts"] == second["actions"][0]["action_ts"]


@pytest.mark.parametrize("do", ["held", "lost"])
async def test_who_clicks_waits_no_longer_than_slack_does_and_what_is_held_comes_later(
    slack: Sandbox, listener: Listener, bot: AsyncWebClient, chen: Person, do: str
) -> None:
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    await bot.chat_postMessage(channel=GENERAL, text="Go?", blocks=[{"type": "actions", "elements": [button]}])
    await listener.event("message")
    fault(slack, deliver="interactive", do=do)

    with pytest.raises(RefusedAction, match="operation_timeout"):
        await chen.clicks("Go", GENERAL)
    slack.faults.clear()

    if do == "held":
        assert (await listener.next()).type == "interactive"


async def test_sockets_are_closed_and_can_be_opened_again(slack: Sandbox, chen: Person) -> None:
    async with Listener(slack) as connected:
        fault(slack, sockets="closed")
        await connected.closed()

    async with Listener(slack) as again:
        await chen.post("Still here", GENERAL)
        assert (await again.event("message"))["text"] == "Still here"


def _connections(slack: Sandbox) -> int:
    return sum(one.method == "apps.connections.open" for one in slack.calls)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_an_app_that_is_told_to_connect_anew_does(slack: Sandbox, listener: Listener, reason: str) -> None:
    fault(slack, sockets="closed", reason=reason)

    async with asyncio.timeout(10):
        while _connections(slack) < 2:  # noqa: ASYNC110  # the call log tells nobody
            await asyncio.sleep(0.01)


@pytest.fixture
def slack_timing() -> Timing:
    return Timing(ack=0.2, retries=(0.0, 0.01, 0.01))


async def test_a_deaf_socket_stays_open_and_carries_nothing(slack: Sandbox, listener: Listener, chen: Person) -> None:
    fault(slack, sockets="deaf", seconds=0.3)
    begun = time.monotonic()

    await chen.post("Anyone?", GENERAL)

    assert (await listener.event("message"))["text"] == "Anyone?", "sent again, as Slack does"
    assert time.monotonic() - begun > 0.2


async def test_connections_are_refused_while_slack_is_away(slack: Sandbox) -> None:
    async with aiohttp.ClientSession() as kept:  # a connection that stands already
        await kept.post(f"{slack.api_url}auth.test", headers=AS_BOT)
        before = len(slack.calls)
        fault(slack, connections="refused", seconds=0.3)
        await asyncio.sleep(0)
        with pytest.raises(ClientConnectionError):
            await kept.post(f"{slack.api_url}auth.test", headers=AS_BOT)
        assert len(slack.calls) == before

    with pytest.raises(ClientConnectionError):
        await call(slack)
    async with asyncio.timeout(10):
        while True:
            try:
                assert (await (await call(slack)).json())["ok"]
                break
            except ClientConnectionError:
                await asyncio.sleep(0.01)


async def test_connections_are_refused_until_the_last_such_fault_ends(slack: Sandbox) -> None:
    first, last = (fault(slack, connections="refused", seconds=seconds) for seconds in (0.05, 0.3))

    assert await first.ends(within=10)
    with pytest.raises(ClientConnectionError):
        await call(slack)
    assert await last.ends(within=10)
    assert (await call(slack)).status == 200


async def test_the_clock_can_jump(slack: Sandbox) -> None:
    before = slack.world.clock()

    slack.jump(3600)

    assert slack.world.clock() - before >= 3600


@pytest.mark.parametrize(
    "method, args, most",
    [("conversations.create", {}, 20), ("chat.postMessage", POST, 60), ("users.info", {"user": "U0CHEN"}, 100)],
)
async def test_with_rate_limits_slack_answers_so_many_calls_a_minute(
    slack_timing: Timing, method: str, args: dict[str, Any], most: int
) -> None:
    config = Config.model_validate({**settings(), "rate_limits": True})
    async with Sandbox(config, timing=slack_timing) as slack:
        for n in range(most):
            given = args or {"name": f"room-{n}"}
            assert (await (await call(slack, method, **given)).json())["ok"], n

        limited = await call(slack, method, **(args or {"name": "one-more"}))

    assert limited.status == 429 and 50 <= int(limited.headers["Retry-After"]) <= 60


async def test_an_app_is_limited_where_it_needs_no_token(slack: Sandbox) -> None:
    slack.limit_rates(on=True)

    asked = [await call(slack, "oauth.v2.access", client_id=client) for client in [*["1.2"] * 101, "3.4"]]

    assert [one.status for one in asked] == [*[200] * 100, 429, 200]


def test_every_method_has_its_limit() -> None:
    assert set(BY_METHOD) == set(METHODS)


# Over the control API, and in the file


async def asked(control: Control, verb: str, path: str, body: Any = None) -> dict[str, Any]:
    async with control.session.request(verb, f"{control.url}/control/{path}", json=body) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def test_a_program_adds_lists_and_ends_faults(slack: Sandbox, control: Control) -> None:
    added = await asked(control, "post", "faults", {"call": "chat.*", "do": "status", "share": 0.5})
    (listed,) = (await asked(control, "get", "faults"))["faults"]
    await asked(control, "delete", f"faults?id={added['id']}")

    assert listed == {"id": added["id"], "call": "chat.*", "do": "status", "share": 0.5, "seen": 0, "struck": 0,
                      "holding": 0}  # fmt: skip
    assert (await asked(control, "get", "faults"))["faults"] == []


@pytest.mark.usefixtures("listener")
async def test_what_befalls_sockets_ends_by_itself_or_when_a_program_ends_it(slack: Sandbox, control: Control) -> None:
    once = await asked(control, "post", "faults", {"sockets": "closed", "every": 0.02, "count": 1})
    async with asyncio.timeout(10):
        while (await asked(control, "get", "faults"))["faults"]:  # noqa: ASYNC110  # another task ends it
            await asyncio.sleep(0.01)
    endless = await asked(control, "post", "faults", {"sockets": "closed", "every": 0.02})
    (listed,) = (await asked(control, "get", "faults"))["faults"]
    await asked(control, "delete", f"faults?id={endless['id']}")

    assert (listed["id"], listed["sockets"], endless["id"] > once["id"]) == (endless["id"], "closed", True)
    assert not list(slack.faults)


@pytest.mark.parametrize(
    "path, body, says",
    [
        ("faults", {"sockets": "closed", "team": ISLAND}, "a socket is of no one team"),
        ("faults", {"call": "chat.*", "do": "explode"}, "do"),
        ("faults", {"call": "chat.*", "do": "status", "share": 2}, "call.share: Input should be less than"),
        ("faults", {"call": "*", "do": "limited", "retry_after": [9, 1]}, "a span goes from less to more"),
        ("faults", {"deliver": "*", "do": "late", "seconds": -1}, "deliver.seconds: Input should be greater than"),
        ("faults", {"sockets": "open"}, "sockets.sockets: Input should be 'closed' or 'deaf'"),
        ("faults", {}, "a fault names one of call, deliver, sockets, connections"),
        ("faults", {"connections": "refused"}, "connections.seconds: Field required"),
        (
            "faults",
            {"connections": "refused", "seconds": 1, "share": 0.5},
            "while connections are refused they all are",
        ),
        ("faults", {"call": "*", "do": "limited", "retry_after": -1}, "greater than or equal to 1"),
        ("faults", {"deliver": "pigeons", "do": "lost"}, "but events_api, slash_commands, interactive"),
        ("faults", {"call": "*", "do": "garbled", "team": "T0NOWHERE"}, "there is no workspace T0NOWHERE"),
        ("clock", {"seconds": "soon"}, "seconds must be a number"),
        ("clock", {"seconds": 1e300}, "ten years at most"),
        ("rate-limits", {"on": 1}, "on must be true or false"),
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(control: Control, path: str, body: Any, says: str) -> None:
    answer = await asked(control, "post", path, body)

    assert (answer["ok"], answer["error"]) == (False, "malformed_request") and says in answer["message"]


async def test_a_program_moves_the_clock(slack: Sandbox, control: Control) -> None:
    before = slack.world.clock()

    assert (await asked(control, "post", "clock", {"seconds": -3600}))["ok"]

    assert slack.world.clock() < before


async def test_a_program_switches_the_rate_limits(slack: Sandbox, control: Control) -> None:
    await asked(control, "post", "rate-limits", {"on": True})
    on = [(await call(slack, "conversations.list")).status for _ in range(21)]
    assert (await asked(control, "get", "world"))["rate_limits"] is True
    await asked(control, "post", "rate-limits", {"on": False})

    assert on == [*[200] * 20, 429] and (await call(slack, "conversations.list")).status == 200


async def test_faults_stand_in_the_file_too(tmp_path: Any) -> None:
    path = tmp_path / "town.yml"
    away = {"connections": "refused", "seconds": 0.1}
    path.write_text(
        json.dumps({**settings(), "seed": 7, "faults": [away, {"call": "chat.*", "do": "status", "count": 1}]})
    )

    async with Sandbox(load_config(path)) as slack:
        assert [type(one.rule) for one in slack.faults] == [CallFault, ConnectionFault]
        await next(one for one in slack.faults if isinstance(one.rule, ConnectionFault)).ends(10)
        assert [(await call(slack)).status for _ in range(2)] == [503, 200]

    path.write_text(json.dumps({**settings(), "faults": [{"call": "chat.*", "do": "explode"}]}))
    with pytest.raises(ConfigError, match="faults"):
        load_config(path)


async def test_a_fault_strikes_one_workspace_or_one_channel_alone() -> None:
    """Whether it is a call of that workspace's installation, or what that installation is told."""
    config = Config.model_validate(two_towns())
    async with Sandbox(config) as slack, Control(slack.url) as control, Listener(slack) as app:
        bot, island = (AsyncWebClient(token, base_url=slack.api_url) for token in (BOT_TOKEN, ISLAND_TOKEN))
        fault(slack, call="auth.test", do="refused", error="fatal_error", team=ISLAND)
        fault(slack, call="chat.*", do="refused", error="fatal_error", channel=DESK)
        fault(slack, deliver="events_api", do="lost", team=ISLAND)
        fault(slack, deliver="events_api", do="lost", channel=DESK)

        answers = [
            await error_of(bot, "auth.test"),
            await error_of(island, "auth.test"),
            await error_of(bot, "chat.postMessage", channel=DESK, text="x"),
            await error_of(island, "chat.postMessage", channel=FERRY, text="x"),
        ]
        await control.person(MEI).post("On the ferry", FERRY)
        await control.person(CHEN).post("At the desk", DESK)
        await control.person(CHEN).post("For all", GENERAL)
        told = [one["text"] for one in await app.events(until="For all")]

    assert answers == ["ok", "fatal_error", "fatal_error", "ok"]
    assert told == ["For all"]


@pytest.mark.parametrize(
    "payload, team, channel",
    [
        ({"team_id": "T0A", "authorizations": [{"team_id": "T0B"}], "event": {"channel": "C0A"}}, "T0B", "C0A"),
        ({"type": "block_actions", "team": {"id": "T0A"}, "channel": {"id": "C0A"}}, "T0A", "C0A"),
        ({"team": {"id": "T0A"}, "view": {"app_installed_team_id": "T0B"}}, "T0B", ""),
        ({"command": "/x", "team_id": "T0A", "channel_id": "C0A"}, "T0A", "C0A"),
        ({"event": {"type": "channel_id_changed"}, "authorizations": [{"team_id": "T0A"}]}, "T0A", ""),
    ],
    ids=["event", "click", "form", "command", "no channel"],
)
def test_of_each_delivery_it_is_known_whose_installation_and_which_channel_it_concerns(
    payload: dict[str, Any], team: str, channel: str
) -> None:
    for named in ({"team": team}, {"channel": channel}, {"team": team, "channel": channel}):
        assert DeliveryFault(deliver="*", do="lost", **named).fits("events_api", payload)
    reaction = {"event": {"type": "reaction_added", "item": {"channel": DESK}}}
    assert DeliveryFault(deliver="*", do="lost", channel=DESK).fits("events_api", reaction)
    assert not DeliveryFault(deliver="*", do="lost", team="T0OTHER").fits("events_api", payload)
    assert not DeliveryFault(deliver="*", do="lost", channel="C0OTHER").fits("events_api", payload)
