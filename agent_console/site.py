"""The console as one Twisted site: Flask's pages on threads, live streams and static files on the reactor.

It decides which request goes where. It must not know what the pages say.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

from twisted.internet.defer import Deferred
from twisted.python.threadpool import ThreadPool
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request, Site
from twisted.web.static import File
from twisted.web.wsgi import WSGIResource

from agent_console.app import create_app
from agent_console.bridge import Bridge, Desk
from agent_console.live import Live, LiveResource
from agent_console.sessions import Visitor, visitor_of
from agent_console.sight import hall, mine, own_call, watched
from agent_console.stream import Sight
from agent_console.views.talk import WATCHERS
from config.settings import Settings
from records import audit
from records.engine import Database
from records.labels import load_skills

STATIC = Path(__file__).parent / "static"
THREADS = 12


def site(reactor: Any, settings: Settings, database: Database, desk: Desk) -> Site:
    """The site to listen with. Its threads stop before the reactor does; the caller closes the database after that."""
    pool = ThreadPool(minthreads=2, maxthreads=THREADS, name="console")
    app = create_app(settings, database, Bridge(reactor, desk))
    sessions, labels = app.extensions["sessions"], {**load_skills(settings), **app.extensions["labels"]}

    live = Live(reactor, desk, lambda cookies: visitor_of(app, sessions, cookies, time.time()), pool)
    sessions.on_end = lambda sid: reactor.callFromThread(live.end, sid)

    streams = Resource()
    streams.putChild(b"me", LiveResource(live, Sight(lambda board, name: mine(board, name, labels), own_call, True)))
    streams.putChild(b"board", LiveResource(live, Sight(lambda board, name: hall(board, name, labels))))
    streams.putChild(b"call", CallStreams(live, labels, database))
    root = Root(WSGIResource(reactor, pool, app))
    root.putChild(b"live", streams)
    root.putChild(b"static", Static(str(STATIC)))

    pool.start()
    reactor.addSystemEventTrigger("before", "shutdown", stopped, reactor, live, pool)
    return Site(root, reactor=reactor)


def stopped(reactor: Any, live: Live, pool: ThreadPool) -> Deferred[None]:
    """Close the streams and let the pages under way end. The reactor still turns meanwhile: they may be asking it."""
    live.close()
    done: Deferred[None] = Deferred()

    def stop() -> None:
        pool.stop()
        reactor.callFromThread(done.callback, None)

    Thread(target=stop, name="console-stop", daemon=True).start()
    return done


class CallStreams(Resource):
    """/live/call/ID: one call with the words of its talk, for supervisors; audited once a session and call."""

    def __init__(self, live: Live, labels: Mapping[str, str], database: Database) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._live, self._labels, self._database = live, labels, database
        self._audited: set[tuple[str, str]] = set()

    def getChild(self, path: bytes, request: Request) -> IResource:  # noqa: ARG002 - Twisted's signature
        call = path.decode("utf-8", "replace")
        sight = Sight(lambda board, _name: watched(board, call, self._labels), lambda _b, _n: call, roles=WATCHERS)
        return LiveResource(self._live, sight, lambda visitor: self._audit(visitor, call))

    def _audit(self, visitor: Visitor, call: str) -> None:
        """On a thread."""
        if (visitor.sid, call) not in self._audited:
            self._database.do(audit.append, time.time(), visitor.name, "transcript.watch", f"call:{call}"[:100])
            self._audited.add((visitor.sid, call))


class Root(Resource):
    """Children where there are any, pages everywhere else."""

    def __init__(self, pages: IResource) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._pages = pages

    def getChild(self, path: bytes, request: Request) -> IResource:
        # WSGIResource wants the whole path after its own, which is empty.
        assert request.prepath is not None and request.postpath is not None
        request.prepath.pop()
        request.postpath.insert(0, path)
        return self._pages

    def render(self, request: Request) -> Any:
        return self._pages.render(request)


class Static(File):
    """Files with a type and a cache time; no listings. Pages name them with ?v=, so they may be kept long."""

    contentTypes: ClassVar[dict[str, str]] = {  # type: ignore[misc]
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
    }

    def render_GET(self, request: Request) -> Any:
        if not self.isdir():
            kept = b"public, max-age=31536000, immutable" if b"v" in request.args else b"no-cache"
            request.setHeader(b"cache-control", kept)
            request.setHeader(b"x-content-type-options", b"nosniff")
        return super().render_GET(request)  # type: ignore[no-untyped-call]

    def directoryListing(self) -> Resource:
        return self.childNotFound
