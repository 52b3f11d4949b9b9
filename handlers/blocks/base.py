"""The Block Kit pieces that every screen is made of, kept inside Slack's limits."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ..surface import Block, View, Words

TEXT_LIMIT = 3000
FIELD_LIMIT = 2000
HEADER_LIMIT = 150
LABEL_LIMIT = 75
BESIDE_LIMIT = 300


class Mrkdwn(str):
    """Text that is mrkdwn already and must not be escaped again."""

    __slots__ = ()


def escape(text: str) -> str:
    """Slack's three characters; `<!channel>` becomes harmless by it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(text: str, limit: int = 300) -> Mrkdwn:
    """What a person typed, inside a line of mrkdwn: escaped, shortened, its marks kept from formatting."""
    short = cut(" ".join(text.split()), limit)
    marked = "".join(f"{character}\u2060" if character in "*_~`:" else character for character in short)
    return Mrkdwn(escape(marked))


def cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def date(at: datetime, *, zone_text: str, ago: bool = False) -> Mrkdwn:
    """A moment in the reader's zone, shown by Slack; `zone_text` is for clients that cannot."""
    shape = "{ago}" if ago else "{date_short_pretty} {time}"
    return Mrkdwn(f"<!date^{int(at.timestamp())}^{shape}|{escape(zone_text)}>")


def fallback_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def plain(text: str, limit: int = TEXT_LIMIT) -> dict[str, Any]:
    return {"type": "plain_text", "text": cut(text, limit) or " ", "emoji": True}


def exact(text: str) -> dict[str, Any]:
    """Plain text whose `:smile:` stays as typed."""
    return {"type": "plain_text", "text": text, "emoji": False}


def section(text: str, *, accessory: dict[str, Any] | None = None, block_id: str = "", beside: str = "") -> Block:
    """`beside` is what a person typed, shown to the letter below the text."""
    block: Block = {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, TEXT_LIMIT), "verbatim": True}}
    block |= {"fields": [exact(cut(beside, BESIDE_LIMIT))]} if beside else {}
    return block | ({"accessory": accessory} if accessory else {}) | ({"block_id": block_id} if block_id else {})


def fields(texts: Iterable[str]) -> Block:
    return {
        "type": "section",
        "fields": [{"type": "mrkdwn", "text": cut(text, FIELD_LIMIT), "verbatim": True} for text in texts][:10],
    }


def typed(text: str) -> list[Block]:
    """What a person typed, to the letter, in as many plain text sections as it needs."""
    parts = [text[start : start + TEXT_LIMIT] for start in range(0, len(text), TEXT_LIMIT)]
    return [{"type": "section", "text": exact(part)} for part in parts if part.strip()]


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER_LIMIT)}


def context(*texts: str) -> Block:
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": cut(text, FIELD_LIMIT), "verbatim": True} for text in texts][:10],
    }


def divider() -> Block:
    return {"type": "divider"}


def actions(*elements: dict[str, Any], block_id: str = "") -> Block:
    block: Block = {"type": "actions", "elements": list(elements)[:25]}
    return block | ({"block_id": block_id} if block_id else {})


def button(label: str, action: str, value: str = "", *, style: str = "") -> Block:
    element: Block = {"type": "button", "text": plain(label, LABEL_LIMIT), "action_id": action}
    element |= {"value": value} if value else {}
    return element | ({"style": style} if style else {})


def option(label: str, value: str, description: str = "") -> Block:
    return {"text": plain(label, LABEL_LIMIT), "value": value} | (
        {"description": plain(description, LABEL_LIMIT)} if description else {}
    )


def input_block(block_id: str, label: str, element: dict[str, Any], *, optional: bool = False, hint: str = "") -> Block:
    """The element's action_id is the block's id, so that an answer is read as `values[block_id]`."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "element": element | {"action_id": block_id},
        "optional": optional,
    }
    return block | ({"hint": plain(hint, 2000)} if hint else {})


def text_input(*, initial: str = "", multiline: bool = False, placeholder: str = "", limit: int = 3000) -> Block:
    element: Block = {"type": "plain_text_input", "multiline": multiline, "max_length": limit}
    element |= {"initial_value": initial[:limit]} if initial else {}
    return element | ({"placeholder": plain(placeholder, 150)} if placeholder else {})


def select(options: Sequence[Block], *, initial: Block | None = None, placeholder: str = "") -> Block:
    element: Block = {"type": "static_select", "options": list(options)[:100]}
    element |= {"initial_option": initial} if initial else {}
    return element | ({"placeholder": plain(placeholder, 150)} if placeholder else {})


def grouped_select(groups: Sequence[tuple[str, Sequence[Block]]], *, initial: Block | None = None) -> Block:
    """Up to 100 groups of up to 100 options."""
    named = [{"label": plain(name, LABEL_LIMIT), "options": list(options)[:100]} for name, options in groups if options]
    element: Block = {"type": "static_select", "option_groups": named[:100]}
    return element | ({"initial_option": initial} if initial else {})


def checkboxes(options: Sequence[Block], *, initial: Sequence[Block] = ()) -> Block:
    element: Block = {"type": "checkboxes", "options": list(options)[:10]}
    return element | ({"initial_options": list(initial)} if initial else {})


def radio(options: Sequence[Block], *, initial: Block | None = None) -> Block:
    element: Block = {"type": "radio_buttons", "options": list(options)[:10]}
    return element | ({"initial_option": initial} if initial else {})


def modal(
    callback: str, title: str, blocks: list[Block], *, words: Words, submit: str = "", metadata: str = ""
) -> View:
    view: View = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, 24),
        "close": plain(words("form.close" if not submit else "form.cancel"), 24),
        "blocks": blocks[:100],
        "private_metadata": metadata,
    }
    return view | ({"submit": plain(submit, 24)} if submit else {})
