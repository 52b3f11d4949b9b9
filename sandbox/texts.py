"""Slack's text on the wire is not what people type: & < > are escaped, and mentions are control sequences."""

import re
from collections.abc import Callable, Iterator
from typing import Any

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_TOKEN = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
_TYPED_MENTION = re.compile(r"(?<![\w@])@([a-z0-9][a-z0-9._-]*[a-z0-9]|[a-z0-9])")
_TYPED_CHANNEL = re.compile(r"(?<![\w#&])#([a-z0-9_-]{1,80})")
_BROADCASTS = ("channel", "here", "everyone")


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mentioned(text: str) -> list[str]:
    """The ids of the users that a message names, once each."""
    return list(dict.fromkeys(_MENTION.findall(text)))


Lookup = Callable[[str], str | None]


def as_typed(text: str, user_id: Lookup, channel_id: Lookup) -> str:
    """What a message holds after a person typed this: escaped, with @name and #channel made into mentions."""

    def user(match: re.Match[str]) -> str:
        name = match[1]
        if name in _BROADCASTS:
            return f"<!{name}>"
        found = user_id(name)
        return f"<@{found}>" if found else match[0]

    def channel(match: re.Match[str]) -> str:
        found = channel_id(match[1])
        return f"<#{found}|{match[1]}>" if found else match[0]

    return _TYPED_CHANNEL.sub(channel, _TYPED_MENTION.sub(user, escape(text)))


def rich_text(text: str, block_id: str) -> dict[str, Any]:
    """The rich_text block that Slack's own client sends along with a typed message."""
    return {"type": "rich_text", "block_id": block_id, "elements": [_section(text)]}


def typed_rich_text(text: str) -> dict[str, Any]:
    """What an input for rich text holds after a person typed this, without any formatting."""
    return {"type": "rich_text", "elements": [_section(escape(text))]}


def _section(text: str) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(_spans(text))}


def _spans(text: str) -> Iterator[dict[str, Any]]:
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() > end:
            yield {"type": "text", "text": unescape(text[end : match.start()])}
        yield _span(match[1], match[2])
        end = match.end()
    if end < len(text):
        yield {"type": "text", "text": unescape(text[end:])}


def _span(sigil: str, body: str) -> dict[str, Any]:
    if sigil == "@":
        return {"type": "user", "user_id": body}
    if sigil == "#":
        return {"type": "channel", "channel_id": body}
    if sigil == "!":
        return {"type": "broadcast", "range": body}
    return {"type": "link", "url": body}
