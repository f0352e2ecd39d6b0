"""What a supervisor orders over the board: an agent's state and load, and the closing of the hotline. Audited first.

Decides what is refused; the router and ivr.closure decide what follows. An order that was confirmed for another state
than the agent is in by now is refused, for what happens to the call in hand was confirmed with it.
"""

import time
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, jsonify, request

from agent_console import guard
from agent_console.bridge import RefusedError
from agent_console.shown import BEIJING
from agent_console.sight import agent_in
from agent_console.views.desk import LONGEST_REASON
from ivr.closure import ClosureLifted
from records import audit
from routing.agent import FORCED
from routing.facts import ForceAsked, LoadChanged

pages = Blueprint("orders", __name__, url_prefix="/board")

FORCES = ("supervisor",)  # who may order agents about
CLOSES = ("supervisor", "admin")  # who may close the hotline
STATES = {"ready": "就绪", "paused": "示忙", "offline": "离线", "wrap-up": "话后处理"}


@pages.post("/agents/<name>/force")
@guard.for_roles(*FORCES)
def force(name: str) -> Any:
    """Put the agent into a state. `stage` and `call` are what the supervisor saw when confirming."""
    agent, visitor = known(name), guard.visitor()
    state, reason = request.form.get("state", ""), request.form.get("reason", "").strip()
    if state not in FORCED:
        return refused("state", f"state：“{state}”不是坐席状态，请选择{'、'.join(STATES.values())}。")
    if len(reason) > LONGEST_REASON or not reason.isprintable() or (state == "paused" and not reason):
        return refused("reason", f"原因应为1至{LONGEST_REASON}个字。")
    if (request.form.get("stage"), request.form.get("call", "")) != (agent["stage"], agent["call"] or ""):
        return refused("state", "坐席的状态刚刚变了，请看清现在的状态后再确认。", 409)
    if state == "wrap-up" and agent["stage"] != "TALKING":
        return refused("state", "只有通话中的坐席可以转为话后处理。", 409)
    detail = {"from": agent["stage"], "to": state, "reason": reason, "call": agent["call"] or ""}
    note("agent.force", f"agent:{name}", detail)
    guard.bridge().tell(ForceAsked(name, state, visitor.display_name or visitor.name, reason))
    return jsonify(ok=True)


@pages.post("/agents/<name>/load")
@guard.for_roles(*FORCES)
def load(name: str) -> Any:
    """How much of the agent other work takes, 0 to 1."""
    agent, share = known(name), share_of(request.form.get("load", ""))
    if share is None:
        return refused("load", "负荷应为 0（没有其他工作）至 1 之间的数。")
    note("agent.load", f"agent:{name}", {"from": agent["load"], "to": share})
    guard.bridge().tell(LoadChanged(name, share))
    return jsonify(ok=True)


@pages.post("/closure")
@guard.for_roles(*CLOSES)
def close() -> Any:
    """Close the hotline with a configured message, until a time (Beijing) or until it is lifted."""
    code, written = request.form.get("code", ""), request.form.get("until", "").strip()
    try:
        until = moment(written) if written else None
    except ValueError:
        return refused("until", f"until：“{written}”应为日期和时间，如 2026-12-31T18:00。")
    if code not in {each["code"] for each in guard.bridge().closings()}:
        return refused("code", f"code：“{code}”不是已配置的关闭提示，请从列表中选择。")
    note("closure.set", f"closure:{code}", {"until": until})
    try:
        guard.bridge().close(code, until, guard.visitor().name)
    except RefusedError as error:
        return refused(error.field, str(error))
    return jsonify(ok=True)


@pages.post("/closure/lift")
@guard.for_roles(*CLOSES)
def lift() -> Any:
    standing = guard.bridge().board()["closure"]
    if standing is None:
        return refused("closure", "热线没有关闭，无须解除。", 409)
    note("closure.lift", f"closure:{standing['code']}", {})
    guard.bridge().tell(ClosureLifted(guard.visitor().name))
    return jsonify(ok=True)


def known(name: str) -> dict[str, Any]:
    """The agent as the board has it, or 404."""
    found = agent_in(guard.bridge().board(), name)
    if found is None:
        abort(404)
    return found


def share_of(text: str) -> float | None:
    """`text` as a share from 0 to 1, None for anything else."""
    try:
        share = float(text)
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None


def moment(text: str) -> float:
    """UTC epoch seconds of a time in Beijing. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=BEIJING)).timestamp()


def note(action: str, what: str, detail: dict[str, Any]) -> None:
    guard.database().do(audit.append, time.time(), guard.visitor().name, action, what, detail)


def refused(field: str, text: str, status: int = 422) -> Any:
    return jsonify(error=text, field=field, fields={field: text}), status
