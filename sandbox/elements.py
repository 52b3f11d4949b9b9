"""Block Kit's interactive elements and the objects inside them, as tables of Slack's documented fields and limits.

Source: docs.slack.dev/reference/block-kit/block-elements and /composition-objects.
"""

import re
from datetime import date
from typing import Any

from sandbox.addresses import LINK, SAFE_URL, URL
from sandbox.richtexts import RICH_TEXT_VALUE
from sandbox.schema import Check, Report, Shape, array, boolean, by_type, integer, matching, one_of, string


def text_kinds(most: int) -> dict[str, Check]:
    """The two kinds of text object, of at most `most` characters."""
    words = string(most)
    return {
        "plain_text": Shape({"text": words}, {"emoji": boolean}),
        "mrkdwn": Shape({"text": words}, {"verbatim": boolean}),
    }


def text(most: int) -> Check:
    return by_type(text_kinds(most), noun="text type")


def plain(most: int) -> Check:
    return by_type(text_kinds(most), ("plain_text",), "text type")


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_time(value: str) -> bool:
    return re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value) is not None


def _is_number(value: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None


def _is_id(*prefixes: str) -> Check:
    return matching(lambda value: value[:1] in prefixes and value.isalnum(), f"must be an id starting with {prefixes}")


IDENTIFIER = string(255)
STYLE = one_of("primary", "danger")
CONFIRM = Shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": STYLE},
)
DISPATCH = Shape(
    optional={"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 2)},
)
_OPTION = Shape({"text": plain(75), "value": string(150)}, {"description": plain(75)})
_OPTION_TEXT = Shape({"text": text(75), "value": string(150)}, {"description": text(75)})
_LINK_OPTION = Shape({"text": plain(75), "value": string(150)}, {"description": plain(75), "url": LINK})
_GROUP = Shape({"label": plain(75), "options": array(_OPTION, 100)})
_PLACE: dict[str, Check] = {
    "placeholder": plain(150),
    "focus_on_load": boolean,
    "action_id": IDENTIFIER,
    "confirm": CONFIRM,
}
_WRITTEN: dict[str, Check] = {
    "action_id": IDENTIFIER,
    "placeholder": plain(150),
    "focus_on_load": boolean,
    "dispatch_action_config": DISPATCH,
}


def options_of(element: dict[str, Any]) -> list[dict[str, Any]]:
    """All options of a select or the like, out of their groups."""
    grouped = [option for group in element.get("option_groups") or () for option in group.get("options", ())]
    return [option for option in (element.get("options") or []) + grouped if isinstance(option, dict)]


def _one_source(report: Report, at: str, value: dict[str, Any]) -> None:
    if bool(value.get("options") is None) == bool(value.get("option_groups") is None):
        report.add("must define either `options` or `option_groups`", at)


def _initial_is_offered(report: Report, at: str, value: dict[str, Any]) -> None:
    initial = value.get("initial_options") or ([value["initial_option"]] if value.get("initial_option") else [])
    for one in initial if isinstance(initial, list) else ():
        if one not in options_of(value):
            report.add("the initial option must match one of the options", at)


def _initials_can_be_chosen(report: Report, at: str, value: dict[str, Any]) -> None:
    for name, initial in value.items():
        if name.startswith("initial_") and isinstance(initial, list):
            if any(initial.count(one) > 1 for one in initial):
                report.add("initial values must be unique", f"{at}/{name}")
            if len(initial) > (value.get("max_selected_items") or len(initial)):
                report.add(f"no more than {value['max_selected_items']} items allowed", f"{at}/{name}")


def _values_differ(report: Report, at: str, value: dict[str, Any]) -> None:
    values = [option.get("value") for option in options_of(value)]
    if len(set(map(str, values))) != len(values):
        report.add("option values must be unique", f"{at}/options")


def _lengths_in_order(report: Report, at: str, value: dict[str, Any]) -> None:
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        report.add("`min_length` must be at most `max_length`", at)
    if isinstance(most, int) and len(value.get("initial_value") or "") > most:
        report.add(f"must be less than {most + 1} characters", f"{at}/initial_value")


def _numbers_in_order(report: Report, at: str, value: dict[str, Any]) -> None:
    least, most = value.get("min_value"), value.get("max_value")
    if least is not None and most is not None and float(least) > float(most):
        report.add("`min_value` must be at most `max_value`", at)


def _one_file(report: Report, at: str, value: dict[str, Any]) -> None:
    if (value.get("id") is None) == (value.get("url") is None):
        report.add("must define either `id` or `url`", at)


_CHOICE_RULES = (_initial_is_offered, _values_differ, _initials_can_be_chosen)
_STATIC: dict[str, Check] = {**_PLACE, "options": array(_OPTION, 100), "option_groups": array(_GROUP, 100)}
_MANY: dict[str, Check] = {"max_selected_items": integer(1, 100)}
_ASKED: dict[str, Check] = {"min_query_length": integer(0, 3000)}
_FILTER = Shape(
    optional={
        "include": array(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    }
)
_DEFAULT_CONVERSATION: dict[str, Check] = {"default_to_current_conversation": boolean, "filter": _FILTER}
_RESPONSE_URL: dict[str, Check] = {"response_url_enabled": boolean}

BUTTON = Shape(
    {"text": plain(75)},
    {
        "action_id": IDENTIFIER,
        "url": LINK,
        "value": string(2000, 0),
        "style": STYLE,
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
PICTURE: dict[str, Check] = {
    "image_url": URL,
    "slack_file": Shape(optional={"id": string(255), "url": URL}, rules=(_one_file,)),
}


def one_picture(report: Report, at: str, value: dict[str, Any]) -> None:
    if (value.get("image_url") is None) == (value.get("slack_file") is None):
        report.add("must define `image_url`", at)


IMAGE = Shape({"alt_text": string(2000)}, PICTURE, (one_picture,))
IMAGE_ONLY = by_type({"image": IMAGE}, noun="element type")
_FEEDBACK = Shape({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})
_INPUT_PARAMETER = Shape({"name": string(255), "value": string(3000, 0)})
_WORKFLOW = Shape(
    {"trigger": Shape({"url": SAFE_URL}, {"customizable_input_parameters": array(_INPUT_PARAMETER, 100)})}
)

ELEMENTS: dict[str, Check] = {
    "button": BUTTON,
    "workflow_button": Shape(
        {"text": plain(75), "workflow": _WORKFLOW, "action_id": IDENTIFIER},
        {"style": STYLE, "accessibility_label": string(75)},
    ),
    "feedback_buttons": Shape({"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {"action_id": IDENTIFIER}),
    # No length is documented for its text: that of any other button (strict).
    "icon_button": Shape(
        {"icon": one_of("trash"), "text": plain(75)},
        {
            "action_id": IDENTIFIER,
            "value": string(2000, 0),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": array(_is_id("U", "W"), 1000),
        },
    ),
    "overflow": Shape(
        {"options": array(_LINK_OPTION, 5)}, {"action_id": IDENTIFIER, "confirm": CONFIRM}, (_values_differ,)
    ),
    "static_select": Shape(optional={**_STATIC, "initial_option": _OPTION}, rules=(_one_source, *_CHOICE_RULES)),
    "multi_static_select": Shape(
        optional={**_STATIC, **_MANY, "initial_options": array(_OPTION, 100)}, rules=(_one_source, *_CHOICE_RULES)
    ),
    "external_select": Shape(optional={**_PLACE, **_ASKED, "initial_option": _OPTION}),
    "multi_external_select": Shape(
        optional={**_PLACE, **_ASKED, **_MANY, "initial_options": array(_OPTION, 100)},
        rules=(_initials_can_be_chosen,),
    ),
    "users_select": Shape(optional={**_PLACE, "initial_user": _is_id("U", "W")}),
    "multi_users_select": Shape(
        optional={**_PLACE, **_MANY, "initial_users": array(_is_id("U", "W"), 100)}, rules=(_initials_can_be_chosen,)
    ),
    "conversations_select": Shape(
        optional={
            **_PLACE,
            **_DEFAULT_CONVERSATION,
            **_RESPONSE_URL,
            "initial_conversation": _is_id("C", "G", "D", "U", "W"),
        }
    ),
    "multi_conversations_select": Shape(
        optional={
            **_PLACE,
            **_DEFAULT_CONVERSATION,
            **_MANY,
            "initial_conversations": array(_is_id("C", "G", "D", "U", "W"), 100),
        },
        rules=(_initials_can_be_chosen,),
    ),
    "channels_select": Shape(optional={**_PLACE, **_RESPONSE_URL, "initial_channel": _is_id("C", "G")}),
    "multi_channels_select": Shape(
        optional={**_PLACE, **_MANY, "initial_channels": array(_is_id("C", "G"), 100)}, rules=(_initials_can_be_chosen,)
    ),
    "checkboxes": Shape(
        {"options": array(_OPTION_TEXT, 10)},
        {
            "action_id": IDENTIFIER,
            "confirm": CONFIRM,
            "focus_on_load": boolean,
            "initial_options": array(_OPTION_TEXT, 10),
        },
        _CHOICE_RULES,
    ),
    "radio_buttons": Shape(
        {"options": array(_OPTION_TEXT, 10)},
        {"action_id": IDENTIFIER, "confirm": CONFIRM, "focus_on_load": boolean, "initial_option": _OPTION_TEXT},
        _CHOICE_RULES,
    ),
    "datepicker": Shape(optional={**_PLACE, "initial_date": matching(_is_date, "must be a date YYYY-MM-DD")}),
    "timepicker": Shape(
        optional={**_PLACE, "initial_time": matching(_is_time, "must be a time HH:mm"), "timezone": string(100)}
    ),
    "datetimepicker": Shape(
        optional={
            "action_id": IDENTIFIER,
            "confirm": CONFIRM,
            "focus_on_load": boolean,
            "initial_date_time": integer(1_000_000_000, 9_999_999_999),
        }
    ),
    "plain_text_input": Shape(
        optional={
            **_WRITTEN,
            "initial_value": string(3000, 0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        rules=(_lengths_in_order,),
    ),
    "email_text_input": Shape(optional={**_WRITTEN, "initial_value": string(3000)}),
    "url_text_input": Shape(optional={**_WRITTEN, "initial_value": URL}),
    "number_input": Shape(
        {"is_decimal_allowed": boolean},
        {
            **_WRITTEN,
            **{name: matching(_is_number, "must be a number") for name in ("initial_value", "min_value", "max_value")},
        },
        (_numbers_in_order,),
    ),
    "rich_text_input": Shape(
        {"action_id": IDENTIFIER},
        {
            "initial_value": RICH_TEXT_VALUE,
            "placeholder": plain(150),
            "focus_on_load": boolean,
            "dispatch_action_config": DISPATCH,
        },
    ),
    "file_input": Shape(
        optional={"action_id": IDENTIFIER, "filetypes": array(string(50), 100), "max_files": integer(1, 10)}
    ),
    "image": IMAGE,
}

CHOOSERS = tuple(name for name in ELEMENTS if name.endswith("_select"))
PICKERS = ("datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons")
WRITTEN = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
_PRESSED = ("button", "workflow_button", "overflow")
IN_SECTION = (*_PRESSED, "image", "datepicker", "timepicker", "checkboxes", "radio_buttons", *CHOOSERS)
IN_ACTIONS = (*_PRESSED, *CHOOSERS, *PICKERS)
IN_INPUT = (*WRITTEN, *CHOOSERS, *PICKERS, "rich_text_input", "file_input")
IN_CONTEXT_ACTIONS = ("feedback_buttons", "icon_button")
IN_CARD = ("button",)


# What an app answers when an external select asks it; nothing found is an answer too.
SUGGESTIONS = Shape(
    optional={"options": array(_OPTION, 100, least=0), "option_groups": array(_GROUP, 100, least=0)},
    rules=(_one_source, _values_differ),
)
# How many characters are typed before the app is asked, where the element does not say.
ASKED_FROM = 3


def element(allowed: tuple[str, ...]) -> Check:
    return by_type(ELEMENTS, allowed, "element type")


def identified(block: Check) -> Check:
    """A block that may have a block_id beside its own fields."""

    def check(report: Report, at: str, value: Any) -> None:
        if isinstance(value, dict) and value.get("block_id") is not None:
            IDENTIFIER(report, f"{at}/block_id", value["block_id"])
            value = {name: one for name, one in value.items() if name != "block_id"}
        block(report, at, value)

    return check
