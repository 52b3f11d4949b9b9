"""A real Chromium before the page of a running demo."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

CHROMIUM_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# A page that is being drawn while two cores run other tests needs more than the usual patience.
PATIENT_MS = 20_000
expect.set_options(timeout=PATIENT_MS)


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "the browser tests need Chromium: apt-get install chromium"
    return found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        yield launched
        await launched.close()


class Window(Protocol):
    def __call__(
        self, *, width: int, language: str, tolerates: str | None = None
    ) -> AbstractAsyncContextManager[Page]: ...


@pytest.fixture
def window(browser: Browser) -> Window:
    """Opens a window of this width in this language; at its end no error may have come up in it, but for those that
    hold what it `tolerates`."""

    @asynccontextmanager
    async def opened(*, width: int, language: str, tolerates: str | None = None) -> AsyncIterator[Page]:
        context = await browser.new_context(
            viewport={"width": width, "height": 900}, locale=language, accept_downloads=True
        )
        page = await context.new_page()
        page.set_default_timeout(PATIENT_MS)
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        try:
            yield page
        except BaseException as failed:
            failed.add_note(f"in the window: {page.url}, errors: {errors}")
            raise
        await context.close()
        assert [error for error in errors if tolerates is None or tolerates not in error] == []

    return opened


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder
