"""Charts as Slack's tables describe them.

Source: docs.slack.dev/reference/block-kit/blocks/data-visualization-block.
"""

from typing import Any

from sandbox.schema import Report, Shape, array, by_type, number, string

_LABEL = string(20)
_TITLE = string(50)


def _positive(report: Report, at: str, value: Any) -> None:
    number(report, at, value)
    if isinstance(value, int | float) and value <= 0:
        report.add("must be more than 0", at)


def _categories_differ(report: Report, at: str, value: dict[str, Any]) -> None:
    if len(set(value["categories"])) < len(value["categories"]):
        report.add("categories must be unique", f"{at}/categories")


def _series_differ(report: Report, at: str, value: dict[str, Any]) -> None:
    names = [one["name"] for one in value["series"]]
    if len(set(names)) < len(names):
        report.add("series names must be unique", f"{at}/series")


def _a_point_for_every_category(report: Report, at: str, value: dict[str, Any]) -> None:
    wanted = sorted(value["axis_config"]["categories"])
    for index, series in enumerate(value["series"]):
        if sorted(point["label"] for point in series["data"]) != wanted:
            report.add("must have one point for every category", f"{at}/series/{index}/data")


_POINT = Shape({"label": _LABEL, "value": number})
_SERIES = Shape({"name": _LABEL, "data": array(_POINT, 20)})
_AXES = Shape({"categories": array(_LABEL, 20)}, {"x_label": _TITLE, "y_label": _TITLE}, (_categories_differ,))
_DRAWN = Shape({"series": array(_SERIES, 6), "axis_config": _AXES}, rules=(_series_differ, _a_point_for_every_category))
_SEGMENT = Shape({"label": _LABEL, "value": _positive})
_CHART = by_type(
    {"pie": Shape({"segments": array(_SEGMENT, 6)}), **dict.fromkeys(("bar", "area", "line"), _DRAWN)},
    noun="chart type",
)
DATA_VISUALIZATION = Shape({"title": _TITLE, "chart": _CHART})
