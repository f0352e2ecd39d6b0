"""Who is signed in: the signed cookie, checked the same way for pages and for live streams.

It decides whether a cookie still counts. It must not know pages or streams; both ask here.
"""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from config.settings import Settings
from records.engine import Database
from records.schema import AccountRow

SHIFT_SECONDS = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person. `sid` is the session, `until` its end (UTC epoch seconds)."""

    name: str
    display_name: str
    role: str
    sid: str
    until: float


@dataclass(frozen=True, slots=True)
class Known:
    display_name: str
    role: str
    sip_user: str
    stamp: str


def known(session: Session, name: str) -> Known | None:
    """The account as it is now. The stamp changes with the password, so that a new password ends old sessions."""
    row = session.get(AccountRow, name)
    if row is None:
        return None
    stamp = hashlib.sha256(row.password_hash.encode()).hexdigest()[:16]
    return Known(row.display_name, row.role, row.sip_user or "", stamp)


class Sessions:
    """Begins, checks and ends sessions. Safe to use from any thread; what checks an account reads the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._ended: dict[str, float] = {}
        self.on_end: Callable[[str], None] = lambda _sid: None

    def begin(self, name: str, now: float) -> dict[str, Any] | None:
        """What goes into the cookie of a new session; None when the account is gone."""
        account = self._database.read(known, name)
        if account is None:
            return None
        return {"name": name, "sid": secrets.token_urlsafe(16), "until": now + SHIFT_SECONDS, "stamp": account.stamp}

    def visitor(self, kept: Mapping[str, Any], now: float) -> Visitor | None:
        """Whose session the cookie `kept` is; None when it ended, expired, or the account changed or is gone."""
        sid, until, name = kept.get("sid"), kept.get("until"), kept.get("name")
        if not isinstance(sid, str) or not isinstance(name, str) or not isinstance(until, float):
            return None
        with self._lock:
            ended = sid in self._ended
        if ended or now >= until:
            return None
        account = self._database.read(known, name)
        if account is None or account.stamp != kept.get("stamp"):
            return None
        return Visitor(name, account.display_name, account.role, sid, until)

    def end(self, sid: str, now: float) -> None:
        """Sign out: the cookie counts no more, and streams of the session close."""
        with self._lock:
            self._ended = {old: until for old, until in self._ended.items() if until > now}
            self._ended[sid] = now + SHIFT_SECONDS
        self.on_end(sid)


def visitor_of(app: Flask, sessions: Sessions, cookies: str, now: float) -> Visitor | None:
    """Whose `Cookie` header this is, by the same session interface that Flask's pages use."""
    request = app.request_class({"REQUEST_METHOD": "GET", "HTTP_COOKIE": cookies})
    kept = app.session_interface.open_session(app, request)
    return None if kept is None else sessions.visitor(kept, now)


def secret_key(settings: Settings) -> bytes:
    """The key that signs cookies; made at the first start, readable by the owner only."""
    file = settings.home / "secrets" / "console.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(32))
        try:
            os.link(name, file)  # of several processes that start at once one key wins, whole
        except FileExistsError:
            pass
        finally:
            Path(name).unlink()
    return file.read_bytes()
