"""The Flask application: what every page has in common. It decides nothing about calls, records or tickets.

Pages run on threads: they read the database themselves and reach the reactor through the bridge only.
"""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, g, request
from flask_wtf.csrf import CSRFProtect
from markupsafe import Markup

from agent_console import guard, mishaps, shown, words
from agent_console.bridge import Bridge
from agent_console.sessions import SHIFT_SECONDS, Sessions, secret_key
from agent_console.throttle import Throttle
from agent_console.views import (
    answering,
    audit,
    board,
    callbacks,
    calls,
    channels,
    control,
    desk,
    orders,
    outside,
    planning,
    recordings,
    records,
    signin,
    talk,
    tickets,
    transfers,
)
from config.settings import Settings
from ivr.load_lines import load_emergencies, load_neighbour
from records.engine import Database
from records.labels import load_labels

HERE = Path(__file__).parent
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(settings: Settings, database: Database, bridge: Bridge) -> Flask:
    """The pages. `bridge` reaches the desk; the database's tables must be there."""
    app = Flask("agent_console", root_path=str(HERE), static_folder=None)
    app.config.update(
        SECRET_KEY=secret_key(settings),
        # Cookies do not know ports: two hotlines on one machine must not take each other's.
        SESSION_COOKIE_NAME=f"hotline_{settings.web.port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=SHIFT_SECONDS),
        MAX_CONTENT_LENGTH=1 << 20,
        MAX_FORM_MEMORY_SIZE=1 << 20,
        WTF_CSRF_TIME_LIMIT=None,  # a form left open for a long call must still be taken; the session limits it
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions |= {
        "settings": settings,
        "database": database,
        "bridge": bridge,
        "labels": load_labels(settings),
        "emergencies": load_emergencies(settings, load_labels(settings)),
        "neighbour": load_neighbour(settings),
        "sessions": Sessions(database),
        "throttle": Throttle(),
        "asset_mark": asset_mark(),
    }
    csrf = CSRFProtect(app)
    csrf.exempt(channels.pages)
    for pages in (
        signin,
        desk,
        calls,
        control,
        records,
        recordings,
        talk,
        tickets,
        answering,
        board,
        orders,
        outside,
        transfers,
        callbacks,
        planning,
        audit,
        channels,
    ):
        app.register_blueprint(pages.pages)
    app.before_request(guard.recognise)
    app.after_request(with_headers)
    app.context_processor(common)
    shown.register(app)
    mishaps.register(app)
    return app


def common() -> dict[str, Any]:
    """What every template has: the visitor, the words, the looks."""
    language, theme = words.language(request.cookies), request.cookies.get("theme", "")
    return {
        "visitor": guard.visitor_or_none(),
        "sip_user": g.get("sip_user", ""),
        "t": lambda text: words.said(text, language),
        "language": language,
        "dictionary": words.dictionary(language),
        "theme": theme if theme in ("light", "dark") else "",
        "asset_mark": guard.extension("asset_mark"),
        "icon": icon,
        "called": called,
        "ROOMS": guard.ROOMS,
        "WATCHERS": talk.WATCHERS,
        "REASONS": desk.REASONS,
        "LOAD_NAMES": desk.LOAD_NAMES,
        "LOADS": desk.LOADS,
        "FORCES": orders.FORCES,
        "CLOSES": orders.CLOSES,
        "EMERGENCIES": [line for _, line in guard.extension("emergencies").offered()],
        "TO_12345": guard.extension("neighbour").reached,
    }


def called(name: str | None) -> str:
    """The name by which people know the account `name`; the account's own where there is none."""
    if "names" not in g:
        g.names = guard.database().read(board.display_names)
    names: dict[str, str] = g.names
    return names.get(name or "", name or "—")


def icon(name: str) -> Markup:
    """A picture of static/icons.svg; always beside a word, so it is hidden from readers."""
    mark = guard.extension("asset_mark")
    use = Markup('<use href="/static/icons.svg?v={}#{}"></use>').format(mark, name)
    return Markup('<svg class="icon" aria-hidden="true">{}</svg>').format(use)


def with_headers(response: Any) -> Any:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def asset_mark() -> str:
    """Changes with every change of a static file, so that browsers may keep them."""
    digest = hashlib.sha256()
    for file in sorted((HERE / "static").rglob("*")):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
