"""Block Kit's documented limits: what just fits passes, one more is refused, and the fault names its place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.blocks import BLOCKS, IdMaker, Surface, block_faults, every, with_ids
from sandbox.elements import ELEMENTS
from sandbox.viewshapes import is_too_large, view_faults

Json = dict[str, Any]


def plain(length: int = 1) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int = 1) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(), "action_id": "b", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def buttons(count: int) -> Json:
    return actions(*(button(action_id=f"b{number}") for number in range(count)))


def options(count: int) -> list[Json]:
    return [{"text": plain(), "value": str(number)} for number in range(count)]


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "s", **more}


def entry(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain(), "element": element, **more}


def written(**more: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "t", **more}


def confirm(title: int = 1, text: int = 1, yes: int = 1, no: int = 1) -> Json:
    return {"title": plain(title), "text": mrkdwn(text), "confirm": plain(yes), "deny": plain(no)}


def one_option(text: int = 1, value: int = 1, description: int = 1) -> Json:
    return {"text": plain(text), "value": "v" * value, "description": plain(description)}


def table(rows: int, columns: int) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns for _ in range(rows)]}


def card(**more: Any) -> Json:
    return {"type": "card", "title": mrkdwn(), **more}


def carousel(*cards: Json) -> Json:
    return {"type": "carousel", "elements": list(cards)}


def container(*children: Json, **more: Any) -> Json:
    return {"type": "container", "title": plain(), "child_blocks": list(children), **more}


def dividers(count: int) -> list[Json]:
    return [{"type": "divider"}] * count


def rich(sections: int = 1, text: str = "x") -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section] * sections}


def task(name: str = "t", **more: Any) -> Json:
    return {"type": "task_card", "task_id": name, "title": "x", "status": "pending", **more}


def plan(*tasks: Json, **more: Any) -> Json:
    return {"type": "plan", "title": "x", "tasks": list(tasks), **more}


def tasks(count: int) -> Json:
    return plan(*(task(str(number)) for number in range(count)))


def feedback(text: int = 1, value: int = 1, label: int = 1) -> Json:
    good = {"text": plain(text), "value": "v" * value, "accessibility_label": "x" * label}
    return {"type": "feedback_buttons", "positive_button": good, "negative_button": good}


def icon(**more: Any) -> Json:
    return {"type": "icon_button", "icon": "trash", "text": plain(), **more}


def context_actions(*elements: Json) -> Json:
    return {"type": "context_actions", "elements": list(elements)}


def raw(text: str = "x") -> Json:
    return {"type": "raw_text", "text": text}


def data_table(rows: int = 2, columns: int = 1, text: str = "x", **more: Any) -> Json:
    return {"type": "data_table", "caption": "x", "rows": [[raw(text)] * columns for _ in range(rows)], **more}


def chart(drawn: Json, title: int = 1) -> Json:
    return {"type": "data_visualization", "title": "x" * title, "chart": drawn}


def pie(count: int = 1, label: int = 1, value: float = 1) -> Json:
    return chart({"type": "pie", "segments": [{"label": "x" * label, "value": value}] * count})


def drawn(lines: int = 1, points: int = 1, name: int = 1, axis: int = 1, **more: Any) -> Json:
    labels = [str(number) for number in range(points)]
    data = [{"label": label, "value": -1.5} for label in labels]
    series = [{"name": str(number) + "n" * (name - 1), "data": data} for number in range(lines)]
    axes = {"categories": labels, "x_label": "x" * axis, "y_label": "y" * axis}
    return chart({"type": "line", "series": series, "axis_config": axes, **more})


def workflow(**more: Any) -> Json:
    started = {"trigger": {"url": "https://slack.example/shortcuts/1"}}
    return {"type": "workflow_button", "action_id": "w", "text": plain(), "workflow": started, **more}


def external(**more: Any) -> Json:
    return {"type": "external_select", "action_id": "e", **more}


IMAGE = {"type": "image", "image_url": "https://a.example/i.png", "alt_text": "i"}

# what, exactly at the limit, one beyond it, where the fault is
LIMITS: list[tuple[str, Json, Json, str]] = [
    ("section text 3000", {"type": "section", "text": mrkdwn(3000)}, {"type": "section", "text": mrkdwn(3001)},
     "/blocks/0/text/text"),
    ("section text not empty", {"type": "section", "text": mrkdwn(1)}, {"type": "section", "text": mrkdwn(0)},
     "/blocks/0/text/text"),
    ("section fields 10", {"type": "section", "fields": [mrkdwn()] * 10},
     {"type": "section", "fields": [mrkdwn()] * 11}, "/blocks/0/fields"),
    ("field text 2000", {"type": "section", "fields": [mrkdwn(2000)]}, {"type": "section", "fields": [mrkdwn(2001)]},
     "/blocks/0/fields/0/text"),
    ("header 150", {"type": "header", "text": plain(150)}, {"type": "header", "text": plain(151)},
     "/blocks/0/text/text"),
    ("context 10", {"type": "context", "elements": [mrkdwn()] * 10}, {"type": "context", "elements": [mrkdwn()] * 11},
     "/blocks/0/elements"),
    ("actions 25", buttons(25), buttons(26), "/blocks/0/elements"),
    ("actions not empty", buttons(1), buttons(0), "/blocks/0/elements"),
    ("button text 75", actions(button(text=plain(75))), actions(button(text=plain(76))),
     "/blocks/0/elements/0/text/text"),
    ("button value 2000", actions(button(value="v" * 2000)), actions(button(value="v" * 2001)),
     "/blocks/0/elements/0/value"),
    ("action_id 255", actions(button(action_id="a" * 255)), actions(button(action_id="a" * 256)),
     "/blocks/0/elements/0/action_id"),
    ("block_id 255", {"type": "divider", "block_id": "b" * 255}, {"type": "divider", "block_id": "b" * 256},
     "/blocks/0/block_id"),
    ("overflow 5", actions({"type": "overflow", "action_id": "o", "options": options(5)}),
     actions({"type": "overflow", "action_id": "o", "options": options(6)}), "/blocks/0/elements/0/options"),
    ("checkboxes 10", actions({"type": "checkboxes", "action_id": "c", "options": options(10)}),
     actions({"type": "checkboxes", "action_id": "c", "options": options(11)}), "/blocks/0/elements/0/options"),
    ("radio buttons 10", actions({"type": "radio_buttons", "action_id": "r", "options": options(10)}),
     actions({"type": "radio_buttons", "action_id": "r", "options": options(11)}), "/blocks/0/elements/0/options"),
    ("select options 100", actions(select(options=options(100))), actions(select(options=options(101))),
     "/blocks/0/elements/0/options"),
    ("option groups 100", actions(select(option_groups=[{"label": plain(), "options": [
        {"text": plain(), "value": str(n)}]} for n in range(100)])), actions(select(option_groups=[
            {"label": plain(), "options": [{"text": plain(), "value": str(n)}]} for n in range(101)])),
     "/blocks/0/elements/0/option_groups"),
    ("option text 75", actions(select(options=[one_option(text=75)])), actions(select(options=[one_option(text=76)])),
     "/blocks/0/elements/0/options/0/text/text"),
    ("option value 150", actions(select(options=[one_option(value=150)])),
     actions(select(options=[one_option(value=151)])), "/blocks/0/elements/0/options/0/value"),
    ("option description 75", actions(select(options=[one_option(description=75)])),
     actions(select(options=[one_option(description=76)])), "/blocks/0/elements/0/options/0/description/text"),
    ("placeholder 150", actions(select(options=options(1), placeholder=plain(150))),
     actions(select(options=options(1), placeholder=plain(151))), "/blocks/0/elements/0/placeholder/text"),
    ("confirm title 100", actions(button(confirm=confirm(title=100))), actions(button(confirm=confirm(title=101))),
     "/blocks/0/elements/0/confirm/title/text"),
    ("confirm text 300", actions(button(confirm=confirm(text=300))), actions(button(confirm=confirm(text=301))),
     "/blocks/0/elements/0/confirm/text/text"),
    ("confirm button 30", actions(button(confirm=confirm(yes=30))), actions(button(confirm=confirm(yes=31))),
     "/blocks/0/elements/0/confirm/confirm/text"),
    ("deny button 30", actions(button(confirm=confirm(no=30))), actions(button(confirm=confirm(no=31))),
     "/blocks/0/elements/0/confirm/deny/text"),
    ("input label 2000", entry(written(), label=plain(2000)), entry(written(), label=plain(2001)),
     "/blocks/0/label/text"),
    ("input hint 2000", entry(written(), hint=plain(2000)), entry(written(), hint=plain(2001)), "/blocks/0/hint/text"),
    ("input max_length 3000", entry(written(max_length=3000)), entry(written(max_length=3001)),
     "/blocks/0/element/max_length"),
    ("input min within max", entry(written(min_length=2, max_length=2)), entry(written(min_length=3, max_length=2)),
     "/blocks/0/element"),
    ("image alt text 2000", {"type": "image", "image_url": "https://a.example/i.png", "alt_text": "x" * 2000},
     {"type": "image", "image_url": "https://a.example/i.png", "alt_text": "x" * 2001}, "/blocks/0/alt_text"),
    ("markdown 12000", {"type": "markdown", "text": "x" * 12000}, {"type": "markdown", "text": "x" * 12001},
     "/blocks/0/text"),
    ("table rows 100", table(100, 1), table(101, 1), "/blocks/0/rows"),
    ("what is null is left out", context_actions(icon(visible_to_user_ids=None)), context_actions(icon(icon=None)),
     "/blocks/0/elements/0"),
    ("table columns 20", table(1, 20), table(1, 21), "/blocks/0/rows/0"),
    ("card title 150", card(title=mrkdwn(150)), card(title=mrkdwn(151)), "/blocks/0/title/text"),
    ("card subtitle 150", card(subtitle=plain(150)), card(subtitle=plain(151)), "/blocks/0/subtitle/text"),
    ("card body 200", card(body=mrkdwn(200)), card(body=mrkdwn(201)), "/blocks/0/body/text"),
    ("card buttons 3", card(actions=buttons(3)["elements"]), card(actions=buttons(4)["elements"]), "/blocks/0/actions"),
    ("card icon alt text 2000", card(icon={**IMAGE, "alt_text": "x" * 2000}),
     card(icon={**IMAGE, "alt_text": "x" * 2001}), "/blocks/0/icon/alt_text"),
    ("card says something", card(), {"type": "card", "subtitle": plain()}, "/blocks/0"),
    ("carousel cards 10", carousel(*[card()] * 10), carousel(*[card()] * 11), "/blocks/0/elements"),
    ("carousel not empty", carousel(card()), carousel(), "/blocks/0/elements"),
    ("card in a carousel 150", carousel(card(), card(title=plain(150))), carousel(card(), card(title=plain(151))),
     "/blocks/0/elements/1/title/text"),
    ("block_id in a carousel 255", carousel(card(block_id="b" * 255)), carousel(card(block_id="b" * 256)),
     "/blocks/0/elements/0/block_id"),
    ("container children 10", container(*dividers(10)), container(*dividers(11)), "/blocks/0/child_blocks"),
    ("container not empty", container(*dividers(1)), container(), "/blocks/0/child_blocks"),
    ("container title 150", container(*dividers(1), title=plain(150)), container(*dividers(1), title=plain(151)),
     "/blocks/0/title/text"),
    ("container subtitle 150", container(*dividers(1), subtitle=mrkdwn(150)),
     container(*dividers(1), subtitle=mrkdwn(151)), "/blocks/0/subtitle/text"),
    ("section in a container 3000", container({"type": "section", "text": mrkdwn(3000)}),
     container({"type": "section", "text": mrkdwn(3001)}), "/blocks/0/child_blocks/0/text/text"),
    ("button in a container 75", container(actions(button(text=plain(75)))),
     container(actions(button(text=plain(76)))), "/blocks/0/child_blocks/0/elements/0/text/text"),
    ("input in a container 2000", container(entry(written(), label=plain(2000))),
     container(entry(written(), label=plain(2001))), "/blocks/0/child_blocks/0/label/text"),
    ("context actions 5", context_actions(*[icon()] * 5), context_actions(*[icon()] * 6), "/blocks/0/elements"),
    ("context actions not empty", context_actions(feedback()), context_actions(), "/blocks/0/elements"),
    ("feedback text 75", context_actions(feedback(text=75)), context_actions(feedback(text=76)),
     "/blocks/0/elements/0/positive_button/text/text"),
    ("feedback value 2000", context_actions(feedback(value=2000)), context_actions(feedback(value=2001)),
     "/blocks/0/elements/0/negative_button/value"),
    ("feedback label 75", context_actions(feedback(label=75)), context_actions(feedback(label=76)),
     "/blocks/0/elements/0/positive_button/accessibility_label"),
    ("icon button value 2000", context_actions(icon(value="v" * 2000)), context_actions(icon(value="v" * 2001)),
     "/blocks/0/elements/0/value"),
    ("icon button text 75", context_actions(icon(text=plain(75))), context_actions(icon(text=plain(76))),
     "/blocks/0/elements/0/text/text"),
    ("task details of one part", task(details=rich(1)), task(details=rich(2)), "/blocks/0/details/elements"),
    ("task output of one part", task(output=rich(1)), task(output=rich(0)), "/blocks/0/output/elements"),
    ("task title 3000", task(title="x" * 3000), task(title="x" * 3001), "/blocks/0/title"),
    ("plan tasks 50", tasks(50), tasks(51), "/blocks/0/tasks"),
    ("plan title not empty", plan(title="x"), plan(title=""), "/blocks/0/title"),
    ("status in a plan", plan(task(status="error")), plan(task(status="failed")), "/blocks/0/tasks/0/status"),
    ("data table rows 101", data_table(101), data_table(102), "/blocks/0/rows"),
    ("data table header and a row", data_table(2), data_table(1), "/blocks/0/rows"),
    ("data table columns 20", data_table(2, 20), data_table(2, 21), "/blocks/0/rows/0"),
    ("data table page 100", data_table(page_size=100), data_table(page_size=101), "/blocks/0/page_size"),
    ("data table page 1", data_table(page_size=1), data_table(page_size=0), "/blocks/0/page_size"),
    ("data table row header", data_table(2, 2, row_header_column_index=1), data_table(2, 2, row_header_column_index=2),
     "/blocks/0/row_header_column_index"),
    ("data table text 10000", data_table(2, text="x" * 5000), data_table(2, text="x" * 5001), "/blocks/0/rows"),
    ("chart title 50", chart(pie()["chart"], 50), chart(pie()["chart"], 51), "/blocks/0/title"),
    ("pie segments 6", pie(6), pie(7), "/blocks/0/chart/segments"),
    ("pie label 20", pie(label=20), pie(label=21), "/blocks/0/chart/segments/0/label"),
    ("pie value above 0", pie(value=0.1), pie(value=0), "/blocks/0/chart/segments/0/value"),
    ("chart series 6", drawn(lines=6), drawn(lines=7), "/blocks/0/chart/series"),
    ("chart points 20", drawn(points=20), drawn(points=21), "/blocks/0/chart/series/0/data"),
    ("chart categories 20", drawn(points=20), drawn(points=21), "/blocks/0/chart/axis_config/categories"),
    ("series name 20", drawn(name=20), drawn(name=21), "/blocks/0/chart/series/0/name"),
    ("axis label 50", drawn(axis=50), drawn(axis=51), "/blocks/0/chart/axis_config/x_label"),
    ("workflow button text 75", actions(workflow(text=plain(75))), actions(workflow(text=plain(76))),
     "/blocks/0/elements/0/text/text"),
    ("external select placeholder 150", actions(external(placeholder=plain(150))),
     actions(external(placeholder=plain(151))), "/blocks/0/elements/0/placeholder/text"),
    ("external select from 0 characters", actions(external(min_query_length=0)),
     actions(external(min_query_length=-1)), "/blocks/0/elements/0/min_query_length"),
]  # fmt: skip


@pytest.mark.parametrize(("fits", "too_much", "at"), [row[1:] for row in LIMITS], ids=[row[0] for row in LIMITS])
def test_what_just_fits_passes_and_one_more_is_refused_where_it_stands(fits: Json, too_much: Json, at: str) -> None:
    assert block_faults([fits], "message") == []
    assert [fault for fault in block_faults([too_much], "message") if fault.endswith(f"[json-pointer:{at}]")]


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_a_surface_holds_so_many_blocks(surface: Surface, most: int) -> None:
    divider = {"type": "divider"}

    assert block_faults([divider] * most, surface) == []
    assert block_faults([divider] * (most + 1), surface) == [
        f"no more than {most} items allowed [json-pointer:/blocks]"
    ]


# what is wrong, the block, the surface, the fault
REFUSED: list[tuple[str, Any, Surface, str]] = [
    ("unknown block", {"type": "banner"}, "message", "unsupported type: banner"),
    ("no type", {"text": plain()}, "message", "missing required field: type"),
    ("not an object", "divider", "message", "missing required field: type"),
    ("unknown field", {"type": "divider", "colour": "red"}, "message", "invalid additional property: colour"),
    ("unknown field in an element", actions(button(colour="red")), "message", "invalid additional property: colour"),
    ("unknown element", actions({"type": "slider"}), "message", "unsupported element type: slider"),
    ("element in the wrong block", actions(written()), "message", "unsupported element type: plain_text_input"),
    ("button in an input", entry(button()), "modal", "unsupported element type: button"),
    ("mrkdwn header", {"type": "header", "text": mrkdwn()}, "message", "unsupported text type: mrkdwn"),
    ("mrkdwn button", actions(button(text=mrkdwn())), "message", "unsupported text type: mrkdwn"),
    ("mrkdwn option", actions(select(options=[{"text": mrkdwn(), "value": "1"}])), "message", "text type: mrkdwn"),
    ("emoji on mrkdwn", {"type": "section", "text": {**mrkdwn(), "emoji": True}}, "message", "property: emoji"),
    ("section without text", {"type": "section"}, "message", "must define either `text` or `fields`"),
    ("bad style", actions(button(style="warning")), "message", "must be one of primary, danger"),
    ("select without options", actions(select()), "message", "must define either `options` or `option_groups`"),
    ("initial option not offered", actions(select(options=options(1), initial_option={"text": plain(), "value": "9"})),
     "message", "the initial option must match one of the options"),
    ("same option value twice", actions(select(options=options(1) * 2)), "message", "option values must be unique"),
    ("bad initial date", actions({"type": "datepicker", "initial_date": "23.11.2026"}), "message", "YYYY-MM-DD"),
    ("impossible date", actions({"type": "datepicker", "initial_date": "2026-02-30"}), "message", "YYYY-MM-DD"),
    ("bad initial time", actions({"type": "timepicker", "initial_time": "9:30"}), "message", "HH:mm"),
    ("date in milliseconds", actions({"type": "datetimepicker", "initial_date_time": 1_790_000_000_000}), "message",
     "must be between"),
    ("image without address", {"type": "image", "alt_text": "x"}, "message", "must define `image_url`"),
    ("image without alt text", {"type": "image", "image_url": "https://a.example/i.png"}, "message", "alt_text"),
    ("confirm without deny", actions(button(confirm={"title": plain(), "text": plain(), "confirm": plain()})),
     "message", "missing required field: deny"),
    ("alert in a message", {"type": "alert", "text": plain()}, "message", "unsupported type: alert"),
    ("markdown in a modal", {"type": "markdown", "text": "x"}, "modal", "unsupported type: markdown"),
    ("file block", {"type": "file", "external_id": "x", "source": "remote"}, "message", "unsupported type: file"),
    ("uneven table", {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}], []]}, "message", "no less than 1"),
    ("number where text belongs", {"type": "section", "text": {"type": "mrkdwn", "text": 5}}, "message", "be a string"),
    ("initial option of another text", actions(select(options=options(1), initial_option={"text": plain(2), "value": "0"
     })), "message", "the initial option must match one of the options"),
    ("same initial option twice", entry({"type": "checkboxes", "options": options(2), "initial_options": options(1) * 2
     }), "message", "initial values must be unique"),
    ("same initial user twice", entry({"type": "multi_users_select", "initial_users": ["U1", "U1"]}), "message",
     "initial values must be unique"),
    ("too many initial options", entry({"type": "multi_static_select", "options": options(2), "max_selected_items": 1,
     "initial_options": options(2)}), "message", "no more than 1 items allowed"),
    ("too many initial users", entry({"type": "multi_users_select", "max_selected_items": 1,
     "initial_users": ["U1", "U2"]}), "message", "no more than 1 items allowed"),
    ("initial value too long", entry(written(initial_value="four", max_length=3)), "message", "less than 4 characters"),
    ("numbers out of order", entry({"type": "number_input", "is_decimal_allowed": True, "min_value": "5",
     "max_value": "1"}), "modal", "`min_value` must be at most `max_value`"),
    ("script behind a button", actions(button(url="javascript:alert(1)")), "message", "must be a valid URL"),
    ("picture from elsewhere", {**IMAGE, "image_url": "ftp://a.example/i.png"}, "message", "must be a valid URL"),
    ("picture without its file", {"type": "image", "alt_text": "x", "slack_file": {}}, "message", "`id` or `url`"),
    ("picture with two files", {"type": "image", "alt_text": "x", "slack_file": {"id": "F1", "url": "https://a.example"}},
     "message", "`id` or `url`"),
    ("crooked table", {**table(1, 1), "column_settings": [{"align": "middle"}]}, "message", "left, center, right"),
    ("date and time in Home", actions({"type": "datetimepicker"}), "home", "unsupported element type: datetimepicker"),
    ("date and time beside text", {"type": "section", "text": plain(), "accessory": {"type": "datetimepicker"}},
     "modal", "unsupported element type: datetimepicker"),
    ("file input that dispatches", entry({"type": "file_input"}, dispatch_action=True), "modal", "unsupported element"),
    ("card without its button", card(actions=[select(options=options(1))]), "message", "element type: static_select"),
    ("card with two icons", card(icon=IMAGE, slack_icon={"type": "icon", "name": "flag"}), "message", "`slack_icon`"),
    ("card with an icon of no name", card(slack_icon={"type": "icon", "name": "skull"}), "message", "one of archive"),
    ("card with a picture's address", card(hero_image="https://a.example/i.png"), "message", "field: type"),
    ("no card in a carousel", carousel({"type": "divider"}), "message", "unsupported type: divider"),
    ("container in a container", container(container(*dividers(1))), "message", "unsupported type: container"),
    ("card in a container", container(card()), "message", "unsupported type: card"),
    ("file input in a container", container(entry({"type": "file_input"})), "home", "element type: file_input"),
    ("table of a container in Home", container(table(1, 1)), "home", "unsupported type: table"),
    ("container without a title", {"type": "container", "child_blocks": dividers(1)}, "message", "`rich_text_title`"),
    ("container of no width", container(*dividers(1), width="huge"), "message", "narrow, standard, wide, full"),
    ("container folded for ever", container(*dividers(1), default_collapsed=True), "message", "`is_collapsible`"),
    ("foldable container with a line", container(*dividers(1), is_collapsible=True, has_header_divider=True),
     "message", "not collapsible"),
    ("button among context actions", context_actions(button()), "message", "unsupported element type: button"),
    ("feedback among actions", actions(feedback()), "message", "unsupported element type: feedback_buttons"),
    ("feedback of one kind", context_actions({"type": "feedback_buttons", "positive_button": feedback()[
     "positive_button"]}), "message", "missing required field: negative_button"),
    ("icon of no name", context_actions(icon(icon="skull")), "message", "must be one of trash"),
    ("icon for a channel", context_actions(icon(visible_to_user_ids=["C1"])), "message", "must be an id"),
    ("task without a status", {"type": "task_card", "task_id": "t", "title": "x"}, "message", "field: status"),
    ("task with plain details", task(details="x"), "message", "missing required field: type"),
    ("source that is no address", task(sources=[{"type": "url", "url": "javascript:x", "text": "x"}]), "message",
     "must be a valid URL"),
    ("source of another kind", task(sources=[{"type": "file", "url": "https://a.example", "text": "x"}]), "message",
     "unsupported element type: file"),
    ("url source in a context", {"type": "context", "elements": [{"type": "url", "url": "https://a.example",
     "text": "x"}]}, "message", "unsupported element type: url"),
    ("card in a plan", plan(card()), "message", "unsupported type: card"),
    ("same task twice", plan(task("a"), task("b"), task("a")), "message", "'a' already exists"),
    ("uneven data table", data_table(rows=2) | {"rows": [[raw()], [raw(), raw()]]}, "message", "same number of cells"),
    ("rich header of a data table", data_table() | {"rows": [[rich()], [raw()]]}, "message", "type: rich_text"),
    ("number without its value", data_table() | {"rows": [[raw()], [{"type": "raw_number", "text": "1"}]]}, "message",
     "missing required field: value"),
    ("number that is a text", data_table() | {"rows": [[raw()], [{"type": "raw_number", "value": "1"}]]}, "message",
     "must be a number"),
    ("data table without a caption", {"type": "data_table", "rows": [[raw()], [raw()]]}, "message", "caption"),
    ("columns of a data table set", data_table(column_settings=[]), "message", "additional property"),
    ("chart of no kind", chart({"type": "radar", "segments": []}), "message", "unsupported chart type: radar"),
    ("series of one name", drawn(series=[{"name": "a", "data": [{"label": "0", "value": 1}]}] * 2), "message",
     "series names must be unique"),
    ("categories of one name", drawn(axis_config={"categories": ["0", "0"]}), "message", "categories must be unique"),
    ("point of no category", drawn(axis_config={"categories": ["other"]}), "message", "one point for every category"),
    ("workflow button without an id", actions({**workflow(), "action_id": None}), "message", "action_id"),
    ("workflow button that starts nothing", actions(workflow(workflow={})), "message", "field: trigger"),
    ("too many initial external options", actions({"type": "multi_external_select", "max_selected_items": 1,
     "initial_options": options(2)}), "message", "no more than 1 items allowed"),
    ("external select with options", actions(external(options=options(1))), "message", "additional property: options"),
    ("rich text input with plain text", entry({"type": "rich_text_input", "action_id": "r", "initial_value": "x"}),
     "modal", "missing required field: type"),
    ("rich text input among actions", actions({"type": "rich_text_input", "action_id": "r"}), "modal", "element type"),
    ("response_url in a message", entry({"type": "channels_select", "response_url_enabled": True}), "message",
     "only in inputs of modals"),
    ("response_url outside an input", actions({"type": "conversations_select", "response_url_enabled": True}), "modal",
     "only in inputs of modals"),
    ("input with a text accessory", {"type": "section", "text": plain(), "accessory": written()}, "message", "element"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "surface", "fault"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_slack_does_not_take_is_refused_with_its_reason(block: Any, surface: Surface, fault: str) -> None:
    assert any(fault in one for one in block_faults([block], surface)), block_faults([block], surface)


def test_ids_do_not_repeat() -> None:
    twins = [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]

    assert block_faults(twins, "message") == ["block_id 'a' already exists [json-pointer:/blocks/1/block_id]"]
    assert block_faults([actions(button(), button())], "message") == [
        "action_id 'b' already exists [json-pointer:/blocks/0/elements]"
    ]
    assert block_faults([actions(button()), actions(button())], "message") == []


def test_ids_do_not_repeat_inside_other_blocks_either() -> None:
    inside = [{"type": "divider", "block_id": "a"}, container({"type": "divider", "block_id": "a"})]
    cards = carousel(card(block_id="a"), card(block_id="b", actions=[button(), button()]), card(block_id="a"))

    assert block_faults(inside, "message") == [
        "block_id 'a' already exists [json-pointer:/blocks/1/child_blocks/0/block_id]"
    ]
    assert block_faults([cards], "message") == [
        "action_id 'b' already exists [json-pointer:/blocks/0/elements/1/actions]",
        "block_id 'a' already exists [json-pointer:/blocks/0/elements/2/block_id]",
    ]
    assert block_faults([carousel(card(actions=[button()]), card(actions=[button()]))], "message") == []


# which surfaces show it
SURFACES: list[tuple[str, Json, set[Surface]]] = [
    ("card", card(), {"message", "modal", "home"}),
    ("carousel", carousel(card()), {"message", "home"}),
    ("container", container(*dividers(1)), {"message", "home"}),
    ("context_actions", context_actions(feedback()), {"message"}),
    ("data_table", data_table(), {"message", "home"}),
    ("data_visualization", pie(), {"message"}),
    ("plan", plan(), {"message"}),
    ("task_card", task(), {"message"}),
    ("external_select", actions(external()), {"message", "modal", "home"}),
    ("workflow_button", {"type": "section", "text": plain(), "accessory": workflow()}, {"message"}),
    ("rich_text_input", entry({"type": "rich_text_input", "action_id": "r", "initial_value": rich()}), {"modal"}),
]  # fmt: skip


@pytest.mark.parametrize(("block", "where"), [row[1:] for row in SURFACES], ids=[row[0] for row in SURFACES])
def test_a_block_stands_where_slack_shows_it(block: Json, where: set[Surface]) -> None:
    surfaces: tuple[Surface, ...] = ("message", "modal", "home")

    assert {surface for surface in surfaces if not block_faults([block], surface)} == where


def test_a_task_in_a_plan_may_go_without_its_type_and_ids_get_everywhere() -> None:
    untyped = {name: value for name, value in task().items() if name != "type"}
    blocks = [
        plan(untyped),
        carousel(card(actions=[button(action_id=None)])),
        container(actions(button()), *dividers(1)),
    ]

    assert block_faults(blocks, "message") == []
    stored = with_ids(blocks, IdMaker())
    assert len({block["block_id"] for _, block in every(stored)}) == 7
    assert stored[1]["elements"][0]["actions"][0]["action_id"]


MARKDOWN = {"type": "markdown", "text": "x" * 6001}
FOCUSED = [entry(written(focus_on_load=True)), entry(written(focus_on_load=True))]


@pytest.mark.parametrize("surface", ["message", "home"])
@pytest.mark.parametrize("kind", ["email_text_input", "url_text_input", "number_input", "file_input"])
def test_some_inputs_stand_only_in_modals(kind: str, surface: Surface) -> None:
    block = entry({"type": kind, **({"is_decimal_allowed": True} if kind == "number_input" else {})})

    assert block_faults([block], "modal") == []
    assert block_faults([block], surface) == [f"unsupported element type: {kind} [json-pointer:/blocks/0/element]"]


@pytest.mark.parametrize("url", ["https://a.example", "http://127.0.0.1:1/x", "mailto:a@b.example", "slack://open"])
def test_a_button_leads_to_the_web_a_letter_or_slack(url: str) -> None:
    assert block_faults([actions(button(url=url))], "message") == []


@pytest.mark.parametrize(
    ("blocks", "surface", "fault"),
    [
        ([table(1, 1), table(1, 1)], "message", "only one table is allowed in a message"),
        ([MARKDOWN, MARKDOWN], "message", "markdown blocks must hold less than 12001 characters together"),
        ([pie(), drawn(), pie()], "message", "only 2 charts are allowed in a message"),
        ([data_table(2, text="x" * 4000)] * 2, "message", "data tables must hold less than 10001 characters together"),
        ([container(table(1, 1)), table(1, 1)], "message", "only one table is allowed in a message"),
        ([container(*dividers(10)), *dividers(40)], "message", "no more than 50 items allowed"),
        (FOCUSED, "modal", "only one element can have `focus_on_load`"),
    ],
)
def test_some_things_are_counted_over_all_blocks(blocks: list[Json], surface: Surface, fault: str) -> None:
    assert block_faults(blocks[:1], surface) == []
    assert block_faults(blocks, surface) == [f"{fault} [json-pointer:/blocks]"]


def test_a_rich_message_with_everything_passes() -> None:
    everything = [
        {"type": "header", "text": plain()},
        {"type": "section", "text": mrkdwn(), "fields": [plain(), mrkdwn()], "accessory": button(style="danger")},
        {"type": "context", "elements": [mrkdwn(), IMAGE]},
        actions(
            button(url="https://a.example", value="1", confirm=confirm()),
            {"type": "users_select", "action_id": "u", "initial_user": "U0CHEN", "placeholder": plain()},
            {"type": "conversations_select", "action_id": "c", "default_to_current_conversation": True},
            {"type": "datetimepicker", "action_id": "dt", "initial_date_time": 1_790_000_000},
        ),
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
            {"type": "text", "text": "x", "style": {"bold": True}}, {"type": "user", "user_id": "U0CHEN"}]}]},
        entry({"type": "multi_static_select", "action_id": "m", "options": options(2), "initial_options": options(1)}),
        table(2, 2),
        {"type": "divider"},
    ]  # fmt: skip

    assert block_faults(everything, "message") == []


_PLACES = [
    "title",
    "child_blocks",
    "tasks",
    "actions",
    "chart",
    "series",
    "positive_button",
    "text",
    "fields",
    "accessory",
    "elements",
    "element",
    "label",
    "options",
    "option_groups",
    "rows",
    "confirm",
]
_NAMES = st.sampled_from([*_PLACES, "type", "initial_option", "initial_options", "value", "block_id", "action_id"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", "plain_text", *BLOCKS, *ELEMENTS])
_JUNK = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5))


@given(_JUNK, st.sampled_from(["message", "modal", "home"]))
def test_any_json_at_all_gets_an_answer(junk: Any, surface: Surface) -> None:
    faults = block_faults([junk], surface) + view_faults({"type": surface, "blocks": junk}, surface)

    assert all("[json-pointer:/" in fault for fault in faults)


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain(), "blocks": [{"type": "divider"}], **more}


VIEW_LIMITS: list[tuple[str, Json, Json, str]] = [
    ("title 24", modal(title=plain(24)), modal(title=plain(25)), "/view/title/text"),
    ("submit 24", modal(submit=plain(24)), modal(submit=plain(25)), "/view/submit/text"),
    ("close 24", modal(close=plain(24)), modal(close=plain(25)), "/view/close/text"),
    ("private_metadata 3000", modal(private_metadata="x" * 3000), modal(private_metadata="x" * 3001),
     "/view/private_metadata"),
    ("callback_id 255", modal(callback_id="x" * 255), modal(callback_id="x" * 256), "/view/callback_id"),
    ("external_id 255", modal(external_id="x" * 255), modal(external_id="x" * 256), "/view/external_id"),
    ("submit with inputs", modal(blocks=[entry(written())], submit=plain()), modal(blocks=[entry(written())]),
     "/view/blocks/0/input"),
    ("alert text 200", modal(blocks=[{"type": "alert", "text": plain(200)}]),
     modal(blocks=[{"type": "alert", "text": plain(201)}]), "/view/blocks/0/text/text"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fits", "too_much", "at"), [row[1:] for row in VIEW_LIMITS], ids=[row[0] for row in VIEW_LIMITS]
)
def test_a_modal_keeps_to_its_limits(fits: Json, too_much: Json, at: str) -> None:
    assert view_faults(fits, "modal") == []
    assert [fault for fault in view_faults(too_much, "modal") if fault.endswith(f"[json-pointer:{at}]")]


@pytest.mark.parametrize(
    ("view", "surface", "fault"),
    [
        ({"type": "modal", "blocks": []}, "modal", "missing required field: title [json-pointer:/view]"),
        ({"type": "home", "blocks": []}, "modal", "missing required field: title [json-pointer:/view]"),
        (modal(), "home", "invalid additional property: title [json-pointer:/view]"),
        (modal(submit_disabled=True), "modal", "invalid additional property: submit_disabled [json-pointer:/view]"),
        ("{", "modal", "must be an object [json-pointer:/view]"),
    ],
)
def test_a_view_of_the_wrong_shape_is_refused(view: Any, surface: Surface, fault: str) -> None:
    assert fault in view_faults(view, surface)


def test_a_view_weighs_at_most_250_kilobytes() -> None:
    heavy = modal(blocks=[{"type": "section", "text": plain(2900)}] * 86, private_metadata="")
    room = 250 * 1024 - len(json.dumps(heavy))

    assert not is_too_large({**heavy, "private_metadata": "x" * room})
    assert is_too_large({**heavy, "private_metadata": "x" * (room + 1)})
