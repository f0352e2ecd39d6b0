"""A call record (话务工单) as it is kept: plain data. Decides nothing; records.callrecords keeps it."""

from dataclasses import dataclass

OUTCOMES = (
    *("open", "answered", "self_served", "voicemail", "transferred"),
    *("abandoned_ivr", "abandoned_queue", "unreached", "refused", "failed"),
)
DIRECTIONS = ("inbound", "outbound")
ENTRIES = ("none", "speech", "key")


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call. Times are UTC epoch seconds, None while it has not happened; `rating` is 1 (best) to 5.

    `direction` is one of DIRECTIONS; `caller` is the resident in both, `callback` the callback a call out belongs to.
    `entered_by` is one of ENTRIES, `outcome` of OUTCOMES, `ended_by` caller, agent or system. `category` (a code of
    the taxonomy), `matter`, `answer` and `completed_at` are the agent's and are written by `complete` alone.
    """

    call: str
    caller: str | None = None
    called: str | None = None
    trunk: str | None = None
    arrived_at: float | None = None
    answered_at: float | None = None
    queued_at: float | None = None
    ringing_at: float | None = None
    joined_at: float | None = None
    ended_at: float | None = None
    transcript: str | None = None
    label: str | None = None
    label_confidence: float | None = None
    entered_by: str = "none"
    agent: str | None = None
    outcome: str = "open"
    end_reason: str | None = None
    ended_by: str | None = None
    rating: int | None = None
    recording_file: str | None = None
    recording_seconds: float | None = None
    recording_sha256: str | None = None
    category: str | None = None
    matter: str | None = None
    answer: str | None = None
    completed_at: float | None = None
    direction: str = "inbound"
    callback: str | None = None

    @property
    def waited_seconds(self) -> float | None:
        """From entering the queue to being joined or giving up; None when it never queued or still waits."""
        until = self.joined_at if self.joined_at is not None else self.ended_at
        return None if self.queued_at is None or until is None else max(0.0, until - self.queued_at)
