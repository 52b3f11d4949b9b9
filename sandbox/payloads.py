"""JSON and text from outside, made into what can be stored and sent on; what never could be is refused at the door."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.http import HttpProcessingError

_HALVES = re.compile("[\ud800-\udfff]")
# No payload of Slack's goes half as deep, and what goes deeper could not be copied or written again.
DEEPEST = 100


def whole(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which no encoding can write."""
    return _HALVES.sub("\ufffd", text)


def read_json(text: str | bytes) -> Any:
    """The value in this JSON. Raises ValueError: not JSON, not UTF-8, nested too deeply, NaN or Infinity."""
    try:
        value = json.loads(text.decode() if isinstance(text, bytes) else text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return storable(value)


async def read_form(request: web.Request) -> Mapping[str, Any]:
    """The fields of a form, files among them. Raises ValueError: not UTF-8, no boundary, cut short."""
    try:
        return await request.post()
    except (ValueError, LookupError, RuntimeError, AssertionError, HttpProcessingError) as fault:
        # What aiohttp's parser raises for a body that is no form depends on where it breaks.
        raise ValueError(f"no form: {fault}") from None


def storable(value: Any, deep: int = 0) -> Any:
    """The value with whole texts. Raises ValueError for what JSON cannot hold."""
    if deep > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {whole(key): storable(one, deep + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [storable(one, deep + 1) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no number in JSON")
    return value
