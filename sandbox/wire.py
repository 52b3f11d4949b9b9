"""Arguments reach the Web API in five ways, and slack_sdk uses most of them: this reads them all into one."""

import json
from typing import Any

from aiohttp import web

from sandbox.methods import Request

_NESTED = ("blocks", "attachments", "view", "metadata", "files", "unfurls")


class BadRequest(Exception):
    """The request itself is malformed; the text is Slack's error code."""


async def read_request(request: web.Request) -> Request:
    """The call in this request. Raises BadRequest."""
    method = request.match_info["method"]
    token = _bearer(request)
    args: dict[str, Any] = dict(request.query)
    is_json = request.content_type == "application/json"
    if request.method == "POST" and request.can_read_body:
        args |= await _body(request)
    # Slack takes a token among form and query arguments, never inside JSON.
    given = request.query.get("token") if is_json else args.get("token")
    args.pop("token", None)
    return Request(method, token or given, {k: _nested(k, v) for k, v in args.items()}, is_json)


def _bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return _json_object(await request.text())
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    if not (await request.read()).strip():
        return {}
    raise BadRequest("invalid_post_type" if "Content-Type" in request.headers else "missing_post_type")


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        raise BadRequest("invalid_json") from None
    if not isinstance(value, dict):
        raise BadRequest("json_not_object")
    return value


def _nested(name: str, value: Any) -> Any:
    """Nested arguments come as JSON inside a string in every format but JSON, where both are allowed."""
    if name not in _NESTED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
