"""REGISTER and the calls of registered phones: challenge, look up, check, carry out. Pure.

Decides who must show who they are and what a wrong answer gets. Passwords and where they are kept are not known here.
"""

from config.settings import Trunk
from records.credentials import Credentials, credentials_for
from telephony.edge.calls import forking, identity
from telephony.edge.calls.setup import begin
from telephony.edge.guard.offences import Offence
from telephony.edge.guard.watching import offend
from telephony.edge.proxy.actions import Action, Fetch, Keep, Phone, Send
from telephony.edge.proxy.answers import Headers, answer
from telephony.edge.proxy.state import Job, State, reply
from telephony.edge.proxy.tokens import transaction
from telephony.edge.sip.digest import Authorization, Verdict
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request
from telephony.edge.sip.uri import FormError, parse_address, parse_uri
from telephony.edge.transactions.invites import LINGER
from telephony.edge.trunks.calls import refused

MOST_JOBS = 500
"""Requests that may wait for credentials at once; more are told to come again."""

MOST_LOGINS = 1000
"""Addresses from which trunks have shown who they are that are remembered, to count their calls."""


def ask(state: State, request: Request, source: Flow, back: Flow, now: float) -> list[Action]:
    """REGISTER, or an INVITE from a phone: look up its user, or challenge where it does not say who it is."""
    job = f"{transaction(request)}|{source}"
    if job in state.answered:
        return [state.answered[job][1]]
    if job in state.jobs:
        return []
    given = _answer_in(state, request)
    # An answer to no challenge of ours costs no look-up.
    if given is None or not state.digest.is_ours(given.nonce, now):
        return _challenge(state, request, back, now, stale=False)
    if len(state.jobs) >= MOST_JOBS:
        return reply(state, request, back, 503, [("Retry-After", "2")])
    state.jobs[job] = Job(request, source, back)
    return [Fetch(job, given.username)]


def credentials_known(state: State, job: str, credentials: Credentials | None, now: float) -> list[Action]:
    """The credentials asked for with Fetch have come; None when there is no such user."""
    waiting = state.jobs.pop(job, None)
    given = _answer_in(state, waiting.request) if waiting is not None else None
    if waiting is None or given is None:
        return []
    request = waiting.request
    trunk = state.guard.login_of(given.username) if request.method == "INVITE" else None
    if trunk is not None and trunk.login is not None:
        # Looked up all the same, so that the time an answer takes says nothing of whose name it is.
        credentials = credentials_for(given.username, state.digest.realm, trunk.login.password.get_secret_value())
    verdict = state.digest.check(given, request.method, credentials, now)
    if verdict is Verdict.WRONG:
        state.counts["digests_wrong"] += 1
        offend(state, waiting.source, Offence.PASSWORD, now)
    if verdict is not Verdict.RIGHT:
        return _challenge(state, request, waiting.back, now, verdict is Verdict.STALE)
    state.gate.knows(waiting.source.host, given.username, now)
    if request.method != "REGISTER":
        return _call(state, trunk, given.username, waiting, now)
    actions = _register(state, given.username, waiting, now)
    sent = next(action for action in actions if isinstance(action, Send))
    state.answered[job] = (now + LINGER, sent)
    return actions


def _call(state: State, trunk: Trunk | None, user: str, job: Job, now: float) -> list[Action]:
    """A call of `user`, who has shown who they are: a trunk, or a phone that is registered."""
    request = job.request
    if trunk is None and state.registrar.newest(user, now) is None:
        return reply(state, request, job.back, 403)
    full = refused(state, request, job.back, trunk.name if trunk is not None else "", now)
    if full is not None:
        return full
    if trunk is None:
        identity.of_phone(request, user)
        return begin(state, request, job.source, job.back, (f"phone:{user}", user), now)
    state.logins.pop(job.source.host, None)
    state.logins[job.source.host] = trunk.name
    if len(state.logins) > MOST_LOGINS:
        del state.logins[next(iter(state.logins))]
    identity.of_trunk(request, trunk)
    return begin(state, request, job.source, job.back, (trunk.name, ""), now)


def credentials_failed(state: State, job: str) -> list[Action]:
    """The credentials could not be looked up: the phone shall come again."""
    waiting = state.jobs.pop(job, None)
    return reply(state, waiting.request, waiting.back, 503, [("Retry-After", "5")]) if waiting is not None else []


def sweep(state: State, now: float) -> list[Action]:
    """Forget what has run out; phones whose registration did are reported."""
    state.digest.sweep(now)
    for job in [job for job, (until, _) in state.answered.items() if until <= now]:
        del state.answered[job]
    return changed(state.registrar.expire(now))


def changed(changes: list[tuple[str, bool]]) -> list[Action]:
    phones: list[Action] = [Phone(user, registered) for user, registered in changes]
    return [*phones, Keep()] if phones else []


def _register(state: State, user: str, job: Job, now: float) -> list[Action]:
    request = job.request
    try:
        named = parse_uri(parse_address(request.get("To") or "", "To").uri).name
    except FormError as error:
        return reply(state, request, job.back, 400, reason=str(error))
    if named != user:
        return reply(state, request, job.back, 403)
    result = state.registrar.register(user, request, job.source, now)
    actions: list[Action] = [Send(job.back, answer(request, result.status, state.tokens, result.headers))]
    actions += [Phone(user, registered) for user, registered in result.changes]
    return [*actions, Keep(), *forking.came_again(state, user, now)] if result.changed else actions


def _answer_in(state: State, request: Request) -> Authorization | None:
    name = "Authorization" if request.method == "REGISTER" else "Proxy-Authorization"
    return state.digest.answer_in(request.all(name))


def _challenge(state: State, request: Request, back: Flow, now: float, stale: bool) -> list[Action]:
    status, name = (401, "WWW-Authenticate") if request.method == "REGISTER" else (407, "Proxy-Authenticate")
    extra: Headers = [(name, value) for value in state.digest.challenges(now, state.salt(), stale)]
    return reply(state, request, back, status, extra)
