"""Rich text as Slack's tables describe it: in a block of its own, in a cell, a card or an input.

Source: docs.slack.dev/reference/block-kit/blocks/rich-text-block.
"""

from sandbox.addresses import LINK
from sandbox.schema import Check, Shape, array, boolean, by_type, integer, one_of, string

_STYLE = Shape(optional={name: boolean for name in ("bold", "italic", "strike", "code", "underline")})
_SPANS: dict[str, Check] = {
    "text": Shape({"text": string(40_000)}, {"style": _STYLE}),
    "link": Shape({"url": LINK}, {"text": string(40_000, 0), "unsafe": boolean, "style": _STYLE}),
    "user": Shape({"user_id": string(255)}, {"style": _STYLE}),
    "channel": Shape({"channel_id": string(255)}, {"style": _STYLE}),
    "usergroup": Shape({"usergroup_id": string(255)}, {"style": _STYLE}),
    "emoji": Shape({"name": string(255)}, {"unicode": string(255), "skin_tone": integer(1, 6), "style": _STYLE}),
    "broadcast": Shape({"range": one_of("here", "channel", "everyone")}, {"style": _STYLE}),
    "color": Shape({"value": string(20)}, {"style": _STYLE}),
    "date": Shape(
        {"timestamp": integer(0, 99_999_999_999), "format": string(255)},
        {"url": LINK, "fallback": string(255), "style": _STYLE},
    ),
}
_spans = array(by_type(_SPANS), 1000, least=0)
_BORDER = integer(0, 1)
_SECTION = Shape({"elements": _spans})
_PARTS: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_preformatted": Shape({"elements": _spans}, {"border": _BORDER, "language": string(50)}),
    "rich_text_quote": Shape({"elements": _spans}, {"border": _BORDER}),
    "rich_text_list": Shape(
        {"style": one_of("bullet", "ordered"), "elements": array(by_type({"rich_text_section": _SECTION}), 1000)},
        {"indent": integer(0, 8), "offset": integer(0, 1_000_000), "border": _BORDER},
    ),
}
_PART = by_type(_PARTS)

RICH_TEXT = Shape({"elements": array(_PART, 1000, least=0)})
# Inside other blocks Slack's own examples carry a block_id, the same one several times, and nothing comes of it.
_BLOCK_ID = {"block_id": string(255)}
RICH_TEXT_VALUE = by_type({"rich_text": Shape({"elements": array(_PART, 1000, least=0)}, _BLOCK_ID)})
RICH_TEXT_OF_ONE = by_type({"rich_text": Shape({"elements": array(_PART, 1)}, _BLOCK_ID)})
