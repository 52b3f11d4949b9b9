"""Slack's rate limits: calls a minute by method, app and workspace. Source: docs.slack.dev/apis/web-api/rate-limits.

Slack answers some more in a burst without saying how many; here a limit is a limit.
"""

import math
from collections import deque
from collections.abc import Callable

from sandbox.world import Json

TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100
# Special: "hundreds" a minute, of messages about one a second and channel beside that.
SPECIAL, POSTS_IN_A_CHANNEL = 300, 60
_SPAN = 60.0
_TIERS = {
    TIER_1: ("apps.connections.open", "apps.uninstall", "conversations.listConnectInvites"),
    TIER_2: (
        "bookmarks.add", "bookmarks.remove", "conversations.acceptSharedInvite",
        "conversations.approveSharedInvite", "conversations.archive", "conversations.create",
        "conversations.declineSharedInvite", "conversations.inviteShared", "conversations.list",
        "conversations.rename", "conversations.setPurpose", "conversations.setTopic", "conversations.unarchive",
        "pins.add", "pins.list", "pins.remove", "reactions.remove", "users.list",
    ),
    TIER_3: (
        "auth.revoke", "bookmarks.list", "bots.info", "chat.delete", "chat.update", "conversations.history",
        "conversations.info", "conversations.invite", "conversations.join", "conversations.kick",
        "conversations.leave", "conversations.open", "conversations.replies", "reactions.add", "team.info",
        "users.conversations", "users.lookupByEmail",
    ),
    TIER_4: (
        "chat.postEphemeral", "conversations.members", "files.completeUploadExternal", "files.getUploadURLExternal",
        "files.info", "oauth.v2.access", "users.info", "views.open", "views.publish", "views.push", "views.update",
    ),
    SPECIAL: ("auth.test", "chat.getPermalink", "chat.postMessage"),
}  # fmt: skip
BY_METHOD = {method: tier for tier, methods in _TIERS.items() for method in methods}


class Limits:
    """What was called in the last minute, by the clock (epoch seconds), with each token (an app in one workspace) or,
    where none is needed, by each app. While they are off nothing is counted."""

    def __init__(self, clock: Callable[[], float], *, is_on: bool) -> None:
        self.is_on = is_on
        self._clock = clock
        self._calls: dict[tuple[str, ...], deque[float]] = {}

    def over(self, whose: str, method: str, args: Json) -> int:
        """Zero, and the call is counted; else the seconds after which there may be another."""
        if not self.is_on:
            return 0
        now = self._clock()
        keys = self._keys(whose, method, str(args.get("channel") or ""))
        waits = [self._wait(key, most, now) for key, most in keys.items()]
        if any(waits):
            return max(waits)
        for key in keys:
            self._calls.setdefault(key, deque()).append(now)
        return 0

    def _keys(self, whose: str, method: str, channel: str) -> dict[tuple[str, ...], int]:
        keys: dict[tuple[str, ...], int] = {(whose, method): BY_METHOD[method]}
        if method == "chat.postMessage":
            keys[whose, method, channel] = POSTS_IN_A_CHANNEL
        return keys

    def _wait(self, key: tuple[str, ...], most: int, now: float) -> int:
        calls = self._calls.get(key, deque())
        while calls and calls[0] <= now - _SPAN:
            calls.popleft()
        return max(1, math.ceil(calls[-most] + _SPAN - now)) if len(calls) >= most else 0
