"""Whether a worker's SIP stack is there: OPTIONS, which PJSIP answers by itself, and what follows from silence. Pure.

Decides when a worker that is silent in a call counts as hung; one that is silent on an INVITE is calls.reading's.
"""

from telephony.edge.proxy.actions import Action, Retire, Send, Unanswered
from telephony.edge.proxy.state import State, Then
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request, Response
from telephony.edge.transactions.own import send_own

HUNG = 60.0
"""Seconds in which a worker that has let a BYE run out (32 s) is asked, before it is ended.

One whose call is over polls no SIP while it waits for its facts to be acknowledged, up to 70 s, and must be left to it.
"""


def ask(state: State, to: Flow, why: str, now: float, then: Then, seconds: float) -> list[Action]:
    """OPTIONS to the worker at `to`, again until it answers or `seconds` have passed; once at a time for each `why`."""
    branch = state.tokens.branch(f"options|{why}", to)
    if branch in state.own:
        return []
    uri = f"sip:{to.host}:{to.port}"
    headers = [("Via", state.place.via("inside", branch)), ("Max-Forwards", "70")]
    headers += [("From", f"<sip:{state.place.sent_by('inside')}>;tag={state.salt()}"), ("To", f"<{uri}>")]
    headers += [("Call-ID", f"{state.salt()}@{state.place.inside[0]}"), ("CSeq", "1 OPTIONS")]
    return send_own(state, branch, Send(to, Request(headers, b"", "OPTIONS", uri)), now, then, seconds)


def suspect(state: State, worker: str, to: Flow, now: float) -> list[Action]:
    """`worker` at `to` has let a BYE run out: it cannot read that, waits for the core, or hangs."""
    return [Unanswered(worker), *_doubt(state, worker, to, now)]


def _doubt(state: State, worker: str, to: Flow, now: float) -> list[Action]:
    def then(response: Response | None, now: float) -> list[Action]:
        if response is not None or not state.workers.lives(worker, now):
            return []
        return [Retire(worker, hung=True)] if state.workers.named(worker) else _doubt(state, worker, to, now)

    return ask(state, to, worker, now, then, HUNG)
