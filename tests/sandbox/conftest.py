"""A small harbour town: one workspace, four people, three rooms and one app that may do everything."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Config, Sandbox, Timing
from sandbox.client import Control
from tests.sandbox.town import CONFIG


@pytest.fixture
def config() -> Config:
    return CONFIG


@pytest.fixture
async def slack(config: Config) -> AsyncIterator[Sandbox]:
    async with Sandbox(config, timing=Timing(ack=0.5, trigger=3.0, retries=(0.0, 0.01, 0.01))) as running:
        yield running


@pytest.fixture
async def control(slack: Sandbox) -> AsyncIterator[Control]:
    async with Control(slack.url) as connected:
        yield connected


@pytest.fixture
def bot(slack: Sandbox) -> AsyncWebClient:
    return AsyncWebClient("xoxb-sandbox-bot", base_url=slack.api_url)
