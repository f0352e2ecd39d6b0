"""Signing in and out, language and theme. Decides whether a try is looked at; accounts decide whether it is right."""

import logging
import time
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, g, jsonify, make_response, redirect, render_template, request, session, url_for

from agent_console import guard, words
from agent_console.sessions import Sessions
from agent_console.throttle import Throttle
from records import accounts, audit
from records.errors import DatabaseError

log = logging.getLogger(__name__)
pages = Blueprint("signin", __name__)
lock = Lock()
YEAR_SECONDS = 365 * 86400


@pages.get("/signin")
def page() -> Any:
    if guard.visitor_or_none() is not None:
        return redirect(guard.home())
    return render_template("signin.html", next=local_part(request.args.get("next", "")), ended=g.get("was_signed_in"))


@pages.post("/signin")
def sign_in() -> Any:
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    wanted = local_part(request.form.get("next", ""))
    wrong = {field for field, value in (("name", name), ("password", password)) if not value}
    if wrong:
        return refused(422, "", name, wanted, wrong=wrong)
    throttle: Throttle = guard.extension("throttle")
    source, now = request.remote_addr or "", time.time()
    with lock:
        wait = throttle.wait(name, source, now)
        if not wait:
            throttle.failed(name, source, now)  # taken back when right: tries at the same moment are counted too
    if wait:
        page = refused(429, f"尝试次数太多，请在 {round(wait) + 1} 秒后再试。", name, wanted)
        page.headers["Retry-After"] = str(round(wait) + 1)
        return page
    account = guard.database().read(accounts.check_password, name, password)
    if account is None:
        log.warning("a sign-in was refused")
        note(now, "console", "sign_in_refused", f"source:{source}", {"name": name[:64]})
        return refused(401, "账号或密码不对。忘记密码请联系管理员重设。", name, wanted)
    with lock:
        throttle.succeeded(name, source)
    sessions: Sessions = guard.extension("sessions")
    session.clear()
    session.update(sessions.begin(name, now) or {})
    session.permanent = True
    note(now, name, "sign_in", f"source:{source}")
    return redirect(wanted or "/", 303)


@pages.get("/session")
def still() -> Any:
    """Whether the session still counts: a page whose stream was refused asks before it says so."""
    return jsonify(signed_in=True) if guard.visitor_or_none() else (jsonify(signed_in=False), 401)


@pages.post("/signout")
@guard.for_roles()
def sign_out() -> Any:
    visitor, now = guard.visitor(), time.time()
    sessions: Sessions = guard.extension("sessions")
    sessions.end(visitor.sid, now)
    session.clear()
    note(now, visitor.name, "sign_out", f"account:{visitor.name}")
    return redirect(url_for("signin.page"), 303)


@pages.post("/looks")
def looks() -> Any:
    """Keep `language` and `theme` in cookies and go back to where one was."""
    answer = redirect(local_part(request.form.get("next", "")) or "/", 303)
    for name, values in (("language", words.LANGUAGES), ("theme", ("auto", "light", "dark"))):
        value = request.form.get(name)
        if value is not None and value in values:
            answer.set_cookie(name, value, max_age=YEAR_SECONDS, samesite="Lax", httponly=True)
    return answer


def note(now: float, who: str, action: str, what: str, detail: dict[str, str] | None = None) -> None:
    """Into the audit trail if it can be written. Who cannot sign in answers no calls: a full disk bars nobody."""
    try:
        guard.database().do(audit.append, now, who, action, what, detail)
    except DatabaseError as error:
        log.error("%s is not in the audit trail: %s", action, error)


def refused(status: int, said: str, name: str, wanted: str, wrong: set[str] | None = None) -> Any:
    page = render_template("signin.html", said=said, name=name, next=wanted, wrong=wrong or set())
    return make_response(page, status)


def local_part(target: str) -> str:
    """`target` when it is a path of this site, else nothing: a sign-in leads nowhere else."""
    parts = urlsplit(target)
    ours = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return target if ours and "\\" not in target and target.isprintable() else ""
