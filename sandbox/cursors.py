"""Pages of a list, with Slack's opaque cursors and limits."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sandbox.methods import ApiError, Call
from sandbox.world import Json

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items, and the cursor of the next page ("" on the last)."""

    items: list[Item]
    next_cursor: str

    @property
    def metadata(self) -> Json:
        return {"response_metadata": {"next_cursor": self.next_cursor}}


def page(
    call: Call, items: list[Item], key: Callable[[Item], str], *, default: int = 100, most: int = 1000
) -> Page[Item]:
    """The page that `cursor` and `limit` ask for; `key` names an item for as long as it exists."""
    limit = call.number("limit", default)
    if not 1 <= limit <= most:
        raise ApiError("invalid_limit", f"limit must be between 1 and {most}")
    start = _start(call, [key(item) for item in items])
    end = start + limit
    following = _encode(key(items[end])) if end < len(items) else ""
    return Page(items[start:end], following)


def _encode(key: str) -> str:
    return base64.urlsafe_b64encode(f"next:{key}".encode()).decode()


def _start(call: Call, keys: list[str]) -> int:
    cursor = call.given("cursor")
    if cursor is None:
        return 0
    try:
        prefix, _, key = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        prefix, key = "", ""
    if prefix != "next" or key not in keys:
        raise ApiError("invalid_cursor", f"{cursor!r} is no cursor of this list")
    return keys.index(key)
