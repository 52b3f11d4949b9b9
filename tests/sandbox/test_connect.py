"""Slack Connect: who is asked, who agrees, what each side then sees and may do, and how they part."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Config, Sandbox
from sandbox.client import Control, Person, RefusedAction
from tests.sandbox.apps import Listener, error_of
from tests.sandbox.town import (
    BOT,
    CHEN,
    ISLAND,
    ISLAND_BOT,
    ISLAND_TOKEN,
    MEI,
    towns,
)

ADDRESS = "mei@island.example"
BUTTON = [
    {
        "type": "actions",
        "elements": [{"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}],
    }
]
MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [{"type": "divider"}],
}


@pytest.fixture
def slack_config() -> Config:
    return towns()


@pytest.fixture
def admin(control: Control) -> Person:
    return control.person("U0ADMIN")


@pytest.fixture
def island(slack: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(ISLAND_TOKEN, base_url=slack.api_url)


async def shared(bot: AsyncWebClient, mei: Person, *, limited: bool = False) -> str:
    """A private room that Mei came into; its id as it is since."""
    made = (await bot.conversations_create(name="joint-room", is_private=True))["channel"]
    await bot.conversations_invite(channel=made["id"], users=[CHEN])
    await bot.conversations_inviteShared(channel=made["id"], emails=[ADDRESS], external_limited=limited)
    await mei.accepts("joint-room")
    return str((await mei.channel("joint-room"))["id"])


async def test_sharing_a_private_room_gives_it_another_id(bot: AsyncWebClient, listener: Listener) -> None:
    made = (await bot.conversations_create(name="joint-room", is_private=True))["channel"]

    answer = await bot.conversations_inviteShared(channel=made["id"], emails=[ADDRESS], external_limited=False)

    changed = await listener.event("channel_id_changed")
    assert changed["old_channel_id"] == made["id"] != changed["new_channel_id"]
    assert await error_of(bot, "conversations.info", channel=made["id"]) == "channel_not_found"
    now = (await bot.conversations_info(channel=changed["new_channel_id"]))["channel"]
    assert (now["name"], now["is_pending_ext_shared"], now["is_ext_shared"]) == ("joint-room", True, False)
    assert answer["url"] and answer["conf_code"]


async def test_the_link_of_an_invitation_leads_to_where_its_recipient_accepts_it(
    slack: Sandbox, bot: AsyncWebClient, control: Control
) -> None:
    made = (await bot.conversations_create(name="joint-room"))["channel"]
    link = (await bot.conversations_inviteShared(channel=made["id"], emails=[ADDRESS], external_limited=False))["url"]

    async with control.session.get(link, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, f"/#/{MEI}")
    async with control.session.get(f"{link[:-1]}!") as answer:
        assert answer.status == 404


async def test_a_public_channel_keeps_its_id_and_a_limited_invitation_has_no_link(bot: AsyncWebClient) -> None:
    made = (await bot.conversations_create(name="joint-hall"))["channel"]

    answer = await bot.conversations_inviteShared(channel=made["id"], emails=[ADDRESS])

    assert (answer.get("url"), answer.get("conf_code")) == (None, None)
    assert (await bot.conversations_info(channel=made["id"]))["channel"]["is_pending_ext_shared"]


async def test_who_accepts_is_in_the_room_and_each_side_has_its_name(
    bot: AsyncWebClient, mei: Person, chen: Person, listener: Listener
) -> None:
    made = (await bot.conversations_create(name="joint-room"))["channel"]
    await bot.conversations_inviteShared(channel=made["id"], emails=[ADDRESS.upper()], external_limited=False)

    assert await mei.accepts("joint-room", name="harbour-room")

    accepted = await listener.event("shared_channel_invite_accepted")
    joined = await listener.delivery("member_joined_channel")
    while joined["event"]["user"] != MEI:
        joined = await listener.delivery("member_joined_channel")
    room = (await bot.conversations_info(channel=made["id"]))["channel"]
    assert (accepted["approval_required"], accepted["accepting_user"]["id"]) == (False, MEI)
    assert accepted["invite"]["recipient_email"] == ADDRESS
    assert (joined["event"]["team"], joined["authorizations"][0]["team_id"]) == (ISLAND, "T0HARBOUR")
    assert joined["is_ext_shared_channel"]
    assert (room["name"], room["is_ext_shared"], room["connected_team_ids"]) == ("joint-room", True, [ISLAND])
    assert (await mei.channel("harbour-room"))["id"] == made["id"]
    assert await mei.invites() == []


async def test_a_limited_guest_posts_and_does_nothing_else(
    bot: AsyncWebClient, mei: Person, island: AsyncWebClient
) -> None:
    room = await shared(bot, mei, limited=True)

    await mei.post("Here", room)

    with pytest.raises(RefusedAction, match="restricted_action"):
        await mei.invite("U0NING", room)
    with pytest.raises(RefusedAction, match="restricted_action"):
        await mei.invite(ISLAND_BOT, room)
    assert (await mei.channel("joint-room"))["kind"] == "group"
    assert await error_of(island, "conversations.info", channel=room) == "channel_not_found"


async def test_a_full_guest_brings_colleagues_and_their_own_bot(
    bot: AsyncWebClient, mei: Person, island: AsyncWebClient
) -> None:
    room = await shared(bot, mei)

    await mei.invite("U0NING", room)
    await mei.invite(ISLAND_BOT, room)

    there = (await island.conversations_info(channel=room))["channel"]
    assert (there["is_member"], there["conversation_host_id"], there["connected_team_ids"]) == (
        True,
        "T0HARBOUR",
        ["T0HARBOUR"],
    )
    with pytest.raises(RefusedAction, match="Nobody in Island"):
        await mei.invite("U0LI", room)


async def test_what_is_said_comes_once_though_both_have_the_app(
    bot: AsyncWebClient, mei: Person, chen: Person, listener: Listener
) -> None:
    """Only the authorization says whose token is meant; it is one of the two, and not always the same."""
    room = await shared(bot, mei)
    await mei.invite(ISLAND_BOT, room)
    authorized = set()

    for number in range(8):
        await mei.post(f"From outside {number}", room)
        message = await listener.delivery("message")
        while message["event"].get("text") != f"From outside {number}":
            message = await listener.delivery("message")
        assert (message["team_id"], message["event"]["team"], message["event"]["user"]) == (ISLAND, ISLAND, MEI)
        assert len(message["authorizations"]) == 1
        authorized.add(message["authorizations"][0]["user_id"])
    await chen.post("The end", room)

    assert [one["text"] for one in await listener.events(until="The end")] == ["The end"]
    assert authorized == {BOT, ISLAND_BOT}


async def test_a_mention_says_who_is_from_where(bot: AsyncWebClient, mei: Person, listener: Listener) -> None:
    room = await shared(bot, mei)

    await mei.post("@harbourbot hello", room)
    mention = await listener.event("app_mention")
    assert (mention["team"], mention["user_team"], mention["source_team"]) == ("T0HARBOUR", ISLAND, ISLAND)


async def test_a_button_works_for_everyone_in_the_room(bot: AsyncWebClient, mei: Person, listener: Listener) -> None:
    """The workspace is the installer's, and the person's own is with the person."""
    room = await shared(bot, mei)
    await bot.chat_postMessage(channel=room, text="Press", blocks=BUTTON)

    await mei.clicks("Go", room)

    click = await _of_kind(listener, "block_actions")
    assert (click["team"]["id"], click["user"]["team_id"], click["user"]["id"]) == ("T0HARBOUR", ISLAND, MEI)
    assert click["channel"] == {"id": room, "name": "privategroup"}


async def test_a_form_from_outside_comes_from_the_persons_own_workspace(
    bot: AsyncWebClient, island: AsyncWebClient, mei: Person, listener: Listener
) -> None:
    """Whose app it is stands in the view alone; the token of the other installation opens nothing."""
    room = await shared(bot, mei)
    await bot.chat_postMessage(channel=room, text="Press", blocks=BUTTON)
    await mei.clicks("Go", room)
    trigger = (await _of_kind(listener, "block_actions"))["trigger_id"]

    assert await error_of(island, "views.open", trigger_id=trigger, view="{}") == "invalid_arguments"
    with pytest.raises(Exception, match="invalid_trigger_id"):
        await island.views_open(trigger_id=trigger, view=MODAL)
    await bot.views_open(trigger_id=trigger, view=MODAL)
    await mei.submits({})

    form = await _of_kind(listener, "view_submission")
    assert (form["team"]["id"], form["user"]["team_id"]) == (ISLAND, ISLAND)
    assert (form["view"]["team_id"], form["view"]["app_installed_team_id"]) == (ISLAND, "T0HARBOUR")


async def test_commands_are_those_of_ones_own_workspace(slack: Sandbox, bot: AsyncWebClient, mei: Person) -> None:
    room = await shared(bot, mei)
    slack.world.apps["A0APP"].installations.pop(ISLAND)

    with pytest.raises(RefusedAction, match="/echo is not a valid command"):
        await mei.run("/echo", "hello", channel=room)


async def test_outsiders_are_known_by_name_and_by_nothing_more(bot: AsyncWebClient, mei: Person, ning: Person) -> None:
    await shared(bot, mei)

    met = (await bot.users_info(user=MEI, include_locale=True))["user"]
    stranger = (await bot.users_info(user="U0NING"))["user"]

    assert (met["is_stranger"], met["team_id"], met["real_name"]) == (False, ISLAND, "Mei Lan")
    assert "email" not in met["profile"] and "locale" not in met
    assert stranger["is_stranger"]
    assert MEI not in [one["id"] for one in (await bot.users_list())["members"]]


async def test_whoever_is_of_a_connected_company_is_asked_by_id(
    bot: AsyncWebClient, mei: Person, ning: Person, control: Control
) -> None:
    room = await shared(bot, mei)

    await bot.conversations_inviteShared(channel=room, user_ids=["U0NING"], external_limited=False)
    await ning.accepts("joint-room")

    assert set((await bot.conversations_members(channel=room))["members"]) == {BOT, CHEN, MEI, "U0NING"}


async def test_files_from_outside_are_looked_up(
    bot: AsyncWebClient, mei: Person, listener: Listener, control: Control
) -> None:
    room = await shared(bot, mei)

    file = await mei.upload("letter.txt", b"Dear sirs", room)

    message = await listener.event("message")
    while "files" not in message:
        message = await listener.event("message")
    assert (message["files"][0]["id"], message["files"][0]["file_access"]) == (file["id"], "check_file_info")
    assert "url_private" not in message["files"][0]
    told = (await bot.conversations_history(channel=room))["messages"][0]["files"][0]
    assert told["file_access"] == "check_file_info"
    assert (await bot.files_info(file=file["id"]))["file"]["name"] == "letter.txt"


async def test_an_interaction_names_files_from_outside_and_no_more(
    bot: AsyncWebClient, chen: Person, mei: Person, listener: Listener
) -> None:
    room = await shared(bot, mei)
    await mei.upload("letter.txt", b"Dear sirs", room)
    (message,) = [one for one in await chen.messages(room) if "files" in one]

    await chen.shortcut("keep", message, room)

    while (told := (await listener.next()).payload)["type"] != "message_action":
        continue
    assert (told["message"]["files"][0]["file_access"], "url_private" in told["message"]["files"][0]) == (
        "check_file_info", False
    )  # fmt: skip


async def test_parting_leaves_the_guest_a_copy_under_another_id(
    bot: AsyncWebClient, island: AsyncWebClient, mei: Person, ning: Person, chen: Person, listener: Listener
) -> None:
    room = await shared(bot, mei)
    await mei.invite(ISLAND_BOT, room)
    await chen.post("Before", room)
    await bot.chat_postMessage(channel=room, text="Press", blocks=BUTTON)
    assert await error_of(island, "conversations.kick", channel=room, user=CHEN) == "restricted_action"

    with pytest.raises(RefusedAction, match="restricted_action"):
        await mei.disconnects(room)
    await mei.invite("U0NING", room)
    await ning.disconnects(room)

    parted = await listener.event("channel_unshared")
    copy = str((await mei.channel("joint-room"))["id"])
    assert (parted["channel"], parted["previously_connected_team_id"], parted["is_ext_shared"]) == (room, ISLAND, False)
    assert copy != room
    assert (await mei.sees("Before", copy))["user"] == CHEN
    with pytest.raises(RefusedAction, match="app_not_found"):
        await mei.clicks("Go", copy)
    assert await error_of(island, "conversations.info", channel=room) == "channel_not_found"
    assert (await island.conversations_info(channel=copy))["channel"]["is_ext_shared"] is False
    assert set((await bot.conversations_members(channel=room))["members"]) == {BOT, CHEN}
    assert (await bot.users_info(user=MEI))["user"]["is_stranger"], "whose messages still stand there"
    assert await error_of(bot, "conversations.invite", channel=room, users=MEI) == "user_not_found"
    with pytest.raises(RefusedAction, match="channel_not_found"):
        await mei.post("Anybody?", room)


@pytest.mark.parametrize(
    "slack_config", [towns(island={"approval": True}, harbour={"approval": True})], ids=["approval"]
)
async def test_where_admins_have_to_agree_nobody_comes_in_before(
    bot: AsyncWebClient, mei: Person, ning: Person, admin: Person, listener: Listener
) -> None:
    room = (await bot.conversations_create(name="joint-hall"))["channel"]["id"]
    await bot.conversations_inviteShared(channel=room, emails=[ADDRESS], external_limited=False)

    assert not await mei.accepts("joint-hall")
    accepted = await listener.event("shared_channel_invite_accepted")
    await ning.approves("joint-hall")
    before = (await bot.conversations_info(channel=room))["channel"]["is_ext_shared"]
    await admin.approves("joint-hall")

    assert (accepted["approval_required"], before) == (True, False)
    assert (await bot.conversations_info(channel=room))["channel"]["is_ext_shared"]
    assert (await listener.event("channel_shared"))["connected_team_id"] == ISLAND


async def test_who_declines_is_heard_of(bot: AsyncWebClient, mei: Person, listener: Listener) -> None:
    room = (await bot.conversations_create(name="joint-hall"))["channel"]["id"]
    await bot.conversations_inviteShared(channel=room, emails=[ADDRESS])

    await mei.declines("joint-hall")

    declined = await listener.event("shared_channel_invite_declined")
    assert (declined["declining_user"]["id"], declined["declining_team_id"]) == (MEI, ISLAND)
    assert not (await bot.conversations_info(channel=room))["channel"]["is_pending_ext_shared"]


async def test_an_app_accepts_for_its_own_bot(
    bot: AsyncWebClient, island: AsyncWebClient, mei: Person, listener: Listener
) -> None:
    await shared(bot, mei)
    other = (await bot.conversations_create(name="second-room", is_private=True))["channel"]["id"]
    made = await bot.conversations_inviteShared(channel=other, user_ids=[ISLAND_BOT], external_limited=False)
    received = await listener.event("shared_channel_invite_received")

    listed = (await bot.conversations_listConnectInvites())["invites"]
    answer = await island.conversations_acceptSharedInvite(
        channel_name="joint-second", invite_id=received["invite"]["id"], is_private=True
    )

    assert [(one["direction"], one["status"], one["invite"]["id"]) for one in listed] == [
        ("outgoing", "sent", made["invite_id"])
    ]
    there = (await island.conversations_info(channel=answer["channel_id"]))["channel"]
    assert (there["name"], there["is_private"], there["is_member"]) == ("joint-second", True, True)


async def _of_kind(listener: Listener, kind: str) -> dict[str, Any]:
    while True:
        payload: dict[str, Any] = (await listener.next()).payload
        if payload.get("type") == kind:
            return payload
