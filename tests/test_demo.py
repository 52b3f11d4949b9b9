"""`python -m bot demo`: the played crisis proves itself, and the served one comes up and goes down cleanly."""

import asyncio
import json
import re
import signal
import socket
import time
from pathlib import Path

import aiohttp

from playbooks.rules import archive
from sandbox.client import Control

from .command_line import starts
from .conftest import CRISIS, GENERAL


def verified(path: str) -> bool:
    return archive.verify(Path(path).read_bytes()).valid


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_the_play_passes_within_a_minute_and_tells_everything_as_json(tmp_path: Path) -> None:
    """Across two workspaces; what the manifest is held against is played in one."""
    begun = time.monotonic()

    played = await starts("demo", "--play", "--json", "--folder", str(tmp_path), folder=tmp_path)
    out, err = await played.communicate()

    assert played.returncode == 0, (out.decode(), err.decode())
    assert time.monotonic() - begun < 60
    told = json.loads(out)
    assert told["problems"] == [] and told["verified"] is True
    assert re.fullmatch(r"CR-\d{4}-0001", told["room"]["number"])
    assert told["officers"]["bank"] and told["officers"]["insurer"]
    assert {step["step"] for step in told["steps"]} >= {"H1", "H3", "H5"}
    states = {(one["clock"], one["party"]): one["state"] for one in told["clocks"]}
    assert states[("T1", "bank")] == "met_late"
    assert [states[("T3", party)] for party in ("bank", "insurer")] == ["met", "met"]
    assert told["pings"] >= 5 and told["refused_wording"]
    assert [one["stage"] for one in told["statements"]] == ["released"]
    assert told["slack_calls"]["chat.postMessage"] > 20 and told["timeline"]
    assert verified(told["record"])


async def test_the_served_demo_answers_on_loopback_and_ends_cleanly_with_a_room_half_made(
    tmp_path: Path,
) -> None:
    kept = tmp_path / "not" / "there" / "yet"
    demo = await starts("demo", "--port", "0", "--folder", str(kept), folder=tmp_path)
    assert demo.stdout and demo.stderr
    address = ""
    async with asyncio.timeout(30):
        while not address:
            line = (await demo.stdout.readline()).decode()
            assert line, (await demo.stderr.read()).decode()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            address = found.group() if found else ""

    async with aiohttp.ClientSession() as session, session.get(address) as page:
        assert page.status == 200 and "text/html" in page.headers["Content-Type"]
    async with Control(address) as control:
        await control.person("U0CHENWEI").run("/crisis", channel=GENERAL)
        await control.person("U0CHENWEI").submits(CRISIS)
    begun = time.monotonic()
    demo.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(demo.communicate(), 10)

    assert demo.returncode == 0 and time.monotonic() - begun < 10
    assert "Ended." in out.decode() and "Traceback" not in err.decode(), err.decode()
    assert left_in(tmp_path) == [tmp_path / "not"] and (kept / "jointroom.sqlite").exists()


async def test_a_port_in_use_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        demo = await starts("demo", "--port", str(port), folder=tmp_path)
        out, err = await asyncio.wait_for(demo.communicate(), 30)

    assert demo.returncode == 1 and "Traceback" not in err.decode()
    assert "The port is in use by another program; choose another with --port, or make demo PORT=" in out.decode()
