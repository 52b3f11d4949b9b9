"""Deliveries over HTTP, signed as Slack signs them, to an app's request_url."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.deliveries import Kind, Retry, Timing, Undelivered
from sandbox.payloads import read_json
from sandbox.world import App, Json


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature of a request body."""
    base = b":".join((b"v0", timestamp.encode(), body))
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class SignedHttp:
    is_open = True

    def __init__(self, app: App, address: str, timing: Timing) -> None:
        self._app, self._address, self._timing = app, address, timing
        self._session: aiohttp.ClientSession | None = None

    async def send(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Any:
        """The body of a 2xx answer. Raises Undelivered."""
        body, content_type = _encoded(kind, payload)
        headers = {"Content-Type": content_type, **self._signed(body), **_retried(retry)}
        timeout = aiohttp.ClientTimeout(total=self._timing.ack)
        try:
            async with self._client().post(
                self._address_of(kind, payload), data=body, headers=headers, timeout=timeout
            ) as answer:
                return await _read(kind, answer)
        except TimeoutError:
            raise Undelivered("operation_timeout", "http_timeout") from None
        except aiohttp.ClientError:
            raise Undelivered("dispatch_failed", "connection_failed") from None

    def _address_of(self, kind: Kind, payload: Json) -> str:
        """Where the manifest names no other address, all goes to that of the events."""
        settings = self._app.settings
        if kind == "slash_commands":
            known = next((one.url for one in settings.commands if one.command == payload["command"]), None)
            return known or self._address
        return settings.interactivity_url or self._address if kind == "interactive" else self._address

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    def _signed(self, body: bytes) -> dict[str, str]:
        # Real time, not the world's: receivers refuse requests older than five minutes.
        timestamp = str(int(time.time()))
        return {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._app.settings.signing_secret, timestamp, body),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }

    async def close(self) -> None:
        if self._session:
            await self._session.close()


def _encoded(kind: Kind, payload: Json) -> tuple[bytes, str]:
    if kind == "events_api":
        return json.dumps(payload, ensure_ascii=False).encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload, ensure_ascii=False)}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def _retried(retry: Retry | None) -> dict[str, str]:
    return {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason} if retry else {}


async def _read(kind: Kind, answer: aiohttp.ClientResponse) -> Any:
    if not 200 <= answer.status < 300:
        if kind == "events_api" and answer.headers.get("X-Slack-No-Retry") == "1":
            return None
        raise Undelivered("dispatch_failed", "http_error")
    body = await answer.read()
    if kind == "events_api" or not body.strip():
        return None
    try:
        return read_json(body) if "json" in answer.content_type else {"text": body.decode()}
    except ValueError:
        raise Undelivered("dispatch_failed", "http_error") from None
