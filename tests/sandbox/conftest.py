"""A small harbour town: one workspace, four people, four rooms and one app that may do almost everything; with
`two_towns` also two people of the island."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Config, Sandbox, Timing
from sandbox.client import Control, Person
from tests.sandbox.apps import Listener
from tests.sandbox.town import BOT_TOKEN, CHEN, CONFIG, LI, MEI


@pytest.fixture
def slack_config() -> Config:
    return CONFIG


@pytest.fixture
def slack_timing() -> Timing:
    return Timing(retries=(0.0, 0.01, 0.01))


@pytest.fixture
def chen(control: Control) -> Person:
    return control.person(CHEN)


@pytest.fixture
def li(control: Control) -> Person:
    return control.person(LI)


@pytest.fixture
def mei(control: Control) -> Person:
    return control.person(MEI)


@pytest.fixture
def ning(control: Control) -> Person:
    """The island's admin."""
    return control.person("U0NING")


@pytest.fixture
def bot(slack: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(BOT_TOKEN, base_url=slack.api_url)


@pytest.fixture
async def listener(slack: Sandbox) -> AsyncIterator[Listener]:
    """A bare Socket Mode client: it acknowledges all, and shows what it was sent."""
    async with Listener(slack) as connected:
        yield connected
