"""Responses of either side: found by our own branch, noted in the tables, passed on to where the branch says. Pure.

Decides what goes no further: 100 Trying, answers of a worker that was given up, answers to requests of our own.
"""

from telephony.edge.calls import crossing, forking
from telephony.edge.calls.confirming import confirm, is_too_many, repair
from telephony.edge.calls.farewells import farewell
from telephony.edge.calls.setup import heard
from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.answers import PRIVATE, acknowledge, cancel, put_right
from telephony.edge.proxy.state import State
from telephony.edge.proxy.tokens import Branch, transaction
from telephony.edge.sip.flows import DIALLED, Flow
from telephony.edge.sip.message import Request, Response
from telephony.edge.transactions import refers, relaying
from telephony.edge.transactions.invites import Invite, Stage
from telephony.edge.transactions.own import own_answered, send_own
from telephony.edge.transactions.refusing import refused
from telephony.edge.trunks import divert


def received(  # noqa: PLR0911 (one return a rule)
    state: State, response: Response, source: Flow, now: float
) -> list[Action]:
    """A response whose topmost Via is not one of ours is dropped (§16.7, §18.1.2)."""
    mine = response.via.branch
    branch = state.tokens.read_branch(mine)
    if branch is None:
        return []
    if source.transport != "inside" and state.trunk_at(source.host) is None:
        # A worker answers challenges of carriers; a phone that asks would learn what helps to guess a password.
        response.remove("WWW-Authenticate")
        response.remove("Proxy-Authenticate")
    if source.transport != "inside":
        response.headers = [header for header in response.headers if not header[0].startswith(PRIVATE)]
    passed = response.copy()
    at = next(at for at, header in enumerate(passed.headers) if header[0] == "Via")
    del passed.headers[at]
    if passed.get("Via") is None:
        return own_answered(state, response, mine, now)
    invite = state.invites.get(transaction(passed)) if response.cseq[1] == "INVITE" else None
    if invite is not None and (fork := state.forks.get(invite.key)) is not None:
        return forking.answered(state, invite, fork, (response, passed), now)
    if invite is not None:
        return _to_invite(state, invite, (response, passed), branch, source, now)
    picked_up: list[Action] = []
    if source.transport == "inside":
        refers.answered(passed)
        put_right(passed, state.ledger.find(passed) is not None)
    else:
        refers.told(passed)
    if response.cseq[1] == "INVITE" and 200 <= response.status < 300:
        goes_on, picked_up = crossing.picked_up(state, response, source, (transaction(passed), branch), now)
        if not goes_on:
            return picked_up
    if response.status >= 200:
        state.ledger.answered(response, source.transport == "inside")
    relay = state.relays.get(passed, response.cseq[1])
    if relay is not None and isinstance(relay.sent.message, Request) and relay.sent.message.via.branch == mine:
        return relaying.answered(state, relay, (response, passed), now)
    return [Send(branch.flow, passed), *picked_up]


def _to_invite(  # noqa: PLR0911 (one return a rule)
    state: State, invite: Invite, answers: tuple[Response, Response], branch: Branch, source: Flow, now: float
) -> list[Action]:
    """`answers` is the response as it came and as it would go on."""
    response, passed = answers
    ack = _absorb(invite, response, source)
    over = invite.stage in (Stage.HELD, Stage.REFUSED) or is_too_many(state, invite, response)
    if over or branch.attempt != invite.attempt:
        return ack or _late(state, invite, response, branch.attempt, now)
    diverted = divert.answered(state, invite, response, passed, now) if invite.from_inside else None
    if diverted is not None:
        return [*ack, *diverted]
    if response.status >= 300:
        # Acknowledged here; towards who asked it is sent again from here (§16.7 step 7, §17).
        if invite.stage is Stage.FINAL or invite.orphaned:
            return ack
        if not invite.from_inside:
            state.workers.sent_away(invite.worker, now)
        return ack + refused(state, invite, passed, now)
    if response.status < 200 and invite.stage is Stage.FINAL:
        return []
    actions = heard(state, invite, response, now)
    if invite.from_inside:
        ours = repair(state, invite.sent, passed)
    else:
        ours = 0
        if response.status == 100:
            return actions
    dialog = confirm(state, invite, passed, ours, invite.to) if response.status >= 200 else None
    if invite.orphaned:
        return farewell(state, dialog, now, ack=True) if dialog is not None else actions
    if dialog is None:
        invite.answer = passed
    return [*actions, Send(branch.flow, passed)]


def _absorb(invite: Invite, response: Response, source: Flow) -> list[Action]:
    """An answer from `source` nobody waits for any more: ACK a refusal ourselves, leave 2xx to `_late`."""
    if response.status < 300 or invite.sent is None:
        return []
    ack = acknowledge(invite.sent, response)
    ack.set("Via", response.get("Via") or "")
    return [Send(source, ack)]


def _late(state: State, invite: Invite, response: Response, attempt: int, now: float) -> list[Action]:
    """A trunk given up for its silence speaks after all: it is cancelled (§9.1), and who picked up is let go."""
    going = state.going.get(invite.key)
    if going is None:
        return []
    asked, flow = (invite.sent, invite.to) if attempt == invite.attempt else going.silent.get(attempt, (None, None))
    if asked is None or flow is None:
        return []
    if response.status >= 200:
        return farewell(
            state, confirm(state, invite, response, repair(state, invite.sent, response), flow), now, ack=True
        )
    if attempt in going.stopped or (attempt == invite.attempt and going.heard):
        return []
    going.stopped.add(attempt)
    stop = cancel(asked)
    return send_own(state, stop.via.branch, Send(flow, stop, connect=flow.transport in DIALLED), now)
