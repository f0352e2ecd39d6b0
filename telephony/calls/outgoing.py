"""Callbacks at the switchboard: which may begin, whose agent waits on the line, what their record says. PURE.

It answers questions about conversations the hotline begins itself; their way is ivr.outgoing's, their cords are the
switchboard's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ivr.commands import Command, Dial, Overhear
from ivr.facts import CALLER, CallbackDue
from ivr.outgoing import Outgoing, Stage
from routing.facts import CallWaiting
from telephony.calls.sheet import OUTBOUND, Sheet

if TYPE_CHECKING:
    from telephony.calls.conversation import Conversation

Calls = Mapping[str, "Conversation"]
CALLS_IN = "来电人正在呼入"


@dataclass(frozen=True)
class Begins:
    """How the hotline begins calls: `dialogue` of a callback, and the `host` residents' phones see them come from."""

    dialogue: Callable[[CallbackDue], Outgoing]
    host: str = ""


def waiting_of(due: CallbackDue) -> CallWaiting:
    """The callback as the router sees it: a call with a place of its own."""
    place = {"preferred": due.preferred, "since": due.since, "kept_until": due.kept_until}
    return CallWaiting(due.call, due.label, due.priority, **place)  # type: ignore[arg-type]


def sheet_of(due: CallbackDue) -> Sheet:
    """The record before anything has happened: `caller` is the resident in either direction, `called` what they see."""
    party = {"caller": due.number, "called": due.shown, "trunk": due.trunk, "label": due.label}
    return Sheet(due.call, direction=OUTBOUND, callback=due.callback, **party)  # type: ignore[arg-type]


def occupied(calls: Calls, due: CallbackDue) -> bool:
    """Whether the callback is under way already, or its number is on the line: nobody is called twice at once."""
    return any(
        each.sheet.callback == due.callback or (each.sheet.caller == due.number and each.sheet.ended_at is None)
        for each in calls.values()
    )


def crossed(calls: Calls, number: str) -> list[str]:
    """The callbacks of a number that calls in just now."""
    return [call for call, each in calls.items() if outgoing(each) is not None and each.sheet.caller == number]


def outgoing(conversation: Conversation) -> Outgoing | None:
    """The dialogue of a call the hotline began; None for one that came in."""
    session = conversation.session
    return session if isinstance(session, Outgoing) else None


def before_talk(conversation: Conversation) -> Outgoing | None:
    """The same, until agent and resident have been put through."""
    session = outgoing(conversation)
    return session if session is not None and session.waits_for_agent else None


def talked(conversation: Conversation) -> bool:
    """Whether the agent has wrap-up after this call: not when the resident of a callback was never joined."""
    return outgoing(conversation) is None or conversation.sheet.joined_at is not None


def agent_waits(conversation: Conversation) -> bool:
    """Whether an agent is on the line of a try that has failed: they are free when their leg has ended, not before."""
    return not talked(conversation) and conversation.agent != ""


def holds_worker(conversation: Conversation) -> bool:
    session = outgoing(conversation)
    return session is None or session.worker


def ending(conversation: Conversation) -> tuple[str, str]:
    """Who ended a call that we dismissed, and why: after a talk the agent, who hung up first."""
    session = outgoing(conversation)
    if conversation.sheet.joined_at is not None:
        return "agent", ""
    return session.ending if session is not None else ("system", "")


def dial_resident(conversation: Conversation, due: CallbackDue, domain: str, host: str) -> list[Command]:
    """The agent hears what the network says; the resident hears nobody yet."""
    call = conversation.sheet.call
    dial = Dial(call, CALLER, f"sip:{due.number}@{domain};user=phone", due.shown, host)
    return [dial, Overhear(call, f"agent:{conversation.agent}")]


def dialled(sheet: Sheet, agent: str, now: float) -> Sheet:
    """The record begins where the resident's number is called."""
    return replace(sheet, arrived_at=now, agent=agent)


def shown_state(conversation: Conversation) -> str:
    """The name of the state pages show."""
    session = before_talk(conversation)
    return conversation.session.state.name if session is None or session.stage is Stage.OVER else session.stage.name


def shown_since(conversation: Conversation) -> float | None:
    """When the call came, or since when the resident waits to be called back."""
    session = before_talk(conversation)
    return conversation.sheet.arrived_at if session is None else conversation.sheet.arrived_at or session.due.since
