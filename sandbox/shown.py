"""What a person has before their eyes: the text of messages and views, and what in them can be clicked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """Something to click: where it is, and what it is called."""

    place: Json
    block_id: str
    action_id: str
    label: str
    value: str | None = None

    def fits(self, what: str, block_id: str | None) -> bool:
        return what in (self.label, self.action_id) and block_id in (None, self.block_id)


def targets(blocks: list[Json], place: Json) -> Iterator[Target]:
    for block in blocks:
        inside = [block.get("accessory"), block.get("element"), *block.get("elements", ())]
        for element in inside:
            if element and "action_id" in element:
                label = element["text"]["text"] if element["type"] == "button" else element["action_id"]
                yield Target(place, block["block_id"], element["action_id"], label)
                yield from _options(block, element, place)


def _options(block: Json, element: Json, place: Json) -> Iterator[Target]:
    if element["type"] == "overflow":
        for option in element["options"]:
            text, value = option["text"]["text"], option["value"]
            yield Target(place, block["block_id"], element["action_id"], text, value)


def shown_text(thing: Json) -> str:
    """All that a person reads in a message or view, one piece a line, with & < > as they see them."""
    pieces = [thing["text"]] if isinstance(thing.get("text"), str) else []
    pieces += [file.get("title", "") for file in thing.get("files", ())]
    pieces += _texts([thing.get("title"), thing.get("blocks"), thing.get("attachments")])
    return "\n".join(piece.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for piece in pieces)


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _texts(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("text", "alt_text", "initial_value") and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)


def short(seen: Any) -> str:
    if isinstance(seen, list):
        return "; ".join(short(one) for one in seen[-8:]) or "nothing"
    return shown_text(seen)[:300] if isinstance(seen, dict) else str(seen)
