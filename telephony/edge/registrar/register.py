"""The registrar: which phone is where, and until when (RFC 3261 §10). Pure; times are seconds since the epoch.

Decides what a REGISTER of an authenticated user changes. Does not know who that user is, nor how a flow is used.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from config.edge import Registrations
from telephony.edge.registrar.bindings import Binding, fields_of, same_contact, seconds_of
from telephony.edge.sip.flows import Flow, contact_flow
from telephony.edge.sip.message import Request
from telephony.edge.sip.uri import FormError, parse_address, parse_uri

__all__ = ["Binding", "Change", "Registered", "Registrar", "same_contact"]

Change = tuple[str, bool]
"""A SIP user, and whether they are registered now."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The answer to a REGISTER. `changed` says whether there is anything new to keep on disk."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    changed: bool = False


class Registrar:
    """Bindings by user and contact. Every change of a user between registered and not is returned to the caller."""

    def __init__(self, bindings: Iterable[Binding] = (), rules: Registrations | None = None) -> None:
        self._rules = rules or Registrations()
        self._users: dict[str, dict[str, Binding]] = {}
        self._hosts: dict[str, float] | None = None
        for binding in bindings:
            self._users.setdefault(binding.user, {})[binding.key] = binding

    def register(self, user: str, request: Request, source: Flow, now: float) -> Registered:
        """Carry out the REGISTER `request` of `user`, who has shown who they are, received from `source`."""
        contacts = request.listed("Contact")
        if not contacts:
            return Registered(200, self._contact_headers(user, now))
        before = self.newest(user, now) is not None
        try:
            wanted = self._wanted(user, request, contacts, source, now)
        except FormError as error:
            return Registered(400, [("Warning", f'399 edge "{error}"')])
        least = self._rules.least_seconds
        if any(0 < binding.expires_at - now < least for binding in wanted):
            return Registered(423, [("Min-Expires", str(least))])
        held = self._users.get(user, {})
        for binding in wanted:
            old = held.get(binding.key)
            if old is not None and old.call_id == binding.call_id and old.cseq >= binding.cseq:
                return Registered(500, [("Retry-After", "1")])
        held = {key: binding for key, binding in held.items() if binding.expires_at > now}
        for binding in wanted:
            held.pop(binding.key, None)
            if binding.expires_at > now:
                held[binding.key] = binding
        while len(held) > self._rules.contacts:
            del held[min(held, key=lambda key: held[key].seen)]
        self._users[user], self._hosts = held, None
        after = bool(held)
        if not held:
            del self._users[user]
        changes = [(user, after)] if after != before else []
        return Registered(200, self._contact_headers(user, now) + _granted(request), changes, True)

    def _wanted(self, user: str, request: Request, contacts: list[str], source: Flow, now: float) -> list[Binding]:
        """The bindings asked for; one that ends now is to be removed. Raises FormError."""
        general = seconds_of(request.get("Expires"), self._rules.default_seconds)
        number = request.cseq[0]
        if "*" in contacts:
            if len(contacts) > 1 or general != 0:
                raise FormError("Contact: * stands alone and with Expires: 0")
            held = self._users.get(user, {}).values()
            return [b.ending(now, request.call_id, number) for b in held]
        path = tuple(request.listed("Path"))
        wanted = []
        for value in contacts:
            address = parse_address(value, "Contact")
            uri = parse_uri(address.uri)
            if uri.scheme not in ("sip", "sips"):
                raise FormError("Contact: only sip URIs can be reached")
            seconds = min(seconds_of(address.params.get("expires"), general), self._rules.most_seconds)
            # Behind a proxy of its own (RFC 3327) a phone is reached the way its REGISTER came.
            flow = source if path else contact_flow(uri, source)
            q, instance, reg_id = fields_of(address.params)
            made = (user, address.uri, flow, now + seconds, now, request.call_id, number)
            wanted.append(Binding(*made, q=q, path=path, instance=instance, reg_id=reg_id))
        return wanted

    def newest(self, user: str, now: float) -> Binding | None:
        """The live binding to be tried first."""
        return next(iter(self.in_order(user, now)), None)

    def in_order(self, user: str, now: float) -> list[Binding]:
        """The live bindings: the highest q first (RFC 3261 §16.6), among equals the one that registered last."""
        live = [binding for binding in self._users.get(user, {}).values() if binding.expires_at > now]
        return sorted(live, key=lambda binding: (-binding.q, -binding.seen))

    def phones(self, now: float) -> list[str]:
        """All registered users, sorted."""
        return sorted(user for user in self._users if self.newest(user, now) is not None)

    def is_phone_host(self, host: str, now: float) -> bool:
        """Whether a registered phone lives at this address."""
        if self._hosts is None:
            self._hosts = {}
            for binding in self.bindings():
                self._hosts[binding.flow.host] = max(self._hosts.get(binding.flow.host, 0.0), binding.expires_at)
        return self._hosts.get(host, 0.0) > now

    def bindings(self) -> list[Binding]:
        """All of them, for keeping across a restart."""
        return [binding for held in self._users.values() for binding in held.values()]

    def lost(self, flow: Flow) -> list[Change]:
        """The connection `flow` is closed: what was registered over it cannot be reached any more."""
        return self._drop(lambda binding: binding.flow == flow)

    def expire(self, now: float) -> list[Change]:
        """Forget what has run out."""
        return self._drop(lambda binding: binding.expires_at <= now)

    def _drop(self, doomed: Callable[[Binding], bool]) -> list[Change]:
        changes: list[Change] = []
        for user, held in list(self._users.items()):
            kept = {key: binding for key, binding in held.items() if not doomed(binding)}
            if len(kept) == len(held):
                continue
            self._users[user], self._hosts = kept, None
            if not kept:
                del self._users[user]
                changes.append((user, False))
        return changes

    def _contact_headers(self, user: str, now: float) -> list[tuple[str, str]]:
        held = self._users.get(user, {}).values()
        return [("Contact", binding.shown(now)) for binding in held if binding.expires_at > now]


def _granted(request: Request) -> list[tuple[str, str]]:
    """What is answered besides the contacts: Path (RFC 3327 §5.3), outbound (RFC 5626 §6)."""
    headers = [("Path", value) for value in request.listed("Path")]
    supported = {option.strip().lower() for option in request.listed("Supported")}
    # Only where we are the first hop does a flow of ours lead to the phone.
    if "outbound" in supported and len(request.all("Via")) == 1 and "reg-id" in (request.get("Contact") or "").lower():
        headers.append(("Require", "outbound"))
    return headers
