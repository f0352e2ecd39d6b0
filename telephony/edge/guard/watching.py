"""Where the gate stands in the way of a message: before it is read, before it is answered, and after. Pure.

Knows which answers of the rules say that somebody tried what they may not; the gate counts, the rules decide.
"""

from telephony.edge.guard.offences import Offence
from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.state import State
from telephony.edge.proxy.tokens import mark_of
from telephony.edge.sip.flows import STREAMS, Flow
from telephony.edge.sip.message import Request, Response
from telephony.edge.sip.uri import FormError, parse_address, parse_uri

IN_VAIN = (403, 404)


def lets_in(state: State, source: Flow, now: float) -> bool:
    """Whether octets from `source` are read at all."""
    if source.transport == "inside":
        return True
    phone = state.registrar.is_phone_host(source.host, now)
    return state.gate.lets_in(source.host, phone, now, source.transport in STREAMS)


def sees(state: State, request: Request, source: Flow, now: float) -> bool:
    """Whether `request` is taken to the rules."""
    if source.transport == "inside":
        return True
    phone = state.registrar.is_phone_host(source.host, now)
    return state.gate.sees(request, source.host, phone, now, source.transport in STREAMS)


def judged(state: State, request: Request, source: Flow, actions: list[Action], now: float) -> list[Action]:
    """Count what the rules' answer to `request` says of `source`; `actions` as they are."""
    if source.transport == "inside" or request.to_tag:
        return actions
    status = next((a.message.status for a in actions if isinstance(a, Send) and isinstance(a.message, Response)), 0)
    if status == 400:
        offend(state, source, Offence.MALFORMED, now)
    elif request.method == "INVITE" and status in IN_VAIN:
        # One that is sent again because its answer was lost counts once.
        offend(state, source, Offence.VAIN, now, mark_of(request).hex())
    elif request.method == "REGISTER" and status == 401:
        offend(state, source, Offence.USERS, now, _named(request))
    return actions


def offend(state: State, source: Flow, offence: Offence, now: float, user: str = "") -> None:
    if source.transport != "inside":
        phone = state.registrar.is_phone_host(source.host, now)
        state.gate.did(source.host, offence, phone, now, user, source.transport in STREAMS)


def _named(request: Request) -> str:
    """The user a REGISTER is for, cut to a length worth keeping; "?" where it cannot be read."""
    try:
        return parse_uri(parse_address(request.get("To") or "", "To").uri).name[:64] or "?"
    except FormError:
        return "?"
