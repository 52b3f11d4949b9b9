"""A sandbox that starts again from its file: what was there is there, and no id is given twice."""

import json
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import BadState, Config, Sandbox
from sandbox.client import Control
from tests.sandbox.apps import error_of
from tests.sandbox.town import BOT_TOKEN, CHEN, DESK, ISLAND, ISLAND_TOKEN, LI, MEI, town, two_towns

CONFIG = Config.model_validate(two_towns())
HOME = {"type": "home", "blocks": [{"type": "divider"}]}


async def test_what_was_there_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "slack.json"
    async with Sandbox(CONFIG, state=path) as before, Control(before.url) as control:
        bot = AsyncWebClient(BOT_TOKEN, base_url=before.api_url)
        room = str((await bot.conversations_create(name="joint-room", is_private=True))["channel"]["id"])
        await bot.conversations_invite(channel=room, users=[CHEN])
        first = await bot.chat_postMessage(
            channel=room, text="Pinned", metadata={"event_type": "a", "event_payload": {}}
        )
        await bot.pins_add(channel=room, timestamp=first["ts"])
        await bot.conversations_setTopic(channel=room, topic="Kept")
        await bot.views_publish(user_id=CHEN, view=HOME)
        chen = control.person(CHEN)
        await chen.post("An answer", room, first["ts"])
        file = await chen.upload("letter.txt", b"Dear sirs", room)
        await bot.chat_postEphemeral(channel=room, user=CHEN, text="For you")
        await bot.conversations_inviteShared(channel=room, emails=["mei@island.example"], external_limited=False)
        told = await control.person(CHEN).messages((await chen.channel("joint-room"))["id"])

    async with Sandbox(CONFIG, state=path) as after, Control(after.url) as control:
        bot = AsyncWebClient(BOT_TOKEN, base_url=after.api_url)
        chen = control.person(CHEN)
        room = str((await chen.channel("joint-room"))["id"])
        assert await chen.messages(room) == _at(told, before, after)
        assert (await chen.channel(room))["topic"] == "Kept"
        assert [one["message"]["ts"] for one in (await bot.pins_list(channel=room))["items"]] == [first["ts"]]
        assert await chen.download(file["id"]) == b"Dear sirs"
        assert (await chen.home("A0APP"))["blocks"][0]["type"] == "divider"
        later = await bot.chat_postMessage(channel=room, text="Later")
        assert later["ts"] > max(one["ts"] for one in told)
        assert (await bot.conversations_create(name="another"))["channel"]["id"] not in before.world.channels
        assert await control.person(MEI).accepts("joint-room")
        assert set((await bot.conversations_members(channel=room))["members"]) >= {CHEN, MEI}


def _at(messages: list[dict[str, object]], before: Sandbox, after: Sandbox) -> object:
    """With the addresses of the sandbox that runs now."""
    return json.loads(json.dumps(messages).replace(before.url, after.url))


async def test_an_app_that_was_taken_out_is_out_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "slack.json"
    async with Sandbox(CONFIG, state=path) as before, Control(before.url) as control:
        await control.person("U0NING").uninstalls("A0APP")

    async with Sandbox(CONFIG, state=path) as after:
        assert list(after.world.apps["A0APP"].installations) == ["T0HARBOUR"]
        island = AsyncWebClient(ISLAND_TOKEN, base_url=after.api_url)
        assert await error_of(island, "auth.test") == "account_inactive"
        assert ISLAND in after.world.teams


async def test_what_changed_is_on_disk_before_anybody_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.server.KEPT_WITHIN_S", 0.01)
    path = tmp_path / "slack.json"
    async with Sandbox(CONFIG, state=path) as slack, Control(slack.url) as control:
        await control.person(LI).post("Said before the fall", DESK)
        while not path.exists() or "Said before the fall" not in path.read_text(encoding="utf-8"):
            await control.world()


BROKEN = ["", "[]", "{}", '{"version": 99, "address": "a"}', '{"version": 1, "address": "a", "numbering": {}}']


@pytest.mark.parametrize("text", BROKEN)
async def test_a_file_that_is_no_state_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "slack.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(BadState, match=r"slack\.json: is"):
        async with Sandbox(CONFIG, state=path):
            pass


async def test_a_state_of_other_workspaces_is_refused_with_their_names(tmp_path: Path) -> None:
    path = tmp_path / "slack.json"
    async with Sandbox(CONFIG, state=path):
        pass

    with pytest.raises(BadState, match=f"was kept by other workspaces, {ISLAND}"):
        async with Sandbox(town(), state=path):
            pass


async def test_the_clock_goes_on_from_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "slack.json"
    async with Sandbox(CONFIG, state=path) as slack:
        slack.jump(86_400)
        before = slack.world.clock()

    async with Sandbox(CONFIG, state=path) as slack:
        assert slack.world.clock() >= before


async def test_a_file_that_cannot_be_written_is_found_out_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadState, match="there is no such folder"):
        async with Sandbox(CONFIG, state=tmp_path / "none" / "slack.json"):
            pass
