"""Reading what Slack sends: who acted, what a form holds, which case a button or word names."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from playbooks.ports import Person
from playbooks.rules.cases import Criterion, Intake, parse_headcount
from playbooks.rules.refusals import NoSuchCase

Body = Mapping[str, Any]
NUMBER = re.compile(r"(C[RP])-?(\d{4})-?(\d{1,6})", re.IGNORECASE | re.ASCII)
MEANT_AS_NUMBER = re.compile(r"C[RP]-?\d", re.IGNORECASE | re.ASCII)


def person(body: Body) -> Person:
    """The one who acted, keyed by their own team: in a click from outside, `team` names the installer's."""
    user = body.get("user")
    if isinstance(user, Mapping):
        return Person(user.get("team_id") or _team(body), user["id"], _request(body))
    return Person(body["team_id"], body["user_id"], _request(body))


def installed_in(body: Body) -> str:
    """The workspace whose installation a request came to, which alone can answer it. Of a modal it stands in the view:
    its `team` is the person's own."""
    return str((body.get("view") or {}).get("app_installed_team_id") or _team(body))


def _request(body: Body) -> str:
    """What makes a request the same when it comes again: a click's own time, a form's state (it gets another hash with
    every step), else the trigger."""
    if body.get("type") == "view_submission":
        return f"view:{body['view']['id']}:{body['view'].get('hash', '')}"
    action = (body.get("actions") or [{}])[0]
    if action.get("action_ts"):
        return f"click:{body['user']['id']}:{action.get('action_id')}:{action['action_ts']}"
    return f"trigger:{body.get('trigger_id', '')}" if body.get("trigger_id") else ""


def _team(body: Body) -> str:
    team = body.get("team")
    return str(team["id"]) if isinstance(team, Mapping) else str(body.get("team_id", ""))


def case_number(word: str) -> str | None:
    """`cp-2026-7` and `CP-2026-0007` name the same case."""
    found = NUMBER.fullmatch(word)
    return f"{found[1].upper()}-{found[2]}-{int(found[3]):04d}" if found else None


def named_case(word: str, *, is_text: bool) -> str | None:
    """The case that a command's next word names, None where there is none; `is_text` where anything may be typed there.
    Raises NoSuchCase for what cannot be a case's number: a command that names one is about no other."""
    named = case_number(word)
    if word and named is None and (not is_text or MEANT_AS_NUMBER.match(word)):
        raise NoSuchCase(number=word[:40])
    return named


def first(text: str) -> tuple[str, str]:
    """The first word, and the rest; blanks of every script and line ends part words."""
    word, *rest = text.split(maxsplit=1) or [""]
    return word, rest[0].strip() if rest else ""


def values(body: Body) -> dict[str, Any]:
    """The form's answers by block: text, an option's value, a list of them, a user id, or seconds."""
    state = body["view"]["state"]["values"]
    return {block: _value(next(iter(elements.values()))) for block, elements in state.items() if elements}


def intake_values(body: Body) -> dict[str, Any]:
    """The answers of an intake form, with those that its earlier step took."""
    earlier: dict[str, Any] = json.loads(body["view"]["private_metadata"] or "{}")
    return earlier | values(body)


def _value(element: Mapping[str, Any]) -> Any:
    if "selected_options" in element:
        return [one["value"] for one in element["selected_options"] or []]
    if "selected_option" in element:
        chosen = element["selected_option"]
        return chosen["value"] if chosen else ""
    for name in ("selected_user", "selected_date", "selected_time", "selected_date_time"):
        if name in element:
            return element[name]
    return text(element.get("value"))


def text(value: Any) -> str:
    """What was typed, without halves of characters, which JSON can carry and nothing can store."""
    return str(value or "").encode("utf-8", "ignore").decode()


def intake(form: Mapping[str, Any], now: datetime) -> Intake:
    """The facts of a form, as they were given."""
    chosen = [str(one) for one in form.get("criteria") or []]
    reasons = {block.removeprefix("reason_"): text for block, text in form.items() if block.startswith("reason_")}
    at = form.get("aware_at")
    return Intake(
        outlet=str(form.get("outlet") or ""),
        aware_at=datetime.fromtimestamp(int(at), UTC) if at else now,
        title=str(form.get("title") or ""),
        channel=str(form.get("channel") or "other"),
        topics=tuple(form.get("topics") or ()),
        summary=str(form.get("summary") or ""),
        headcount=parse_headcount(str(form.get("headcount") or "0")),
        criteria=tuple(Criterion(one, str(reasons.get(one) or "").strip()) for one in chosen),
        customer_ref=str(form.get("customer_ref") or ""),
    )


def pressed(body: Body) -> str:
    """The value of the button that was pressed."""
    return str(body["actions"][0].get("value") or "")
