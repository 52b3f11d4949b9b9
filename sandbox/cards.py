"""Cards in rows and tasks in plans, as Slack's tables describe them.

Source: docs.slack.dev/reference/block-kit/blocks/card-block, carousel-block, task-card-block, plan-block, and
/composition-objects/slack-icon-object.
"""

from typing import Any

from sandbox.addresses import URL
from sandbox.elements import IMAGE_ONLY, IN_CARD, element, identified, text
from sandbox.richtexts import RICH_TEXT_OF_ONE
from sandbox.schema import Report, Shape, array, by_type, one_of, string

_ICONS = [
    "archive", "book", "bookmark", "bot", "bug", "calendar", "call", "caret-left", "caret-right", "check",
    "clipboard", "code", "comment", "compass", "copy", "cube", "download", "edit", "email", "eye-closed",
    "eye-open", "file", "flag", "folder", "gear", "globe", "heart", "help", "image", "info", "key",
    "lightbulb", "link", "map", "mobile", "new-window", "pin", "plus", "refine", "refresh", "rocket", "save",
    "screen", "share", "sparkle", "star", "star-filled", "tag", "thumbs-down", "thumbs-up", "trash", "upload",
    "user", "warning",
]  # fmt: skip
_SLACK_ICON = by_type({"icon": Shape({"name": one_of(*_ICONS)})})


def _card_says_something(report: Report, at: str, value: dict[str, Any]) -> None:
    if all(value.get(name) is None for name in ("hero_image", "title", "actions", "body")):
        report.add("must define `hero_image`, `title`, `actions` or `body`", at)


def _one_icon(report: Report, at: str, value: dict[str, Any]) -> None:
    if value.get("icon") is not None and value.get("slack_icon") is not None:
        report.add("must define either `icon` or `slack_icon`", at)


# At most three buttons is what others met; the documentation names no number (strict).
CARD = Shape(
    optional={
        "hero_image": IMAGE_ONLY,
        "icon": IMAGE_ONLY,
        "slack_icon": _SLACK_ICON,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "actions": array(element(IN_CARD), 3),
    },
    rules=(_card_says_something, _one_icon),
)
CAROUSEL = Shape({"elements": array(identified(by_type({"card": CARD})), 10)})

# Titles are plain strings of no documented length: at most what a text object holds (strict).
_SOURCE = by_type({"url": Shape({"url": URL, "text": string(3000)})}, noun="element type")
# The table of fields calls the status optional, both of Slack's own libraries require it (strict).
TASK_CARD = Shape(
    {
        "task_id": string(255),
        "title": string(3000),
        "status": one_of("pending", "in_progress", "complete", "error"),
    },
    {"details": RICH_TEXT_OF_ONE, "output": RICH_TEXT_OF_ONE, "sources": array(_SOURCE, 1000)},
)
_typed_task = identified(by_type({"task_card": TASK_CARD}))


def _task(report: Report, at: str, value: Any) -> None:
    """In a plan a task may go without its type."""
    _typed_task(report, at, {"type": "task_card", **value} if isinstance(value, dict) else value)


def _tasks_differ(report: Report, at: str, value: dict[str, Any]) -> None:
    seen: set[str] = set()
    for index, task in enumerate(value.get("tasks") or ()):
        if task["task_id"] in seen:
            report.add(f"task_id {task['task_id']!r} already exists", f"{at}/tasks/{index}/task_id")
        seen.add(task["task_id"])


# No number of tasks is documented: as many as a message has blocks, each with an id of its own (strict).
PLAN = Shape({"title": string(3000)}, {"tasks": array(_task, 50, least=0)}, (_tasks_differ,))
