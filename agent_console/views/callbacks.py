"""Callbacks (回拨): who is to be called back, in order; taking the next, saying what came of it, promising a new one.

Decides who sees numbers and who may do what; what becomes of a callback is decided behind the desk.
"""

import time
from typing import Any

from flask import Blueprint, abort, flash, jsonify, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from agent_console import guard, words
from agent_console.bridge import RefusedError
from agent_console.choices import categories
from agent_console.sight import agent_in
from agent_console.views.orders import moment
from records import accounts, audit, callbacks
from records.callback_entry import Callback
from routing.callbacks import OPEN, State, in_order

pages = Blueprint("callbacks", __name__, url_prefix="/callbacks")

READERS = ("agent", "supervisor", "admin")
CALLERS_BACK = ("agent",)
PROMISERS = ("agent", "supervisor")
CANCELLERS = ("supervisor",)
NUMBERS_TO = ("supervisor",)
HISTORY = 50
NOTHING = {"number": "", "due": "", "label": "agent", "agent": "", "note": ""}


@pages.get("")
@guard.for_roles(*READERS)
def page() -> Any:
    return shown({}, NOTHING)


@pages.post("/take")
@guard.for_roles(*CALLERS_BACK)
def take() -> Any:
    """The next one for this agent, who is paused and sees its number; the look is in the audit trail."""
    me = agent_in(guard.bridge().board(), guard.visitor().name)
    if me is not None and me["state"] in ("RINGING", "TALKING"):
        return said("请先结束手上的来电，再领取回拨。", "amber")
    try:
        taken = guard.bridge().callback_take(guard.visitor().name)
    except RefusedError as error:
        return said(str(error), "amber")
    if taken is None:
        return said("现在没有您可以领取的回拨：没有到时的，或不在可回拨的时段、不属于您的技能。", "amber")
    return said("已领取回拨，您已转为示忙。拨打后请登记结果。", "green")


@pages.post("/<id>/<what>")
@guard.for_roles(*PROMISERS)
def told(id: str, what: str) -> Any:
    """What came of one: reached or missed by who has it, cancelled by a supervisor or by who has it."""
    visitor = guard.visitor()
    if what == "number":
        return number(id)
    if what not in ("reached", "missed", "cancel"):
        abort(404)
    own = visitor.role not in CANCELLERS
    try:
        guard.bridge().callback_told(id, what, visitor.name, own, request.form.get("note", "").strip())
    except RefusedError as error:
        return said(str(error), "amber")
    return said(
        {"reached": "已登记：联系上了。", "missed": "已登记：没有联系上。", "cancel": "回拨已取消。"}[what], "green"
    )


@pages.post("")
@guard.for_roles(*PROMISERS)
def add() -> Any:
    """A new one. What is wrong is said beside its field, and what was typed stays."""
    typed = {name: request.form.get(name, "").strip() for name in NOTHING}
    due = 0.0
    try:
        due = moment(typed["due"]) if typed["due"] else 0.0
    except ValueError:
        return shown({"due": f"“{typed['due']}”应为日期和时间，如 2026-12-31T14:30。"}, typed, 422)
    if not typed["number"]:
        return shown({"number": "请填写电话号码。"}, typed, 422)
    wanted = {**typed, "due": due, "label": typed["label"] or "agent"}
    try:
        guard.bridge().callback_add(wanted, guard.visitor().name)
    except RefusedError as error:
        return shown({error.field or "number": str(error)}, typed, 422)
    return said("回拨已登记。", "green")


def number(id: str) -> Any:
    """The number in full, for a supervisor who must call; audited."""
    visitor = guard.visitor()
    found = guard.database().read(callbacks.get, id)
    if found is None:
        abort(404)
    if visitor.role not in NUMBERS_TO:
        abort(403)
    guard.database().do(audit.append, time.time(), visitor.name, "callback.number", f"callback:{id}")
    return jsonify(number=found.number)


def said(text: str, kind: str) -> Any:
    """Back to the page with a line about what happened."""
    flash(text, kind)
    return redirect(url_for("callbacks.page"), 303)


def shown(wrong: dict[str, str], typed: dict[str, str], status: int = 200) -> Any:
    guard.bridge().callbacks_refresh()
    waiting, closed, agents = guard.database().read(lists)
    mine = next((each for each in waiting if held_by(each, guard.visitor().name)), None)
    page = render_template(
        "callbacks.html",
        waiting=waiting,
        closed=closed,
        mine=mine,
        agents=agents,
        states={state.name: state.value for state in State},
        sources=SOURCES,
        results=RESULTS,
        labels=guard.labels(),
        categories=categories(guard.labels()),
        now=time.time(),
        wrong=wrong,
        typed=typed,
        role=guard.visitor().role,
        callers_back=CALLERS_BACK,
        promisers=PROMISERS,
        cancellers=CANCELLERS,
        numbers_to=NUMBERS_TO,
        language=words.language(request.cookies),
    )
    return make_response(page, status)


SOURCES = {"queue": "排队中要求", "missed": "未接通", "scheduled": "预约"}
RESULTS = {"reached": "已联系上", "missed": "未联系上"}


def held_by(callback: Callback, name: str) -> bool:
    return callback.state == State.OFFERED.name and callback.agent == name


def lists(session: Session) -> tuple[list[Callback], list[Callback], list[tuple[str, str]]]:
    """The open ones in order, the newest closed ones, and the agents who can be asked for."""
    closed = [each for each in callbacks.latest(session, 4 * HISTORY) if each.state not in OPEN][:HISTORY]
    agents = [(each.name, each.display_name or each.name) for each in accounts.list_accounts(session, "agent")]
    return in_order(callbacks.all_open(session)), closed, agents
