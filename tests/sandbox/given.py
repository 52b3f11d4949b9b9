"""What has to have happened before a row of the conformance table: each gives the ids that the row's arguments name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from sandbox import Sandbox
from tests.sandbox.town import CHEN, CLOSED, DESK, ISLAND, ISLAND_BOT, MEI, installation

CLIENT, CLIENT_SECRET, REDIRECT = "1234.5678", "client-secret", "https://bot.example/slack/oauth_redirect"
ADDRESS = "mei@island.example"
Ids = dict[str, str]
BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}]
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Form"}, "blocks": [{"type": "divider"}]}
HOME = {"type": "home", "blocks": [{"type": "divider"}]}


@dataclass(frozen=True)
class Scene:
    """The two towns, and the app in each of them."""

    slack: Sandbox
    bot: AsyncWebClient
    island: AsyncWebClient


Given = Callable[[Scene], Awaitable[Ids]]


async def given_nothing(_scene: Scene) -> Ids:
    return {}


# Rooms


async def given_own_room(scene: Scene) -> Ids:
    """A private room that the bot made, and where it is alone."""
    made = await scene.bot.conversations_create(name="joint-room", is_private=True)
    return {"room": made["channel"]["id"]}


async def given_public_room(scene: Scene) -> Ids:
    made = await scene.bot.conversations_create(name="joint-hall")
    return {"room": made["channel"]["id"]}


async def given_archived_room(scene: Scene) -> Ids:
    """A public room with a message of the bot's that the bot archived."""
    room = (await given_public_room(scene))["room"]
    ts = (await scene.bot.chat_postMessage(channel=room, text="last words"))["ts"]
    await scene.bot.conversations_archive(channel=room)
    return {"room": room, "ts": ts}


async def given_left_room(scene: Scene) -> Ids:
    """A public room with Chen and a message of the bot's, which left it."""
    room = (await given_public_room(scene))["room"]
    ts = (await scene.bot.chat_postMessage(channel=room, text="ours"))["ts"]
    await scene.bot.conversations_invite(channel=room, users=[CHEN])
    await scene.bot.conversations_leave(channel=room)
    return {"room": room, "ts": ts}


async def given_direct_message(scene: Scene) -> Ids:
    opened = await scene.bot.conversations_open(users=CHEN)
    return {"room": opened["channel"]["id"]}


# Messages in the private room that Chen and the bot are in


async def given_own_message(scene: Scene) -> Ids:
    return {"ts": (await scene.bot.chat_postMessage(channel=DESK, text="ours"))["ts"]}


async def given_only_blocks(scene: Scene) -> Ids:
    """A message of the bot's that has blocks and no text."""
    return {"ts": (await scene.bot.api_call("chat.postMessage", json={"channel": DESK, "blocks": BLOCKS}))["ts"]}


async def given_anothers_message(scene: Scene) -> Ids:
    people = scene.slack.people
    return {"ts": people.post(people.user(CHEN), DESK, "mine")["ts"]}


async def given_reply(scene: Scene) -> Ids:
    """`parent` is the message, `ts` what was answered."""
    parent = (await given_own_message(scene))["ts"]
    reply = await scene.bot.chat_postMessage(channel=DESK, text="answer", thread_ts=parent)
    return {"parent": parent, "ts": reply["ts"]}


async def given_tombstone(scene: Scene) -> Ids:
    """A deleted message that has replies."""
    ids = await given_reply(scene)
    await scene.bot.chat_delete(channel=DESK, ts=ids["parent"])
    return ids


async def given_topic(scene: Scene) -> Ids:
    """The message that says who set the topic."""
    await scene.bot.conversations_setTopic(channel=DESK, topic="Day 1")
    return {"ts": (await scene.bot.conversations_history(channel=DESK))["messages"][0]["ts"]}


# Marks


async def given_pin(scene: Scene) -> Ids:
    ids = await given_own_message(scene)
    await scene.bot.pins_add(channel=DESK, timestamp=ids["ts"])
    return ids


async def given_hundred_pins(scene: Scene) -> Ids:
    """`ts` is one more message."""
    for _ in range(100):
        await given_pin(scene)
    return await given_own_message(scene)


async def given_reaction(scene: Scene) -> Ids:
    ids = await given_own_message(scene)
    await scene.bot.reactions_add(channel=DESK, timestamp=ids["ts"], name="eyes")
    return ids


async def given_bookmark(scene: Scene) -> Ids:
    made = await scene.bot.bookmarks_add(channel_id=DESK, title="x", type="link", link="https://a.example")
    return {"bookmark": made["bookmark"]["id"]}


async def given_hundred_bookmarks(scene: Scene) -> Ids:
    for _ in range(100):
        await given_bookmark(scene)
    return {}


# Files


async def given_begun_upload(scene: Scene) -> Ids:
    """An upload whose bytes never came; `url` is where they would go."""
    ticket = await scene.bot.files_getUploadURLExternal(filename="a.txt", length=1)
    return {"file": ticket["file_id"], "url": ticket["upload_url"]}


async def given_upload(scene: Scene) -> Ids:
    """A file whose bytes are there, and that is shared nowhere."""
    ids = await given_begun_upload(scene)
    async with aiohttp.ClientSession() as session, session.post(ids["url"], data=b"x"):
        return ids


async def given_shared_file(scene: Scene) -> Ids:
    ids = await given_upload(scene)
    await scene.bot.files_completeUploadExternal(files=[{"id": ids["file"]}], channel_id=DESK)
    return ids


async def given_hidden_file(scene: Scene) -> Ids:
    """A file in a private room that the bot is not in."""
    people = scene.slack.people
    return {"file": people.upload(people.user(CHEN), CLOSED, "a.txt", b"x", "", None).id}


async def given_upload_and_reply(scene: Scene) -> Ids:
    return await given_upload(scene) | await given_reply(scene)


async def given_upload_and_topic(scene: Scene) -> Ids:
    return await given_upload(scene) | await given_topic(scene)


async def given_upload_and_archived_room(scene: Scene) -> Ids:
    return await given_upload(scene) | await given_archived_room(scene)


# Views


async def given_trigger(scene: Scene) -> Ids:
    """What Chen's command brought."""
    return {"trigger": scene.slack.views.trigger(installation(scene.slack), CHEN)}


async def given_spent_trigger(scene: Scene) -> Ids:
    ids = await given_trigger(scene)
    await scene.bot.views_open(trigger_id=ids["trigger"], view=MODAL)
    return ids


async def given_modal(scene: Scene) -> Ids:
    """Chen has it open; `trigger` comes from a click in it, `fresh` from a command."""
    trigger = (await given_trigger(scene))["trigger"]
    view = (await scene.bot.views_open(trigger_id=trigger, view={**MODAL, "external_id": "taken"}))["view"]
    shown = scene.slack.views.open[view["id"]]
    clicked = scene.slack.views.trigger(installation(scene.slack), CHEN, shown)
    return {"view": view["id"], "trigger": clicked, "fresh": (await given_trigger(scene))["trigger"]}


async def given_full_stack(scene: Scene) -> Ids:
    """Three views, one over the other."""
    ids = await given_modal(scene)
    for _ in range(2):
        await scene.bot.views_push(trigger_id=ids["trigger"], view=MODAL)
        shown = scene.slack.views.stack(CHEN)[-1]
        ids = {"trigger": scene.slack.views.trigger(installation(scene.slack), CHEN, shown)}
    return ids


async def given_home(scene: Scene) -> Ids:
    return {"view": (await scene.bot.views_publish(user_id=CHEN, view=HOME))["view"]["id"]}


# Slack Connect: the harbour is the host


async def _invited(scene: Scene, room: str, *, limited: bool = False, **to: Any) -> Ids:
    made = await scene.bot.conversations_inviteShared(channel=room, external_limited=limited, **to)
    return {"invite": made["invite_id"], "room": scene.slack.world.invites[made["invite_id"]].channel.id}


async def given_invite(scene: Scene) -> Ids:
    """Mei is asked into a public room, and has not answered."""
    return await _invited(scene, (await given_public_room(scene))["room"], emails=[ADDRESS])


async def given_accepted_invite(scene: Scene) -> Ids:
    """Mei accepted; where admins have to agree, it waits for them."""
    ids = await given_invite(scene)
    people = scene.slack.people
    people.accept(people.user(MEI), ids["invite"], "joint-hall", private=False)
    return ids


async def given_declined_invite(scene: Scene) -> Ids:
    ids = await given_invite(scene)
    people = scene.slack.people
    people.decline(people.user(MEI), ids["invite"])
    return ids


async def given_bots_invite(scene: Scene) -> Ids:
    """The island's bot is asked into a private room of a company that it is connected to."""
    await given_accepted_invite(scene)
    return await _invited(scene, (await given_own_room(scene))["room"], user_ids=[ISLAND_BOT])


async def given_bots_accepted_invite(scene: Scene) -> Ids:
    ids = await given_bots_invite(scene)
    await scene.island.conversations_acceptSharedInvite(
        channel_name="from-harbour", invite_id=ids["invite"], is_private=True
    )
    return ids


async def given_limited_side(scene: Scene) -> Ids:
    """A room where the island's bot may only post."""
    await given_accepted_invite(scene)
    ids = await _invited(scene, (await given_own_room(scene))["room"], limited=True, user_ids=[ISLAND_BOT])
    await scene.island.conversations_acceptSharedInvite(channel_name="from-harbour", invite_id=ids["invite"])
    return ids


async def given_agreed_by_island(scene: Scene) -> Ids:
    """Accepted and agreed to on the island; the harbour has yet to agree."""
    ids = await given_accepted_invite(scene)
    await scene.island.conversations_approveSharedInvite(invite_id=ids["invite"])
    return ids


# Installing and taking out


def _code(scene: Scene, **query: str) -> Ids:
    person = scene.slack.people.user(MEI)
    asked = {"client_id": CLIENT, "scope": "commands,chat:write", **query}
    return {"code": URL(scene.slack.web_api.oauth.allow(person, asked)).query["code"]}


async def given_code(scene: Scene) -> Ids:
    """Mei allowed it."""
    return _code(scene)


async def given_code_with_redirect(scene: Scene) -> Ids:
    """Mei allowed it where the app named an address to go to."""
    return _code(scene, redirect_uri=f"{REDIRECT}/island")


async def given_spent_code(scene: Scene) -> Ids:
    ids = _code(scene)
    await AsyncWebClient(base_url=scene.slack.api_url).oauth_v2_access(
        client_id=CLIENT, client_secret=CLIENT_SECRET, **ids
    )
    return ids


async def given_uninstalled(scene: Scene) -> Ids:
    """The island took the app out."""
    world = scene.slack.world
    world.uninstall(installation(scene.slack, team=ISLAND))
    return {}


async def given_revoked_token(scene: Scene) -> Ids:
    """The island took only the token back."""
    scene.slack.world.uninstall(installation(scene.slack, team=ISLAND), revoked=True)
    return {}
