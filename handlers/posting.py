"""What every delivery writes with: a message that is posted once, whatever became of the attempt before."""

from typing import Any

from playbooks.desk.turn import Turn
from playbooks.ports import Claimed

from .surface import Block, Posted, Slack

# The priority of pages; reminders of a clock come before them.
PING_OR_PAGE = 1


async def nothing(turn: Turn) -> None:
    """There is nothing to tell back."""


def effect_of(claimed: Claimed, type_: type[Any]) -> Any:
    if not isinstance(claimed.effect, type_):
        raise TypeError(claimed.effect)
    return claimed.effect


async def post(
    slack: Slack, claimed: Claimed, channel: str, text: str, blocks: list[Block], *, thread_ts: str = ""
) -> Posted:
    """Posts once: an attempt that may have arrived is looked for by the effect's id in the metadata (invariant 2)."""
    if claimed.uncertain:
        found = await slack.find_post(channel, claimed.id, since=claimed.created_at, thread_ts=thread_ts)
        if found:
            return Posted(channel, found)
    urgent = claimed.effect.priority <= PING_OR_PAGE
    return await slack.post(channel, text, blocks, effect=claimed.id, thread_ts=thread_ts, urgent=urgent)
