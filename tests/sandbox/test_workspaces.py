"""Two workspaces: what belongs to one does not exist in the other; an app acts in each by the token it has there."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Config, Sandbox
from sandbox.client import Control, Person, RefusedAction
from tests.sandbox.apps import Listener
from tests.sandbox.town import CHEN, DESK, FERRY, GENERAL, ISLAND, ISLAND_BOT, ISLAND_TOKEN, LI, MEI, two_towns

HOME = {"type": "home", "blocks": [{"type": "divider"}]}


def not_installed() -> Config:
    settings = two_towns()
    settings["apps"][0]["installed"] = []
    return Config.model_validate({**settings, "channels": [{**one, "apps": []} for one in settings["channels"]]})


@pytest.fixture
def slack_config() -> Config:
    return Config.model_validate(two_towns())


@pytest.fixture
def mei(control: Control) -> Person:
    return control.person(MEI)


@pytest.fixture
def island(slack: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(ISLAND_TOKEN, base_url=slack.api_url)


async def test_a_token_acts_in_its_own_workspace(bot: AsyncWebClient, island: AsyncWebClient) -> None:
    there, here = await island.auth_test(), await bot.auth_test()

    assert (there["team_id"], there["user_id"], there["team"]) == (ISLAND, ISLAND_BOT, "Island")
    assert there["url"].endswith("/island/") and here["url"].endswith("/harbour-joint/")
    assert (here["team_id"], here["user_id"]) == ("T0HARBOUR", "U0BOT")
    assert (await island.team_info())["team"]["domain"] == "island"


async def test_people_and_channels_of_another_workspace_are_not_listed(island: AsyncWebClient) -> None:
    assert {one["id"] for one in (await island.users_list())["members"]} == {"USLACKBOT", MEI, "U0NING", ISLAND_BOT}
    assert [one["id"] for one in (await island.conversations_list())["channels"]] == [FERRY]


async def test_names_and_addresses_are_free_in_every_workspace(bot: AsyncWebClient, island: AsyncWebClient) -> None:
    """Li Na and Ning have the same handle and the same address, each at home."""
    assert (await bot.users_lookupByEmail(email="li.na@insurer.example"))["user"]["id"] == LI
    assert (await island.users_lookupByEmail(email="li.na@insurer.example"))["user"]["id"] == "U0NING"
    assert (await bot.conversations_create(name="ferry-desk"))["ok"]
    assert (await island.conversations_create(name="ferry-desk"))["ok"]


async def test_a_person_sees_only_their_own_workspace(mei: Person, chen: Person) -> None:
    assert [one["id"] for one in await mei.channels()] == [FERRY]
    assert FERRY not in [one["id"] for one in await chen.channels()]
    with pytest.raises(RefusedAction, match="channel_not_found"):
        await mei.post("Anybody?", GENERAL)
    with pytest.raises(RefusedAction, match="user_not_found"):
        await mei.opens_direct(CHEN)
    with pytest.raises(RefusedAction, match="user_not_found"):
        await mei.invite(CHEN, FERRY)


async def test_events_say_in_which_workspace(listener: Listener, mei: Person, chen: Person) -> None:
    """One set of sockets carries both, each event once."""
    await mei.post("From the island", FERRY)
    there = await listener.delivery("message")
    await chen.post("From the harbour", DESK)
    here = await listener.delivery("message")

    assert (there["team_id"], there["authorizations"][0]["team_id"]) == (ISLAND, ISLAND)
    assert (there["authorizations"][0]["user_id"], there["event"]["team"]) == (ISLAND_BOT, ISLAND)
    assert (here["team_id"], here["authorizations"][0]["user_id"]) == ("T0HARBOUR", "U0BOT")


async def test_a_command_comes_with_the_workspace_of_who_ran_it(listener: Listener, mei: Person) -> None:
    await mei.run("/echo", "hello", channel=FERRY)
    payload = (await listener.next()).payload

    assert (payload["team_id"], payload["team_domain"], payload["user_id"]) == (ISLAND, "island", MEI)


async def test_a_home_is_published_with_the_token_of_its_person(
    island: AsyncWebClient, mei: Person, listener: Listener
) -> None:
    await island.views_publish(user_id=MEI, view=HOME)
    await mei.opens_home("A0APP")

    opened = await listener.delivery("app_home_opened")
    assert (opened["team_id"], opened["event"]["view"]["app_installed_team_id"]) == (ISLAND, ISLAND)


@pytest.mark.parametrize("slack_config", [not_installed()], ids=["not installed"])
async def test_where_an_app_is_not_installed_its_commands_do_not_exist(chen: Person, control: Control) -> None:
    with pytest.raises(RefusedAction, match="/echo is not a valid command"):
        await chen.run("/echo", "hello", channel=GENERAL)
    with pytest.raises(RefusedAction, match="shortcut_not_found"):
        await chen.shortcut("report")
    assert (await control.world())["apps"] == []
