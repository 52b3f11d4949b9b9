"""A modal's or Home's JSON, refused where Slack refuses it (docs.slack.dev/reference/views)."""

import json
from typing import Any

from sandbox.blocks import Surface, block_faults
from sandbox.elements import plain
from sandbox.schema import Report, Shape, anything, boolean, one_of, string

MOST_BYTES = 250 * 1024
_COMMON = {"private_metadata": string(3000, 0), "callback_id": string(255, 0), "external_id": string(255, 0)}
_MODAL = Shape(
    {"type": one_of("modal"), "title": plain(24), "blocks": anything},
    {
        **_COMMON,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
    },
)
_HOME = Shape({"type": one_of("home"), "blocks": anything}, _COMMON)


def is_too_large(view: dict[str, Any]) -> bool:
    return len(json.dumps(view, ensure_ascii=False).encode()) > MOST_BYTES


def view_faults(view: Any, surface: Surface, at: str = "/view") -> list[str]:
    """What Slack would find wrong with this view, each with its JSON pointer; empty when it is fine."""
    report = Report()
    (_HOME if surface == "home" else _MODAL)(report, at, view)
    if isinstance(view, dict) and view.get("blocks") is not None:
        report.faults += block_faults(view["blocks"], surface, f"{at}/blocks")
    if not report.faults and surface == "modal" and not view.get("submit"):
        _inputs_need_submit(report, at, view["blocks"])
    return report.faults


def _inputs_need_submit(report: Report, at: str, blocks: list[dict[str, Any]]) -> None:
    for index, block in enumerate(blocks):
        if block["type"] == "input":
            report.add("must define `submit` to use an `input` block in modals", f"{at}/blocks/{index}/input")
