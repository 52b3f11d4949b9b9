"""The JSON that Slack answers with for a user, a channel, a file and a message: one place for each."""

from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sandbox.config import TeamConfig
from sandbox.world import Channel, File, Installation, Invite, Json, Note, Pin, User, World

_AVATARS = (24, 32, 48, 72, 192, 512)


def user(world: World, one: User, viewer: Installation, *, with_locale: bool = False) -> Json:
    """A person as this installation may know them: of outsiders it learns neither address nor language."""
    is_ours = one.team is viewer.team
    now = datetime.fromtimestamp(world.clock(), ZoneInfo(one.tz))
    offset = now.utcoffset()
    shape: Json = {
        "id": one.id,
        "team_id": one.team.id,
        "name": one.name,
        "deleted": one.is_deleted,
        "color": "9f69e7",
        "real_name": one.real_name,
        "tz": one.tz,
        "tz_label": now.tzname(),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": _profile(world, one, is_ours and viewer.may("users:read.email")),
        "is_admin": one.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": one.is_bot,
        "is_app_user": False,
        "updated": 0,
        "is_email_confirmed": not one.is_bot,
        "who_can_share_contact_card": "EVERYONE",
    }
    if not is_ours:
        return {**shape, "is_stranger": not _is_met(world, one, viewer)}
    return {**shape, "locale": one.locale} if with_locale else shape


def _is_met(world: World, one: User, viewer: Installation) -> bool:
    """Documented: strangers are those of other workspaces in no shared channel that the app can see."""
    return any(one.id in room.members and room.visible_to(viewer.bot) for room in world.channels.values())


def _profile(world: World, one: User, with_email: bool) -> Json:
    profile: Json = {
        "title": one.title,
        "phone": "",
        "skype": "",
        "real_name": one.real_name,
        "real_name_normalized": one.real_name,
        "display_name": one.name,
        "display_name_normalized": one.name,
        "fields": None,
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "avatar_hash": "g" + one.id.lower(),
        "team": one.team.id,
        **{f"image_{size}": f"{world.address}/avatars/{one.id}-{size}.png" for size in _AVATARS},
    }
    if one.app_id and one.installation:
        known = {"api_app_id": one.installation.app.id, "bot_id": one.installation.bot_id}
        return {**profile, **known, "always_active": True}
    return {**profile, "email": one.email} if with_email else profile


def _note(note: Note) -> Json:
    return {"value": note.value, "creator": note.creator, "last_set": note.last_set}


def channel(world: World, one: Channel, viewer: User) -> Json:
    """A conversation as this user would be told of it."""
    kind = one.kind_in(viewer.team)
    connected = (
        [*one.sides] if viewer.team is one.team else [one.team.id, *(s for s in one.sides if s != viewer.team.id)]
    )
    is_pending = not one.sides and any(made.channel is one for made in world.pending_invites())
    common: Json = {
        "id": one.id,
        "created": one.created,
        "is_archived": one.archived,
        "is_im": one.kind == "im",
        "is_org_shared": False,
        "context_team_id": viewer.team.id,
        "updated": one.created * 1000,
    }
    if one.kind == "im":
        other = next((member for member in one.members if member != viewer.id), viewer.id)
        return {**common, "user": other, "is_user_deleted": False, "priority": 0}
    return {
        **common,
        "name": one.name_in(viewer.team),
        "name_normalized": one.name_in(viewer.team),
        "is_channel": kind == "channel",
        "is_group": kind == "group",
        "is_mpim": kind == "mpim",
        "is_private": kind != "channel",
        "is_general": one.name == "general",
        "is_member": viewer.id in one.members,
        "is_shared": bool(one.sides),
        "is_ext_shared": bool(one.sides),
        "pending_shared": [],
        "pending_connected_team_ids": [],
        "is_pending_ext_shared": is_pending,
        "shared_team_ids": [one.team.id, *one.sides],
        **({"connected_team_ids": connected, "conversation_host_id": one.team.id} if one.sides else {}),
        "unlinked": 0,
        "creator": one.creator,
        "parent_conversation": None,
        "topic": _note(one.topic),
        "purpose": _note(one.purpose),
        "previous_names": one.previous_names,
    }


def bot_author(world: World, by: Installation) -> Json:
    """What says on a message that this app's bot wrote it."""
    return {
        "user": by.bot.id,
        "bot_id": by.bot_id,
        "app_id": by.app.id,
        "team": by.team.id,
        "bot_profile": {
            "id": by.bot_id,
            "app_id": by.app.id,
            "user_id": by.bot.id,
            "name": by.settings.name,
            "icons": {f"image_{size}": f"{world.address}/avatars/{by.bot.id}-{size}.png" for size in (36, 48, 72)},
            "deleted": False,
            "updated": 0,
            "team_id": by.team.id,
        },
    }


def as_seen_from(world: World, body: Json, team: TeamConfig) -> Json:
    """A message, or an event with one, of a shared channel: files from outside are only named."""
    if "files" in body:
        body = {**body, "files": [_file_from(world, one, team) for one in body["files"]]}
    inner: Json = {key: as_seen_from(world, body[key], team) for key in ("message", "previous_message") if key in body}
    return {**body, **inner}


def _file_from(world: World, one: Json, team: TeamConfig) -> Json:
    if one.get("user_team") in (None, team.id):
        return one
    return {
        "id": one["id"],
        "created": 0,
        "timestamp": 0,
        "user": "",
        "mode": "file_access",
        "file_access": "check_file_info",
    }


def message(one: Json, viewer: str | None = None, *, with_metadata: bool = False) -> Json:
    """A stored message as history tells it; metadata only when asked for."""
    shape: dict[str, Any] = {"type": "message", **one}
    if not with_metadata:
        shape.pop("metadata", None)
    # History does not mark uploads with a subtype; only the event does.
    if shape.get("subtype") == "file_share":
        del shape["subtype"]
    if shape.get("reply_count") and viewer:
        shape["subscribed"] = viewer in shape.get("reply_users", ()) or viewer == shape.get("user")
    return shape


_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "zip": "application/zip",
    "json": "application/json",
    "csv": "text/csv",
    "txt": "text/plain",
    "md": "text/plain",
    "html": "text/html",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def mimetype(name: str) -> str:
    return _TYPES.get(_extension(name), "application/octet-stream")


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def file(world: World, one: File) -> Json:
    team = world.users[one.user].team
    base = f"{world.address}/files-pri/{team.id}-{one.id}"
    # Every client folds away a part that is only dots, encoded or not.
    name = quote(one.name, safe="") if one.name.strip(".") else "_"
    kind = "text" if _extension(one.name) == "txt" else _extension(one.name) or "binary"
    return {
        "id": one.id,
        "created": one.created,
        "timestamp": one.created,
        "name": one.name,
        "title": one.title or one.name,
        "mimetype": mimetype(one.name),
        "filetype": kind,
        "pretty_type": kind.upper(),
        "user": one.user,
        "user_team": team.id,
        "editable": False,
        "size": one.length,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": any(world.channels[channel].kind == "channel" for channel in one.shares),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{base}/{name}",
        "url_private_download": f"{base}/download/{name}",
        "permalink": f"{world.address}/files/{one.user}/{one.id}/{name}",
        "is_starred": False,
        "has_rich_preview": False,
        "file_access": "visible",
        **_shares(world, one),
    }


def _shares(world: World, one: File) -> Json:
    kinds: dict[str, Json] = {}
    lists: dict[str, list[str]] = {"channels": [], "groups": [], "ims": []}
    for channel_id, stamps in one.shares.items():
        room = world.channels[channel_id]
        entry = [{"ts": ts, "channel_name": room.name, "team_id": room.team.id} for ts in stamps]
        kinds.setdefault("public" if room.kind == "channel" else "private", {})[channel_id] = entry
        lists["ims" if room.is_direct else "groups" if room.is_private else "channels"].append(channel_id)
    return {**lists, "shares": kinds}


def pin(world: World, room: Channel, one: Pin, team: TeamConfig) -> Json:
    pinned = room.messages[one.ts]
    return {
        "type": "message",
        "channel": room.id,
        "created": one.created,
        "created_by": one.user,
        "message": {**message(pinned), "permalink": permalink(world, room, pinned, team)},
    }


def permalink(world: World, room: Channel, one: Json, team: TeamConfig) -> str:
    link = f"{world.url_of(team)}/archives/{room.id}/p{one['ts'].replace('.', '')}"
    thread = one.get("thread_ts")
    return f"{link}?thread_ts={thread}&cid={room.id}" if thread and thread != one["ts"] else link


def invite(world: World, one: Invite) -> Json:
    recipient = {"recipient_email": one.email} if one.email else {"recipient_user_id": one.user}
    return {
        "id": one.id,
        "date_created": one.created,
        "date_invalid": one.date_invalid,
        "inviting_team": invited_team(one.channel.team),
        "inviting_user": invited_user(world, one.inviter),
        **recipient,
    }


def invited_team(team: TeamConfig) -> Json:
    icon = {"image_default": True}
    return {
        "id": team.id,
        "name": team.name,
        "icon": icon,
        "is_verified": False,
        "domain": team.domain,
        "date_created": 0,
    }


def invited_user(world: World, one: User) -> Json:
    profile = _profile(world, one, with_email=True)
    kept = (
        "real_name",
        "display_name",
        "real_name_normalized",
        "display_name_normalized",
        "team",
        "avatar_hash",
        "email",
    )
    return {
        "id": one.id,
        "team_id": one.team.id,
        "name": one.name,
        "updated": 0,
        "who_can_share_contact_card": "EVERYONE",
        "profile": {key: profile[key] for key in kept if key in profile},
    }


def invited_channel(one: Channel) -> Json:
    return {"id": one.id, "is_im": False, "is_private": one.is_private, "name": one.name}
