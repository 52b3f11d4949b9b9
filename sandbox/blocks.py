"""Block Kit, refused where Slack refuses it: a bot that is only ever believed is not tested.

Source: docs.slack.dev/reference/block-kit/blocks; the wording of the faults is that of Slack's answers.
"""

from collections.abc import Iterator
from typing import Any, Literal

from sandbox.addresses import SAFE_URL, URL
from sandbox.cards import CARD, CAROUSEL, PLAN, TASK_CARD
from sandbox.charts import DATA_VISUALIZATION
from sandbox.elements import (
    IMAGE,
    IMAGE_ONLY,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    PICTURE,
    element,
    identified,
    one_picture,
    plain,
    text,
    text_kinds,
)
from sandbox.richtexts import RICH_TEXT, RICH_TEXT_VALUE
from sandbox.schema import Check, Report, Shape, array, boolean, by_type, one_of, string
from sandbox.tables import DATA_TABLE, MOST_IN_DATA_TABLES, TABLE, text_length

Surface = Literal["message", "modal", "home"]
Block = dict[str, Any]

MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
MOST_MARKDOWN = 12_000
MOST_CHARTS = 2
# Reported refusals begin near 13,200 (slackapi/bolt-js#2509), some below; Slack's people name 12,000.
MOST_TEXT_IN_BLOCKS = 12_000


def _section_says_something(report: Report, at: str, value: dict[str, Any]) -> None:
    if value.get("text") is None and value.get("fields") is None:
        report.add("must define either `text` or `fields`", at)


def _no_files_while_dispatching(report: Report, at: str, value: dict[str, Any]) -> None:
    inner = value.get("element")
    if value.get("dispatch_action") and isinstance(inner, dict) and inner.get("type") == "file_input":
        report.add("unsupported element type: file_input", f"{at}/element/type")


def _container_is_titled(report: Report, at: str, value: dict[str, Any]) -> None:
    if value.get("title") is None and value.get("rich_text_title") is None:
        report.add("must define either `title` or `rich_text_title`", at)


def _container_folds_one_way(report: Report, at: str, value: dict[str, Any]) -> None:
    if value.get("default_collapsed") and not value.get("is_collapsible"):
        report.add("`default_collapsed` needs `is_collapsible`", f"{at}/default_collapsed")
    if value.get("has_header_divider") and value.get("is_collapsible"):
        report.add("`has_header_divider` needs a container that is not collapsible", f"{at}/has_header_divider")


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
    "rich_text": RICH_TEXT,
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
    "table": TABLE,
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
    "context_actions": Shape({"elements": array(element(IN_CONTEXT_ACTIONS), 5)}),
    "card": CARD,
    "carousel": CAROUSEL,
    "task_card": TASK_CARD,
    "plan": PLAN,
}
_CHILDREN = ("actions", "context", "divider", "header", "image", "input", "rich_text", "section", "table", "video")
BLOCKS["container"] = Shape(
    {"child_blocks": array(identified(by_type(BLOCKS, _CHILDREN)), 10)},
    {
        "title": plain(150),
        "rich_text_title": RICH_TEXT_VALUE,
        "subtitle": text(150),
        "width": one_of("narrow", "standard", "wide", "full"),
        "icon": IMAGE_ONLY,
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
    (_container_is_titled, _container_folds_one_way),
)

# The pages of the newer blocks do not say it of every surface: where none speaks of one, it is refused (strict).
_IN_MESSAGES = frozenset({"context_actions", "data_visualization", "plan", "task_card", "markdown", "table"})
_ON: dict[Surface, frozenset[str]] = {
    "message": frozenset(BLOCKS) - {"alert"},
    "modal": frozenset(BLOCKS) - _IN_MESSAGES - {"carousel", "container", "data_table"},
    "home": frozenset(BLOCKS) - _IN_MESSAGES - {"alert"},
}


_IN_FORMS = ("email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input")
# Where an element may stand, if not everywhere; the table of docs.slack.dev/reference/block-kit/block-elements.
_ONLY_ON: dict[str, tuple[Surface, ...]] = {
    "datetimepicker": ("message", "modal"),
    **dict.fromkeys(_IN_FORMS, ("modal",)),
    "workflow_button": ("message",),  # strict
}


# Where a block holds blocks of its own, and where its interactive elements.
_HOLDING_BLOCKS = {"container": "child_blocks", "carousel": "elements", "plan": "tasks"}
_HOLDING_ELEMENTS = {
    "section": "accessory",
    "input": "element",
    "actions": "elements",
    "context_actions": "elements",
    "card": "actions",
}


def block_faults(blocks: Any, surface: Surface, at: str = "/blocks") -> list[str]:
    """What Slack would find wrong with these blocks, each with its JSON pointer; empty when they are fine."""
    report = Report()
    array(_block_on(surface), MOST_BLOCKS[surface], least=0)(report, at, blocks)
    if not report.faults:
        _surfaces(report, at, blocks, surface)
        _ids(report, at, blocks)
        _totals(report, at, blocks, surface)
    return report.faults


def _block_on(surface: Surface) -> Check:
    return identified(by_type(BLOCKS, _ON[surface]))


def every(blocks: list[Block], at: str = "") -> Iterator[tuple[str, Block]]:
    """Each block with its pointer, and those inside other blocks."""
    for index, block in enumerate(blocks):
        yield f"{at}/{index}", block
        place = _HOLDING_BLOCKS.get(block.get("type", ""))
        if place:
            yield from every(block.get(place) or [], f"{at}/{index}/{place}")


def elements_of(block: Block) -> list[tuple[str, Block]]:
    """The interactive elements in this very block, each with its place."""
    place = _HOLDING_ELEMENTS.get(block.get("type", ""), "")
    held = block.get(place) or []
    found = [(f"{place}/{index}", one) for index, one in enumerate(held)] if isinstance(held, list) else [(place, held)]
    return [(where, one) for where, one in found if one["type"] != "image"]


def interactive(blocks: list[Block]) -> Iterator[tuple[Block, Block]]:
    """Each block with each interactive element in it."""
    for _, block in every(blocks):
        for _, one in elements_of(block):
            yield block, one


def _surfaces(report: Report, at: str, blocks: list[Block], surface: Surface) -> None:
    for pointer, block in every(blocks, at):
        kind = block.get("type")
        if kind and kind not in _ON[surface]:
            report.add(f"unsupported type: {kind}", f"{pointer}/type")
        for place, one in elements_of(block):
            if surface not in _ONLY_ON.get(one["type"], (surface,)):
                report.add(f"unsupported element type: {one['type']}", f"{pointer}/{place}")
            # Elsewhere it does nothing; that Slack refuses it is our reading (strict).
            if one.get("response_url_enabled") and (surface, kind) != ("modal", "input"):
                report.add("`response_url_enabled` works only in inputs of modals", f"{pointer}/{place}")


def _ids(report: Report, at: str, blocks: list[Block]) -> None:
    seen: set[str] = set()
    for pointer, block in every(blocks, at):
        block_id = block.get("block_id")
        if block_id in seen:
            report.add(f"block_id {block_id!r} already exists", f"{pointer}/block_id")
        seen |= {block_id} if block_id else set()
        given = [one["action_id"] for _, one in elements_of(block) if one.get("action_id")]
        for action_id in sorted({one for one in given if given.count(one) > 1}):
            report.add(f"action_id {action_id!r} already exists", f"{pointer}/{_HOLDING_ELEMENTS[block['type']]}")


def _totals(report: Report, at: str, blocks: list[Block], surface: Surface) -> None:
    all_blocks = [block for _, block in every(blocks)]

    def of(kind: str) -> list[Block]:
        return [block for block in all_blocks if block.get("type") == kind]

    # What stands in a container counts as a block too (strict).
    if len(blocks) + sum(len(one["child_blocks"]) for one in of("container")) > MOST_BLOCKS[surface]:
        report.add(f"no more than {MOST_BLOCKS[surface]} items allowed", at)
    if sum(len(block["text"]) for block in of("markdown")) > MOST_MARKDOWN:
        report.add(f"markdown blocks must hold less than {MOST_MARKDOWN + 1} characters together", at)
    if sum(text_length(block["rows"]) for block in of("data_table")) > MOST_IN_DATA_TABLES:
        report.add(f"data tables must hold less than {MOST_IN_DATA_TABLES + 1} characters together", at)
    if len(of("table")) > 1:
        report.add("only one table is allowed in a message", at)
    if len(of("data_visualization")) > MOST_CHARTS:
        report.add(f"only {MOST_CHARTS} charts are allowed in a message", at)
    if sum(bool(one.get("focus_on_load")) for _, one in interactive(blocks)) > 1:
        report.add("only one element can have `focus_on_load`", at)


class IdMaker:
    """Makes the ids that a bot left out; they look like Slack's and never repeat in a workspace."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self) -> str:
        self._count += 1
        return f"{self._count:05X}"


def with_ids(blocks: list[Block], next_id: IdMaker) -> list[Block]:
    """The blocks as Slack stores them: a block_id on each, an action_id on each interactive element."""
    return [_with_ids(block, next_id) for block in blocks]


def _with_ids(block: Block, next_id: IdMaker) -> Block:
    block = {**block, "block_id": block.get("block_id") or next_id()}
    blocks, elements = _HOLDING_BLOCKS.get(block.get("type", "")), _HOLDING_ELEMENTS.get(block.get("type", ""))
    if blocks and block.get(blocks):
        block[blocks] = with_ids(block[blocks], next_id)
    if elements and block.get(elements):
        held = block[elements]
        named = [_with_action_id(one, next_id) for one in (held if isinstance(held, list) else [held])]
        block[elements] = named if isinstance(held, list) else named[0]
    return block


def _with_action_id(one: Block, next_id: IdMaker) -> Block:
    return one if one["type"] == "image" or one.get("action_id") else {**one, "action_id": next_id()}
