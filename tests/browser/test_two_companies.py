"""The page of two companies: an app let in, an invitation accepted, who is from where, and parting."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Config, Sandbox
from sandbox.client import Control
from tests.browser.conftest import Window
from tests.sandbox.town import BOT_TOKEN, CHEN, LI, MEI, two_towns

ADDRESS = "mei@island.example"


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    redirect = "http://127.0.0.1:9/slack/oauth_redirect"
    settings = two_towns(client_id="1.2", client_secret="secret", redirect_urls=[redirect])
    async with Sandbox(Config.model_validate(settings)) as running:
        yield running


async def test_two_people_of_two_companies_meet_in_a_room_and_their_companies_part(
    slack: Sandbox, window: Window
) -> None:
    bot = AsyncWebClient(BOT_TOKEN, base_url=slack.api_url)
    room = str((await bot.conversations_create(name="joint-room"))["channel"]["id"])
    await bot.conversations_invite(channel=room, users=[CHEN, "U0ADMIN"])
    async with (
        window(width=1280, language="en-US") as ours,
        window(width=1280, language="zh-CN") as theirs,
        Control(slack.url) as control,
    ):
        await ours.goto(f"{slack.url}/#/U0ADMIN/{room}")
        await theirs.goto(f"{slack.url}/#/{MEI}")
        await bot.conversations_inviteShared(channel=room, emails=[ADDRESS], external_limited=False)

        await theirs.get_by_role("button", name="Accept").click()
        await theirs.get_by_role("link", name="joint-room").click()
        await control.person(CHEN).post("From the harbour", room)
        await control.person(MEI).post("From the island", room)

        await expect(ours.locator(".shared-with")).to_have_text("Shared with Island")
        await expect(theirs.locator(".shared-with")).to_have_text("Shared with Harbour Joint")
        inside = ours.locator(".message", has_text="From the island")
        await expect(inside.locator(".of-outside")).to_have_text("Island")
        assert await ours.locator(".message", has_text="From the harbour").locator(".of-outside").count() == 0

        await ours.get_by_role("button", name="Channel actions").click()
        await ours.get_by_role("menuitem", name="Disconnect the other company").click()
        await ours.get_by_role("button", name="Yes").click()

        await expect(ours.locator(".shared-with")).to_have_count(0)
        await expect(theirs.locator(".nowhere")).to_be_visible()
        await theirs.get_by_role("link", name="joint-room").click()
        await expect(theirs.locator(".message", has_text="From the harbour")).to_be_visible()
        assert await theirs.locator(".shared-with").count() == 0


@pytest.mark.thorough
async def test_two_people_of_two_companies_act_side_by_side_in_one_window(slack: Sandbox, window: Window) -> None:
    async with window(width=1280, language="en-US") as page, Control(slack.url) as control:
        await page.goto(f"{slack.url}/#/{LI}")
        await page.get_by_role("link", name="两人并排").click()
        left, right = page.frame_locator("iframe").nth(0), page.frame_locator("iframe").nth(1)
        for side, text in ((left, "From the harbour"), (right, "From the island")):
            await side.locator("textarea").fill(text)
            await side.locator("textarea").press("Enter")
            await expect(side.locator(".message")).to_contain_text(text)

        assert [one["user"] for one in await control.person(CHEN).messages("C0GENERAL")] == [LI]
        assert [one["user"] for one in await control.person(MEI).messages("C0FERRY")] == [MEI]
        await expect(page.locator(".split-head")).to_have_text(["LNLi NaHarbour Joint", "MLMei LanIsland"])
        boxes = [await page.locator("iframe").nth(n).bounding_box() for n in (0, 1)]
        assert all(box and box["width"] > 600 for box in boxes) and boxes[0]["y"] == boxes[1]["y"]  # type: ignore[index]

        await right.get_by_role("button", name="Show channels").click()
        await right.get_by_role("button", name="Acting as Mei Lan").click()
        await right.get_by_role("link", name="Ning").click()
        await expect(page.locator(".split-head").nth(1)).to_contain_text("Ning")
        assert page.url.endswith(f"/split#/{LI}/U0NING")


async def test_a_person_lets_an_app_into_their_workspace_and_an_admin_takes_it_out(
    slack: Sandbox, window: Window
) -> None:
    asked = f"{slack.url}/oauth/v2/authorize?client_id=1.2&scope=commands,chat:write&state=s"
    async with window(width=800, language="en-US") as page:
        answers: list[str] = []
        await page.route("http://127.0.0.1:9/**", lambda route: route.fulfill(body="Thank you"))
        page.on("request", lambda request: answers.append(request.url))
        await page.goto(asked)
        await expect(page.get_by_role("heading")).to_have_text("Harbour Bot asks to be installed")
        await expect(page.get_by_text("Installed there already")).to_be_visible()
        await page.get_by_label("Install as").select_option(MEI)
        await page.get_by_role("button", name="Allow").click()
        await expect(page.get_by_text("Thank you")).to_be_visible()
        assert "code=" in answers[-1] and answers[-1].endswith("&state=s")

        await page.goto(f"{slack.url}/#/U0NING/home/A0APP")
        await page.get_by_role("button", name="Remove Harbour Bot from this workspace").click()
        await page.get_by_role("button", name="Yes").click()
        await expect(page.locator(".of-apps")).to_have_count(0)

    async with window(width=800, language="zh-CN") as page:
        await page.goto(asked.replace("commands", "admin"))
        await expect(page.get_by_role("alert")).to_have_text("该应用请求了它没有声明的权限。")
