"""The stand-in's HTTP side: takes tickets and changes, shows what it has, misbehaves when told, pushes changes back.

Decides how requests are answered; what is new is the store's business. Faults are not kept over a restart.
"""

import json
from dataclasses import dataclass, field, fields
from time import time
from typing import Any
from uuid import uuid4

from treq.client import HTTPClient
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.client import Agent
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from tickets.channels.body import JsonBody
from tickets.channels.standin.store import ConflictError, Store

LONGEST_BODY = 1 << 20
PUSH_SECONDS = 10


class AnswerError(Exception):
    """Answer this status with this text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass
class Behaviour:
    """How the stand-in misbehaves: see docs/channels.md. `fail_times` None means until told otherwise."""

    delay_seconds: float = 0.0
    fail_with: int = 0
    fail_times: int | None = None
    answer_twice: bool = False
    dropped: set[str] = field(default_factory=set)

    def row(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "dropped"}


def behaviour(said: dict[str, Any]) -> Behaviour:
    """The behaviour `said` asks for; what it does not name is normal. Raises AnswerError naming the field."""
    allowed: dict[str, Any] = {
        "delay_seconds": lambda v: isinstance(v, int | float) and not isinstance(v, bool) and 0 <= v <= 3600,
        "fail_with": lambda v: isinstance(v, int) and (v == 0 or 400 <= v <= 599),
        "fail_times": lambda v: v is None or (isinstance(v, int) and not isinstance(v, bool) and v >= 0),
        "answer_twice": lambda v: isinstance(v, bool),
    }
    for name, value in said.items():
        if name not in allowed:
            raise AnswerError(400, f"{name}: unknown; there are {', '.join(allowed)}")
        if not allowed[name](value):
            raise AnswerError(400, f"{name}: {value!r}: is not possible")
    return Behaviour(**said)


class StandIn(Resource):
    """All paths of one stand-in. `token` is asked of senders when not empty; `push_to` is the hotline's own address."""

    isLeaf = True

    def __init__(self, reactor: Any, store: Store, push_to: str, token: str = "", push_token: str = "") -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._reactor = reactor
        self._store = store
        self._push_to, self._token, self._push_token = push_to, token, push_token
        self._behaviour = Behaviour()
        self._http = HTTPClient(Agent(reactor, connectTimeout=PUSH_SECONDS))

    def render(self, request: Request) -> int:
        finished: Deferred[None] = request.notifyFinish()
        finished.addErrback(lambda _gone: None)
        answering = ensureDeferred(self._answer(request))
        answering.addErrback(self._failed, request)
        return NOT_DONE_YET

    def _failed(self, failure: Failure, request: Request) -> None:
        error = failure.value
        if isinstance(error, AnswerError):
            send(request, error.status, {"error": str(error)})
        elif isinstance(error, OSError):
            send(request, 507, {"error": f"the store cannot be written: {error.strerror or error}"})
        else:
            send(request, 500, {"error": type(error).__name__})

    async def _answer(self, request: Request) -> None:
        method, path = request.method.decode("ascii", "replace"), request.path.decode("utf-8", "replace").strip("/")
        match [method, *path.split("/")]:
            case ["GET", "received"]:
                send(request, 200, self._store.rows())
            case ["GET", "behave"]:
                send(request, 200, self._behaviour.row())
            case ["POST", "behave"]:
                self._behaviour = behaviour(read(request))
                send(request, 200, self._behaviour.row())
            case ["POST", "push"]:
                send(request, *await self._push(read(request)))
            case ["POST", "tickets"]:
                await self._receive(request, None)
            case ["POST", "tickets", number, "changes"]:
                await self._receive(request, number)
            case _:
                raise AnswerError(404, f"{method} /{path}: there is no such thing here; see docs/channels.md")

    async def _receive(self, request: Request, number: str | None) -> None:
        now = self._behaviour
        if now.fail_with and now.fail_times != 0:
            if now.fail_times is not None:
                now.fail_times -= 1
            await deferLater(self._reactor, now.delay_seconds)
            raise AnswerError(now.fail_with, "told to fail")
        key, reference, known = self._keep(request, number)
        await deferLater(self._reactor, now.delay_seconds)
        if now.answer_twice and key not in now.dropped:
            now.dropped.add(key)
            transport: Any = request.transport
            if transport is not None:
                transport.abortConnection()
            return
        send(request, 200 if known else 201, {"reference": reference, "duplicate": known})

    def _keep(self, request: Request, number: str | None) -> tuple[str, str, bool]:
        given = request.getHeader("Authorization") or ""
        if self._token and given != f"Bearer {self._token}":
            raise AnswerError(401, "Authorization: must be Bearer with the agreed token")
        key = request.getHeader("Idempotency-Key") or ""
        if not 1 <= len(key) <= 100:
            raise AnswerError(400, "Idempotency-Key: must be 1 to 100 characters")
        body = read(request)
        try:
            if number is not None:
                return key, *self._store.change(key, number, body, time())
            if not isinstance(body.get("number"), str) or not body["number"]:
                raise AnswerError(400, "number: must be the ticket's number")
            return key, *self._store.ticket(key, body, time())
        except ConflictError as error:
            raise AnswerError(422, str(error)) from None
        except KeyError:
            raise AnswerError(404, f"number: {number}: no such ticket was received") from None

    async def _push(self, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Push a change to the hotline; its answer is passed on. The body goes out as given, with an event id."""
        event = {**said, "event_id": said.get("event_id") or str(uuid4())}
        headers = {"Content-Type": "application/json"}
        if self._push_token:
            headers["Authorization"] = f"Bearer {self._push_token}"
        answers = []
        for _ in range(2 if self._behaviour.answer_twice else 1):
            try:
                response = await self._http.request(
                    "POST",
                    self._push_to,
                    headers=headers,
                    data=JsonBody(event),
                    allow_redirects=False,
                    timeout=PUSH_SECONDS,
                    reactor=self._reactor,
                )
                body = (await response.content()).decode("utf-8", "replace")[:4000]
            except Exception as error:
                raise AnswerError(
                    502, f"{self._push_to}: the hotline cannot be reached ({type(error).__name__})"
                ) from None
            answers.append({"status": response.code, "body": json_or_text(body)})
        return int(answers[-1]["status"]), {"event_id": event["event_id"], "answers": answers}


def read(request: Request) -> dict[str, Any]:
    """The body as a JSON object."""
    if request.content is None:
        raise AnswerError(400, "body: must be a JSON object")
    raw = request.content.read(LONGEST_BODY + 1)
    if len(raw) > LONGEST_BODY:
        raise AnswerError(413, f"body: is longer than {LONGEST_BODY} bytes")
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise AnswerError(400, "body: must be a JSON object")
    return said


def json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def send(request: Any, status: int, body: Any) -> None:
    """Answer, unless whoever asked is gone."""
    if request.finished or request._disconnected:
        return
    request.setResponseCode(status)
    request.setHeader("Content-Type", "application/json; charset=utf-8")
    request.write(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    request.finish()
