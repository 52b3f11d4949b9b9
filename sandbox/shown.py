"""What a person has before their eyes: the text of messages and views, and what in them can be clicked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.blocks import interactive

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


def targets(blocks: list[Json], place: Json, viewer: str | None = None) -> Iterator[Target]:
    """What `viewer` (a user id; anybody, when not given) can click in these blocks, and in those inside them."""
    for block, element in interactive(blocks):
        if viewer is None or viewer in (element.get("visible_to_user_ids") or [viewer]):
            for label, value in _faces(element):
                yield Target(place, block["block_id"], element["action_id"], label, value)


def _faces(element: Json) -> Iterator[tuple[str, str | None]]:
    """What an element is called, and the value that a click on it brings."""
    kind = element["type"]
    if kind == "feedback_buttons":
        for button in (element["positive_button"], element["negative_button"]):
            yield button["text"]["text"], button["value"]
        return
    yield element["text"]["text"] if kind.endswith("button") else element["action_id"], None
    for option in element["options"] if kind == "overflow" else ():
        yield option["text"]["text"], option["value"]


def shown_text(thing: Json) -> str:
    """All that a person reads in a message or view, one piece a line, with & < > as they see them."""
    pieces = [thing["text"]] if isinstance(thing.get("text"), str) else []
    pieces += [file.get("title", "") for file in thing.get("files", ())]
    pieces += _texts([thing.get("title"), thing.get("blocks"), thing.get("attachments")])
    return "\n".join(piece.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for piece in pieces)


# Keys whose strings are read; a `name` only where it names a line of a chart.
_READ = ("text", "alt_text", "initial_value", "title", "caption", "label")


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _texts(one)
    elif isinstance(node, dict):
        if node.get("type") == "raw_number" and not node.get("text"):
            yield str(node.get("value", ""))
        for key, value in node.items():
            if isinstance(value, str) and (key in _READ or (key == "name" and "data" in node)):
                yield value
            else:
                yield from _texts(value)


def short(seen: Any) -> str:
    if isinstance(seen, list):
        return "; ".join(short(one) for one in seen[-8:]) or "nothing"
    return shown_text(seen)[:300] if isinstance(seen, dict) else str(seen)
