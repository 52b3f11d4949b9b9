"""Fixtures for pytest: a local Slack that is new for every test, and its people. In a conftest.py:

    pytest_plugins = ["sandbox.testing"]

and there, or in a test's own module, a fixture `slack_config` with the workspaces to play in. A test takes `slack`, the
running Sandbox whose `api_url` goes to the app, and `person` to act as somebody: `person("U0ADA").run("/hello")`.
"""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from sandbox import TOWNS, Config, Sandbox, Timing, load_config
from sandbox.client import Control, Person


@pytest.fixture
def slack_config() -> Config:
    """The workspaces; without another one the two small ones of `python -m sandbox --manifest`, with no app."""
    return load_config(TOWNS)


@pytest.fixture
def slack_timing() -> Timing:
    """How long Slack waits; shorter in tests of what happens then."""
    return Timing()


@pytest_asyncio.fixture
async def slack(slack_config: Config, slack_timing: Timing) -> AsyncIterator[Sandbox]:
    async with Sandbox(slack_config, timing=slack_timing) as running:
        yield running


@pytest_asyncio.fixture
async def control(slack: Sandbox) -> AsyncIterator[Control]:
    async with Control(slack.url) as connected:
        yield connected


@pytest.fixture
def person(control: Control) -> Callable[[str], Person]:
    """Somebody by their id."""
    return control.person
