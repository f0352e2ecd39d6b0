"""Signed marks the edge leaves in messages so that it need not remember: route tokens and Via branches. Pure.

A route token (user part of our Record-Route URIs) names the worker and the outside flow of one call. A branch is the
same for the same incoming branch, target and attempt (RFC 3261 §16.11) and names the flow responses go back to.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from telephony.edge.keys import derive
from telephony.edge.sip.flows import Flow, pack_flow, unpack_flow
from telephony.edge.sip.message import Message, Request

COOKIE = "z9hG4bK"
_MAC = 10
_ID = 10
_MARK = 4


@dataclass(frozen=True, slots=True)
class Route:
    """What a route token says. `user` is the SIP user of a registered phone, "" for a trunk."""

    worker: str
    sip_port: int
    flow: Flow
    user: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """What one of our branches says: where responses go, which attempt of the call it was, and what was sent on."""

    flow: Flow
    attempt: int
    mark: bytes = bytes(4)


class Tokens:
    """Signs and checks with keys derived from `key`."""

    def __init__(self, key: bytes) -> None:
        self._route = derive(key, "route")
        self._branch = derive(key, "branch")
        self._tag = derive(key, "tag")

    def route(self, route: Route, call_id: str) -> str:
        """The token of `route`, good only for the call `call_id`."""
        worker, user = route.worker.encode(), route.user.encode("utf-8", "surrogateescape")
        body = route.sip_port.to_bytes(2, "big") + pack_flow(route.flow)
        body += bytes([len(worker)]) + worker + bytes([len(user)]) + user
        return _text(body + _mac(self._route, body, call_id))

    def read_route(self, token: str, call_id: str) -> Route | None:
        """None for anything we did not sign for this call."""
        body = _checked(self._route, token, call_id)
        if body is None:
            return None
        flow, rest = unpack_flow(body[2:])
        worker, rest = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
        user = rest[1 : 1 + rest[0]].decode("utf-8", "surrogateescape")
        return Route(worker.decode(), int.from_bytes(body[:2], "big"), flow, user)

    def branch(self, incoming: str, back: Flow, attempt: int = 0, mark: bytes = bytes(_MARK)) -> str:
        """Our branch for a request whose transaction is `incoming` and whose responses go `back`; `mark`: `mark_of`."""
        body = bytes([attempt & 255]) + hashlib.sha256(incoming.encode("utf-8", "surrogateescape")).digest()[:_ID]
        body += mark + pack_flow(back)
        return COOKIE + _text(body + _mac(self._branch, body, ""))

    def read_branch(self, branch: str) -> Branch | None:
        """None for a branch that is not ours."""
        if not branch.startswith(COOKIE):
            return None
        body = _checked(self._branch, branch[len(COOKIE) :], "")
        if body is None:
            return None
        flow, _ = unpack_flow(body[1 + _ID + _MARK :])
        return Branch(flow, body[0], body[1 + _ID : 1 + _ID + _MARK])

    def tag(self, *parts: str) -> str:
        """A To tag of our own that is the same for the same request, so that nothing need be kept."""
        text = "\0".join(parts).encode("utf-8", "surrogateescape")
        return hmac.digest(self._tag, text, hashlib.sha256)[:8].hex()


def transaction(message: Message) -> str:
    """What identifies the transaction of the topmost Via (§17.2.3), the same for INVITE, its CANCEL and non-2xx ACK."""
    via = message.via
    if via.branch.startswith(COOKIE) and len(via.branch) > len(COOKIE):
        return f"{via.branch}|{via.sent_by}"
    return f"{via.branch}|{via.sent_by}|{message.call_id}|{message.from_tag}|{message.cseq[0]}"


def mark_of(request: Request) -> bytes:
    """The same for a request that comes round to us unchanged; another one where its Request-URI is (§16.6 step 8)."""
    text = "\0".join((request.uri, request.call_id, request.from_tag, str(request.cseq[0])))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()[:_MARK]


def _mac(key: bytes, body: bytes, context: str) -> bytes:
    return hmac.digest(key, body + b"\0" + context.encode("utf-8", "surrogateescape"), hashlib.sha256)[:_MAC]


def _checked(key: bytes, text: str, context: str) -> bytes | None:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    body, mac = data[:-_MAC], data[-_MAC:]
    return body if body and hmac.compare_digest(mac, _mac(key, body, context)) else None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
