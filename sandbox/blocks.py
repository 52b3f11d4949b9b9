"""Block Kit, refused where Slack refuses it: a bot that is only ever believed is not tested.

Source: docs.slack.dev/reference/block-kit/blocks; the wording of the faults is that of Slack's answers.
"""

from collections.abc import Iterator
from typing import Any, Literal

from sandbox.elements import (
    IMAGE,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    LINK,
    PICTURE,
    SAFE_URL,
    URL,
    element,
    one_picture,
    plain,
    text,
    text_kinds,
)
from sandbox.schema import Check, Report, Shape, anything, array, boolean, by_type, integer, one_of, string

Surface = Literal["message", "modal", "home"]

MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
MOST_MARKDOWN = 12_000
# Reported refusals begin near 13,200 (slackapi/bolt-js#2509), some below; Slack's people name 12,000.
MOST_TEXT_IN_BLOCKS = 12_000


def _section_says_something(report: Report, at: str, value: dict[str, Any]) -> None:
    if value.get("text") is None and value.get("fields") is None:
        report.add("must define either `text` or `fields`", at)


def _no_files_while_dispatching(report: Report, at: str, value: dict[str, Any]) -> None:
    inner = value.get("element")
    if value.get("dispatch_action") and isinstance(inner, dict) and inner.get("type") == "file_input":
        report.add("unsupported element type: file_input", f"{at}/element/type")


def _rows_are_even(report: Report, at: str, value: dict[str, Any]) -> None:
    rows = value.get("rows")
    widths = {len(row) for row in rows if isinstance(row, list)} if isinstance(rows, list) else set()
    if len(widths) > 1:
        report.add("all rows must have the same number of cells", f"{at}/rows")


_SPAN_STYLE = Shape(optional={name: boolean for name in ("bold", "italic", "strike", "code", "underline")})
_SPANS: dict[str, Check] = {
    "text": Shape({"text": string(40_000)}, {"style": _SPAN_STYLE}),
    "link": Shape({"url": LINK}, {"text": string(40_000, 0), "unsafe": boolean, "style": _SPAN_STYLE}),
    "user": Shape({"user_id": string(255)}, {"style": _SPAN_STYLE}),
    "channel": Shape({"channel_id": string(255)}, {"style": _SPAN_STYLE}),
    "usergroup": Shape({"usergroup_id": string(255)}, {"style": _SPAN_STYLE}),
    "emoji": Shape({"name": string(255)}, {"unicode": string(255), "skin_tone": integer(1, 6), "style": _SPAN_STYLE}),
    "broadcast": Shape({"range": one_of("here", "channel", "everyone")}, {"style": _SPAN_STYLE}),
    "color": Shape({"value": string(20)}, {"style": _SPAN_STYLE}),
    "date": Shape(
        {"timestamp": integer(0, 99_999_999_999), "format": string(255)},
        {"url": LINK, "fallback": string(255), "style": _SPAN_STYLE},
    ),
}
_spans = array(by_type(_SPANS), 1000, least=0)
_BORDER = integer(0, 1)
_SECTION = Shape({"elements": _spans})
_RICH: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_preformatted": Shape({"elements": _spans}, {"border": _BORDER, "language": string(50)}),
    "rich_text_quote": Shape({"elements": _spans}, {"border": _BORDER}),
    "rich_text_list": Shape(
        {"style": one_of("bullet", "ordered"), "elements": array(by_type({"rich_text_section": _SECTION}), 1000)},
        {"indent": integer(0, 8), "offset": integer(0, 1_000_000), "border": _BORDER},
    ),
}
_RICH_TEXT = Shape({"elements": array(by_type(_RICH), 1000, least=0)})
_CELL = by_type(
    {"raw_text": Shape({"text": string(40_000)}), "raw_number": Shape({"value": anything}), "rich_text": _RICH_TEXT}
)
_CONTEXT_ITEM: dict[str, Check] = {"image": IMAGE, **text_kinds(3000)}

BLOCKS: dict[str, Check] = {
    "section": Shape(
        optional={
            "text": text(3000),
            "fields": array(text(2000), 10),
            "accessory": element(IN_SECTION),
            "expand": boolean,
        },
        rules=(_section_says_something,),
    ),
    "header": Shape({"text": plain(150)}),
    "divider": Shape(),
    "context": Shape({"elements": array(by_type(_CONTEXT_ITEM, noun="element type"), 10)}),
    "actions": Shape({"elements": array(element(IN_ACTIONS), 25)}),
    "input": Shape(
        {"label": plain(2000), "element": element(IN_INPUT)},
        {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
        (_no_files_while_dispatching,),
    ),
    "image": Shape(
        {"alt_text": string(2000)},
        {**PICTURE, "title": plain(2000)},
        (one_picture,),
    ),
    "rich_text": _RICH_TEXT,
    "markdown": Shape({"text": string(MOST_MARKDOWN)}),
    "alert": Shape({"text": text(200)}, {"level": one_of("default", "info", "warning", "error", "success")}),
    "video": Shape(
        {"alt_text": string(2000), "title": plain(199), "thumbnail_url": URL, "video_url": SAFE_URL},
        {
            "author_name": string(49),
            "description": plain(200),
            "provider_icon_url": URL,
            "provider_name": string(50),
            "title_url": SAFE_URL,
        },
    ),
    "table": Shape(
        {"rows": array(array(_CELL, 20), 100)},
        {
            "column_settings": array(
                Shape(optional={"align": one_of("left", "center", "right"), "is_wrapped": boolean}), 20
            )
        },
        (_rows_are_even,),
    ),
}

_ON: dict[Surface, frozenset[str]] = {
    "message": frozenset(BLOCKS) - {"alert"},
    "modal": frozenset(BLOCKS) - {"markdown", "table"},
    "home": frozenset(BLOCKS) - {"markdown", "table", "alert"},
}


# Where an element may stand, if not everywhere; the table of docs.slack.dev/reference/block-kit/block-elements.
_ONLY_ON: dict[str, tuple[Surface, ...]] = {
    "datetimepicker": ("message", "modal"),
    **dict.fromkeys(("email_text_input", "url_text_input", "number_input", "file_input"), ("modal",)),
}


def block_faults(blocks: Any, surface: Surface, at: str = "/blocks") -> list[str]:
    """What Slack would find wrong with these blocks, each with its JSON pointer; empty when they are fine."""
    report = Report()
    array(_block_on(surface), MOST_BLOCKS[surface], least=0)(report, at, blocks)
    if not report.faults:
        _surfaces(report, at, blocks, surface)
        _ids(report, at, blocks)
        _totals(report, at, blocks)
    return report.faults


def _block_on(surface: Surface) -> Check:
    described = by_type(BLOCKS, _ON[surface])

    def check(report: Report, at: str, value: Any) -> None:
        if isinstance(value, dict) and value.get("block_id") is not None:
            string(255)(report, f"{at}/block_id", value["block_id"])
            value = {name: one for name, one in value.items() if name != "block_id"}
        described(report, at, value)

    return check


def interactive(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each block with each interactive element in it."""
    for block in blocks:
        kind = block.get("type")
        inside = {"section": [block.get("accessory")], "input": [block.get("element")]}.get(str(kind), [])
        for one in [*inside, *(block["elements"] if kind == "actions" else [])]:
            if one and one["type"] != "image":
                yield block, one


def _surfaces(report: Report, at: str, blocks: list[dict[str, Any]], surface: Surface) -> None:
    for index, block in enumerate(blocks):
        for _, one in interactive([block]):
            if surface not in _ONLY_ON.get(one["type"], (surface,)):
                place = "element" if block["type"] == "input" else "elements"
                report.add(f"unsupported element type: {one['type']}", f"{at}/{index}/{place}")


def text_length(node: Any) -> int:
    """Characters of all text in these blocks: objects, spans, cells and markdown."""
    if isinstance(node, list):
        return sum(text_length(one) for one in node)
    if not isinstance(node, dict):
        return 0
    own = len(node["text"]) if isinstance(node.get("text"), str) else 0
    return own + sum(text_length(one) for one in node.values())


def _ids(report: Report, at: str, blocks: list[dict[str, Any]]) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id is None:
            continue
        if block_id in seen:
            report.add(f"block_id {block_id!r} already exists", f"{at}/{index}/block_id")
        seen.add(block_id)
    for index, block in enumerate(blocks):
        given = [one["action_id"] for _, one in interactive([block]) if one.get("action_id")]
        for action_id in sorted({one for one in given if given.count(one) > 1}):
            report.add(f"action_id {action_id!r} already exists", f"{at}/{index}/elements")


def _totals(report: Report, at: str, blocks: list[dict[str, Any]]) -> None:
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MOST_MARKDOWN:
        report.add(f"markdown blocks must hold less than {MOST_MARKDOWN + 1} characters together", at)
    if sum(block["type"] == "table" for block in blocks) > 1:
        report.add("only one table is allowed in a message", at)
    if sum(bool(one.get("focus_on_load")) for _, one in interactive(blocks)) > 1:
        report.add("only one element can have `focus_on_load`", at)


class IdMaker:
    """Makes the ids that a bot left out; they look like Slack's and never repeat in a workspace."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self) -> str:
        self._count += 1
        return f"{self._count:05X}"


def with_ids(blocks: list[dict[str, Any]], next_id: IdMaker) -> list[dict[str, Any]]:
    """The blocks as Slack stores them: a block_id on each, an action_id on each interactive element."""
    stored = [{**block, "block_id": block.get("block_id") or next_id()} for block in blocks]
    return [_with_action_ids(block, next_id) for block in stored]


def _with_action_ids(block: dict[str, Any], next_id: IdMaker) -> dict[str, Any]:
    def named(one: dict[str, Any]) -> dict[str, Any]:
        return one if one["type"] == "image" or one.get("action_id") else {**one, "action_id": next_id()}

    if block["type"] == "actions":
        return {**block, "elements": [named(one) for one in block["elements"]]}
    for place in ("accessory", "element"):
        if block.get(place):
            return {**block, place: named(block[place])}
    return block
