"""Who is asking, and whether this page is for them. It decides by role; what a page does is the page's business."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import abort, current_app, g, redirect, request, session, url_for

from agent_console.bridge import Bridge
from agent_console.sessions import Sessions, Visitor
from config.settings import Settings
from records import accounts
from records.engine import Database

P = ParamSpec("P")
T = TypeVar("T")

# What each role finds in the rail, in order; the first is its home.
ROOMS: dict[str, tuple[str, ...]] = {
    "agent": ("call", "board", "callbacks", "records", "tickets"),
    "supervisor": ("board", "transfers", "callbacks", "planning", "records", "tickets"),
    "clerk": ("tickets", "board"),
    "admin": ("board", "transfers", "callbacks", "planning", "records", "tickets", "audit"),
    "auditor": ("audit", "records", "tickets", "board"),
}


def extension(name: str) -> Any:
    return current_app.extensions[name]


def settings() -> Settings:
    found: Settings = extension("settings")
    return found


def database() -> Database:
    found: Database = extension("database")
    return found


def bridge() -> Bridge:
    found: Bridge = extension("bridge")
    return found


def labels() -> dict[str, str]:
    found: dict[str, str] = extension("labels")
    return found


def recognise() -> None:
    """Before each request: whose session this is. A session that counts no more is forgotten."""
    g.visitor = None
    if request.blueprint == "channels" or "sid" not in session:
        return
    sessions: Sessions = extension("sessions")
    g.visitor = sessions.visitor(session, time.time())
    if g.visitor is None:
        session.clear()
        g.was_signed_in = True
    elif g.visitor.role == "agent":
        account = database().read(accounts.account, g.visitor.name)
        g.sip_user = (account.sip_user if account else None) or ""


def visitor_or_none() -> Visitor | None:
    found: Visitor | None = g.get("visitor")
    return found


def visitor() -> Visitor:
    """The signed-in person; only inside pages that `for_roles` guards."""
    found = visitor_or_none()
    if found is None:
        abort(401)
    return found


def wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def home() -> str:
    """Where this person begins."""
    return url_for({"call": "calls.page"}.get(room := ROOMS[visitor().role][0], f"{room}.page"))


def for_roles(*roles: str) -> Callable[[Callable[P, T]], Callable[P, Any]]:
    """Only for these roles (all signed-in people when none is named); others sign in first or are told."""

    def guarded(view: Callable[P, T]) -> Callable[P, Any]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> Any:
            found = visitor_or_none()
            if found is None:
                if request.method == "GET" and not wants_json():
                    return redirect(url_for("signin.page", next=request.full_path.rstrip("?")))
                abort(401)
            if roles and found.role not in roles:
                abort(403)
            return view(*args, **kwargs)

        return checked

    return guarded
