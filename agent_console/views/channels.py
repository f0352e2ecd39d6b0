"""What outside systems push: changes of tickets (docs/channels.md). Decides who may push, by one shared token.

What an event means and whether it is taken is decided by tickets.channels.events.
"""

import hmac
import logging
import time
from typing import Any

from flask import Blueprint, jsonify, request

from agent_console import guard
from tickets.channels.events import EventRefusedError, receive_event

log = logging.getLogger(__name__)
pages = Blueprint("channels", __name__, url_prefix="/api/channels")


@pages.post("/<channel>/events")
def push(channel: str) -> Any:
    """Take one change; pushing it again answers the same and changes nothing."""
    if not allowed(request.headers.get("Authorization", "")):
        refusal = jsonify(error="令牌不对：请在 Authorization 头中给出 Bearer 令牌", field="Authorization")
        return refusal, 401, {"WWW-Authenticate": "Bearer"}
    payload = request.get_json(force=True, silent=True, cache=False)
    try:
        received = guard.database().do(receive_event, channel, payload, time.time())
    except EventRefusedError as error:
        log.info("channel %s: an event was refused: %s", channel[:20], error.field)
        return jsonify(error.body()), error.status
    guard.bridge().outbox_nudge()
    return jsonify(received.body())


def allowed(header: str) -> bool:
    token = guard.settings().channels.callback_token.get_secret_value()
    if not token:
        return True
    scheme, _, given = header.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
