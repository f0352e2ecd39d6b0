"""The transcript of a talk: what was said so far, the agent's switch, the supervisor's page.

Decides whose words may be read here and who may switch them off; when they are sent is agent_console.live's business.
"""

import time
from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request

from agent_console import guard
from agent_console.sight import call_in, words
from agent_console.views.calls import own_call
from ivr.facts import TranscriptSwitched
from records import audit, transcripts

pages = Blueprint("talk", __name__)

WATCHERS = ("supervisor",)  # who may read along in the talks of others; each look is audited


@pages.get("/calls/<call>/talk")
@guard.for_roles("agent")
def talk(call: str) -> Any:
    """What was said in this agent's call: of the running talk, or as it was kept."""
    own_call(call)
    live = call_in(guard.bridge().board(), call)
    said = guard.bridge().said(call) if live else guard.database().read(transcripts.of_call, call)
    return jsonify(call=call, talk=live["talk"] if live else None, lines=words(said, whole=True))


@pages.post("/calls/<call>/transcript")
@guard.for_roles("agent")
def switch(call: str) -> Any:
    """Off for this call, or on again: the caller does not want it, or the line is bad. Audited, and in the call log."""
    visitor, on = guard.visitor(), request.form.get("on", "")
    live = call_in(guard.bridge().board(), call)
    if live is None:
        abort(404)
    if live["agent"] != visitor.name:
        abort(403)
    if on not in ("0", "1"):
        return jsonify(error="on：应为 1（开启）或 0（关闭）。"), 422
    if live["talk"]["wanted"] == "off":
        return jsonify(error="热线没有启用实时文字；由管理员在设置 speech.transcript 中启用。"), 409
    action = "transcript.on" if on == "1" else "transcript.off"
    guard.database().do(audit.append, time.time(), visitor.name, action, f"call:{call}")
    guard.bridge().tell(TranscriptSwitched(call, on == "1", visitor.name))
    return jsonify(ok=True)


@pages.get("/board/calls/<call>")
@guard.for_roles(*WATCHERS)
def watch(call: str) -> Any:
    """A talk under way, for the supervisor; the stream that brings the words is audited when it begins."""
    if call_in(guard.bridge().board(), call) is None:
        abort(404)
    return render_template("talk.html", call=call)
