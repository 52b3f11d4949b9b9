"""What every delivery writes with: a message that is posted once, whatever became of the attempt before."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from playbooks.desk.turn import Turn
from playbooks.desk.views import CaseFile
from playbooks.ports import Claimed

from .blocks.bilingual import BOTH, in_both
from .surface import Block, Posted, Slack, Surface, Words

Said = TypeVar("Said")

WAIT_FOR_ROOM = timedelta(seconds=5)
# The priority of pages; reminders of a clock come before them.
PING_OR_PAGE = 1


async def nothing(turn: Turn) -> None:
    """There is nothing to tell back."""


def in_rooms_language(surface: Surface, file: CaseFile, say: Callable[[Words], Said]) -> Said:
    """What the room is shown, made with the words of its language, or of both, line by line."""
    if file.case.language != BOTH:
        return say(surface.words(file.case.language))
    both: Said = in_both(say(surface.words("zh-CN")), say(surface.words("en")))
    return both


def sum_of(shown: Any) -> str:
    """The same for what looks the same."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


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
