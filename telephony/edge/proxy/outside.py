"""Requests from outside: what each gets, by method, source and what it belongs to. Pure.

The rules stand in `received`, first match wins. How a call is set up is calls' business, who a phone is access's.
"""

from config.numbers import normalised
from telephony.edge.calls import identity
from telephony.edge.calls.setup import begin, caller_cancels
from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.answers import PRIVATE, answer, hops_left
from telephony.edge.proxy.limits import LONGEST_URI, excess, strange_to_us
from telephony.edge.proxy.routes import looped, loosen
from telephony.edge.proxy.state import State, reply, take_routes
from telephony.edge.proxy.tokens import Route, transaction
from telephony.edge.registrar.access import ask
from telephony.edge.sip.flows import STREAMS, Flow
from telephony.edge.sip.message import METHODS, Request
from telephony.edge.sip.uri import FormError, parse_uri
from telephony.edge.transactions import refers
from telephony.edge.transactions.invites import OPEN, Invite, Stage
from telephony.edge.transactions.refusing import acknowledged
from telephony.edge.transactions.relaying import again, relay
from telephony.edge.trunks.calls import refused


def received(state: State, request: Request, source: Flow, back: Flow, now: float) -> list[Action]:  # noqa: PLR0911 (one return a rule)
    """`source` sent `request`; its answers go `back`."""
    request.headers = [header for header in request.headers if not header[0].startswith(PRIVATE)]
    refusal = _unfit(state, request, back)
    if refusal is not None:
        return refusal
    loosen(state, request)
    route, forged = take_routes(state, request)
    invite = state.invites.get(transaction(request)) if request.method in ("INVITE", "ACK", "CANCEL") else None
    if invite is not None and not invite.from_inside and (request.method != "ACK" or invite.stage is Stage.REFUSED):
        return _of_transaction(state, invite, request, back, now)
    if route is not None:
        if source.transport in STREAMS and state.guard.same_peer(source.host, route.flow.host):
            state.ledger.moved(request, source)
        return _in_dialog(state, route, request, back, now)
    if forged or request.get("Route") is not None:
        return reply(state, request, back, 403)
    if request.to_tag or request.method == "ACK":
        return _without_route(state, request, source, back, now)
    match request.method:
        case "REGISTER" | "OPTIONS" if strange := strange_to_us(request):
            return reply(state, request, back, 420, [("Unsupported", ", ".join(strange))])
        case "REGISTER":
            return ask(state, request, source, back, now)
        case "OPTIONS":
            return reply(state, request, back, 200, [("Accept", "application/sdp")])
        case "INVITE":
            return _new_call(state, request, source, back, now)
        case "CANCEL" | "BYE":
            return reply(state, request, back, 481)
        case _:
            return reply(state, request, back, 405 if request.method in METHODS else 501)


def _unfit(state: State, request: Request, back: Flow) -> list[Action] | None:  # noqa: PLR0911 (one return a rule)
    """What no proxy may take (§16.3), and what no worker could answer."""
    if len(request.uri) > LONGEST_URI:
        return reply(state, request, back, 414)
    try:
        uri = parse_uri(request.uri)
        scheme = uri.scheme
        if uri.headers:
            return reply(state, request, back, 400, reason="Bad Request - Request-URI: must not hold headers (?)")
    except FormError:
        scheme = request.uri.partition(":")[0].lower()
        if scheme in ("sip", "sips"):
            return reply(state, request, back, 400, reason="Bad Request - Request-URI: not of the form sip:user@host")
    if scheme not in ("sip", "sips"):
        return reply(state, request, back, 416)
    if not hops_left(request) and request.method not in ("REGISTER", "OPTIONS"):
        return reply(state, request, back, 483)
    if looped(state, request):
        return reply(state, request, back, 482)
    asked = request.listed("Proxy-Require")
    if asked and request.method not in ("CANCEL", "ACK"):
        return reply(state, request, back, 420, [("Unsupported", ", ".join(asked))])
    too_large = excess(request)
    return reply(state, request, back, too_large[0], reason=too_large[1]) if too_large is not None else None


def _of_transaction(state: State, invite: Invite, request: Request, back: Flow, now: float) -> list[Action]:
    """INVITE again, its CANCEL, or the ACK of its refusal."""
    if request.method == "CANCEL":
        return caller_cancels(state, invite, request, back, now)
    if request.method == "INVITE":
        if invite.stage is Stage.REFUSED and invite.answer is not None:
            return [Send(back, invite.answer)]
        if invite.stage in OPEN:
            return [Send(back, invite.answer or answer(request, 100, state.tokens))]
        return []
    if invite.stage is Stage.REFUSED:
        acknowledged(state, invite, now)
    return []


def _in_dialog(state: State, route: Route, request: Request, back: Flow, now: float) -> list[Action]:
    """A valid token says which worker: there, or an answer in place of a worker that is gone."""
    if not state.workers.lives(route.worker, now):
        return reply(state, request, back, 200 if request.method == "BYE" else 481)
    known = again(state, request, now)
    if known is not None:
        return known
    refers.asked(request)
    state.ledger.passed(request, from_inside=False)
    way = Flow("inside", state.place.inside[0], route.sip_port), False
    return relay(state, request, back, way, now, route.worker)


def _without_route(state: State, request: Request, source: Flow, back: Flow, now: float) -> list[Action]:
    """In a dialog, but without our Route: simple phones and test tools do that. Only from a dialog's party."""
    dialog = state.ledger.find(request)
    if dialog is None or not state.guard.same_peer(source.host, dialog.route.flow.host):
        return reply(state, request, back, 481)
    if dialog.inside_target:
        request.uri = dialog.inside_target
    return _in_dialog(state, dialog.route, request, back, now)


def _new_call(state: State, request: Request, source: Flow, back: Flow, now: float) -> list[Action]:
    trunk = state.guard.trunk_of(source.host)
    known = trunk is not None or state.registrar.is_phone_host(source.host, now)
    if not known and not state.guard.has_logins:
        return reply(state, request, back, 403)
    called = parse_uri(request.uri).name
    if called not in state.place.numbers and normalised(called) not in state.place.numbers:
        return reply(state, request, back, 404 if known else 403)
    if trunk is None:
        return ask(state, request, source, back, now)
    full = refused(state, request, back, trunk, now)
    if full is not None:
        return full
    identity.of_trunk(request, state.guard.trunk_named(trunk))
    return begin(state, request, source, back, (trunk, ""), now)
