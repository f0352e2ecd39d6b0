"""What agents do with a talk (hold, consult, transfer …) and how supervisors look on.

Decides by role who may ask for what at all; what can be done is the desk's to say. Numbers of outside parties go in
and never come back out.
"""

from typing import Any

from flask import Blueprint, jsonify, request

from agent_console import guard
from agent_console.bridge import RefusedError
from agent_console.views.board import display_names
from ivr.facts import Requested

pages = Blueprint("control", __name__)

WATCHES = ("listen", "whisper", "barge", "leave")
LONGEST_TARGET = 100


@pages.post("/calls/<call>/control")
@guard.for_roles("agent")
def control(call: str) -> Any:
    """`request` is one of telephony.control.talk.Request, `kind` and `target` as in ivr.facts.Requested."""
    asked = request.form.get("request", "")
    if asked in WATCHES:
        return jsonify(error="只有值班长可以监听、耳语或插话。"), 403
    return met(call, asked)


@pages.post("/board/calls/<call>/watch")
@guard.for_roles("supervisor")
def watch(call: str) -> Any:
    """Listen, whisper, barge, leave; audited before it is done."""
    asked = request.form.get("request", "")
    if asked not in WATCHES:
        return jsonify(error=f"request：“{asked}”应为 {'、'.join(WATCHES)} 之一。"), 422
    return met(call, asked)


@pages.get("/calls/targets")
@guard.for_roles("agent")
def targets() -> Any:
    """Whom a call can be passed to: the colleagues who are ready now, and what callers may be queued for."""
    board, names = guard.bridge().board(), guard.database().read(display_names)
    me = guard.visitor().name
    ready = [each["name"] for each in board["agents"] if each["state"] == "READY" and each["name"] != me]
    able = {"agent"} | {
        code for each in board["agents"] if each["phone"] and each["name"] != me for code in each["skills"]
    }
    skills = [{"code": code, "name": name} for code, name in guard.labels().items() if code in able]
    agents = [{"name": name, "shown": names.get(name, name)} for name in ready]
    return jsonify(agents=agents, skills=skills)


def met(call: str, asked: str) -> Any:
    kind, target = request.form.get("kind", ""), request.form.get("target", "").strip()
    if len(target) > LONGEST_TARGET:
        return jsonify(error=f"target：最多{LONGEST_TARGET}个字。", field="target", fields={"target": "太长"}), 422
    if kind == "number":
        target = "".join(each for each in target if each not in " -()")
    try:
        guard.bridge().ask_call(Requested(call, asked, guard.visitor().name, kind, target))
    except RefusedError as error:
        field = "target" if target else error.field
        return jsonify(error=str(error), field=field, fields={field: str(error)}), 409
    return jsonify(ok=True)
