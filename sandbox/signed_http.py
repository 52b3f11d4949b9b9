"""Deliveries over HTTP, signed as Slack signs them, to an app's request_url, once it gave a challenge back.

Sources: docs.slack.dev/apis/events-api, docs.slack.dev/reference/events/url_verification.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

import aiohttp

from sandbox.deliveries import Kind, Retry, Timing, Undelivered
from sandbox.payloads import read_json
from sandbox.world import App, Json

log = logging.getLogger("sandbox.signed_http")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature of a request body."""
    base = b":".join((b"v0", timestamp.encode(), body))
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes
    no_retry: bool


class SignedHttp:
    is_open = True

    def __init__(self, app: App, address: str, timing: Timing) -> None:
        self._app, self._address, self._timing = app, address, timing
        self._session: aiohttp.ClientSession | None = None
        self._verifying, self._is_verified = asyncio.Lock(), False

    async def send(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Any:
        """The body of a 2xx answer. Raises Undelivered."""
        if kind == "events_api":
            await self._verify()
        body, content_type = _encoded(kind, payload)
        headers = {"Content-Type": content_type, **_retried(retry)}
        return _read(kind, await self._post(self._address_of(kind, payload), body, headers))

    async def _verify(self) -> None:
        """An address hears of events after it has given a challenge back, once. Raises Undelivered."""
        async with self._verifying:
            if self._is_verified:
                return
            challenge = uuid.uuid4().hex
            asked = {"token": "sandbox-verification-token", "challenge": challenge, "type": "url_verification"}
            answer = await self._post(self._address, json.dumps(asked).encode(), {"Content-Type": "application/json"})
            if answer.status != 200 or _challenge_in(answer) != challenge:
                log.warning("%s: %s does not give the challenge back", self._app.id, self._address)
                raise Undelivered("dispatch_failed", "http_error")
            self._is_verified = True

    async def _post(self, address: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Raises Undelivered."""
        timeout = aiohttp.ClientTimeout(total=self._timing.ack)
        signed = {**headers, **self._signed(body)}
        try:
            async with self._client().post(address, data=body, headers=signed, timeout=timeout) as answer:
                no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
                return Answer(answer.status, answer.content_type, await answer.read(), no_retry)
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


def _challenge_in(answer: Answer) -> Any:
    """As text, as a form or as JSON, whichever its Content-Type says."""
    try:
        if answer.content_type == "application/json":
            return read_json(answer.body)["challenge"]
        text = answer.body.decode()
    except (ValueError, TypeError, KeyError):
        return None
    if answer.content_type == "application/x-www-form-urlencoded":
        return parse_qs(text).get("challenge", [None])[0]
    return text


def _retried(retry: Retry | None) -> dict[str, str]:
    return {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason} if retry else {}


def _read(kind: Kind, answer: Answer) -> Any:
    if not 200 <= answer.status < 300:
        if kind == "events_api" and answer.no_retry:
            return None
        raise Undelivered("dispatch_failed", "http_error")
    if kind == "events_api" or not answer.body.strip():
        return None
    try:
        return read_json(answer.body) if "json" in answer.content_type else {"text": answer.body.decode()}
    except ValueError:
        raise Undelivered("dispatch_failed", "http_error") from None
