"""conversations.*Shared*: invitations to other companies, from both sides.

Source: docs.slack.dev/reference/methods/conversations.inviteShared and its sisters.
"""

import re
from typing import Any

from sandbox import connect, rooms
from sandbox.api_conversations import checked_name
from sandbox.cursors import Order, page
from sandbox.methods import ApiError, Call, invalid_arguments, method
from sandbox.world import Channel, Invite, Json, Side, User

MOST_CONNECTED = 250
_WRITE, _MANAGE = "conversations.connect:write", "conversations.connect:manage"


@method("conversations.inviteShared", scopes=(_WRITE,))
def invite_shared(call: Call) -> Json:
    channel = call.channel()
    _refuse_unshareable(call, channel)
    limited = call.flag("external_limited", default=True)
    allowed = call.installation.team.connect.invites
    if allowed == "none" or (allowed == "limited" and not limited):
        raise ApiError("restricted_action", f"{call.installation.team.name} lets nobody send such an invitation")
    to = _recipient(call, channel)
    if any(made.channel is channel and to in (made.user, made.email) for made in call.world.pending_invites()):
        raise ApiError("connection_limit_exceeded_pending", f"{to} has an invitation already")
    made = connect.invite(call.world, channel, call.bot, to, limited=limited)
    answer: Json = {"invite_id": made.id, "is_legacy_shared_channel": False}
    if limited:
        return answer
    return {**answer, "conf_code": made.secret[:6], "url": f"{call.world.address}/share-invite/{made.id}/{made.secret}"}


def _refuse_unshareable(call: Call, channel: Channel) -> None:
    if channel.is_direct:
        raise ApiError("invalid_channel_type", "a direct message cannot be shared")
    if channel.archived:
        raise ApiError("channel_archived", f"#{channel.name} is archived")
    if channel.name == "general":
        raise ApiError("cannot_share_mandatory_channel", "nobody shares #general")
    if channel.team is not call.installation.team:
        raise ApiError("not_owner", f"#{channel.name} is {channel.team.name}'s")
    if call.bot_id not in channel.members:
        raise ApiError("not_in_channel", f"the bot is not in #{channel.name}")
    if len(channel.sides) >= MOST_CONNECTED:
        raise ApiError("connection_limit_exceeded", f"at most {MOST_CONNECTED}")


def _recipient(call: Call, channel: Channel) -> str:
    """The one address or id. Documented: one a call, and an id only of a workspace that is connected already."""
    emails, users = _texts(call, "emails"), _texts(call, "user_ids")
    if not emails and not users:
        raise ApiError("recipients_not_specified", "a bot says whom it invites")
    if len(emails) + len(users) > 1:
        raise ApiError("too_many_emails", "one address or one id a call")
    if emails:
        return _address(call, emails[0])
    user = call.knows(users[0])
    if user is None or user.team is call.installation.team:
        raise ApiError("user_not_found", f"{users[0]!r} is nobody outside whom this workspace knows")
    if user.id in channel.members:
        raise ApiError("already_in_channel", f"{user.id}")
    return user.id


def _address(call: Call, email: str) -> str:
    ours = {(user.email or "").lower() for user in call.world.people() if user.team is call.installation.team}
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email) or email.lower() in ours:
        raise ApiError("invalid_email", f"{email!r} is no address, or a colleague's")
    return email.lower()


def _texts(call: Call, name: str) -> list[str]:
    """A list, or Slack's other form of it: texts with commas between."""
    given: Any = call.args.get(name)
    if isinstance(given, str):
        given = given.split(",")
    if given is not None and not (isinstance(given, list) and all(isinstance(one, str) for one in given)):
        raise invalid_arguments(f"must be an array of strings [json-pointer:/{name}]")
    return [one.strip() for one in given or [] if one.strip()]


@method("conversations.acceptSharedInvite", scopes=(_WRITE,))
def accept_shared_invite(call: Call) -> Json:
    made = _received(call)
    name = checked_name(call, lambda name: _taken(call, made.channel, name), "channel_name")
    side = Side(name, call.flag("is_private") or made.limited, made.limited)
    is_connected = connect.accept(call.world, made, call.bot, side)
    return {"implicit_approval": is_connected, "channel_id": made.channel.id, "invite_id": made.id}


def _taken(call: Call, channel: Channel, name: str) -> Channel | None:
    found = rooms.find_by_name(call.world, call.installation.team, name)
    return None if found is channel else found


def _received(call: Call) -> Invite:
    """An invitation sent to this app's own bot, by its id or the channel's."""
    invite_id, channel_id = call.given("invite_id"), call.given("channel_id")
    if not invite_id and not channel_id:
        raise invalid_arguments("must define either `invite_id` or `channel_id`")
    for made in call.world.pending_invites():
        if made.state == "sent" and made.is_for(call.bot) and (made.id == invite_id or made.channel.id == channel_id):
            return made
    raise _not_received(call, call.world.invites.get(invite_id or ""))


def _not_received(call: Call, made: Invite | None) -> ApiError:
    if made and made.channel.team is call.installation.team:
        return ApiError("invite_from_same_org", f"{made.id} is this workspace's own")
    if made and made.accepted_by and made.is_for(call.bot):
        return ApiError("invite_used", f"{made.id} was accepted")
    return ApiError("invite_not_found", "nothing waits for this app by that id")


def _to_manage(call: Call, inactive: str) -> Invite:
    """An invitation of either side's; where it was accepted, who invited says by whom."""
    made = call.world.invites.get(call.required("invite_id"))
    if made is None or not _concerns(made, call.installation.team.id):
        raise ApiError("invite_not_found", f"no invitation {call.given('invite_id')!r}")
    if made not in call.world.pending_invites():
        raise ApiError(inactive, f"{made.id} is {made.state}, or too old")
    if made.accepted_by and made.channel.team is call.installation.team and not call.given("target_team"):
        raise ApiError("missing_target_team", "the inviting workspace says whom it agrees with")
    return made


def _concerns(made: Invite, team_id: str) -> bool:
    accepting: User | None = made.accepted_by
    return team_id == made.channel.team.id or (accepting is not None and accepting.team.id == team_id)


@method("conversations.approveSharedInvite", scopes=(_MANAGE,))
def approve_shared_invite(call: Call) -> Json:
    made = _to_manage(call, "invalid_action")
    if call.installation.team.id not in made.approvals:
        raise ApiError("invalid_action", "nothing waits for this workspace's approval")
    target = call.given("target_team")
    if made.channel.team is call.installation.team and made.accepted_by and target != made.accepted_by.team.id:
        raise ApiError("approval_not_found", f"nobody of {target!r} accepted it")
    connect.approve(call.world, made, call.bot)
    return {}


@method("conversations.declineSharedInvite", scopes=(_MANAGE,))
def decline_shared_invite(call: Call) -> Json:
    connect.decline(call.world, _to_manage(call, "inactive_invite"), call.bot)
    return {}


@method("conversations.listConnectInvites", scopes=(_MANAGE,))
def list_connect_invites(call: Call) -> Json:
    listed = connect.listed(call.world, call.installation)
    order: Order[Json] = Order("invite", lambda one: -int(one["invite"]["id"][1:]))
    found = page(call, listed, order, limit="count")
    return {"invites": found.items, **found.metadata}
