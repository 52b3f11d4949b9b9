"""What every delivery writes with: a message that is posted once, whatever became of the attempt before."""

from typing import Any

from playbooks.desk.turn import Turn
from playbooks.ports import Claimed

from .surface import Block, Posted, Surface

# The priority of pages; reminders of a clock come before them.
PING_OR_PAGE = 1


async def nothing(turn: Turn) -> None:
    """There is nothing to tell back."""


def effect_of(claimed: Claimed, type_: type[Any]) -> Any:
    if not isinstance(claimed.effect, type_):
        raise TypeError(claimed.effect)
    return claimed.effect


async def post(
    surface: Surface, claimed: Claimed, channel: str, text: str, blocks: list[Block], *, thread_ts: str = ""
) -> Posted:
    """Posts once: an attempt that may have arrived is looked for by the effect's id in the metadata (invariant 2)."""
    if claimed.uncertain:
        found = await surface.slack.find_post(channel, claimed.id, since=claimed.created_at, thread_ts=thread_ts)
        if found:
            return Posted(channel, found)
    urgent = claimed.effect.priority <= PING_OR_PAGE
    return await surface.slack.post(channel, text, blocks, effect=claimed.id, thread_ts=thread_ts, urgent=urgent)
