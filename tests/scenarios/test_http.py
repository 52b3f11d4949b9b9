"""The whole way over signed HTTP: no socket, one address, and nothing for a request that Slack did not sign."""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.demo.world import World, WorldClock, companies, settings_for
from bot.health import Health
from bot.metronome import Metronome
from bot.wiring import migrate, running
from sandbox import Sandbox
from sandbox.client import Control
from sandbox.signed_http import signature
from tests.conftest import APP, GENERAL, MONDAY, Stage
from tests.ports import free_port


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """As the stage of other scenarios, with deliveries over HTTP instead of a socket."""
    clock, port = WorldClock(MONDAY), free_port()
    address = f"http://127.0.0.1:{port}/slack/events"
    apps = tuple(app.model_copy(update={"request_url": address}) for app in companies().apps)
    config = companies().model_copy(update={"apps": apps})
    async with Sandbox(config, clock=clock.seconds) as slack, Control(slack.url) as control:
        settings = settings_for(slack, tmp_path).model_copy(update={"port": port})
        assert settings.slack_app_token.get_secret_value() == ""
        await migrate(settings.database_url)
        async with running(settings, now=clock.now) as bot:
            yield Stage(World(slack, bot, clock, settings), control)


def _address(stage: Stage, path: str = "/slack/events") -> str:
    return f"http://127.0.0.1:{stage.world.settings.port}{path}"


def _command(text: str) -> bytes:
    team = "T0HARBOUR"
    fields = {"command": "/crisis", "text": text, "team_id": team, "user_id": "U0CHENWEI", "channel_id": GENERAL,
              "trigger_id": "1.2.3", "response_url": "http://127.0.0.1:9/none", "api_app_id": "A0JOINTROOM",
              }  # fmt: skip
    return urlencode(fields).encode()


async def _sends(stage: Stage, body: bytes, *, secret: str, at: int, kind: str) -> int:
    headers = {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": str(at),
        "X-Slack-Signature": signature(secret, str(at), body),
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(_address(stage), data=body, headers=headers) as answer,
    ):
        await answer.read()
        return answer.status


FORM, JSON = "application/x-www-form-urlencoded", "application/json"


async def test_a_crisis_is_opened_answered_and_ticked_over_signed_http(stage: Stage) -> None:
    room = await stage.crisis()

    await stage.answers("CHENWEI", "WANGLEI")
    await stage.person("CHENWEI").sees("The room is live", room)
    await stage.person("CHENWEI").clicks("step.tick", room, block_id="step:H3:bank")
    said = await stage.person("WANGLEI").post("On my way", room)

    step = await stage.entered("step.done")
    assert (step.data["step"], step.actor.id) == ("H3", "chen-wei")
    await stage.settled()
    assert said["ts"] in [entry.data.get("ts") for entry in await stage.record()]
    assert "apps.connections.open" not in [call.method for call in stage.world.slack.calls]


async def test_a_wrong_signature_is_refused_and_changes_nothing(stage: Stage) -> None:
    room = await stage.crisis()
    await stage.settled()
    before = await stage.record()
    now = int(time.time())
    event = {"type": "event_callback", "event_id": "EvForged", "team_id": "T0HARBOUR",
             "event": {"type": "message", "channel": room, "user": "U0WANGLEI", "text": "Forged", "ts": "1.2"},
             }  # fmt: skip

    statuses = [
        await _sends(stage, _command("log forged"), secret="wrong", at=now, kind=FORM),
        await _sends(stage, json.dumps(event).encode(), secret="wrong", at=now, kind=JSON),
        await _sends(stage, b"", secret="wrong", at=now, kind=JSON),
    ]

    await stage.settled()
    assert statuses == [401, 401, 401]
    assert await stage.record() == before


async def test_an_old_request_is_refused_although_its_signature_is_right(stage: Stage) -> None:
    secret = stage.world.settings.slack_signing_secret.get_secret_value()
    old = int(time.time()) - 600

    assert await _sends(stage, _command("help"), secret=secret, at=old, kind=FORM) == 401
    assert await _sends(stage, _command("help"), secret=secret, at=int(time.time()), kind=FORM) == 200


async def test_a_request_without_signature_or_of_another_kind_finds_nothing(stage: Stage) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.post(_address(stage), data=_command("help")) as unsigned:
            assert unsigned.status == 401
        async with session.get(_address(stage)) as got:
            assert got.status == 405
        async with session.post(_address(stage, "/other"), data=b"{}") as elsewhere:
            assert elsewhere.status == 404


async def _asks(stage: Stage, path: str) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.get(_address(stage, path)) as answer:
        return answer.status, await answer.json()


async def test_the_health_check_answers_and_needs_no_signature(stage: Stage) -> None:
    status, told = await _asks(stage, "/healthz")

    assert (status, told["ok"]) == (200, True) and told["seconds_since_beat"] < 5


async def test_it_is_ready_while_its_database_answers(stage: Stage) -> None:
    assert await _asks(stage, "/readyz") == (200, {"ok": True, "database": True, "slack": True})

    path = stage.world.settings.database_url.removeprefix("sqlite+aiosqlite:///")
    with closing(sqlite3.connect(path, check_same_thread=False)) as other:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        assert await _asks(stage, "/readyz") == (503, {"ok": False, "database": False, "slack": True})
        assert (await _asks(stage, "/healthz"))[0] == 200
        other.rollback()

    assert (await _asks(stage, "/readyz"))[0] == 200


async def test_what_is_measured_is_told_to_prometheus_without_names(stage: Stage) -> None:
    await stage.crisis()
    await stage.settled()
    stage.advance(minutes=31)
    await stage.entered("clock.reminded")
    await stage.settled()

    async with aiohttp.ClientSession() as session, session.get(_address(stage, "/metrics")) as answer:
        told = await answer.text()

    figures = dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
    assert float(figures['jointroom_outbox_depth{priority="0"}']) == 0
    assert float(figures["jointroom_socket_connected"]) == 1
    assert float(figures["jointroom_ping_lateness_seconds_count"]) >= 1
    assert float(figures['jointroom_ack_seconds_count{kind="http"}']) >= 3
    assert float(figures["jointroom_database_up"]) == 1
    assert "CR-2026" not in told and "chen" not in told.lower()


async def test_while_the_database_is_away_prometheus_is_told_so_and_no_figure_that_only_it_knows(stage: Stage) -> None:
    path = stage.world.settings.database_url.removeprefix("sqlite+aiosqlite:///")
    with closing(sqlite3.connect(path, check_same_thread=False)) as other:
        await asyncio.to_thread(other.execute, "ALTER TABLE outbox RENAME TO elsewhere")
        async with aiohttp.ClientSession() as session, session.get(_address(stage, "/metrics")) as answer:
            told = (await answer.text()).splitlines()
        await asyncio.to_thread(other.execute, "ALTER TABLE elsewhere RENAME TO outbox")

    assert answer.status == 200
    assert "jointroom_database_up 0.0" in told and "jointroom_outbox_parked NaN" in told


async def test_a_metronome_that_fell_silent_is_not_alive(stage: Stage) -> None:
    seconds = iter((0.0, 59.0, 61.0))
    silent = Metronome(1, stage.world.bot.beat, clock=lambda: next(seconds))
    health = Health(stage.world.bot.database, silent, stage.world.bot.ears)

    assert [health.alive()["ok"] for _ in range(2)] == [True, False]


async def test_the_answer_to_slacks_url_check_is_its_challenge(stage: Stage) -> None:
    secret = stage.world.settings.slack_signing_secret.get_secret_value()
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "t"}).encode()
    now = int(time.time())

    assert await _sends(stage, body, secret=secret, at=now, kind=JSON) == 200


async def test_half_a_character_in_an_event_does_not_keep_the_rest_out(stage: Stage) -> None:
    room = await stage.crisis()
    await stage.settled()
    before = [entry.kind for entry in await stage.record()].count("message.posted")
    event = {"type": "message", "channel": room, "user": "U0CHENWEI", "text": "half \ud83d of it", "ts": "1772413300.1"}
    told = {"type": "event_callback", "team_id": "T0HARBOUR", "api_app_id": APP, "event_id": "Ev0HALF", "event": event}
    secret = stage.world.settings.slack_signing_secret.get_secret_value()

    status = await _sends(stage, json.dumps(told).encode(), secret=secret, at=int(time.time()), kind=JSON)

    assert status == 200
    assert (await stage.entered("message.posted", count=before + 1)).data["text"] == "half  of it"
