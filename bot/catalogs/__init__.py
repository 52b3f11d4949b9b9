"""Every string a person sees, in both languages side by side: a YAML file a noun."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from babel.core import negotiate_locale
from babel.dates import format_datetime, format_timedelta

from handlers.blocks.base import Mrkdwn, escape

LANGUAGES = ("en", "zh-CN")
_NEVER_A_LARGER_UNIT = 1e9
_BEFORE_HAN = re.compile(r"(?<=[0-9])(?=[\u4e00-\u9fff])")
# Ten times as quick where PyYAML was built with libyaml, as its wheels are.
_LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadCatalog(Exception):
    """A catalog file in which a string is missing in one language, or stands twice."""


@cache
def strings() -> dict[str, dict[str, str]]:
    """Every key with its text in each language."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.yml")):
        texts_by_key = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506  # both are safe
        for key, texts in texts_by_key.items():
            if key in found or set(texts) != set(LANGUAGES):
                raise BadCatalog(f"{path.name}: {key}")
            found[key] = texts
    return found


def language_for(locale: str, default: str) -> str:
    """The catalog language for a Slack locale such as `zh-TW`, `en-GB` or `fr-FR`."""
    chosen = negotiate_locale([locale, locale.split("-")[0]], ["en", "zh"], sep="-")
    return {"en": "en", "zh": "zh-CN"}.get(chosen or "", default)


class CatalogWords:
    """The catalogs in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._locale = "zh_Hans_CN" if language == "zh-CN" else "en"

    def __call__(self, key: str, **values: Any) -> str:
        return self._text(key).format_map(values)

    def mrkdwn(self, key: str, **values: Any) -> Mrkdwn:
        """Text values are escaped, unless they are mrkdwn already."""
        return Mrkdwn(self._text(key).format_map({name: _safe(value) for name, value in values.items()}))

    def _text(self, key: str) -> str:
        return strings()[key][self.language]

    def span(self, minutes: int) -> str:
        unit: Literal["hour", "minute"] = "hour" if minutes >= 60 and minutes % 60 == 0 else "minute"
        length = timedelta(minutes=minutes)
        text = format_timedelta(length, granularity=unit, threshold=_NEVER_A_LARGER_UNIT, locale=self._locale)
        return _BEFORE_HAN.sub(" ", text)

    def when(self, at: datetime, zone: str) -> str:
        there = at.astimezone(ZoneInfo(zone))
        text = format_datetime(there, "yyyy-MM-dd HH:mm", tzinfo=there.tzinfo, locale=self._locale)
        return f"{text} GMT{there.isoformat()[-6:]}"


def _safe(value: Any) -> Any:
    return escape(value) if isinstance(value, str) and not isinstance(value, Mrkdwn) else value


def words(language: str) -> CatalogWords:
    return _by_language(language)


_by_language: Callable[[str], CatalogWords] = cache(CatalogWords)
