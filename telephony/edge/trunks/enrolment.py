"""Our registration at a carrier (RFC 3261 §10.2), as a table of stages and events. Pure.

Decides when to register, refresh, prove who we are and try again; the wire around it is carriers' business.
"""

from enum import Enum

from config.settings import Trunk
from telephony.edge.sip.digest_client import Challenge, answer_to, challenge_in
from telephony.edge.sip.message import Request, Response
from telephony.edge.sip.uri import FormError, parse_address, parse_uri


class Stage(Enum):
    IDLE = "not asked yet"
    ASKED = "asked"
    PROVING = "asked with our credentials"
    REGISTERED = "registered"
    WAITING = "refused or unanswered, asked again later"


class Event(Enum):
    SENT = "REGISTER was sent"
    CHALLENGED = "we are to show who we are"
    ACCEPTED = "2xx"
    FAILED = "another answer, or none"


NEXT: dict[tuple[Stage, Event], Stage] = {
    (Stage.IDLE, Event.SENT): Stage.ASKED,
    (Stage.ASKED, Event.CHALLENGED): Stage.PROVING,
    (Stage.ASKED, Event.ACCEPTED): Stage.REGISTERED,
    (Stage.ASKED, Event.FAILED): Stage.WAITING,
    (Stage.PROVING, Event.CHALLENGED): Stage.PROVING,
    (Stage.PROVING, Event.ACCEPTED): Stage.REGISTERED,
    (Stage.PROVING, Event.FAILED): Stage.WAITING,
    (Stage.REGISTERED, Event.SENT): Stage.ASKED,
    (Stage.WAITING, Event.SENT): Stage.ASKED,
}
"""Pairs not in the table do not happen; meeting one is a fault and raises KeyError."""

LONGEST = 86400
MOST_PROOFS = 3
"""Challenges answered in a row; a carrier that finds every nonce stale is asked again later."""


class Enrolment:
    """One registration. `due` is when something is to be sent, None while an answer is awaited.

    `until` is when the carrier's promise ends; `status` the last answer, 0 for none at all.
    """

    def __init__(self, trunk: Trunk, contact: str, call_id: str, tag: str) -> None:
        assert trunk.account is not None and trunk.outbound is not None and trunk.registration is not None
        self._account, self._rules = trunk.account, trunk.registration
        out = trunk.outbound
        host = f"[{out.host}]" if out.host.version == 6 else str(out.host)
        self._domain = self._account.domain or (host if out.port == 5060 else f"{host}:{out.port}")
        self._contact, self._call_id, self._tag = contact, call_id, tag
        self._seconds = self._rules.seconds
        self._number = 0
        self._proof: Challenge | None = None
        self._failures = 0
        self._proofs = 0
        self.stage = Stage.IDLE
        self.due: float | None = None
        self.until = 0.0
        self.status: int | None = None

    def start(self, now: float) -> None:
        self.due = now

    def renew(self, now: float) -> None:
        """The carrier was away and is back, and may have forgotten us: do not wait for the refresh."""
        if self.due is not None:
            self.due = now

    def registered(self, now: float) -> bool:
        """True until the last promise ends, whatever becomes of its refresh."""
        return now < self.until

    def request(self, cnonce: str) -> Request:
        """The REGISTER that is due, without a Via; sending it is under way from now on."""
        self.due = None
        self._number += 1
        if self.stage is not Stage.PROVING:
            self.stage = NEXT[self.stage, Event.SENT]
            self._proofs = 0
        uri = f"sip:{self._domain}"
        party = f"<sip:{self._account.user}@{self._domain}>"
        headers = [
            ("Max-Forwards", "70"),
            ("From", f"{party};tag={self._tag}"),
            ("To", party),
            ("Call-ID", self._call_id),
            ("CSeq", f"{self._number} REGISTER"),
            ("Contact", f"<{self._contact}>"),
            ("Expires", str(self._seconds)),
        ]
        if self._proof is not None:
            password = self._account.password.get_secret_value()
            headers.append(answer_to(self._proof, self._account.user, password, ("REGISTER", uri), cnonce))
            self._proof = None
        return Request(headers, b"", "REGISTER", uri)

    def answered(self, response: Response | None, now: float) -> None:
        """The final answer to the last request, None when none came."""
        self.status = response.status if response is not None else 0
        if response is not None and 200 <= response.status < 300:
            self.stage = NEXT[self.stage, Event.ACCEPTED]
            self._failures = 0
            granted = min(max(_granted(response, self._contact, self._seconds), 10), LONGEST)
            self.until, self.due = now + granted, now + 0.8 * granted
            return
        challenge = None
        if response is not None and response.status in (401, 407):
            challenge = challenge_in(response, self._account.realm)
        if challenge is not None and (self.stage is Stage.ASKED or challenge.stale) and self._proofs < MOST_PROOFS:
            self._proofs += 1
            self.stage = NEXT[self.stage, Event.CHALLENGED]
            self._proof, self.due = challenge, now
            return
        self.stage = NEXT[self.stage, Event.FAILED]
        least = _number(response.get("Min-Expires")) if response is not None and response.status == 423 else 0
        if self._seconds < least <= LONGEST:
            self._seconds, self.due = least, now
            return
        self._failures += 1
        wait = min(self._rules.retry_seconds * 2.0 ** min(self._failures - 1, 30), self._rules.retry_cap_seconds)
        asked = _number(response.get("Retry-After")) if response is not None else 0
        self.due = now + max(wait, min(asked, LONGEST))


def _granted(response: Response, contact: str, otherwise: int) -> int:
    """Seconds promised for our contact (RFC 3261 §10.2.4)."""
    ours = parse_uri(contact)
    for value in response.listed("Contact"):
        try:
            address = parse_address(value, "Contact")
            uri = parse_uri(address.uri)
        except FormError:
            continue
        if (uri.name, uri.address, uri.port or 5060) == (ours.name, ours.address, ours.port or 5060):
            return _number(address.params.get("expires")) or _number(response.get("Expires")) or otherwise
    return _number(response.get("Expires")) or otherwise


def _number(text: str | None) -> int:
    """The number a value begins with (Retry-After may have more), 0 where there is none."""
    first = (text or "").strip().split(";")[0].split("(")[0].strip()
    return int(first) if first.isascii() and first.isdigit() and len(first) < 10 else 0
