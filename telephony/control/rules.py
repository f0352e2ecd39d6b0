"""Who may ask for what in a talk, and why not: one line of Chinese for whoever asked. PURE.

It decides before anything is moved; what a request then does is telephony.control.steps'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.dialogue.outside import EMERGENCY, LINE, ringing
from ivr.facts import CALLER, LineAsked, Requested
from routing.agent import Agent
from routing.agent import State as AgentState
from telephony.calls import dangers
from telephony.calls.names import AGENT_LEG, SUPERVISOR_LEG
from telephony.control.steps import outside_of
from telephony.control.table import TABLE
from telephony.control.talk import MOST_LEGS, WATCHES, Control, Request, State

if TYPE_CHECKING:
    from telephony.calls.conversation import Conversation
    from telephony.calls.switchboard import Switchboard

DIGITS = frozenset("0123456789*#")
MOST_DIGITS = 32
CALLS_SOMEBODY = (Request.CONSULT, Request.CONFERENCE, Request.TRANSFER, Request.REFER)
LEAVES = (Request.CONSULT, Request.TRANSFER, Request.REFER, Request.PARK)
"""Not while a line outside rings: the caller could not hear it answer, or would have nobody beside it."""
KEYED = (State.TALK, State.HELD, State.CONFERENCE)
"""Where the key to 12345 may be pressed: nobody else is called or asked aside."""

KINDS = ("agent", "skill", "number")
NO_WAY = "该号码不在允许呼出的范围内，或没有可用的外线。"
STATES = {
    State.IDLE: "没有在通话",
    State.TALK: "在通话",
    State.HELD: "来电人在保持中",
    State.CALLING: "正在呼叫对方",
    State.CONSULT: "正在咨询",
    State.SWAPPED: "正与来电人通话，对方在保持中",
    State.INVITING: "正在邀请",
    State.CONFERENCE: "在多方通话",
    State.REFERRING: "正在请来电方的线路转接",
    State.PARKED: "已驻留",
    State.SENT: "正在转往外线",
    State.OUTSIDE: "来电人在与外线通话",
}


def refusal(board: Switchboard, conversation: Conversation | None, asked: Requested) -> str:  # noqa: PLR0911 (one return a rule)
    """Why the request cannot be met now; empty when it can."""
    request = request_of(asked.request)
    if request is None:
        return f"request：“{asked.request}”应为 {'、'.join(each.value for each in Request)} 之一。"
    if conversation is None or conversation.sheet.ended_at is not None:
        return "这通电话已经结束。"
    control = conversation.control
    if request in (Request.PICKUP, Request.RETRIEVE):
        return not_taken(board, conversation, request, asked)
    if (control.state, request) not in TABLE:
        return f"现在不能这样操作：这通电话{STATES[control.state]}。"
    if request in WATCHES or request is Request.LEAVE:
        return not_watched(conversation, request, asked)
    if control.agent != AGENT_LEG + asked.by:
        return "这通电话现在由其他坐席接听。"
    line = dangers.line_for(board, asked)
    if line is not None:
        return dangers.refusal(conversation, line.number)
    rings = ringing(conversation.session)
    if rings is not None and request in LEAVES:
        return f"正在呼叫外线{rings.number}，请先等待结果或取消。"
    if request in CALLS_SOMEBODY and not (request is Request.CONFERENCE and not asked.kind):
        return not_called(board, conversation, request, asked)
    if request is Request.CONFERENCE and not control.other:
        return "请先咨询对方，或选择要邀请谁。"
    return not_pressed(control, request, asked)


def line_refusal(conversation: Conversation | None, asked: LineAsked) -> str:
    """Why a key to a line outside cannot be met now; empty when it can. Danger waits for no consultation."""
    if conversation is None or conversation.sheet.ended_at is not None:
        return "这通电话已经结束。"
    control = conversation.control
    if not control.agent:
        return f"现在不能呼叫{asked.number}：这通电话{STATES[control.state]}。"
    if asked.kind == EMERGENCY:
        return dangers.refusal(conversation, asked.number)
    there = conversation.session.outside
    if there is not None or LINE + asked.number in control.legs:
        return "已在呼叫外线，请先等待结果或取消。"
    if control.state not in KEYED:
        return f"现在不能转{asked.number}：这通电话{STATES[control.state]}，请先结束后再转。"
    return full(conversation)


def request_of(text: str) -> Request | None:
    try:
        return Request(text)
    except ValueError:
        return None


def not_taken(board: Switchboard, conversation: Conversation, request: Request, asked: Requested) -> str:
    agent, call = board.router.agents.get(asked.by), conversation.sheet.call
    if agent is None or agent.state is not AgentState.READY:
        return "请先就绪（示闲），再接这通电话。"
    if request is Request.RETRIEVE:
        return "" if conversation.control.state is State.PARKED else "这通电话没有驻留，或已被取回。"
    holder = board.router.floor.by_call.get(call)
    if holder is not None and holder.state is AgentState.TALKING:
        return "这通电话已有坐席接听。"
    return "" if holder is not None or board.router.queue.get(call) is not None else "这通电话没有在等待坐席。"


def not_watched(conversation: Conversation, request: Request, asked: Requested) -> str:
    there = any(leg == SUPERVISOR_LEG + asked.by for leg, _ in conversation.control.watchers)
    if request is Request.LEAVE:
        return "" if there else "您没有在监听这通电话。"
    if there:
        return ""
    if not asked.target:
        return "您的账号没有话机，无法监听；请管理员用 hotline user password 账号 --sip 为您分配话机。"
    return full(conversation)


def full(conversation: Conversation) -> str:
    """A worker holds no more legs than that; one that is called counts before it is there."""
    control = conversation.control
    called = (control.line != "" and not control.other) + (ringing(conversation.session) is not None)
    return "" if 1 + len(control.legs) + called < MOST_LEGS else f"这通电话已有{MOST_LEGS}方，不能再加入。"


def not_called(board: Switchboard, conversation: Conversation, request: Request, asked: Requested) -> str:  # noqa: PLR0911 (one return a rule)
    if asked.kind not in KINDS:
        return f"kind：“{asked.kind}”应为 {'、'.join(KINDS)} 之一。"
    if not asked.target:
        return "请选择坐席、技能组，或输入号码。"
    crowded = full(conversation)
    if request is Request.REFER and asked.kind != "number":
        return "只能请来电方的线路转到外线号码。"
    if crowded and request is not Request.TRANSFER:
        return crowded
    if asked.kind == "agent":
        return not_asked(board.router.agents.get(asked.target), asked)
    if asked.kind == "skill":
        at_work = (each for each in board.router.agents.values() if each.name != asked.by and each.phone)
        return (
            "" if any(each.level(asked.target) or each.generalist for each in at_work) else "没有在岗坐席能接这一类。"
        )
    if crowded:  # until the agent's own leg has ended there are as many legs as before
        return crowded
    if board.calling.way(asked.target) is not None:
        return ""
    danger = dangers.unreachable(board, asked.target)
    return f"没有接通{danger}的外线，请告诉来电人直接拨打{danger}。" if danger else NO_WAY


def not_asked(agent: Agent | None, asked: Requested) -> str:
    if agent is None or agent.name == asked.by:
        return "没有这位坐席，请从列表中选择。"
    return "" if agent.state is AgentState.READY else "对方现在不空闲，请换一位坐席，或转到技能组。"


def not_pressed(control: Control, request: Request, asked: Requested) -> str:
    if request is Request.DIGITS:
        if not asked.target or len(asked.target) > MOST_DIGITS or not set(asked.target) <= DIGITS:
            return f"按键应为1至{MOST_DIGITS}个 0-9、*、#。"
        return "" if outside_of(control) else "只有与外线通话时可以发送按键。"
    if request in (Request.MUTE, Request.UNMUTE) and asked.target not in ("", CALLER, *control.legs):
        return "要静音的一方不在这通电话里。"
    if request is Request.DROP and asked.target not in control.guests:
        return "要移出的一方不在多方通话里。"
    return ""
