"""Pages of a list, with Slack's opaque cursors and limits."""

import base64
import binascii
import re
from bisect import bisect_left
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


@dataclass(frozen=True)
class Order(Generic[Item]):
    """How a list is sorted: `place` rises from item to item and never changes, so a cursor outlives what it names."""

    noun: str
    place: Callable[[Item], int]


def page(
    call: Call,
    items: list[Item],
    order: Order[Item],
    *,
    default: int = 100,
    most: int = 1000,
    limit: str = "limit",
    zero_is_default: bool = False,
) -> Page[Item]:
    """The page that `cursor` and `limit` (or what a method calls it) ask for, of items in this order."""
    size = call.number(limit, default) or (default if zero_is_default else 0)
    if not 1 <= size <= most:
        raise ApiError("invalid_limit", f"{limit} must be between 1 and {most}")
    places = [order.place(item) for item in items]
    start = bisect_left(places, _start(call, order.noun)) if call.given("cursor") else 0
    end = start + size
    following = _encode(order.noun, places[end]) if end < len(items) else ""
    return Page(items[start:end], following)


def _encode(noun: str, place: int) -> str:
    return base64.urlsafe_b64encode(f"{noun}:{place}".encode()).decode()


def _start(call: Call, noun: str) -> int:
    cursor = call.required("cursor")
    try:
        found = re.fullmatch(rf"{noun}:(-?[0-9]{{1,20}})", base64.urlsafe_b64decode(cursor.encode()).decode())
    except (binascii.Error, UnicodeDecodeError):
        found = None
    if found is None:
        raise ApiError("invalid_cursor", f"{cursor!r} is no cursor of this list")
    return int(found[1])
