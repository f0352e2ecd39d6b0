"""The registrar: which phone is where, and until when (RFC 3261 §10). Pure; times are seconds since the epoch.

Decides what a REGISTER of an authenticated user changes. Does not know who that user is, nor how a flow is used.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from telephony.edge.flows import Flow, contact_flow
from telephony.edge.message import Request
from telephony.edge.uri import FormError, parse_address, parse_uri

DEFAULT_EXPIRES = 3600
MIN_EXPIRES = 60
MAX_EXPIRES = 3600
MOST_CONTACTS = 8
"""Contacts of one user; one more puts out the oldest."""

Change = tuple[str, bool]
"""A SIP user, and whether they are registered now."""


@dataclass(frozen=True, slots=True)
class Binding:
    """`contact` is the URI the phone gave, `flow` the way to it, `seen` when it last registered."""

    user: str
    contact: str
    flow: Flow
    expires_at: float
    seen: float
    call_id: str
    cseq: int


@dataclass(frozen=True, slots=True)
class Registered:
    """The answer to a REGISTER. `changed` says whether there is anything new to keep on disk."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    changed: bool = False


class Registrar:
    """Bindings by user and contact. Every change of a user between registered and not is returned to the caller."""

    def __init__(self, bindings: Iterable[Binding] = ()) -> None:
        self._users: dict[str, dict[str, Binding]] = {}
        for binding in bindings:
            self._users.setdefault(binding.user, {})[same_contact(binding.contact)] = binding

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
        if any(0 < binding.expires_at - now < MIN_EXPIRES for binding in wanted):
            return Registered(423, [("Min-Expires", str(MIN_EXPIRES))])
        held = self._users.get(user, {})
        for binding in wanted:
            old = held.get(same_contact(binding.contact))
            if old is not None and old.call_id == binding.call_id and old.cseq >= binding.cseq:
                return Registered(500, [("Retry-After", "1")])
        held = {key: binding for key, binding in held.items() if binding.expires_at > now}
        for binding in wanted:
            held.pop(same_contact(binding.contact), None)
            if binding.expires_at > now:
                held[same_contact(binding.contact)] = binding
        while len(held) > MOST_CONTACTS:
            del held[min(held, key=lambda key: held[key].seen)]
        self._users[user] = held
        after = bool(held)
        if not held:
            del self._users[user]
        return Registered(200, self._contact_headers(user, now), [(user, after)] if after != before else [], True)

    def _wanted(self, user: str, request: Request, contacts: list[str], source: Flow, now: float) -> list[Binding]:
        """The bindings asked for; one that ends now is to be removed. Raises FormError."""
        general = _seconds(request.get("Expires"), DEFAULT_EXPIRES)
        number = request.cseq[0]
        if "*" in contacts:
            if len(contacts) > 1 or general != 0:
                raise FormError("Contact: * stands alone and with Expires: 0")
            held = self._users.get(user, {}).values()
            return [Binding(user, b.contact, b.flow, now, now, request.call_id, number) for b in held]
        wanted = []
        for value in contacts:
            address = parse_address(value, "Contact")
            uri = parse_uri(address.uri)
            if uri.scheme not in ("sip", "sips"):
                raise FormError("Contact: only sip URIs can be reached")
            seconds = min(_seconds(address.params.get("expires"), general), MAX_EXPIRES)
            flow = contact_flow(uri, source)
            wanted.append(Binding(user, address.uri, flow, now + seconds, now, request.call_id, number))
        return wanted

    def newest(self, user: str, now: float) -> Binding | None:
        """The live binding that registered last."""
        live = [binding for binding in self._users.get(user, {}).values() if binding.expires_at > now]
        return max(live, key=lambda binding: binding.seen) if live else None

    def phones(self, now: float) -> list[str]:
        """All registered users, sorted."""
        return sorted(user for user in self._users if self.newest(user, now) is not None)

    def is_phone_host(self, host: str, now: float) -> bool:
        """Whether a registered phone lives at this address."""
        return any(b.flow.host == host and b.expires_at > now for held in self._users.values() for b in held.values())

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
            self._users[user] = kept
            if not kept:
                del self._users[user]
                changes.append((user, False))
        return changes

    def _contact_headers(self, user: str, now: float) -> list[tuple[str, str]]:
        held = self._users.get(user, {}).values()
        return [("Contact", f"<{b.contact}>;expires={int(b.expires_at - now)}") for b in held if b.expires_at > now]


def same_contact(contact: str) -> str:
    """Equal for contacts that are the same place (§19.1.4, without the parameters that do not matter here)."""
    uri = parse_uri(contact)
    return f"{uri.scheme}:{uri.user}@{uri.host.lower()}:{uri.port or 5060};{(uri.param('transport') or 'udp').lower()}"


def _seconds(value: str | None, otherwise: int) -> int:
    """An Expires value; what is no number counts as not there (§20.19)."""
    value = (value or "").strip()
    return min(int(value), 1 << 31) if value.isascii() and value.isdigit() and len(value) < 12 else otherwise
