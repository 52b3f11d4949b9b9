"""Takes the README's screenshots from a running demo: `make screenshot`."""

import asyncio
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import async_playwright

from bot.demo.world import World, WorldClock, world
from bot.logs import configure_logs
from sandbox.client import Control

DOCS = Path(__file__).parent
CHROMIUM_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Who opens, who answers for the insurer, and what they write.
SCENES = {
    "en": ("U0SUNMEI", "U0FENGTING", "Customers in the lobby about maturity payouts",
           "Seven customers ask for an early payout at the counter. A reporter is filming in the lobby."),
    "zh-CN": ("U0CHENWEI", "U0WANGLEI", "客户聚集询问满期给付",
              "七名客户在营业厅要求提前支取满期金，一名记者在场拍摄。"),
}  # fmt: skip


async def _room(running: World, control: Control, language: str) -> str:
    """A live room, at the start of its checklist."""
    opener, insurer, title, summary = SCENES[language]
    head, officer = control.person(opener), control.person(insurer)
    await head.run("/crisis", channel="C0GENERAL")
    form = {"criteria": ["K2"], "headcount": "7", "title": title, "summary": summary, "language": language}
    opened = await head.submits(form)
    room = str((await head.channel(opened.views[-1]["title"]["text"].lower()))["id"])
    await head.close()
    for person in (head, officer):
        await person.clicks("room.answer", (await person.opens_direct("U0JOINTROOM"))["id"])
    await head.clicks("step.tick", room, block_id="step:H3:bank", within=10)
    running.clock.advance(minutes=2)
    await head.sees("1 / 41" if language == "zh-CN" else "1 of 41", room)
    return room


async def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("This needs Chromium: apt-get install chromium")
    configure_logs("console", quiet=True)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            world(Path(folder), WorldClock(datetime(2026, 3, 2, 1, 5, tzinfo=UTC))) as running,
            Control(running.slack.url) as control,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
            for language, (opener, _, _, summary) in SCENES.items():
                room = await _room(running, control, language)
                page = await browser.new_page(viewport={"width": 1280, "height": 860}, device_scale_factor=1.5)
                await page.goto(f"{running.slack.url}/#/{opener}/{room}")
                await page.get_by_text(summary).first.scroll_into_view_if_needed()
                await page.wait_for_timeout(1000)
                await page.screenshot(path=DOCS / f"room.{language}.png")
            await browser.close()


asyncio.run(main())
