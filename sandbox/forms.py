"""What a person chose or typed in a view or a message: its shape in payloads, and the checks Slack's client makes."""

import re
from datetime import date
from typing import Any

from sandbox import texts
from sandbox.blocks import interactive
from sandbox.elements import WRITTEN, options_of
from sandbox.richtexts import RICH_TEXT_VALUE
from sandbox.schema import Report
from sandbox.world import Json

State = dict[str, dict[str, Json]]
# What an app suggested for its external selects, by block_id and action_id.
Suggested = dict[tuple[str, str], list[Json]]

REQUIRED = "Please complete this required field."

# The key of an element's value in `state.values`, and of its initial value in the block.
_KEYS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(WRITTEN, ("value", "initial_value")),
    "static_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "external_select": ("selected_option", "initial_option"),
    "multi_external_select": ("selected_options", "initial_options"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", "initial_files"),
}
_EXTERNAL = ("external_select", "multi_external_select")
_WITH_OPTIONS = ("static_select", "radio_buttons", "multi_static_select", "checkboxes", "overflow", *_EXTERNAL)

# What is pressed and holds nothing: what the app is sent of each.
_SENT = {"button": ("text", "value", "style", "url"), "icon_button": ("text", "value", "icon")}
PRESSED = (*_SENT, "overflow", "feedback_buttons")


class InvalidValue(Exception):
    """A value that this element cannot hold; the text says which and why."""


def initial_state(blocks: list[Json]) -> State:
    """`state.values` of blocks that nobody has touched."""
    state: State = {}
    for block, element in interactive(blocks):
        if element["type"] in _KEYS:
            state.setdefault(block["block_id"], {})[element["action_id"]] = _entry(element, None)
    return state


def kept_state(blocks: list[Json], before: State) -> State:
    """State after the blocks changed: values stay where block_id, action_id and type stay."""
    state = initial_state(blocks)
    for block_id, entries in state.items():
        for action_id, entry in entries.items():
            old = before.get(block_id, {}).get(action_id)
            if old and old["type"] == entry["type"]:
                entries[action_id] = old
    return state


def _entry(element: Json, value: Any) -> Json:
    """One entry of state.values; None means the initial value."""
    key, initial_key = _KEYS[element["type"]]
    empty: Any = [] if key.endswith("s") else None
    return {"type": element["type"], key: element.get(initial_key, empty) if value is None else value}


def chosen(element: Json, value: Any) -> Json:
    """The state entry for what a person chose. Raises InvalidValue."""
    kind = element["type"]
    if kind not in _KEYS:
        raise InvalidValue(f"a {kind} holds no value")
    key = _KEYS[kind][0]
    if value in ("", None, []) or (kind == "rich_text_input" and isinstance(value, str) and not value.strip()):
        return {"type": kind, key: [] if key.endswith("s") else None}
    return {"type": kind, key: _checked(element, key, value)}


def clicked(element: Json, value: Any) -> Json:
    """What `chosen` says, within what Slack's client lets a person choose or send. Raises InvalidValue."""
    entry = chosen(element, value)
    now = entry[_KEYS[element["type"]][0]]
    if isinstance(now, list) and len(now) > (element.get("max_selected_items") or len(now)):
        raise InvalidValue(f"at most {element['max_selected_items']} can be chosen")
    if isinstance(now, str) and len(now) > (element.get("max_length") or len(now)):
        raise InvalidValue(f"at most {element['max_length']} characters can be sent")
    return entry


def pressed(element: Json, value: Any) -> Json:
    """What the app is sent of a button, or of the one of this value among several. Raises InvalidValue."""
    kind = element["type"]
    if kind == "overflow":
        return {"selected_option": option(element, value)}
    if kind != "feedback_buttons":
        return {key: element[key] for key in _SENT[kind] if key in element}
    for button in (element["positive_button"], element["negative_button"]):
        if button["value"] == value:
            return {"text": button["text"], "value": value}
    raise InvalidValue(f"{value!r} is the value of neither button")


def _checked(element: Json, key: str, value: Any) -> Any:
    kind = element["type"]
    if key.endswith("s"):
        return _several(element, _list(value))
    if kind in _WITH_OPTIONS:
        return option(element, value)
    if kind == "datetimepicker":
        return _whole(value)
    if kind == "datepicker" and not _is_date(value):
        raise InvalidValue(f"{value!r} is not a date YYYY-MM-DD")
    if kind == "timepicker" and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(value)):
        raise InvalidValue(f"{value!r} is not a time HH:MM")
    if kind == "rich_text_input":
        return _rich_text(value)
    if isinstance(value, (list, dict)):
        raise InvalidValue(f"a {kind} takes one value")
    return str(value)


def _rich_text(value: Any) -> Json:
    """What was typed as the client formats it: plain text, or rich text that is given whole."""
    report = Report()
    given = value if isinstance(value, dict) else texts.typed_rich_text(str(value))
    RICH_TEXT_VALUE(report, "", given)
    if report.faults:
        raise InvalidValue(f"{value!r} is no rich text: {report.faults[0]}")
    return given


def _several(element: Json, values: list[Any]) -> list[Any]:
    if any(values.count(one) > 1 for one in values):
        raise InvalidValue(f"{values!r} names one choice twice")
    if element["type"] in _WITH_OPTIONS:
        return [option(element, one) for one in values]
    if not all(isinstance(one, str) for one in values):
        raise InvalidValue(f"{values!r} are not ids")
    return values


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise InvalidValue(f"{value!r} is not a time in whole seconds") from None


def _is_date(value: Any) -> bool:
    try:
        return date.fromisoformat(str(value)).isoformat() == str(value)
    except ValueError:
        return False


def option(element: Json, value: Any) -> Json:
    """The option of this value. Raises InvalidValue when it is not offered."""
    for one in options_of(element):
        if one["value"] == value:
            return one
    raise InvalidValue(f"{value!r} is not among the options: {', '.join(o['value'] for o in options_of(element))}")


def offered(block: Json, element: Json, suggested: Suggested) -> Json:
    """The element with what can be chosen in it: an external select offers what the app suggested so far."""
    if element["type"] not in _EXTERNAL:
        return element
    initial = element.get("initial_options") or [element.get("initial_option")]
    known = suggested.get((block["block_id"], element["action_id"]), [])
    return {**element, "options": [*known, *(one for one in initial if one)]}


def find_element(
    blocks: list[Json], action_id: str | None, block_id: str | None = None, suggested: Suggested | None = None
) -> tuple[Json, Json] | None:
    """The block and the element with this action_id (and block_id, when the action_id stands twice)."""
    for block, element in interactive(blocks):
        if action_id in (None, element["action_id"]) and block_id in (None, block["block_id"]):
            return block, offered(block, element, suggested or {})
    return None


def with_values(blocks: list[Json], state: State, values: Json, suggested: Suggested | None = None) -> State:
    """State after a person filled in `values` (by block id). Raises InvalidValue."""
    filled = {block_id: dict(entries) for block_id, entries in state.items()}
    for block_id, value in values.items():
        found = find_element(blocks, None, block_id, suggested)
        if found is None:
            raise InvalidValue(f"the view has no input {block_id!r}")
        filled.setdefault(block_id, {})[found[1]["action_id"]] = chosen(found[1], value)
    return filled


def faults(blocks: list[Json], state: State) -> dict[str, str]:
    """What Slack's client refuses before it sends: {block_id: sentence}."""
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] == "input":
            element = block["element"]
            entry = state[block["block_id"]][element["action_id"]]
            fault = _fault(element, entry[_KEYS[element["type"]][0]], bool(block.get("optional")))
            if fault:
                found[block["block_id"]] = fault
    return found


def _fault(element: Json, value: Any, is_optional: bool) -> str | None:
    if value in (None, "", []) or (isinstance(value, str) and not value.strip()):
        return None if is_optional else REQUIRED
    kind = element["type"]
    if kind == "plain_text_input":
        return _length_fault(element, len(value))
    if kind == "number_input":
        return _number_fault(element, value)
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return "Enter an email address."
    if kind == "url_text_input" and not re.fullmatch(r"https?://\S+", value):
        return "Enter a valid URL."
    if (element.get("max_selected_items") or 100) < len(value if isinstance(value, list) else []):
        return f"Choose {element['max_selected_items']} or fewer."
    return None


def _length_fault(element: Json, length: int) -> str | None:
    least, most = element.get("min_length") or 0, element.get("max_length") or 3000
    if length < least:
        return f"Must be at least {least} characters."
    return f"Must be {most} characters or fewer." if length > most else None


def _number_fault(element: Json, value: str) -> str | None:
    pattern = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
    if not re.fullmatch(pattern, value):
        return "Enter a valid number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and float(value) < float(least):
        return f"Must be {least} or more."
    return f"Must be {most} or less." if most is not None and float(value) > float(most) else None
