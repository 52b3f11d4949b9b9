"""Files from either side: begun, filled with bytes, shared into a room, and shown only to who may see them."""

from sandbox import messages, shapes
from sandbox.world import Channel, Event, File, Json, User, World


def begin(world: World, name: str, length: int, by: str) -> File:
    file = File(world.next_id("F"), name, length, by, world.seconds(), world.secret(name))
    world.files[file.id] = file
    return file


def address(world: World, file: File) -> str:
    """Where the bytes go; whoever knows it may send them, once."""
    return f"{world.address}/upload/v1/{file.secret}"


def awaiting(world: World, secret: str) -> File | None:
    return next((f for f in world.files.values() if f.secret == secret and f.content is None), None)


def share(world: World, channel: Channel, files: list[File], said: Json) -> Json:
    """One message of this author and text with these files, and a file_shared event for each."""
    for file in files:
        file.shares.setdefault(channel.id, [])
    body: Json = {**said, "subtype": "file_share", "upload": True, "display_as_bot": False}
    message = messages.add(world, channel, {**body, "files": [shapes.file(world, file) for file in files]})
    for file in files:
        file.shares[channel.id].append(message["ts"])
        _publish(world, channel, file)
    message["files"] = [shapes.file(world, file) for file in files]
    return message


def _publish(world: World, channel: Channel, file: File) -> None:
    body = {
        "type": "file_shared",
        "channel_id": channel.id,
        "file_id": file.id,
        "user_id": file.user,
        "file": {"id": file.id},
    }
    world.publish(Event(body, channel))


def visible(world: World, file: File, user: User) -> bool:
    return file.user == user.id or any(world.channels[room].visible_to(user) for room in file.shares)
