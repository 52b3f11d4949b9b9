"""Slack's events: stored in middleware before they are acknowledged, then entered in the order they came (H9, L3)."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from playbooks.desk import connect, record, rooms
from playbooks.desk import home as home_desk
from playbooks.ports import Person

from . import reading
from .history import time_of
from .surface import Surface

Event = Mapping[str, Any]
Store = Callable[[str, dict[str, Any]], Awaitable[None]]


async def keep(
    body: dict[str, Any], next_: Callable[[], Awaitable[BoltResponse]], *, store: Store, surface: Surface
) -> BoltResponse:
    """Middleware: an event is committed before Slack gets its answer; a failure here means no answer (invariant 1)."""
    if body.get("type") == "event_callback":
        await store(str(body["event_id"]), body)
        surface.wake()
        return BoltResponse(status=200, body="")
    return await next_()


async def handle(surface: Surface, payload: Mapping[str, Any]) -> None:
    """Enters one stored event; kinds that mean nothing to a room are left alone."""
    event: Event = payload["event"]
    team = str(payload.get("team_id") or event.get("team") or "")
    handler = HANDLERS.get(str(event["type"]))
    if handler:
        await handler(surface, event, team)


async def _message(surface: Surface, event: Event, team: str) -> None:
    subtype = str(event.get("subtype") or "")
    handler = {"message_changed": _changed, "message_deleted": _deleted}.get(subtype, _posted)
    await handler(surface, event, team)


async def _posted(surface: Surface, event: Event, team: str) -> None:
    if event.get("subtype") in ("group_join", "channel_join", "group_leave", "channel_leave"):
        return
    await record.capture(
        surface.ports,
        channel=str(event["channel"]),
        person=await _author(surface, event, team),
        kind="message.posted",
        at=time_of(str(event["ts"])),
        ts=str(event["ts"]),
        thread_ts=str(event.get("thread_ts") or ""),
        user=str(event.get("user") or ""),
        bot=str(event.get("bot_id") or ""),
        text=reading.text(event.get("text")),
        files=[str(one["id"]) for one in event.get("files") or []],
    )


async def _changed(surface: Surface, event: Event, team: str) -> None:
    new, old = event["message"], event.get("previous_message") or {}
    ours = new.get("user") in await surface.us()
    if ours or new.get("text") == old.get("text"):
        return
    await record.capture(
        surface.ports,
        channel=str(event["channel"]),
        person=await _author(surface, new, team),
        kind="message.edited",
        at=time_of(str(event["ts"])),
        ts=str(new["ts"]),
        text=reading.text(new.get("text")),
        was=reading.text(old.get("text")),
    )


async def _deleted(surface: Surface, event: Event, team: str) -> None:
    """Slack does not say who deleted; the author and the text are kept."""
    old = event.get("previous_message") or {}
    await record.capture(
        surface.ports,
        channel=str(event["channel"]),
        person=Person(team, ""),
        kind="message.deleted",
        at=time_of(str(event["ts"])),
        ts=str(event["deleted_ts"]),
        author=str(old.get("user") or ""),
        was=reading.text(old.get("text")),
    )


async def _author(surface: Surface, event: Event, team: str) -> Person | None:
    """None stands for Jointroom itself; someone whom Slack does not name has no user id."""
    user = str(event.get("user") or "")
    if user in await surface.us():
        return None
    return Person(str(event.get("user_team") or event.get("team") or team), user or str(event.get("bot_id") or ""))


async def _joined(surface: Surface, event: Event, team: str) -> None:
    person = Person(str(event.get("team") or team), str(event["user"]))
    is_us = person.user_id in await surface.us()
    heard = str(event.get("event_ts") or "")
    await rooms.joined(surface.ports, channel=str(event["channel"]), person=person, heard=heard, is_us=is_us)


async def _accepted(surface: Surface, event: Event, team: str) -> None:
    """Where nobody has to approve, they are in the channel, and Slack says so in an event of its own."""
    if event.get("approval_required"):
        await connect.accepted(surface.ports, **_invitation(event, event["accepting_user"]))


async def _declined(surface: Surface, event: Event, team: str) -> None:
    await connect.declined(surface.ports, **_invitation(event, event["declining_user"]))


def _invitation(event: Event, by: Mapping[str, Any]) -> dict[str, Any]:
    invite = event["invite"]
    to = str(invite.get("recipient_user_id") or ""), str(invite.get("recipient_email") or "")
    return {"channel": str(event["channel"]["id"]), "person": Person(str(by["team_id"]), str(by["id"])), "to": to}


async def _moved(surface: Surface, event: Event, team: str) -> None:
    await connect.moved(surface.ports, old=str(event["old_channel_id"]), new=str(event["new_channel_id"]))


async def _parted(surface: Surface, event: Event, team: str) -> None:
    their = str(event["previously_connected_team_id"])
    await connect.parted(surface.ports, channel=str(event["channel"]), team=their)


async def _rejoined(surface: Surface, event: Event, team: str) -> None:
    await connect.rejoined(surface.ports, channel=str(event["channel"]), team=str(event["connected_team_id"]))


async def _uninstalled(surface: Surface, event: Event, team: str) -> None:
    """Slack tells it up to twice, once for the token and once for the app, and perhaps when it is installed again; or
    it tells of a person's token, of which we have none."""
    slack = surface.workspaces.of(team)
    if slack and (await slack.is_installed() or surface.workspaces.of(team) not in (slack, None)):
        return
    if await surface.workspaces.gone(team):
        await connect.workspace_gone(surface.ports, team)


async def _left(surface: Surface, event: Event, team: str) -> None:
    person = Person(str(event.get("team") or team), str(event["user"]))
    heard = str(event.get("event_ts") or "")
    await rooms.left(surface.ports, channel=str(event["channel"]), person=person, heard=heard)


async def _shared(surface: Surface, event: Event, team: str) -> None:
    if str(event.get("user_id") or "") in await surface.us():
        return
    await record.shared(
        surface.ports,
        channel=str(event["channel_id"]),
        person=Person(team, str(event["user_id"])),
        file_id=str(event.get("file_id") or event["file"]["id"]),
    )


async def _home(surface: Surface, event: Event, team: str) -> None:
    if event.get("tab", "home") == "home":
        await home_desk.opened(surface.ports, Person(team, str(event["user"])))


HANDLERS: dict[str, Callable[[Surface, Event, str], Awaitable[None]]] = {
    "message": _message,
    "member_joined_channel": _joined,
    "member_left_channel": _left,
    "channel_id_changed": _moved,
    "channel_shared": _rejoined,
    "channel_unshared": _parted,
    "shared_channel_invite_accepted": _accepted,
    "shared_channel_invite_declined": _declined,
    "app_uninstalled": _uninstalled,
    "tokens_revoked": _uninstalled,
    "file_shared": _shared,
    "app_home_opened": _home,
}


def register(app: AsyncApp, surface: Surface, store: Store) -> None:
    app.middleware(partial(keep, store=store, surface=surface))
