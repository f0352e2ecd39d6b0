"""A town of telephones in one thread: many callers and agents on plain sockets, each leg with RTP both ways.

It does as much SIP (RFC 3261) as calls need and counts their sound; what a call must lead to is others' business.
"""

import queue
import selectors
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from benchmarks.phones import Message, Socket, reply, sdp
from benchmarks.rtp import PAYLOADS, QUIET, End
from tests.process.sipp.drive import AGENTS, CALLERS, User, authorization, challenge

T = TypeVar("T")
TICK = 0.02
PATIENCE = 10.0
BEHIND = 0.5  # seconds the town may be late before it drops packets instead of sending them in a heap


@dataclass
class Talk:
    """One leg at our end. `state` is dialling, ringing, up, refused or over; `by` who ended it: us or them."""

    number: str
    id: str
    end: End
    state: str = "dialling"
    code: int = 0
    by: str = ""
    up_at: float = 0.0
    agent: bool = False
    cseq: int = 1
    answer: Message | None = None
    invite: Message | None = None
    source: tuple[str, int] | None = None
    sdp: str = field(default="", repr=False)


class Town:
    """Starts at once; `edge` is where INVITEs go. Every method may be called from any thread."""

    def __init__(self, edge: tuple[str, int], sound: bool = True) -> None:
        self.talks: dict[str, Talk] = {}
        self.late = 0  # ticks that were left out: this machine was too busy to send
        self.answers: dict[str, bool] = {}  # by SIP user: whether the phone answers, or rings on
        self._edge, self._sound = edge, sound
        self._callers, self._agents = Socket(CALLERS), Socket(AGENTS)
        self._selector = selectors.DefaultSelector()
        for each in (self._callers, self._agents):
            self._selector.register(each, selectors.EVENT_READ, each)
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._ended = False
        self._number = 0
        self._thread = threading.Thread(target=self._run, name="town", daemon=True)
        self._thread.start()

    # --- what people do

    def call(self, number: str, quiet: bool = False) -> Talk:
        """A caller who hums all the time, or says nothing."""
        return self._do(partial(self._dial, number, QUIET if quiet else PAYLOADS))

    def press(self, talk: Talk, digits: str) -> None:
        """By INFO, one request a digit."""
        for digit in digits:
            body = f"Signal={digit}\r\nDuration=160\r\n"
            self._do(partial(self._request, talk, "INFO", body, "application/dtmf-relay"))

    def hang_up(self, talk: Talk) -> None:
        self._do(lambda: self._hang_up(talk))

    def pick_up(self, talk: Talk) -> None:
        """Answer a phone that rings on."""
        self._do(lambda: self._accept(talk))

    def register(self, users: list[User], answers: bool = True) -> None:
        """Register agents' phones; each answers at once, or rings on. Raises TimeoutError."""
        uri = f"sip:{self._edge[0]}:{self._edge[1]}"
        for user in users:
            answer = authorization(challenge(self._edge, user.user), user, uri)
            self.answers[user.user] = answers
            done = threading.Event()
            self._do(partial(self._register, user, uri, answer, done))
            if not done.wait(PATIENCE):
                raise TimeoutError(f"{user.user}: the edge does not answer REGISTER")

    @property
    def agents_address(self) -> tuple[str, int]:
        return self._agents.address

    def reset(self) -> None:
        """Count sound anew."""

        def all_of_them() -> None:
            for talk in self.talks.values():
                talk.end.reset()

        self._do(all_of_them)

    def forget(self, talk: Talk) -> None:
        """Of a talk that is over nothing is kept."""
        self._do(partial(self.talks.pop, f"{talk.id}|{talk.agent}", None))

    def up(self) -> list[Talk]:
        return [talk for talk in list(self.talks.values()) if talk.state == "up"]

    def close(self) -> None:
        self._ended = True
        self._thread.join(5)
        for talk in self.talks.values():
            talk.end.close()
        self._callers.close()
        self._agents.close()
        self._selector.close()

    def _do(self, job: Callable[[], T]) -> T:
        done: Future[T] = Future()
        self._jobs.put((job, done))
        return done.result(PATIENCE)

    # --- the town's thread

    def _run(self) -> None:
        due = time.monotonic()
        self._registering: dict[str, threading.Event] = {}
        while not self._ended:
            for key, _ in self._selector.select(max(0.0, due - time.monotonic())):
                if isinstance(key.data, Socket):
                    self._take(key.data)
                else:
                    key.data()
            while not self._jobs.empty():
                job, done = self._jobs.get()
                try:
                    done.set_result(job())
                except Exception as error:
                    done.set_exception(error)
            now = time.monotonic()
            if now < due:
                continue
            due += TICK
            if now - due > BEHIND:
                self.late += int((now - due) / TICK)
                due = now
            if self._sound:
                for talk in self.talks.values():
                    if talk.state == "up":
                        talk.end.send()

    def _take(self, at: Socket) -> None:
        while (came := at.receive()) is not None:
            message = Message(came.data)
            talk = self.talks.get(f"{message.get('call-id')}|{at is self._agents}")
            if message.code:
                self._response(message, talk)
            elif message.start.startswith("INVITE "):
                self._rings(message, came.source)
            elif not message.start.startswith("ACK "):
                at.send(reply(message, 200), came.source)
                if talk is not None and message.start.startswith(("BYE ", "CANCEL ")):
                    if message.start.startswith("CANCEL ") and talk.invite is not None:
                        at.send(reply(talk.invite, 487), came.source)
                    self._over(talk, "them")

    def _response(self, message: Message, talk: Talk | None) -> None:
        if message.get("cseq").endswith("REGISTER"):
            done = self._registering.pop(message.get("call-id"), None)
            if done is not None and message.code == 200:
                done.set()
            return
        if talk is None or not message.get("cseq").endswith("INVITE"):
            return
        if message.code < 200:
            talk.state = "ringing" if message.code in (180, 183) else talk.state
            return
        if talk.answer is None:
            talk.answer, talk.code = message, message.code
            if message.code == 200:
                talk.end.to, talk.state, talk.up_at = message.media, "up", time.monotonic()
            else:
                self._over(talk, "them", "refused")
        self._request(talk, "ACK")

    def _dial(self, number: str, says: tuple[bytes, ...]) -> Talk:
        self._number += 1
        talk = Talk(number, f"town{self._number}-{id(self):x}", self._end(CALLERS, says))
        self.talks[f"{talk.id}|False"] = talk
        self._request(talk, "INVITE", sdp((talk.end.address, talk.end.port)), "application/sdp")
        return talk

    def _end(self, address: str, says: tuple[bytes, ...] = PAYLOADS) -> End:
        end = End(address, says)
        self._selector.register(end.rtp, selectors.EVENT_READ, end.receive)
        self._selector.register(end.rtcp, selectors.EVENT_READ, end.receive_reports)
        return end

    def _rings(self, invite: Message, source: tuple[str, int]) -> None:
        key = f"{invite.get('call-id')}|True"
        if key in self.talks:
            return
        user = invite.start.split(" ")[1].partition(":")[2].partition("@")[0]
        talk = Talk(user, invite.get("call-id"), self._end(AGENTS), "ringing", agent=True, invite=invite, source=source)
        talk.end.to = invite.media
        self.talks[key] = talk
        self._agents.send(reply(invite, 180, self._contact(user)), source)
        if self.answers.get(user, False):
            self._accept(talk)

    def _accept(self, talk: Talk) -> None:
        assert talk.invite is not None and talk.source is not None
        talk.state, talk.up_at = "up", time.monotonic()
        body = sdp((talk.end.address, talk.end.port))
        extra = self._contact(talk.number) + "Content-Type: application/sdp\r\n"
        self._agents.send(reply(talk.invite, 200, extra, body), talk.source)

    def _contact(self, user: str) -> str:
        return f"Contact: <sip:{user}@{self._agents.address[0]}:{self._agents.address[1]}>\r\n"

    def _hang_up(self, talk: Talk) -> None:
        if talk.state == "up":
            self._request(talk, "BYE")
            self._over(talk, "us")

    def _over(self, talk: Talk, by: str, state: str = "over") -> None:
        if talk.state in ("over", "refused"):
            return
        talk.state, talk.by = state, by
        for each in (talk.end.rtp, talk.end.rtcp):
            self._selector.unregister(each)
        talk.end.close()

    def _request(self, talk: Talk, method: str, body: str = "", kind: str = "") -> None:
        """A request of ours within or for `talk`, where we called; agents' phones only answer and hang up."""
        at = self._agents if talk.agent else self._callers
        host, port = at.address
        uri, routes, ours = (
            f"sip:12348@{self._edge[0]}:{self._edge[1]}",
            "",
            f"<sip:{talk.number}@{host}>;tag={talk.id}",
        )
        theirs = "<sip:12348@12348>"
        if talk.agent:
            assert talk.invite is not None
            ours, theirs = talk.invite.get("to") + ";tag=agent", talk.invite.get("from")
            uri = contact_of(talk.invite)
            routes = "".join(f"Route: {route}\r\n" for route in talk.invite.all("record-route"))
        elif talk.answer is not None:
            theirs = talk.answer.get("to")
            if talk.code < 300:
                uri = contact_of(talk.answer)
                routes = "".join(f"Route: {route}\r\n" for route in reversed(talk.answer.all("record-route")))
        if method not in ("INVITE", "ACK"):
            talk.cseq += 1
        cseq = 1 if method == "ACK" else talk.cseq
        branch = f"{talk.id}{cseq}{'INVITE' if method == 'ACK' and talk.code >= 300 else method}"
        head = (
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{branch}\r\n{routes}"
            f"From: {ours}\r\nTo: {theirs}\r\nCall-ID: {talk.id}\r\nCSeq: {cseq} {method}\r\n"
            f"Contact: <sip:{talk.number}@{host}:{port}>\r\nMax-Forwards: 70\r\n"
        )
        kind = f"Content-Type: {kind}\r\n" if kind else ""
        at.send(f"{head}{kind}Content-Length: {len(body)}\r\n\r\n{body}".encode(), self._edge)

    def _register(self, user: User, uri: str, answer: str, done: threading.Event) -> None:
        host, port = self._agents.address
        call = f"reg-{user.user}-{id(self):x}"
        self._registering[call] = done
        data = (
            f"REGISTER {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{call}\r\n"
            f"From: <sip:{user.user}@12348>;tag={call}\r\nTo: <sip:{user.user}@12348>\r\nCall-ID: {call}\r\n"
            f"CSeq: 2 REGISTER\r\nContact: <sip:{user.user}@{host}:{port}>\r\nExpires: 3600\r\nMax-Forwards: 70\r\n"
            f"{answer}\r\nContent-Length: 0\r\n\r\n"
        )
        self._agents.send(data.encode(), self._edge)


def contact_of(message: Message) -> str:
    return message.get("contact").partition("<")[2].partition(">")[0]
