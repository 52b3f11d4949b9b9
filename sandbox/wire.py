"""Arguments reach the Web API in five ways, and slack_sdk uses most of them: this reads them all into one."""

import base64
import binascii
from typing import Any

from aiohttp import web

from sandbox.methods import Request
from sandbox.payloads import read_form, read_json, storable

_CHARSETS = ("utf-8", "utf8", "iso-8859-1")
_NESTED = ("blocks", "attachments", "view", "metadata", "files", "unfurls")


class BadRequest(Exception):
    """The request itself is malformed; the text is Slack's error code."""


async def read_request(request: web.Request) -> Request:
    """The call in this request. Raises BadRequest."""
    method = request.match_info["method"]
    token = bearer(request)
    args: dict[str, Any] = dict(request.query)
    is_json = request.content_type == "application/json"
    if request.method == "POST" and request.can_read_body:
        args |= await _body(request)
    # Slack takes a token among form and query arguments, never inside JSON.
    given = request.query.get("token") if is_json else args.get("token")
    args.pop("token", None)
    nested = {k: _nested(k, v) for k, v in storable(args).items()}
    return Request(method, token or given, nested, is_json, _client(request))


def bearer(request: web.Request) -> str | None:
    """The token in the Authorization header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _client(request: web.Request) -> tuple[str, str] | None:
    """The app's id and secret, where they come as HTTP's Basic authorization."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(given, validate=True).decode("latin1").partition(":")
    except binascii.Error:
        return None
    return name, secret


async def _body(request: web.Request) -> dict[str, Any]:
    if (request.charset or "utf-8").lower() not in _CHARSETS:
        raise BadRequest("invalid_charset")
    if request.content_type == "application/json":
        return await _json_object(request)
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return await _texts_of_form(request)
    if not (await request.read()).strip():
        return {}
    raise BadRequest("invalid_post_type" if "Content-Type" in request.headers else "missing_post_type")


async def _json_object(request: web.Request) -> dict[str, Any]:
    try:
        value = read_json(await request.text())
    except ValueError:
        raise BadRequest("invalid_json") from None
    if not isinstance(value, dict):
        raise BadRequest("json_not_object")
    return value


async def _texts_of_form(request: web.Request) -> dict[str, Any]:
    try:
        return {key: value for key, value in (await read_form(request)).items() if isinstance(value, str)}
    except ValueError:
        raise BadRequest("invalid_form_data") from None


def _nested(name: str, value: Any) -> Any:
    """Nested arguments come as JSON inside a string in every format but JSON, where both are allowed."""
    if name not in _NESTED or not isinstance(value, str):
        return value
    try:
        return read_json(value)
    except ValueError:
        return value
