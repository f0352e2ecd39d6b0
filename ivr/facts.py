"""What happened on a call, in the past tense.

Facts are the only way anything outside reaches the pure code. They are frozen, compare by value and hold plain
JSON types only, so that the call log can keep them and replay them. `leg` is "caller" for the resident's leg,
"agent:<name>" for an agent's, "supervisor:<name>" for one who looks on, "outside:<n>" for a number dialled for a talk.
Times are not in facts: the switchboard is told the time with each fact.
"""

from dataclasses import dataclass

CALLER = "caller"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened on the call `call`."""

    call: str


@dataclass(frozen=True, slots=True)
class Arrived(Fact):
    """An INVITE reached a worker. `caller` and `called` are user parts (digits), `trunk` the trunk's name.

    `reference` is what its User-to-User header says (RFC 7433), such as a ticket's number; empty where it has none.
    """

    caller: str
    called: str
    trunk: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Answered(Fact):
    """The caller's leg is up and its audio flows."""


@dataclass(frozen=True, slots=True)
class PromptEnded(Fact):
    """The prompt `prompt` is over; `completed` is False when it was cut short (barge-in, stop, hang-up)."""

    prompt: str
    completed: bool


@dataclass(frozen=True, slots=True)
class DigitPressed(Fact):
    """The caller pressed one of 0-9 * # (RFC 4733 event or SIP INFO)."""

    digit: str


@dataclass(frozen=True, slots=True)
class SpeechStarted(Fact):
    """Somebody speaks: voice activity on the line is sure of it, whatever the words will be."""


@dataclass(frozen=True, slots=True)
class HeardSoFar(Fact):
    """What the utterance under way sounds like so far; told again when it has changed, a few times a second."""

    text: str


@dataclass(frozen=True, slots=True)
class Heard(Fact):
    """One utterance, ended. `text` has no punctuation and may be empty; `confidence` is 0..1."""

    text: str
    confidence: float
    seconds: float


@dataclass(frozen=True, slots=True)
class ListeningFailed(Fact):
    """This worker cannot recognise speech (no model, or it does not load)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Said(Fact):
    """One utterance of `leg` in a talk, for the live transcript. `began` is seconds since the talk's Transcribe."""

    leg: str
    text: str
    began: float
    seconds: float


@dataclass(frozen=True, slots=True)
class TranscriptFailed(Fact):
    """What `leg` says is not told, or not all of it; the talk goes on. Told once for each leg, kind and Transcribe.

    `kind` is "off" (this worker has no speech), "failed" (the recogniser broke) or "lagging" (sound was left out).
    """

    leg: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class TranscriptSwitched(Fact):
    """The agent `by` switched the transcript of this call off, or on again. Workers never send it."""

    on: bool
    by: str


@dataclass(frozen=True, slots=True)
class LegRinging(Fact):
    """A dialled leg answered 180 or 183."""

    leg: str


@dataclass(frozen=True, slots=True)
class EarlyAudio(Fact):
    """A dialled leg can be heard before it is picked up (183 with SDP, RFC 3960): the network's tones and words."""

    leg: str


@dataclass(frozen=True, slots=True)
class LegCarried(Fact):
    """The dialled leg goes out over `trunk`, as the edge says with its first answer; told again for another one."""

    leg: str
    trunk: str


@dataclass(frozen=True, slots=True)
class LegHeld(Fact):
    """The phone of an answered leg has put us on hold by itself (RFC 3264 §8.4), or with `held` False taken us back."""

    leg: str
    held: bool


@dataclass(frozen=True, slots=True)
class LegAnswered(Fact):
    """A dialled leg was picked up and its audio flows."""

    leg: str


@dataclass(frozen=True, slots=True)
class LegEnded(Fact):
    """A leg is over or never came up. `code` is the SIP status (200 after a normal BYE), `reason` a few words."""

    leg: str
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Requested(Fact):
    """Somebody asks for `request`, one of telephony.control.talk.Request by value. Workers never send it.

    `by` is the account that asks. `kind` and `target` say about whom: "agent" and a name, "skill" and a label,
    "number" and digits, "leg" and a leg, "digits" and what is to be pressed, "phone" and a supervisor's SIP user.
    """

    request: str
    by: str
    kind: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Referred(Fact):
    """The phone of `leg` sent REFER (RFC 3515) to the user part `target`; `replaces`: it names a dialog of its own."""

    leg: str
    target: str
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class ReferTold(Fact):
    """How the REFER sent to `leg` goes: the SIP status of its answer or of a NOTIFY; nothing comes after `final`."""

    leg: str
    code: int
    final: bool


@dataclass(frozen=True, slots=True)
class RecordingKept(Fact):
    """The recording is on disk: `file` (a name inside the recordings folder), its length and its SHA-256 (hex).

    `masked` are the spans (from, to in seconds) in which it was paused; `partial`: a fault cut it short.
    """

    file: str
    seconds: float
    sha256: str
    masked: tuple[tuple[float, float], ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class RecordingFailed(Fact):
    """Nothing more is recorded into `file`; the call goes on. `reason` is for the operator."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordingPaused(Fact):
    """The agent `by` has the recording paused: what is said now is not to be kept. Workers never send it."""

    by: str


@dataclass(frozen=True, slots=True)
class RecordingResumed(Fact):
    """The agent `by` has the recording go on; from the worker, with nobody named, the longest pause was over."""

    by: str = ""


@dataclass(frozen=True, slots=True)
class LegMeasured(Fact):
    """What a leg's audio was like, told once it is over: packets, and milliseconds. -1.0 for what nobody reported.

    `received`, `lost`, `late` (came too late to be heard), `jitter`, `jitter_most` and `buffer` are of what came in;
    `sent`, `far_lost` and `far_jitter` of what went out, as the far end says by RTCP (RFC 3550 6.4); `round_trip` both.
    """

    leg: str
    codec: str
    secure: bool
    seconds: float
    received: int
    lost: int
    late: int
    jitter: float
    jitter_most: float
    buffer: float
    round_trip: float
    sent: int
    far_lost: int
    far_jitter: float


@dataclass(frozen=True, slots=True)
class MessageKept(Fact):
    """The voicemail is on disk, as RecordingKept; `file` is empty and `seconds` 0 when there was nothing to keep."""

    file: str
    seconds: float
    sha256: str


@dataclass(frozen=True, slots=True)
class WorkerFailed(Fact):
    """A worker could not do what it was told (a prompt file is missing, the disk is full); the call goes on."""

    reason: str


@dataclass(frozen=True, slots=True)
class WorkerLost(Fact):
    """The worker's process is gone, and every leg with it."""

    reason: str


@dataclass(frozen=True, slots=True)
class CallbackDue(Fact):
    """The callback `callback` may be dialled: `call` stands for it in the queue from now on. The core tells it.

    `number` is the resident's, `shown` the caller id they see, `trunk` what it goes over. `label`, `priority`, `since`,
    `preferred` and `kept_until` are its place, as in routing.facts.CallWaiting.
    """

    callback: str
    number: str
    shown: str
    trunk: str
    label: str
    priority: int
    since: float
    preferred: str = ""
    kept_until: float = 0.0


@dataclass(frozen=True, slots=True)
class CallbackWithdrawn(Fact):
    """The callback is not to be dialled now; who talks already talks on."""

    reason: str


@dataclass(frozen=True, slots=True)
class Originated(Fact):
    """A worker holds the call, without any leg yet."""


@dataclass(frozen=True, slots=True)
class NoWorker(Fact):
    """No worker can be had for the call."""

    reason: str


@dataclass(frozen=True, slots=True)
class AgentFound(Fact):
    """The router gives the call to an agent. Derived, like Connected; told of calls the hotline begins itself."""


@dataclass(frozen=True, slots=True)
class AgentGone(Fact):
    """The router took the call from the agent before they picked up. Derived, like AgentFound."""


@dataclass(frozen=True, slots=True)
class Connected(Fact):
    """A person is on the line with the caller. The switchboard derives it; workers never send it."""


@dataclass(frozen=True, slots=True)
class Parted(Fact):
    """The person hung up, or with `lost` their phone fell silent; the caller is there. Derived, like Connected."""

    lost: bool = False


@dataclass(frozen=True, slots=True)
class Handed(Fact):
    """The caller waits for a person again: passed on by who talked, or `lost` on the way. Derived, like Parted."""

    lost: bool = False


@dataclass(frozen=True, slots=True)
class Placed(Fact):
    """The answer to AskPlace, derived by the switchboard: 1 is next, 0 for a call that does not wait just now.

    The rest of the wait lies between `low` and `high` seconds; both are 0 while that is not known.
    """

    position: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ProgressFound(Fact):
    """The answer to AskProgress. `outcome` is "told", "proof" (asked for), "wrong_proof", "unknown" or "failed".

    Told: the names of category and state, and the days (ISO) on which the ticket was opened and last changed.
    """

    number: str
    outcome: str
    category: str = ""
    state: str = ""
    opened: str = ""
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Booked(Fact):
    """The answer to Book: the ticket's number, empty where none could be opened."""

    number: str


@dataclass(frozen=True, slots=True)
class CallerKnown(Fact):
    """The answer to AskCaller: what earlier calls and tickets of the number say, newest first. Times are UTC epoch s.

    `talks` are (agent, label, when), `owners` the first owners (首问责任人) of open tickets as (agent, category, when),
    `noted` the special groups of earlier calls as (code, when), `complaints` the agents the caller was not content
    with as (agent, "complaint" or "rating", when). All empty where nothing is known or the database is away.
    """

    talks: tuple[tuple[str, str, float], ...] = ()
    owners: tuple[tuple[str, str, float], ...] = ()
    noted: tuple[tuple[str, float], ...] = ()
    complaints: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class MessageTaken(Fact):
    """The answer to OpenMessage: the ticket's number, empty where none could be opened."""

    number: str


@dataclass(frozen=True, slots=True)
class Crowded(Fact):
    """The caller has just joined a queue that is overloaded; derived by the switchboard, once a call.

    `why` is "full" (so many wait already) or "nobody" (no agent is logged in).
    """

    why: str


@dataclass(frozen=True, slots=True)
class LineAsked(Fact):
    """The agent `by` wants a line outside on the call they are in. Workers never send it.

    `kind` is "12345" or "emergency", `number` the emergency line's; `ticket` and the first words of its `summary` go
    with the call.
    """

    kind: str
    number: str
    by: str
    ticket: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class LineDropAsked(Fact):
    """The agent `by` gives the line outside up, ringing or joined. Workers never send it."""

    by: str


@dataclass(frozen=True, slots=True)
class TicketFound(Fact):
    """The answer to FindTicket: number, category and first owner; all empty where there is none."""

    ticket: str
    category: str = ""
    owner: str = ""
