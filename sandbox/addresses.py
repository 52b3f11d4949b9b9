"""The addresses that blocks may point at."""

import re

from sandbox.schema import Check, matching


def _url(*schemes: str) -> Check:
    pattern = re.compile(rf"({'|'.join(schemes)}):\S+", re.IGNORECASE)
    return matching(
        lambda value: pattern.fullmatch(value) is not None and len(value) <= 3000,
        "must be a valid URL of at most 3000 characters",
    )


URL = _url("https?")
LINK = _url("https?", "mailto", "tel", "slack")
SAFE_URL = _url("https")
