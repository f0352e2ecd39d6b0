"""Carrying one outbox entry to an outside system by HTTP (docs/channels.md), and judging its answer.

`judge` is pure: it decides whether an entry has arrived, may be tried again, or is refused for good. Knows nothing of
the database or of when the next try comes.
"""

import json
from dataclasses import dataclass
from typing import Any

from treq.client import HTTPClient
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import ConnectError, ConnectionRefusedError
from twisted.python.failure import Failure
from twisted.web.client import Agent

from config.settings import Channel
from tickets.channels.body import JsonBody
from tickets.outbox_entries import OutboxEntry

LONGEST_ANSWER = 65_536
RETRIED = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Arrived:
    """The channel has it; `reference` is its own number."""

    reference: str | None


@dataclass(frozen=True, slots=True)
class TryLater:
    """It may have arrived or not; the same key must be sent again. `after` seconds were asked for by the channel."""

    reason: str
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel will never take it as it is."""

    reason: str


Outcome = Arrived | TryLater | Refused


def judge(status: int, body: bytes, retry_after: str = "") -> Outcome:
    """What the answer means; see docs/channels.md for the table."""
    said = parsed(body)
    if 200 <= status < 300 or (status == 409 and said.get("duplicate") is True):
        reference = said.get("reference")
        return Arrived(reference if isinstance(reference, str) else None)
    error = said.get("error")
    reason = f"对方系统返回{status}" + (f"：{error[:200]}" if isinstance(error, str) else "")
    # 409 without the word duplicate: the first request with this key is still being worked on.
    if status >= 500 or status == 409 or status in RETRIED:
        return TryLater(reason, float(retry_after) if retry_after.isdecimal() and len(retry_after) < 7 else 0.0)
    return Refused(reason)


def parsed(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


class ChannelClient:
    """Speaks the channels' API. Each request has a connection of its own and `timeout_seconds` for everything."""

    def __init__(self, reactor: Any, channel: Channel) -> None:
        self._reactor = reactor
        self._channel = channel
        self._http = HTTPClient(Agent(reactor, connectTimeout=channel.timeout_seconds))

    def deliver(self, entry: OutboxEntry) -> Deferred[Outcome]:
        """Send the entry once. Fires with the outcome, whatever happens; when cancelled, with TryLater."""
        stopped: list[bool] = []
        sending = ensureDeferred(self._send(entry))

        def late() -> None:
            stopped.append(True)
            sending.cancel()

        alarm = self._reactor.callLater(self._channel.timeout_seconds, late)

        def over(result: Any) -> Any:
            if alarm.active():
                alarm.cancel()
            return result

        def failed(failure: Failure) -> Outcome:
            if stopped:
                return TryLater(f"对方系统{self._channel.timeout_seconds:g}秒内没有应答")
            return TryLater(why(failure.value))

        outcome: Deferred[Outcome] = sending.addBoth(over).addErrback(failed)
        return outcome

    async def _send(self, entry: OutboxEntry) -> Outcome:
        headers = {"Content-Type": "application/json", "Idempotency-Key": entry.id}
        token = self._channel.token.get_secret_value()
        if token:
            headers["Authorization"] = f"Bearer {token}"
        response = await self._http.request(
            "POST",
            self._channel.url.rstrip("/") + path_of(entry),
            headers=headers,
            data=JsonBody(entry.body),
            allow_redirects=False,
            unbuffered=True,
            reactor=self._reactor,
        )
        body = bytearray()

        def more(data: bytes) -> None:
            if len(body) < LONGEST_ANSWER:
                body.extend(data)

        await response.collect(more)
        retry_after = response.headers.getRawHeaders("Retry-After", [""])[0]
        return judge(response.code, bytes(body[:LONGEST_ANSWER]), retry_after)


def path_of(entry: OutboxEntry) -> str:
    return "/tickets" if entry.kind == "ticket" else f"/tickets/{entry.ticket}/changes"


def why(error: BaseException | None) -> str:
    """Why nothing usable came back, for the people who watch the outbox."""
    if isinstance(error, ConnectionRefusedError):
        return "连不上对方系统：连接被拒绝"
    if isinstance(error, ConnectError):
        return f"连不上对方系统：{type(error).__name__}"
    return f"对方系统没有完整应答（{type(error).__name__}）"
