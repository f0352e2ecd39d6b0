"""Everything the edge knows while it runs, and the few steps that all its decisions share. Pure.

Holds the tables; which of them a message changes is decided in outside, inside, responses, calls and access.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from telephony.edge.calls.capacity import Capacity
from telephony.edge.calls.dialogs import Ledger
from telephony.edge.calls.rings import Fork
from telephony.edge.calls.workers import Workers
from telephony.edge.guard.gate import Gate
from telephony.edge.proxy.actions import Action, Place, Send
from telephony.edge.proxy.answers import Headers, answer, onward
from telephony.edge.proxy.tokens import Route, Tokens, mark_of, transaction
from telephony.edge.registrar.register import Registrar
from telephony.edge.sip.digest import Digest
from telephony.edge.sip.flows import DIALLED, PORTS, STREAMS, Flow
from telephony.edge.sip.message import Request, Response
from telephony.edge.sip.uri import FormError, parse_address, parse_uri
from telephony.edge.transactions.invites import Invites
from telephony.edge.transactions.relays import Relays
from telephony.edge.trunks.carriers import Carriers
from telephony.edge.trunks.going import Going
from telephony.edge.trunks.known import Guard

Then = Callable[[Response | None, float], list[Action]]
"""What follows when a request of our own was answered, or was not (None), at a time."""


@dataclass(slots=True)
class Own:
    """A request of our own that is sent again until it is answered, or `until`; then `then`."""

    send: Send
    due: float
    interval: float
    until: float
    then: Then | None = None


@dataclass(slots=True)
class Job:
    """A request that waits for the credentials of its user. `register` tells REGISTER from INVITE."""

    request: Request
    source: Flow
    back: Flow


@dataclass(slots=True)
class State:
    """`salt` gives 16 random hex digits; `connections` are the streams that are open, `since` when the edge started.

    `going` are calls out over a trunk by their INVITE's key, `forks` those to users with several phones,
    `logins` the trunks that showed who they are by address, `proving` (trunk, realm) by the Call-ID of a call that was
    challenged.
    """

    place: Place
    guard: Guard
    tokens: Tokens
    digest: Digest
    registrar: Registrar
    salt: Callable[[], str]
    gate: Gate
    capacity: Capacity
    carriers: Carriers
    counts: Counter[str]
    workers: Workers = field(default_factory=Workers)
    ledger: Ledger = field(default_factory=Ledger)
    invites: Invites = field(default_factory=Invites)
    relays: Relays = field(default_factory=Relays)
    own: dict[str, Own] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    answered: dict[str, tuple[float, Send]] = field(default_factory=dict)
    connections: set[Flow] = field(default_factory=set)
    timers: list[tuple[float, str]] = field(default_factory=list)
    going: dict[str, Going] = field(default_factory=dict)
    forks: dict[str, Fork] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    proving: dict[str, tuple[str, str]] = field(default_factory=dict)
    since: float | None = None

    def trunk_at(self, host: str) -> str | None:
        """The trunk at an address: by the settings, or because it showed who it is from there."""
        return self.guard.trunk_of(host) or self.logins.get(host)


def reply(
    state: State, request: Request, back: Flow, status: int, extra: Headers | None = None, reason: str = ""
) -> list[Action]:
    """Our own answer; an ACK is never answered."""
    if request.method == "ACK":
        return []
    return [Send(back, answer(request, status, state.tokens, extra, reason))]


def pass_on(state: State, request: Request, back: Flow, to: Flow, connect: bool = False) -> list[Action]:
    """Send `request` on without remembering it, over `to`; its answers will find `back` by our branch."""
    branch = state.tokens.branch(transaction(request), back, mark=mark_of(request))
    return [Send(to, onward(request, state.place.via(to.transport, branch)), connect)]


def take_routes(state: State, request: Request) -> tuple[Route | None, bool]:
    """Take our own Route entries off the top of `request`; the token's route, and whether a token was forged.

    An entry without a user part that names us is a plain outbound proxy entry and says nothing.
    """
    route: Route | None = None
    forged = False
    kept: list[tuple[str, str]] = []
    ours = True
    for name, value in request.headers:
        if name == "Route" and ours:
            try:
                uri = parse_uri(parse_address(value, "Route").uri)
            except FormError:
                forged = True
                continue
            read = state.tokens.read_route(uri.user, request.call_id) if uri.user else None
            if read is not None or state.place.is_ours(str(uri)):
                forged = forged or (read is None and bool(uri.user))
                route = route or read
                continue
            ours = False
        kept.append((name, value))
    request.headers = kept
    return route, forged


def way_out(state: State, route: Route, request: Request, now: float) -> tuple[Flow, bool]:
    """Where a request to the party outside goes, and whether a connection may be made for it.

    The flow of the token, or the stream the party spoke over last; where the next hop (Route or Request-URI) is another
    port of that host, or another address of that trunk, then there; a phone that came again over a new connection is
    found by its newest binding, of several phones by that of the one in the call.
    """
    flow = route.flow
    if flow in state.connections:
        return flow, False
    routes = request.all("Route")
    try:
        uri = parse_uri(parse_address(routes[0], "Route").uri if routes else request.uri)
    except FormError:
        return flow, False
    dialog = state.ledger.find(request) if flow.transport in STREAMS else None
    if dialog is not None and dialog.route.flow in state.connections:
        return dialog.route.flow, False
    if flow.transport in STREAMS and route.user:
        phones = [each for each in state.registrar.in_order(route.user, now) if each.flow.transport in STREAMS]
        # Of several phones the one in this call: by the contact it gave, else by where it was.
        mine = [each for each in phones if each.contact == request.uri]
        mine = mine or [each for each in phones if each.flow.host == flow.host] or phones[: len(phones) == 1]
        if mine:
            return mine[0].flow, False
    if state.guard.same_peer(flow.host, uri.address):
        port = uri.port or PORTS[flow.transport]
        return Flow(flow.transport, uri.address, port), flow.transport in DIALLED
    return flow, False
