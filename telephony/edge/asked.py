"""What may be asked of a running edge over edge.sock: bans, trunks, draining, its state as a whole. Pure.

Answers are plain values for the command line and the core. Addresses of bans are shown to who asks for them and to
nobody else; `state_of` has no personal data.
"""

from collections.abc import Callable
from typing import Any

from telephony.edge.calls.workers import State as WorkerState
from telephony.edge.guard.bans import Ban
from telephony.edge.guard.gate import GateError
from telephony.edge.proxy.state import State
from telephony.edge.trunks.calls import calls_on, calls_up

BY_HAND_SECONDS = 86400.0
LONGEST_REASON = 60

Message = dict[str, Any]


class AskError(ValueError):
    """It cannot be done; one line for who asked."""


def state_of(state: State, now: float) -> Message:
    """How the edge is: `calls` that are up, workers, phones, trunks, bans and counts. No personal data."""
    workers = state.workers.count()
    return {
        "draining": state.capacity.draining,
        "calls": calls_up(state),
        "nursery": state.workers.known,
        "idle": workers[WorkerState.IDLE],
        "busy": workers[WorkerState.BUSY],
        "phones": len(state.registrar.phones(now)),
        "bans": len(state.gate.bans.standing(now)),
        "trunks": trunks_of(state, now),
        "counts": dict(sorted(state.counts.items())),
    }


def trunks_of(state: State, now: float) -> list[Message]:
    """Each trunk: whether its line is up, whether we are registered there, how many calls it carries."""
    rows = []
    for trunk in state.guard.trunks:
        row: Message = {
            "trunk": trunk.name,
            "calls": calls_on(state, trunk.name),
            "outbound": trunk.outbound is not None,
        }
        pulse, enrolment = state.carriers.pulse(trunk.name), state.carriers.enrolment(trunk.name)
        if pulse is not None:
            row |= {"line": pulse.line.value, "since": pulse.since, "usable": state.carriers.usable(trunk.name, now)}
        if enrolment is not None:
            row |= {"registered": enrolment.registered(now), "registration": enrolment.stage.value}
            row["answer"] = enrolment.status
        rows.append(row)
    return rows


def bans(state: State, _message: Message, now: float) -> list[Message]:
    return [_row(ban) for ban in state.gate.bans.standing(now)]


def ban(state: State, message: Message, now: float) -> Message:
    seconds, reason = message.get("seconds"), str(message.get("reason") or "by hand")
    if seconds is None:
        seconds = BY_HAND_SECONDS
    if not isinstance(seconds, int | float) or not seconds > 0:
        raise AskError(f"seconds {seconds!r}: must be a number above 0")
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise AskError(f"reason: must be one line of {LONGEST_REASON} characters at most")
    try:
        return _row(state.gate.ban(str(message.get("address")), float(seconds), reason, now))
    except GateError as error:
        raise AskError(str(error)) from None


def pardon(state: State, message: Message, _now: float) -> Message:
    try:
        return _row(state.gate.pardon(str(message.get("address"))))
    except GateError as error:
        raise AskError(str(error)) from None


def drain(state: State, message: Message, now: float) -> Message:
    """Take no more calls, or take them again; those that are up go on."""
    if not isinstance(message.get("on"), bool):
        raise AskError(f"on {message.get('on')!r}: must be true or false")
    state.capacity.draining = message["on"]
    return {"draining": state.capacity.draining, "calls": calls_up(state), "at": now}


ASKS: dict[str, Callable[[State, Message, float], Any]] = {
    "bans": bans,
    "ban": ban,
    "pardon": pardon,
    "drain": drain,
    "trunks": lambda state, _message, now: trunks_of(state, now),
    "state": lambda state, _message, now: state_of(state, now),
}


def answer(state: State, message: Message, now: float) -> Any:
    """The answer to `message`, `{"ask": NAME, …}`. Raises AskError."""
    ask = ASKS.get(str(message.get("ask")))
    if ask is None:
        raise AskError(f"{message.get('ask')!r} is none of {', '.join(sorted(ASKS))}")
    return ask(state, message, now)


def _row(ban: Ban) -> Message:
    return {
        "address": ban.source,
        "reason": ban.reason,
        "since": ban.since,
        "until": ban.until,
        "times": ban.times,
    }
