"""A room that speaks both languages: one screen made of the two, line by line."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from .base import BESIDE_LIMIT, HEADER_LIMIT, LABEL_LIMIT, TEXT_LIMIT, cut

BOTH = "both"
# Slack takes no more text in all blocks of a message.
MESSAGE_LIMIT = 12_000
# What stands on one line, by its block's or element's type, and how long Slack lets it be.
_ONE_LINE = {"header": HEADER_LIMIT, "button": LABEL_LIMIT}


def in_both(zh: Any, en: Any) -> Any:
    """Text or blocks in Chinese and in English as one. Where that is more than a message holds, what people typed
    beside the lines is shortened."""
    said = _merged(zh, en)
    over = _length(said) - MESSAGE_LIMIT
    beside = list(_beside(said)) if over > 0 else []
    for text in beside:
        text["text"] = cut(text["text"], max(BESIDE_LIMIT - over // len(beside) - 1, 1))
    return said


def _merged(zh: Any, en: Any, one_line: int = 0) -> Any:
    """Each line followed by the other's, what is the same in both once. `one_line` is the limit of text that has no
    lines. Blocks that do not match stand one after the other."""
    if isinstance(zh, str):
        return zh if zh == en else cut(f"{zh} / {en}", one_line) if one_line else cut(_lines(zh, en), TEXT_LIMIT)
    if isinstance(zh, dict):
        limit = one_line or _ONE_LINE.get(str(zh.get("type")), 0)
        return {key: _merged(value, en[key], limit) for key, value in zh.items()}
    if not isinstance(zh, list | tuple):
        return zh
    if len(zh) != len(en):
        return [*zh, *en]
    return type(zh)(_merged(*pair, one_line) for pair in zip(zh, en, strict=True))


def _lines(zh: str, en: str) -> str:
    pairs = zip_longest(zh.split("\n"), en.split("\n"), fillvalue="")
    return "\n".join(line for pair in pairs for line in dict.fromkeys(pair) if line or pair == ("", ""))


def _length(said: Any) -> int:
    if isinstance(said, dict):
        return sum(
            len(value) if key == "text" and isinstance(value, str) else _length(value) for key, value in said.items()
        )
    return sum(_length(one) for one in said) if isinstance(said, list | tuple) else 0


def _beside(said: Any) -> Iterator[dict[str, Any]]:
    """The texts that people typed beside lines; see `section`."""
    if isinstance(said, dict):
        yield from (one for one in said.get("fields", ()) if one["type"] == "plain_text")
    elif not isinstance(said, str):
        yield from (text for one in said for text in _beside(one))
