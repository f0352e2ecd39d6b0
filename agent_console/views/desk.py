"""The agent's own buttons: ready, pause, wrap-up over. Decides what is refused; the router decides what follows."""

from typing import Any

from flask import Blueprint, abort, jsonify, request

from agent_console import guard
from agent_console.sight import agent_in
from records import callrecords
from routing.facts import LoadChanged, PauseAsked, ReadyAsked, WrapUpDone

pages = Blueprint("desk", __name__, url_prefix="/desk")

REASONS = ("小休", "用餐", "培训", "会议", "外出")
LONGEST_REASON = 20
LOADS = {"none": 0.0, "online": 0.5, "window": 1.0}  # what other work takes, by what it is
LOAD_NAMES = {"none": "只接热线", "online": "兼在线咨询", "window": "在窗口，不接热线"}


@pages.post("/ready")
@guard.for_roles("agent")
def ready() -> Any:
    """Refused while the record of the call just ended is not saved: it would be forgotten in the next call."""
    visitor = guard.visitor()
    me = agent_in(guard.bridge().board(), visitor.name)
    if me is None:
        return jsonify(error="话务台还不认识您的账号，请联系管理员核对坐席账号。"), 409
    if me["state"] == "WRAP_UP" and not completed(me["call"]):
        return jsonify(error="请先保存本次通话的话务工单。", field="answer"), 409
    said, refused = guard.bridge().off_shift(visitor.name)
    if refused:
        return jsonify(error=said), 409
    guard.bridge().tell(ReadyAsked(visitor.name))
    return jsonify(ok=True, warning=said)


@pages.post("/pause")
@guard.for_roles("agent")
def pause() -> Any:
    reason = request.form.get("reason", "").strip()
    if not reason or len(reason) > LONGEST_REASON or not reason.isprintable():
        return jsonify(error=f"示忙原因应为1至{LONGEST_REASON}个字。", field="reason"), 422
    guard.bridge().tell(PauseAsked(guard.visitor().name, reason))
    return jsonify(ok=True)


@pages.post("/load")
@guard.for_roles("agent")
def load() -> Any:
    """What other work (online chats, a window) takes of the agent now; a call in hand is not touched."""
    try:
        share = LOADS[request.form.get("load", "")]
    except KeyError as error:
        return jsonify(error=f"load：{error} 应为 {'、'.join(LOADS)} 之一。", field="load"), 422
    if agent_in(guard.bridge().board(), guard.visitor().name) is None:
        return jsonify(error="话务台还不认识您的账号，请联系管理员核对坐席账号。"), 409
    guard.bridge().tell(LoadChanged(guard.visitor().name, share))
    return jsonify(ok=True)


@pages.post("/done")
@guard.for_roles("agent")
def done() -> Any:
    visitor = guard.visitor()
    me = agent_in(guard.bridge().board(), visitor.name)
    if me is None or me["state"] != "WRAP_UP":
        abort(409)
    if not completed(me["call"]):
        return jsonify(error="请先保存本次通话的话务工单。", field="answer"), 409
    guard.bridge().tell(WrapUpDone(visitor.name))
    return jsonify(ok=True)


def completed(call: str) -> bool:
    """Whether nothing is left to write: a call that was passed on is written down by who talked last."""
    record = guard.database().read(callrecords.get, call)
    return record is None or record.completed_at is not None or record.agent != guard.visitor().name
