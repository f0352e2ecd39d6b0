"""The lifecycle of a ticket (工单): one table of state × event → state. PURE; whatever affects it lives in this file.

States and events as in the rules of Shandong 12345 and 12348: returning (退单), extending (延期), reassigning (改派),
urging (催办) and supervising (督办) happen on the way; a dissatisfied caller sends the ticket round again (重办).
"""

from collections import deque
from enum import Enum


class State(Enum):
    """Where a ticket stands; the value is the code in the database and in the channels' API."""

    ACCEPTED = "accepted"
    TO_DISPATCH = "to_dispatch"
    DISPATCHED = "dispatched"
    SIGNED = "signed"
    WORKING = "working"
    FED_BACK = "fed_back"
    TO_FOLLOW_UP = "to_follow_up"
    CLOSED = "closed"
    ARCHIVED = "archived"


class Event(Enum):
    """What happens to a ticket."""

    ANSWER = "answer"
    FORWARD = "forward"
    DISPATCH = "dispatch"
    SIGN = "sign"
    START = "start"
    EXTEND = "extend"
    RETURN = "return"
    REASSIGN = "reassign"
    URGE = "urge"
    SUPERVISE = "supervise"
    FEED_BACK = "feed_back"
    FOLLOW_UP = "follow_up"
    REDO = "redo"
    CLOSE = "close"
    ARCHIVE = "archive"
    REMARK = "remark"


STATE_NAMES = {
    State.ACCEPTED: "受理",
    State.TO_DISPATCH: "待派单",
    State.DISPATCHED: "已派单",
    State.SIGNED: "已签收",
    State.WORKING: "办理中",
    State.FED_BACK: "已反馈",
    State.TO_FOLLOW_UP: "待回访",
    State.CLOSED: "办结",
    State.ARCHIVED: "归档",
}

EVENT_NAMES = {
    Event.ANSWER: "即时答复",
    Event.FORWARD: "转办",
    Event.DISPATCH: "派单",
    Event.SIGN: "签收",
    Event.START: "开始办理",
    Event.EXTEND: "延期",
    Event.RETURN: "退单",
    Event.REASSIGN: "改派",
    Event.URGE: "催办",
    Event.SUPERVISE: "督办",
    Event.FEED_BACK: "反馈",
    Event.FOLLOW_UP: "转回访",
    Event.REDO: "重办",
    Event.CLOSE: "办结",
    Event.ARCHIVE: "归档",
    Event.REMARK: "备注",
}

IN_HAND = (State.DISPATCHED, State.SIGNED, State.WORKING)

TABLE: dict[tuple[State, Event], State] = {
    (State.ACCEPTED, Event.ANSWER): State.CLOSED,
    (State.ACCEPTED, Event.FORWARD): State.TO_DISPATCH,
    (State.TO_DISPATCH, Event.DISPATCH): State.DISPATCHED,
    (State.TO_DISPATCH, Event.URGE): State.TO_DISPATCH,
    (State.TO_DISPATCH, Event.SUPERVISE): State.TO_DISPATCH,
    (State.DISPATCHED, Event.SIGN): State.SIGNED,
    (State.SIGNED, Event.START): State.WORKING,
    (State.WORKING, Event.EXTEND): State.WORKING,
    (State.WORKING, Event.FEED_BACK): State.FED_BACK,
    **{(state, Event.RETURN): State.TO_DISPATCH for state in IN_HAND},
    **{(state, Event.REASSIGN): State.DISPATCHED for state in IN_HAND},
    **{(state, Event.URGE): state for state in IN_HAND},
    **{(state, Event.SUPERVISE): state for state in IN_HAND},
    (State.FED_BACK, Event.FOLLOW_UP): State.TO_FOLLOW_UP,
    (State.TO_FOLLOW_UP, Event.REDO): State.TO_DISPATCH,
    (State.TO_FOLLOW_UP, Event.CLOSE): State.CLOSED,
    (State.CLOSED, Event.ARCHIVE): State.ARCHIVED,
    **{(state, Event.REMARK): state for state in State if state is not State.ARCHIVED},
}


class LifecycleError(ValueError):
    """This cannot happen to a ticket in this state; the text is Chinese, for the page and the channels."""


def step(state: State, event: Event) -> State:
    """The state after `event`. Raises LifecycleError for a pair that is not in TABLE."""
    after = TABLE.get((state, event))
    if after is None:
        possible = "、".join(EVENT_NAMES[each] for each in events_of(state)) or "无"
        raise LifecycleError(f"工单处于“{STATE_NAMES[state]}”，不能{EVENT_NAMES[event]}；现在可以：{possible}")
    return after


def events_of(state: State) -> list[Event]:
    """What can happen in `state`, in the table's order."""
    return [event for (before, event) in TABLE if before is state]


def way(state: State, target: State) -> list[Event]:
    """The fewest events that lead from `state` to `target`: an outside system names where a ticket stands, not how it
    got there. Standing still is a remark. Raises LifecycleError when there is no way.
    """
    if state is target:
        step(state, Event.REMARK)
        return [Event.REMARK]
    ways: dict[State, list[Event]] = {state: []}
    ahead = deque([state])
    while ahead:
        here = ahead.popleft()
        for event in events_of(here):
            there = TABLE[here, event]
            # An answer on the phone is the hotline's own word and never stands behind an outside system's.
            if there in ways or event is Event.ANSWER:
                continue
            ways[there] = [*ways[here], event]
            if there is target:
                return ways[there]
            ahead.append(there)
    raise LifecycleError(f"工单处于“{STATE_NAMES[state]}”，不能变为“{STATE_NAMES[target]}”")


def state_of(said: str) -> State | None:
    """The state with this code or Chinese name."""
    return next((state for state in State if said in (state.value, STATE_NAMES[state])), None)


def table() -> str:
    """The table in Markdown, states as rows."""
    lines = ["| 状态 | 事件 → 状态 |", "|---|---|"]
    for state in State:
        steps = (f"{EVENT_NAMES[event]} → {STATE_NAMES[TABLE[state, event]]}" for event in events_of(state))
        lines.append(f"| {STATE_NAMES[state]} `{state.value}` | {'；'.join(steps) or '（终）'} |")
    return "\n".join(lines)


def drawing() -> str:
    """The table as a Mermaid state diagram; events that change nothing are left out."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.ACCEPTED.value}"]
    lines += [f"    {state.value}: {STATE_NAMES[state]}" for state in State]
    lines += [
        f"    {before.value} --> {after.value}: {EVENT_NAMES[event]}"
        for (before, event), after in TABLE.items()
        if before is not after
    ]
    return "\n".join(lines)
