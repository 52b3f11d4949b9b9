"""A crisis of two companies with a workspace each: invited, accepted, disconnected, and gone on with on a bridge that
is taken away and made again."""

from bot.demo.world import INSURER
from sandbox.client import NotSeen
from sandbox.world import Channel
from store.unit import sql_unit

from .audit import Outcome
from .stage import OPENERS, Stage

HOST, PARTNER = "CHENWEI", "ZHOUKAI"
ADMIN = "LINZHIYUAN"


async def plays(one: Stage) -> str:
    """The whole of it, with everyone saying something at each turn; the number of the case."""
    number = await one.opens(*OPENERS[0])
    await one.entered(number, "room.moved")
    room, partner = await one.room(number), one.person(PARTNER)
    await one.insist(lambda: partner.accepts(number.lower()))
    await one.insist(lambda: partner.channel(number.lower(), within=5))
    await _both_say(one, number, room, room, "together")
    one.slack.world.users[f"U0{ADMIN}"].is_admin = True
    await one.person(ADMIN).disconnects(room)
    bridge = await _bridge(one, number)
    await _both_say(one, number, room, bridge, "apart")
    await partner.archive(bridge)
    await one.logs(HOST, number, "the bridge is away")
    await _both_say(one, number, room, await _bridge(one, number, other_than=bridge), "apart again")
    return number


async def _both_say(one: Stage, number: str, room: str, theirs: str, words: str) -> None:
    for n in range(3):
        await one.says(HOST, room, f"bank {words} {n}")
        await one.says(PARTNER, theirs, f"insurer {words} {n}")
        await one.logs(HOST, number, f"{words} note {n}")


async def _bridge(one: Stage, number: str, other_than: str = "") -> str:
    """Its channel, once the partner is in it."""

    async def made() -> str:
        async with sql_unit(one.database) as unit:
            room = await unit.rooms.get(number)
        bridge = room.bridge.channel_id if room and room.bridge else ""
        if bridge in ("", other_than) or f"U0{PARTNER}" not in one.slack.world.channels[bridge].members:
            raise NotSeen(f"no bridge of {number}")
        return bridge

    return await one.insist(made)


async def audit_bridge(one: Stage, number: str, found: Outcome) -> None:
    """One stands, and one was taken away, which both were told once; what stands in the room stands there."""
    async with sql_unit(one.database) as unit:
        kinds = [entry.kind for entry in await unit.record.of(number)]
        boards = {board.name: board for board in await unit.boards.of(number)}
    for kind, times in (("room.moved", 1), ("room.parted", 1), ("bridge.lost", 1), ("bridge.created", 2)):
        if kinds.count(kind) != times:
            found.doubled.append(f"{kind} is entered {kinds.count(kind)} times and not {times}")
    bridges = [channel for channel in one.slack.world.channels.values() if "-bridge" in channel.name]
    standing = [channel for channel in bridges if not channel.archived]
    if len(bridges) != 2 or len(standing) != 1:
        found.doubled.append(f"{len(bridges)} bridges were made, {len(standing)} stand")
        return
    found.lost += [
        f"{name} is not on the bridge"
        for name in ("card", "clocks")
        if f"{name}@bridge" not in boards or not _stands(standing[0], boards[f"{name}@bridge"].ts)
    ]
    found.lost += [] if standing[0].team.id == INSURER else ["the bridge is not the insurer's"]


def _stands(channel: Channel, ts: str) -> bool:
    return ts in channel.messages
