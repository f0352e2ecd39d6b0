"""What the console shows of the live state, as plain JSON values. PURE; who may see which number is the console's."""

from dataclasses import asdict
from typing import Any

from records.utterance import Utterance
from routing.agent import State
from routing.queue import Waiting
from routing.standing import standings
from telephony.calls.capture import Capture
from telephony.calls.names import SUPERVISOR_LEG
from telephony.calls.outgoing import shown_since, shown_state
from telephony.calls.switchboard import Switchboard
from telephony.calls.transcript import Transcript
from telephony.control.talk import Control

# What the console calls the states it does not tell apart; `stage` has the exact one.
SHOWN = {State.RESERVED: State.RINGING, State.LOST: State.OFFLINE}


def board(switchboard: Switchboard, now: float) -> dict[str, Any]:
    """Agents by name, the queue in its order, and all calls that are up. Times are UTC epoch seconds."""
    router = switchboard.router
    return {
        "at": now,
        "load_limit": router.rules.load_limit,
        "closure": closure_of(switchboard, now),
        "recording": {"ok": not switchboard.unrecorded.reason, **asdict(switchboard.unrecorded)},
        "agents": [
            {
                "name": agent.name,
                "state": SHOWN.get(agent.state, agent.state).name,
                "stage": agent.state.name,
                "since": agent.since,
                "reason": agent.reason,
                "call": agent.call and agent.call.partition("/")[0],
                "asked": "/" in (agent.call or ""),
                "phone": agent.phone,
                "skills": agent.skills,
                "load": agent.load,
            }
            for _, agent in sorted(router.agents.items())
        ],
        "queue": [
            {
                "call": waiting.call,
                "label": waiting.label,
                "priority": waiting.priority,
                "since": waiting.since,
                "position": position,
                **standing,
                "callback": switchboard.calls[waiting.call].sheet.callback if waiting.call in switchboard.calls else "",
            }
            for position, (waiting, standing) in enumerate(callers(switchboard, now), 1)
        ],
        "calls": [
            {
                "call": call,
                "caller": conversation.sheet.caller,
                "direction": conversation.sheet.direction,
                "trunk": conversation.sheet.trunk,
                "carried": dict(conversation.sheet.carried),
                "callback": conversation.sheet.callback,
                "state": shown_state(conversation),
                "transcript": conversation.sheet.transcript,
                "label": conversation.sheet.label,
                "confidence": conversation.sheet.label_confidence,
                "entered_by": conversation.sheet.entered_by,
                "agent": conversation.agent,
                "arrived_at": shown_since(conversation),
                "queued_at": conversation.sheet.queued_at,
                "joined_at": conversation.sheet.joined_at,
                "reasons": [list(each) for each in conversation.sheet.why],
                "talk": talk_state(conversation.transcript),
                "ticket": conversation.sheet.ticket,
                "outside": [asdict(each) for each in conversation.sheet.outside],
                "control": control_state(conversation.control),
                "recording": capture_state(conversation.capture),
            }
            for call, conversation in switchboard.calls.items()
        ],
    }


def callers(switchboard: Switchboard, now: float) -> list[tuple[Waiting, dict[str, Any]]]:
    """Who waits, with how it stands; an agent who is sought for a talk that is up is nobody's caller."""
    router = switchboard.router
    pairs = zip(router.queue, standings(router, now), strict=True)
    return [(waiting, standing) for waiting, standing in pairs if "/" not in waiting.call]


def control_state(control: Control) -> dict[str, Any]:
    """How the talk stands: legs by name, never a number. `watchers` are supervisors with their modes."""
    return {
        "state": control.state.value,
        "since": control.since,
        "agent": control.agent,
        "other": control.other,
        "guests": list(control.guests),
        "muted": list(control.muted),
        "trouble": control.trouble,
        "watchers": {leg.removeprefix(SUPERVISOR_LEG): mode.value for leg, mode in control.watchers},
    }


def closure_of(switchboard: Switchboard, now: float) -> dict[str, Any] | None:
    """The emergency closure that stands, or None."""
    standing = switchboard.doors.closure(now)
    return asdict(standing) if standing is not None else None


def talk_state(transcript: Transcript) -> dict[str, Any]:
    """How the transcript of a call stands, without a word of it: who is written down, who switched it off, faults."""
    return {
        "wanted": transcript.wanted,
        "legs": list(transcript.legs),
        "off_by": transcript.off_by,
        "failed": [{"leg": each.leg, "kind": each.kind, "reason": each.reason} for each in transcript.failed],
    }


def capture_state(capture: Capture) -> dict[str, Any]:
    """How the recording of a call stands."""
    return {
        "on": capture.on,
        "paused_by": capture.paused_by,
        "since": capture.since,
        "trouble": capture.trouble,
    }


def said(switchboard: Switchboard, call: str) -> tuple[Utterance, ...]:
    """What was said in the talk of `call` so far, in order of arrival: it only ever grows."""
    conversation = switchboard.calls.get(call)
    return conversation.transcript.said if conversation is not None else ()
