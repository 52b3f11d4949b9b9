"""An app written with Bolt for JavaScript, over Socket Mode and over signed HTTP: the same scenes both ways."""

import asyncio
import os
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox import Config, Sandbox
from sandbox.client import Person
from tests.ports import free_port
from tests.sandbox.town import APP_TOKEN, BOT_TOKEN, CHEN, DESK, GENERAL, SECRET, town

FOLDER = Path(__file__).parent / "javascript"
REFUSAL = "must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
SCOPES = ["chat:write", "commands", "files:write", "groups:history", "groups:write"]


@pytest.fixture(params=["socket mode", "signed http"])
def port(request: pytest.FixtureRequest) -> int | None:
    """Where the app hears Slack; None over Socket Mode."""
    return None if request.param == "socket mode" else free_port()


@pytest.fixture
def slack_config(port: int | None) -> Config:
    address = f"http://127.0.0.1:{port}/slack/events" if port else None
    return town(commands=[{"command": "/leak"}], scopes=SCOPES, events=["message.groups"], request_url=address)


@pytest.fixture(autouse=True)
async def app(slack: Sandbox, port: int | None) -> AsyncIterator[None]:
    """Runs until the test is over; Bolt has nothing to complain of but the refusal that one test asks for."""
    assert (FOLDER / "node_modules").is_dir(), (
        "its packages are missing: `make test` installs them, with Node.js and npm"
    )
    settings = {
        "PATH": os.environ["PATH"],
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": "" if port else APP_TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "PORT": str(port),
    }
    # Newer versions of Node warn of what older packages call.
    command = ("node", "--no-warnings", str(FOLDER / "app.mjs"))
    node = await asyncio.create_subprocess_exec(*command, env=settings, stdout=PIPE, stderr=PIPE)
    try:
        assert node.stdout
        assert await asyncio.wait_for(node.stdout.readline(), 20) == b"ready\n"
        yield
    finally:
        if node.returncode is None:
            node.terminate()
        complaints = (await node.communicate())[1].decode()
        print(complaints)
    assert [line for line in complaints.splitlines() if REFUSAL not in line] == []


async def test_a_report_opens_a_room_with_a_button_and_a_file(chen: Person, slack: Sandbox) -> None:
    answer = await chen.run("/leak", "help", channel=GENERAL)
    await chen.run("/leak", channel=GENERAL)
    await chen.view("Report a leak")
    refused = await chen.submits({"where": "?", "what": "Water."})
    sent = await chen.submits({"where": "the vault", "what": "水从天花板 & walls."})
    room = (await chen.channel("leak-1"))["id"]
    card = await chen.sees("Water in the vault", room)
    file = (await chen.sees("The report", room))["files"][0]
    await chen.clicks("Mine", room)

    assert answer
    assert answer["text"] == "Type /leak, and fill in the form."
    assert (refused.errors, sent.errors, sent.views) == ({"where": "Name the place."}, {}, [])
    assert (await chen.sees(f"<@{CHEN}> sees to it", room))["ts"] == card["ts"]
    assert (await chen.sees("It is yours.", room))["ephemeral"] is True
    assert (await chen.download(file["id"])).decode() == "水从天花板 & walls."
    assert [one for one in slack.calls if not one.ok] == []


async def test_a_message_is_answered_in_its_thread(chen: Person, slack: Sandbox) -> None:
    message = await chen.post("who am I?", DESK)

    answer = await chen.sees(f"you are <@{CHEN}>", DESK, thread_ts=message["ts"])

    assert answer["thread_ts"] == message["ts"]
    assert [one for one in slack.calls if not one.ok] == []


async def test_blocks_that_slack_refuses_are_refused_with_their_place(chen: Person, slack: Sandbox) -> None:
    await chen.post("too big", DESK)

    await chen.sees(f"invalid_blocks: [ERROR] {REFUSAL}", DESK)
    assert [(one.method, one.error) for one in slack.calls if not one.ok] == [("chat.postMessage", "invalid_blocks")]
