"""What the room is told when something happens: a record entry as a message."""

from collections.abc import Callable
from typing import Any

from playbooks.desk.views import CaseFile
from playbooks.rules.record import Entry

from ..surface import Block, Words
from . import names
from .base import Mrkdwn, context, literal, section, typed

Values = dict[str, Any]


def notice(file: CaseFile, entry: Entry, words: Words) -> list[Block]:
    """The sentence of the entry's kind, then what a person typed, to the letter."""
    values = _values(file, entry, words)
    blocks = [section(words.mrkdwn(_key(entry), **values))]
    text = next((str(entry.data[key]) for key in ("text", "result") if isinstance(entry.data.get(key), str)), "")
    blocks += typed(text)[:5]
    if entry.data.get("late_reason"):
        blocks.append(context(words.mrkdwn("notice.late_reason", reason=literal(str(entry.data["late_reason"])))))
    return blocks


def text(file: CaseFile, entry: Entry, words: Words) -> str:
    """The same as one line, for notifications."""
    return words.mrkdwn(_key(entry), **_values(file, entry, words))


def _key(entry: Entry) -> str:
    return f"notice.{entry.kind}{'_without_app' if entry.data.get('without_app') else ''}"


def _values(file: CaseFile, entry: Entry, words: Words) -> Values:
    who = entry.actor.name_zh if words.language.startswith("zh") else entry.actor.name_en
    values: Values = {"who": who or Mrkdwn(f"<@{entry.actor.user_id}>"), "number": entry.case}
    for name, value in entry.data.items():
        reading = _READINGS.get(name)
        values[name] = reading(file, value, words) if reading else _plain(value)
    return values


def _plain(value: Any) -> Any:
    return literal(value) if isinstance(value, str) else value


def _officer(file: CaseFile, value: Any, words: Words) -> str:
    return names.officer(file.directory, str(value), words) if value else words("notice.nobody")


def _officers(file: CaseFile, value: Any, words: Words) -> str:
    ids = [one["officer"] if isinstance(one, dict) else one for one in value]
    return names.joined((names.officer(file.directory, one, words) for one in ids), words) or "—"


def _party(file: CaseFile, value: Any, words: Words) -> str:
    return names.party(file.directory, str(value), words)


def _office(file: CaseFile, value: Any, words: Words) -> str:
    return names.office(file.directory, str(value), words)


def _rule(file: CaseFile, value: Any, words: Words) -> str:
    return str(value).split("/")[1]


def _means(file: CaseFile, value: Any, words: Words) -> str:
    return words(f"means.{value}")


def _criteria(file: CaseFile, value: Any, words: Words) -> str:
    return words("notice.now_met", criteria=names.joined(value, words)) if value else ""


def _bilingual(file: CaseFile, value: Any, words: Words) -> str:
    return str(value["zh-CN" if words.language.startswith("zh") else "en"])


_READINGS: dict[str, Callable[[CaseFile, Any, Words], Any]] = {
    "officer": _officer,
    "owner": _officer,
    "left": _officer,
    "taker": _officer,
    "officers": _officers,
    "recipients": _officers,
    "party": _party,
    "to": _office,
    "clock": _rule,
    "report": _rule,
    "means": _means,
    "criteria": _criteria,
    "script_title": _bilingual,
}
