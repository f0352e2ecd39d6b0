"""What carriers are asked, on the wire and back: OPTIONS and REGISTER as requests of our own. Pure.

Gives them a Via and sees to their answers; what those mean is decided in pulse and enrolment.
"""

from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.state import State
from telephony.edge.sip.flows import DIALLED
from telephony.edge.sip.message import Response
from telephony.edge.transactions.own import send_own
from telephony.edge.trunks.carriers import Asking
from telephony.edge.trunks.pulse import Line


def due(state: State, now: float) -> list[Action]:
    """Everything carriers are to be asked now."""
    actions: list[Action] = []
    for asking in state.carriers.due(now, state.salt):
        actions += _ask(state, asking, now)
    return actions


def _ask(state: State, asking: Asking, now: float) -> list[Action]:
    request, flow = asking.request, asking.flow
    branch = state.tokens.branch(f"{asking.kind}|{request.call_id}|{request.cseq[0]}", flow)
    request.headers.insert(0, ("Via", f"{state.place.via(flow.transport, branch)};rport"))

    def then(response: Response | None, now: float) -> list[Action]:
        if asking.kind == "options":
            _pulsed(state, asking.trunk, response.status if response is not None else None, now)
        else:
            enrolment = state.carriers.enrolment(asking.trunk)
            if enrolment is not None:
                enrolment.answered(response, now)
        return due(state, now)

    send = Send(flow, request, connect=flow.transport in DIALLED)
    return send_own(state, branch, send, now, then, asking.seconds)


def _pulsed(state: State, trunk: str, status: int | None, now: float) -> None:
    pulse, enrolment = state.carriers.pulse(trunk), state.carriers.enrolment(trunk)
    if pulse is None:
        return
    before = pulse.line
    if not pulse.answered(status, now):
        return
    state.counts[f"trunk_{pulse.line.value}"] += 1
    if enrolment is not None and before is Line.DOWN:
        enrolment.renew(now)
