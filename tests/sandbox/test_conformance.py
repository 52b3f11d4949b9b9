"""Situation by situation (the table is conformance.py) the sandbox answers as Slack does; refusals change nothing."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Config, Sandbox
from sandbox.methods import METHODS
from sandbox.state import snapshot
from tests.sandbox.conformance import TABLE, Row
from tests.sandbox.given import Ids, Scene
from tests.sandbox.town import BOT_TOKEN, ISLAND_TOKEN

Worlds = Callable[[Config], Awaitable[Sandbox]]
SOURCE = re.compile(r"docs(: .+)?|strict|issue [\w.-]+/[\w.-]+#\d+")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as shared:
        yield shared


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def refusing() -> AsyncIterator[Worlds]:
    """Towns to be refused things in: a refusal leaves nothing behind, so that one of each kind is enough."""
    async with AsyncExitStack() as stack:
        running: dict[int, Sandbox] = {}

        async def town(config: Config) -> Sandbox:
            if id(config) not in running:
                running[id(config)] = await stack.enter_async_context(Sandbox(config))
            return running[id(config)]

        yield town


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", [row for row in TABLE if not row.needs_its_own_world], ids=str)
async def test_what_slack_refuses_at_once(refusing: Worlds, session: ClientSession, row: Row) -> None:
    await _play(row, await refusing(row.world), session)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", [row for row in TABLE if row.needs_its_own_world], ids=str)
async def test_what_slack_answers_where_something_went_before_or_is_changed(session: ClientSession, row: Row) -> None:
    async with Sandbox(row.world, timing=row.timing) as slack:
        await _play(row, slack, session)


async def _play(row: Row, slack: Sandbox, session: ClientSession) -> None:
    """The row's answer; and whatever is refused leaves the world as it was."""
    bot, island, caller = (
        AsyncWebClient(token, base_url=slack.api_url, session=session) for token in (BOT_TOKEN, ISLAND_TOKEN, row.by)
    )
    ids = await row.given(Scene(slack, bot, island))
    before = _kept(slack)

    answer = await _answer(caller, row, ids)

    assert answer == row.answer, row.source
    assert answer == "ok" or _kept(slack) == before


async def _answer(client: AsyncWebClient, row: Row, ids: Ids) -> str:
    """Slack's error code, or "ok"."""
    try:
        await client.api_call(row.method, data={name: _filled(value, ids) for name, value in row.args.items()})
    except SlackApiError as refused:
        return str(refused.response["error"])
    return "ok"


def _filled(value: str, ids: Ids) -> str:
    for name, one in ids.items():
        value = value.replace(f"{{{name}}}", one)
    assert not re.search(r"\{[a-z]+\}", value), f"no preparation gives {value}"
    return value


def _kept(slack: Sandbox) -> str:
    """All that is kept, but for how far ids and times have come, and the views that are open."""
    kept = {name: value for name, value in snapshot(slack.world, slack.views).items() if name != "numbering"}
    return json.dumps([kept, [[one.id, one.hash] for one in slack.views.open.values()]])


def test_every_method_has_rows_for_what_it_grants_and_what_it_refuses() -> None:
    granted = {row.method for row in TABLE if row.answer == "ok"}
    refused = {row.method for row in TABLE if row.answer != "ok"}

    assert granted >= set(METHODS) - {"conversations.unarchive"}
    assert refused >= set(METHODS)


def test_every_row_is_a_situation_of_its_own_and_says_where_it_is_known_from() -> None:
    assert len({str(row) for row in TABLE}) == len(TABLE)
    assert [str(row) for row in TABLE if not SOURCE.fullmatch(row.source)] == []
