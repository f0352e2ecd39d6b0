"""Server-sent events: a snapshot on connect and after every change, words of a talk as they come, a beat a second.

It decides when something is sent. What a person may see of it is agent_console.sight's business.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from agent_console.bridge import Desk
from agent_console.sessions import Visitor
from agent_console.stream import Sight, Stream
from records.utterance import Utterance

log = logging.getLogger(__name__)

GAP_SECONDS = 0.2  # at most five snapshots a second
BEAT_SECONDS = 1.0  # the page says the line is lost after 2.5 s without one (static/js/live.js)
CHECK_BEATS = 15  # between two looks at whether the session still counts

Check = Callable[[str], Visitor | None]  # a Cookie header → whose it is; called on a thread


class Live:
    """All open streams over one watch of the desk. On the reactor's thread only."""

    def __init__(self, reactor: Any, desk: Desk, check: Check, pool: Any) -> None:
        self.reactor, self.check, self.pool = reactor, check, pool
        self._desk = desk
        self._streams: set[Stream] = set()
        self._stop_watching: Callable[[], None] | None = None
        self._due: Any = None
        self._beat: Any = None
        self._beats = 0
        self._sent = 0.0

    def said(self, call: str) -> Sequence[Utterance]:
        return self._desk.said(call)

    def add(self, stream: Stream) -> None:
        self._streams.add(stream)
        if self._stop_watching is None:
            self._stop_watching = self._desk.watch(self._changed)
            self._beat = self.reactor.callLater(BEAT_SECONDS, self._beaten)
        stream.show(self._desk.board())

    def remove(self, stream: Stream) -> None:
        stream.open = False
        self._streams.discard(stream)
        if not self._streams and self._stop_watching is not None:
            self._stop_watching()
            self._stop_watching = None
            for timer in (self._due, self._beat):
                if timer is not None and timer.active():
                    timer.cancel()
            self._due = None

    def end(self, sid: str) -> None:
        """Close the streams of the session `sid`."""
        for stream in [stream for stream in self._streams if stream.visitor.sid == sid]:
            stream.close("ended")

    def close(self) -> None:
        for stream in list(self._streams):
            stream.close()

    def _changed(self) -> None:
        if self._due is None:
            self._due = self.reactor.callLater(max(0.0, self._sent + GAP_SECONDS - self.reactor.seconds()), self._send)

    def _send(self) -> None:
        self._due, self._sent = None, self.reactor.seconds()
        board = self._desk.board()
        for stream in list(self._streams):
            stream.show(board)

    def _beaten(self) -> None:
        self._beat = self.reactor.callLater(BEAT_SECONDS, self._beaten)
        self._beats += 1
        now = time.time()
        for stream in list(self._streams):
            if now >= stream.visitor.until:
                stream.close("ended")
            else:
                stream.beat(now)
        if self._beats % CHECK_BEATS == 0:
            for stream in list(self._streams):
                self._recheck(stream)

    def _recheck(self, stream: Stream) -> None:
        def checked(visitor: Visitor | None) -> None:
            if visitor is None:
                stream.close("ended")

        def unknown(failure: Failure) -> None:
            log.warning("a session could not be checked: %s", failure.getErrorMessage())

        deferToThreadPool(self.reactor, self.pool, self.check, stream.cookies).addCallbacks(checked, unknown)


class LiveResource(Resource):
    """GET: one stream for whoever is signed in and may see it; 401 or 403 for everybody else.

    `begins` is called with the visitor on a thread before the stream begins; when it raises, there is none.
    """

    isLeaf = True

    def __init__(self, live: Live, sight: Sight, begins: Callable[[Visitor], None] = lambda _visitor: None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._live, self._sight, self._begins = live, sight, begins

    def render_GET(self, request: Request) -> int:
        cookies = (request.getHeader("cookie") or "")[:8192]
        gone: list[object] = []
        request.notifyFinish().addBoth(gone.append)
        checked = deferToThreadPool(self._live.reactor, self._live.pool, self._admit, cookies)
        checked.addCallback(self._begin, request, cookies, gone)
        checked.addErrback(self._failed, request, gone)
        return NOT_DONE_YET

    def render_HEAD(self, request: Request) -> bytes:
        request.setResponseCode(405)
        request.setHeader(b"allow", b"GET")
        return b""

    def _admit(self, cookies: str) -> Visitor | None:
        """On a thread."""
        visitor = self._live.check(cookies)
        if visitor is not None and self._may(visitor):
            self._begins(visitor)
        return visitor

    def _may(self, visitor: Visitor) -> bool:
        return not self._sight.roles or visitor.role in self._sight.roles

    def _begin(self, visitor: Visitor | None, request: Request, cookies: str, gone: list[object]) -> None:
        if gone:
            return
        if visitor is None:
            self._refuse(request, 401, "请先登录")
            return
        if not self._may(visitor):
            self._refuse(request, 403, "您的岗位不能使用此页面。")
            return
        stream = Stream(request, visitor, self._sight, self._live.said, cookies)
        request.notifyFinish().addBoth(lambda _: self._live.remove(stream))
        self._live.add(stream)

    def _failed(self, failure: Failure, request: Request, gone: list[object]) -> None:
        log.error("a live stream failed: %s", failure.getErrorMessage())
        if not gone:
            self._refuse(request, 503, "暂时无法提供实时信息")

    @staticmethod
    def _refuse(request: Request, code: int, text: str) -> None:
        if not request.startedWriting:
            request.setResponseCode(code)
            request.setHeader(b"content-type", b"text/plain; charset=utf-8")
            request.write(text.encode())
        request.finish()
