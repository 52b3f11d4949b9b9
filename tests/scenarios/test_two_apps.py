"""Each company runs an app of its own, in a process of its own, and both share one PostgreSQL: neither has the other's
tokens, and the room is one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.demo.world import BANK, INSURER, INSURERS_BOT, World, apart, directory_apart, settings_for, start_now
from bot.settings import Settings
from bot.wiring import migrate, running
from sandbox import Config, Sandbox
from sandbox.client import Control
from tests.conftest import APP, Stage
from tests.postgres import Server
from tests.scenarios.test_two_companies import disconnected, joined

REEDS_APP = "A0JOINTREED"


def an_app_each() -> Config:
    """The two companies, each with an app of its own from the same manifest."""
    both = apart().model_dump()
    (shared,) = both["apps"]
    installed = {one["team"]: one for one in shared["installed"]}
    reeds = {"id": REEDS_APP, "app_token": "xapp-reedlight", "signing_secret": "reedlight-signing-secret"}
    apps = [{**shared, "installed": [installed[BANK]]}, {**shared, **reeds, "installed": [installed[INSURER]]}]
    channels = [{**one, "apps": [_owner(one, app) for app in one["apps"]]} for one in both["channels"]]
    return Config.model_validate({**both, "apps": apps, "channels": channels})


def _owner(channel: dict[str, Any], app: str) -> str:
    return REEDS_APP if channel["team"] == INSURER else app


def settings_of(app: str, slack: Sandbox, base: Settings) -> Settings:
    """What one company's process is told: its own tokens alone."""
    known = slack.world.apps[app]
    (only,) = known.installations.values()
    own = {"slack_bot_token": SecretStr(only.token), "slack_app_token": SecretStr(known.settings.app_token)}
    return base.model_copy(update=own)


@pytest.fixture
async def stage(tmp_path: Path, postgres: Server) -> AsyncIterator[Stage]:
    """`stage.world.bot` is the bank's process; the insurer's runs beside it."""
    name, clock = f"two_apps_{tmp_path.name[-30:].lower()}", start_now()  # which the server's own is held against
    postgres.run(f'CREATE DATABASE "{name}"')
    async with Sandbox(an_app_each(), clock=clock.seconds) as slack, Control(slack.url) as control:
        base = settings_for(slack, tmp_path, directory=directory_apart(tmp_path))
        base = base.model_copy(update={"database_url": postgres.of(name)})
        await migrate(base.database_url)
        banks, reeds = (settings_of(app, slack, base) for app in (APP, REEDS_APP))
        async with running(banks, now=clock.now) as bank, running(reeds, now=clock.now):
            yield Stage(World(slack, bank, clock, banks), control, number=f"CR-{clock.now().year}-0001")


async def test_each_app_reaches_its_own_people_and_the_room_is_one(stage: Stage) -> None:
    zhou, chen = stage.person("ZHOUKAI"), stage.person("CHENWEI")
    await stage.opens()
    await stage.entered("room.moved", within=20)
    room = await stage.room()

    called = await zhou.sees(stage.number, await stage.direct(zhou))
    await zhou.clicks("room.answer", await stage.direct(zhou))
    await chen.clicks("room.answer", await stage.direct(chen))
    await stage.entered("room.live")
    await joined(stage)
    await zhou.invite(INSURERS_BOT, room)  # then both apps hear what is said there
    await zhou.clicks("case.log", room)
    await zhou.submits({"text": "Two customers are on their way home."})
    await zhou.post("We are on our way.", room)
    await stage.settled(within=20)

    assert called["app_id"] == REEDS_APP and (await chen.sees("Before", room))["app_id"] == APP
    entries = await stage.record()
    assert [one.data["text"] for one in entries if one.actor.id == "zhou-kai" and one.kind == "message.posted"] == [
        "We are on our way."
    ]
    assert (await stage.entered("log")).actor.team_id == INSURER
    assert [seat.trouble for seat in (await stage.file()).room.seats] == [""] * len((await stage.file()).room.seats)
    tokens = {call.app for call in stage.world.slack.calls if not call.ok and call.error == "not_installed"}
    assert tokens == set()


async def test_a_crisis_of_the_insurers_side_is_hosted_by_the_banks_app_and_bridged_by_its_own(stage: Stage) -> None:
    zhou = stage.person("ZHOUKAI")
    await zhou.run("/crisis", channel="C0GENERAL2")
    await zhou.submits(
        {"outlet": "bank-outlet-linjiang", "criteria": ["K2"], "headcount": "7", "summary": "Seven.", "language": "en"}
    )
    await stage.entered("room.moved", within=20)
    room = await stage.room()
    await joined(stage)

    await disconnected(stage, room)
    bridge = await zhou.channel(f"{stage.number.lower()}-bridge")
    mark = await zhou.sees("*Bridge.*", bridge["id"])
    await zhou.post("Said on the bridge", bridge["id"])
    await stage.entered("bridge.invited")
    await stage.settled(within=20)

    assert mark["app_id"] == REEDS_APP
    said = [one for one in await stage.record() if one.data.get("text") == "Said on the bridge"]
    assert [(one.actor.id, one.data.get("bridged")) for one in said] == [("zhou-kai", bridge["id"])]
    strangers = [one.actor for one in await stage.record() if one.kind == "message.posted" and not one.actor.id]
    assert {(one.team_id, one.user_id) for one in strangers} <= {("", "")}
    assert stage.number.lower() in [one["name"] for one in await stage.person("CHENWEI").channels()]
