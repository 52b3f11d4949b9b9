"""Tables, plain and with pages, as Slack's tables describe them.

Source: docs.slack.dev/reference/block-kit/blocks/table-block and data-table-block.
"""

from typing import Any

from sandbox.richtexts import RICH_TEXT
from sandbox.schema import Report, Shape, anything, array, boolean, by_type, integer, number, one_of, string

MOST_IN_DATA_TABLES = 10_000


def text_length(node: Any) -> int:
    """Characters of all text in these blocks: objects, spans, cells, markdown, and titles that are plain strings."""
    if isinstance(node, list):
        return sum(text_length(one) for one in node)
    if not isinstance(node, dict):
        return 0
    own = sum(len(node[name]) for name in ("text", "title", "caption") if isinstance(node.get(name), str))
    return own + sum(text_length(one) for one in node.values())


def _rows_are_even(report: Report, at: str, value: dict[str, Any]) -> None:
    if len({len(row) for row in value["rows"]}) > 1:
        report.add("all rows must have the same number of cells", f"{at}/rows")


def _headers_are_raw(report: Report, at: str, value: dict[str, Any]) -> None:
    for index, cell in enumerate(value["rows"][0]):
        if cell["type"] == "rich_text":
            report.add("unsupported type: rich_text", f"{at}/rows/0/{index}/type")


def _row_header_is_there(report: Report, at: str, value: dict[str, Any]) -> None:
    columns = len(value["rows"][0])
    if (value.get("row_header_column_index") or 0) >= columns:
        report.add(f"must be between 0 and {columns - 1}", f"{at}/row_header_column_index")


def _cells_are_short(report: Report, at: str, value: dict[str, Any]) -> None:
    if text_length(value["rows"]) > MOST_IN_DATA_TABLES:
        report.add(f"cells must hold less than {MOST_IN_DATA_TABLES + 1} characters together", f"{at}/rows")


_COLUMN = Shape(optional={"align": one_of("left", "center", "right"), "is_wrapped": boolean})
_CELL = by_type(
    {"raw_text": Shape({"text": string(40_000)}), "raw_number": Shape({"value": anything}), "rich_text": RICH_TEXT}
)
TABLE = Shape(
    {"rows": array(array(_CELL, 20), 100)},
    {"column_settings": array(_COLUMN, 20)},
    (_rows_are_even,),
)

_DATA_CELL = by_type(
    {
        "raw_text": Shape({"text": string(40_000)}),
        "raw_number": Shape({"value": number}, {"text": string(255)}),
        "rich_text": RICH_TEXT,
    }
)
# A header and up to 100 rows; 20 columns are those of a plain table (strict: the documentation names no number).
DATA_TABLE = Shape(
    {"rows": array(array(_DATA_CELL, 20), 101, least=2), "caption": string(3000)},
    {"page_size": integer(1, 100), "row_header_column_index": integer(0, 19)},
    (_rows_are_even, _headers_are_raw, _row_header_is_there, _cells_are_short),
)
