"""Slack's own pace: how often each method may be called, and until when one that was limited is left alone.

Source: Slack's rate limits, by tier, method and workspace; chat.postMessage about once a second and channel.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple


class Limit(NamedTuple):
    """So many calls in any span of so many seconds."""

    calls: int
    seconds: int


TIER_2, TIER_3, TIER_4 = Limit(20, 60), Limit(50, 60), Limit(100, 60)
POSTS, POSTS_IN_A_CHANNEL = Limit(300, 60), Limit(30, 30)
METHODS = {
    "bookmarks.add": TIER_2,
    "bookmarks.list": TIER_3,
    "bookmarks.remove": TIER_2,
    "chat.postMessage": POSTS,
    "chat.update": TIER_3,
    "conversations.create": TIER_2,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.invite": TIER_3,
    "conversations.inviteShared": TIER_2,
    "conversations.kick": TIER_3,
    "conversations.list": TIER_2,
    "conversations.members": TIER_4,
    "conversations.open": TIER_3,
    "conversations.replies": TIER_3,
    "files.completeUploadExternal": TIER_4,
    "files.getUploadURLExternal": TIER_4,
    "files.info": TIER_4,
    "pins.add": TIER_2,
    "users.list": TIER_2,
    "views.publish": TIER_4,
}
# Messages that are not urgent leave this part of a limit to those that are: a reminder goes out beside hundreds.
KEPT_FREE = 0.05


class Pacer:
    """One process's share of the limits; `replicas` is how many processes share them."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.replicas = 1
        self._now = now
        self._calls: dict[str, deque[datetime]] = {}
        self._held: dict[str, datetime] = {}

    def take(self, method: str, channel: str = "", *, urgent: bool = False) -> float:
        """Zero where the call may be made now, which counts as made; else the seconds to wait, with nothing counted."""
        now = self._now()
        limits = _limits(method, channel)
        wait = max((self._wait(key, limit, now, urgent) for key, limit in limits.items()), default=0.0)
        if not wait:
            for key in limits:
                self._calls.setdefault(key, deque()).append(now)
        return wait

    def hold(self, method: str, channel: str, seconds: float) -> None:
        """Slack limited this method for so long, or for chat.postMessage this channel."""
        key = f"{method} {channel}" if method == "chat.postMessage" else method
        self._held[key] = self._now() + timedelta(seconds=seconds)

    def _wait(self, key: str, limit: Limit, now: datetime, urgent: bool) -> float:
        held = self._held.get(key, now)
        if held > now:
            return (held - now).total_seconds()
        self._held.pop(key, None)
        calls, span = self._calls.get(key, deque()), timedelta(seconds=limit.seconds)
        while calls and not now - span < calls[0] <= now:  # also what a clock that jumped back left ahead
            calls.popleft()
        if not calls:
            self._calls.pop(key, None)
        kept_free = 0 if urgent or not key.startswith("chat.postMessage") else KEPT_FREE
        most = max(1, int(limit.calls / self.replicas * (1 - kept_free)))
        return (calls[-most] + span - now).total_seconds() if len(calls) >= most else 0.0


def _limits(method: str, channel: str) -> dict[str, Limit]:
    if method not in METHODS:
        return {}
    if method == "chat.postMessage":
        return {method: POSTS, f"{method} {channel}": POSTS_IN_A_CHANNEL}
    return {method: METHODS[method]}
