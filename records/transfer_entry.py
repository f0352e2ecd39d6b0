"""A call that went to a line outside, or came from 12345, as a value. PURE: it holds what happened, decides nothing."""

from dataclasses import dataclass

TO_12345, EMERGENCY, NUMBER = KINDS = ("12345", "emergency", "number")
OPEN, ANSWERED, BUSY, NO_ANSWER = "open", "answered", "busy", "no_answer"
REFUSED, FAILED, CANCELLED = "refused", "failed", "cancelled"
OUTCOMES = (OPEN, ANSWERED, BUSY, NO_ANSWER, REFUSED, FAILED, CANCELLED)
OUT, IN = "out", "in"
ENDS = {
    **dict.fromkeys((486, 600), BUSY),
    **dict.fromkeys((408, 480, 487), NO_ANSWER),
    **dict.fromkeys((603, 607, 608), REFUSED),  # RFC 3261 §21.6.2, RFC 8197, RFC 8688
}


def outcome_of(code: int) -> str:
    """What the SIP status says with which a line that was called ended before it was answered (RFC 3261 §21)."""
    return ENDS.get(code, FAILED)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One try on the call `call`; `id` is the call's and the number of the try.

    `kind` is one of KINDS, `direction` out or in, `number` whom it went to (or 12345), `by` the agent who asked, empty
    where the caller's words did. `ticket` went with it, where there is one. Times are UTC epoch seconds.
    Of the kind "number" `number` is masked: whose it is, the call log alone keeps, sealed.
    """

    id: str
    call: str
    kind: str
    direction: str
    number: str
    by: str
    ticket: str
    asked_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    outcome: str = OPEN
