"""GET /healthz, /healthz/live, /healthz/ready on the console's port: JSON, without signing in.

It decides the status code; what is told is given by `look` and has no personal data.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import Request

Look = Callable[[], Mapping[str, Any]]


class Health(Resource):
    """/healthz and /healthz/ready: 200 while new calls are taken, else 503. /healthz/live: 200 while this answers."""

    isLeaf = True

    def __init__(self, look: Look) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._look = look

    def render_GET(self, request: Request) -> bytes:
        asked = b"/".join(request.postpath or []).strip(b"/")
        if asked not in (b"", b"live", b"ready"):
            request.setResponseCode(404)
            return b""
        found = dict(self._look())
        if asked == b"live":
            found = {"live": True}
        elif not found["ready"]:
            request.setResponseCode(503)
            request.setHeader(b"retry-after", b"5")
        request.setHeader(b"content-type", b"application/json; charset=utf-8")
        request.setHeader(b"cache-control", b"no-store")
        return json.dumps(found, ensure_ascii=False).encode() + b"\n"
