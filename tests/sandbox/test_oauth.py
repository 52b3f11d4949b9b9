"""Installing an app with OAuth: consent, a code that is good once, tokens that are added to and taken back."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from sandbox import Config, Sandbox
from sandbox.client import Person, RefusedAction
from sandbox.oauth import CODE_SECONDS, OAuth
from sandbox.refusals import Refused
from tests.sandbox.apps import Listener, error_of
from tests.sandbox.given import MODAL
from tests.sandbox.town import CHEN, DESK, EVENTS, GENERAL, ISLAND, ISLAND_TOKEN, MEI, two_towns

CLIENT, SECRET, REDIRECT = "1234.5678", "client-secret", "https://bot.example/slack/oauth_redirect"
EVERY = [*EVENTS, "tokens_revoked", "app_uninstalled"]


def ready_to_install(installed: list[dict[str, str]] | None = None) -> Config:
    settings = two_towns(client_id=CLIENT, client_secret=SECRET, redirect_urls=[REDIRECT], events=EVERY)
    if installed is not None:
        settings["apps"][0]["installed"] = installed
        settings["channels"] = [{**one, "apps": []} for one in settings["channels"]]
    return Config.model_validate(settings)


@pytest.fixture
def slack_config() -> Config:
    return ready_to_install([])


@pytest.fixture
def nobody(slack: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(base_url=slack.api_url)


def authorize(slack: Sandbox, **query: str) -> str:
    asked = {"client_id": CLIENT, "scope": "commands,chat:write", "state": "s1", **query}
    return str(URL(slack.url) / "oauth/v2/authorize" % asked)


def code_in(location: str) -> str:
    return URL(location).query["code"]


async def redeemed(nobody: AsyncWebClient, code: str, **more: str) -> dict[str, Any]:
    answer = await nobody.oauth_v2_access(client_id=CLIENT, client_secret=SECRET, code=code, **more)
    return dict(answer.data)  # type: ignore[arg-type]  # bytes only where a file is asked for


async def test_who_allows_it_brings_the_app_into_their_own_workspace(
    slack: Sandbox, nobody: AsyncWebClient, mei: Person
) -> None:
    with pytest.raises(RefusedAction, match="not a valid command"):
        await mei.run("/echo", channel="C0FERRY")

    location = await mei.allows(authorize(slack))
    installed = await redeemed(nobody, code_in(location))

    assert str(URL(location).with_query(None)) == REDIRECT
    assert URL(location).query["state"] == "s1"
    assert (installed["team"], installed["scope"]) == ({"id": ISLAND, "name": "Island"}, "commands,chat:write")
    assert (installed["token_type"], installed["authed_user"]["id"]) == ("bot", MEI)
    bot = AsyncWebClient(installed["access_token"], base_url=slack.api_url)
    assert (await bot.auth_test())["user_id"] == installed["bot_user_id"]
    assert await error_of(bot, "pins.add", channel="C0FERRY") == "missing_scope"


async def test_slack_reads_no_json_where_a_code_is_redeemed(slack: Sandbox, mei: Person) -> None:
    code = code_in(await mei.allows(authorize(slack)))
    given = {"client_id": CLIENT, "client_secret": SECRET, "code": code}

    async with (
        aiohttp.ClientSession() as session,
        session.post(slack.api_url + "oauth.v2.access", json=given) as answer,
    ):
        assert (await answer.json())["error"] == "invalid_client_id"


async def test_who_does_not_allow_it_goes_back_with_that(slack: Sandbox, mei: Person) -> None:
    location = await mei.denies(authorize(slack))

    assert dict(URL(location).query) == {"error": "access_denied", "state": "s1"}


async def test_the_redirect_address_is_registered_and_given_twice(
    slack: Sandbox, nobody: AsyncWebClient, mei: Person
) -> None:
    below = f"{REDIRECT}/island"

    with pytest.raises(RefusedAction, match="bad_redirect_uri"):
        await mei.allows(authorize(slack, redirect_uri="https://elsewhere.example/"))
    code = code_in(await mei.allows(authorize(slack, redirect_uri=below)))
    with pytest.raises(SlackApiError, match="bad_redirect_uri"):
        await redeemed(nobody, code)

    assert (await redeemed(nobody, code, redirect_uri=below))["ok"]


@pytest.mark.parametrize(
    "query, error",
    [({"client_id": "9.9"}, "invalid_client_id"), ({"scope": ""}, "no_scopes"), ({"scope": "admin"}, "invalid_scope")],
)
async def test_what_cannot_be_asked(slack: Sandbox, mei: Person, query: dict[str, str], error: str) -> None:
    with pytest.raises(RefusedAction, match=error):
        await mei.allows(authorize(slack, **query))


async def test_scopes_add_up_and_the_token_stays(slack: Sandbox, nobody: AsyncWebClient, mei: Person) -> None:
    first = await redeemed(nobody, code_in(await mei.allows(authorize(slack))))

    second = await redeemed(nobody, code_in(await mei.allows(authorize(slack, scope="users:read"))))

    assert (second["access_token"], second["bot_user_id"]) == (first["access_token"], first["bot_user_id"])
    assert second["scope"] == "commands,chat:write,users:read"


def test_a_code_is_good_for_ten_minutes(slack: Sandbox) -> None:
    now = [0.0]
    oauth = OAuth(slack.world, lambda: now[0])
    query = {"client_id": CLIENT, "scope": "commands"}
    app, person = slack.world.apps["A0APP"], slack.world.users[CHEN]
    code = URL(oauth.allow(person, query)).query["code"]

    now[0] = CODE_SECONDS + 1

    with pytest.raises(Refused, match="ten minutes"):
        oauth.redeem(app, code, None)


@pytest.mark.parametrize("slack_config", [ready_to_install()], ids=["installed"])
@pytest.mark.parametrize("only_token, error", [(False, "account_inactive"), (True, "token_revoked")])
async def test_an_app_that_was_taken_out_can_do_nothing_there(
    slack: Sandbox, mei: Person, ning: Person, listener: Listener, only_token: bool, error: str, chen: Person
) -> None:
    """It hears of it once more, its commands are gone, and the other workspace notices nothing."""
    island = AsyncWebClient(ISLAND_TOKEN, base_url=slack.api_url)
    with pytest.raises(RefusedAction, match="restricted_action"):
        await mei.uninstalls("A0APP")

    await ning.uninstalls("A0APP", only_token=only_token)

    revoked = await listener.delivery("tokens_revoked")
    assert (revoked["team_id"], revoked["event"]["tokens"]["bot"]) == (ISLAND, ["U0BOTISLAND"])
    if not only_token:
        assert (await listener.delivery("app_uninstalled"))["team_id"] == ISLAND
    assert await error_of(island, "auth.test") == error
    with pytest.raises(RefusedAction, match="not a valid command"):
        await mei.run("/echo", channel="C0FERRY")
    await mei.post("Nobody hears this", "C0FERRY")
    await chen.post("This somebody does", DESK)
    heard = (await listener.events(until="This somebody does"))[-1]
    assert heard["channel"] == DESK
    assert (await chen.run("/echo", channel=GENERAL)) is None


@pytest.mark.parametrize("slack_config", [ready_to_install()], ids=["installed"])
async def test_installed_again_its_bot_is_who_it_was(
    slack: Sandbox, nobody: AsyncWebClient, mei: Person, ning: Person
) -> None:
    await ning.uninstalls("A0APP")

    again = await redeemed(nobody, code_in(await mei.allows(authorize(slack))))

    assert again["bot_user_id"] == "U0BOTISLAND"
    assert again["access_token"] != ISLAND_TOKEN


async def test_installed_again_its_homes_buttons_open_forms(
    slack: Sandbox, nobody: AsyncWebClient, mei: Person, ning: Person
) -> None:
    home = {"type": "home", "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "Here"}}]}
    first = await redeemed(nobody, code_in(await mei.allows(authorize(slack))))
    await AsyncWebClient(first["access_token"], base_url=slack.api_url).views_publish(user_id=mei.id, view=home)
    await ning.uninstalls("A0APP")
    again = await redeemed(nobody, code_in(await mei.allows(authorize(slack))))
    island = AsyncWebClient(again["access_token"], base_url=slack.api_url)

    await island.views_publish(user_id=mei.id, view=home)
    shown = slack.views.homes["A0APP", mei.id]
    trigger = slack.views.trigger(shown.installation, mei.id, shown)

    assert shown.installation.token == again["access_token"]
    assert (await island.views_open(trigger_id=trigger, view=MODAL))["ok"]


@pytest.mark.parametrize("slack_config", [ready_to_install()], ids=["installed"])
async def test_an_app_can_take_itself_out(slack: Sandbox, bot: AsyncWebClient) -> None:
    island = AsyncWebClient(ISLAND_TOKEN, base_url=slack.api_url)

    assert (await island.auth_revoke(test=True))["revoked"] is False
    assert (await island.auth_revoke())["revoked"]
    await bot.apps_uninstall(client_id=CLIENT, client_secret=SECRET)

    assert await error_of(island, "auth.test") == "account_inactive"
    assert await error_of(bot, "auth.test") == "account_inactive"
