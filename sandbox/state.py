"""What is kept in a file, so that a sandbox that starts again still has its channels: all but what is in flight."""

import base64
import json
import os
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from sandbox.views import View, Views
from sandbox.world import Channel, Ephemeral, File, Installation, Invite, Json, Note, Pin, Side, User, World

VERSION = 3


class BadState(Exception):
    """The file is no state of this sandbox's; the text says why."""


def save(path: Path, world: World, views: Views) -> None:
    """Whole or not at all, whenever the process ends."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps({**snapshot(world, views), "now": world.clock()}, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)


def load(path: Path, world: World, views: Views) -> float:
    """Puts back what `save` wrote, at the address that the world has now; no file is an empty beginning. The world's
    time then, in epoch seconds, before which nothing goes on. Raises BadState."""
    if not path.parent.is_dir():
        raise BadState(f"{path}: there is no such folder")
    if not path.exists():
        return 0.0
    try:
        text = path.read_text(encoding="utf-8")
        state = json.loads(text.replace(json.loads(text)["address"], world.address))
        if state["version"] != VERSION:
            raise BadState(f"{path}: is of version {state['version']}, and this sandbox reads {VERSION}")
        strangers = {one["team"] for one in state["users"]} - set(world.teams)
        if strangers:
            raise BadState(f"{path}: was kept by other workspaces, {', '.join(sorted(strangers))}")
        restore(state, world, views)
        return float(state["now"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadState(f"{path}: is no state of a sandbox ({type(error).__name__}: {error})") from None


def snapshot(world: World, views: Views) -> Json:
    return {
        "version": VERSION,
        "address": world.address,
        "numbering": world.numbering(),
        "users": [_user(one) for one in world.users.values()],
        "installations": [_installation(one) for one in world.installations()],
        "dead_tokens": world.dead_tokens,
        "channels": [_channel(one) for one in world.channels.values()],
        "files": [_file(one) for one in world.files.values()],
        "invites": [_invite(one) for one in world.invites.values()],
        "homes": [_home(one) for one in views.homes.values()],
    }


def restore(state: Json, world: World, views: Views) -> None:
    world.number_from(state["numbering"])
    for app in world.apps.values():
        app.installations.clear()
    world.users.clear()
    for one in state["users"]:
        world.users[one["id"]] = User(**{**one, "team": world.teams[one["team"]], "tour": tuple(one["tour"])})
    for one in state["installations"]:
        app, team = world.apps[one["app"]], world.teams[one["team"]]
        world.install(app, team, one["bot"], one["token"], tuple(one["scopes"]))
    world.dead_tokens = dict(state["dead_tokens"])
    world.channels = {one["id"]: _as_channel(one, world) for one in state["channels"]}
    world.files = {one["id"]: _as_file(one) for one in state["files"]}
    world.invites = {one["id"]: _as_invite(one, world) for one in state["invites"]}
    for one in state["homes"]:
        installation = world.apps[one["app"]].installations.get(one["team"])
        if installation:
            views.publish(installation, one["user"], one["body"])


def _plain(one: Any, **instead: Any) -> Json:
    """The fields of a dataclass, some of them in another form."""
    shallow = {each.name: getattr(one, each.name) for each in fields(one)}
    return {**shallow, **instead}


def _user(one: User) -> Json:
    plain = _plain(one, team=one.team.id, tour=list(one.tour))
    del plain["installation"]
    return plain


def _installation(one: Installation) -> Json:
    return {
        "app": one.app.id,
        "team": one.team.id,
        "bot": one.bot.id,
        "token": one.token,
        "scopes": list(one.scopes),
    }


def _channel(one: Channel) -> Json:
    return _plain(
        one,
        team=one.team.id,
        topic=asdict(one.topic),
        purpose=asdict(one.purpose),
        ephemerals={ts: asdict(each) for ts, each in one.ephemerals.items()},
        pins=[asdict(pin) for pin in one.pins],
        ejected=sorted(one.ejected),
        sides={team: asdict(side) for team, side in one.sides.items()},
    )


def _as_channel(one: Json, world: World) -> Channel:
    return Channel(
        **{
            **one,
            "team": world.teams[one["team"]],
            "topic": Note(**one["topic"]),
            "purpose": Note(**one["purpose"]),
            "ephemerals": {ts: Ephemeral(**each) for ts, each in one["ephemerals"].items()},
            "pins": [Pin(**pin) for pin in one["pins"]],
            "ejected": set(one["ejected"]),
            "sides": {team: Side(**side) for team, side in one["sides"].items()},
        }
    )


def _file(one: File) -> Json:
    return _plain(one, content=None if one.content is None else base64.b64encode(one.content).decode())


def _as_file(one: Json) -> File:
    content = one["content"]
    return File(**{**one, "content": None if content is None else base64.b64decode(content)})


def _invite(one: Invite) -> Json:
    return _plain(
        one,
        channel=one.channel.id,
        inviter=one.inviter.id,
        accepted_by=one.accepted_by.id if one.accepted_by else None,
        side=asdict(one.side) if one.side else None,
        approvals=sorted(one.approvals),
    )


def _as_invite(one: Json, world: World) -> Invite:
    return Invite(
        **{
            **one,
            "channel": world.channels[one["channel"]],
            "inviter": world.users[one["inviter"]],
            "accepted_by": world.users[one["accepted_by"]] if one["accepted_by"] else None,
            "side": Side(**one["side"]) if one["side"] else None,
            "approvals": set(one["approvals"]),
        }
    )


def _home(one: View) -> Json:
    return {"app": one.app_id, "team": one.installation.team.id, "user": one.user, "body": one.body}
