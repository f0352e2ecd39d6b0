"""What a worker is told to do with the legs of its call, in the imperative.

The pure code returns these; the link carries them to the one worker that holds the call. A worker never decides:
what it cannot do it answers with a fact.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """An order for the worker that holds the call `call`."""

    call: str


@dataclass(frozen=True, slots=True)
class Answer(Command):
    """Send 200 OK to the caller."""


@dataclass(frozen=True, slots=True)
class Refuse(Command):
    """Refuse the unanswered caller with the SIP status `code`."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Play(Command):
    """Play audio files one after another to the caller, replacing what plays; ends with PromptEnded(prompt).

    `files` are absolute paths of 8 kHz mono 16-bit WAV. With `barge_in`, speech or a digit stops it at once.
    """

    prompt: str
    files: tuple[str, ...]
    barge_in: bool = False


@dataclass(frozen=True, slots=True)
class PlayMusic(Command):
    """Loop music on hold to the caller until something else is played or a leg is joined."""

    file: str


@dataclass(frozen=True, slots=True)
class StopPlaying(Command):
    """Stop prompt or music; harmless when nothing plays."""


@dataclass(frozen=True, slots=True)
class Listen(Command):
    """Recognise the caller until StopListening. `grammar` is a closed list of phrases, empty for free speech.

    `pause` is the silence, in seconds, that ends an utterance: longer where people pause within it, as in numbers.
    """

    grammar: tuple[str, ...] = ()
    pause: float = 0.6


@dataclass(frozen=True, slots=True)
class StopListening(Command):
    """Stop recognising and drop the utterance under way."""


@dataclass(frozen=True, slots=True)
class Transcribe(Command):
    """Tell what the `legs` say in the talk, as Said, until the caller's leg ends; replaces what was told before.

    No legs: stop. It never disturbs the talk: where speech cannot be recognised nothing is told.
    """

    legs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Originate(Command):
    """Find a worker for the call, which has no INVITE; goes to the nursery. Answered by Originated or NoWorker."""


@dataclass(frozen=True, slots=True)
class Dial(Command):
    """Call `uri` through the edge as the new leg `leg`, showing `caller` as the calling user part.

    `host` is the host of the calling address, the worker's own where empty; `headers` are further ones, name and value.
    """

    leg: str
    uri: str
    caller: str
    host: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Overhear(Command):
    """Let `leg` hear the caller's leg, and not the other way: what the network says while it rings."""

    leg: str


@dataclass(frozen=True, slots=True)
class Join(Command):
    """Bridge `leg` with the caller in both directions and stop prompts and music."""

    leg: str


@dataclass(frozen=True, slots=True)
class Mix(Command):
    """Who hears whom among the legs, all of it: (source, listener). What is not named is undone; again it is nothing.

    Prompts and music go on; the recording takes the caller left and whoever is a source besides them right.
    """

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Ringback(Command):
    """Let `leg` hear the ringback tone (450 Hz, 1 s on, 4 s off) besides what it hears; an empty one ends it."""

    leg: str


@dataclass(frozen=True, slots=True)
class SendDigits(Command):
    """Press `digits` (0-9 * #) towards `leg`, as telephone events (RFC 4733)."""

    leg: str
    digits: str


@dataclass(frozen=True, slots=True)
class Refer(Command):
    """Ask the other end of `leg` to call `uri` instead (RFC 3515). Answered by ReferTold."""

    leg: str
    uri: str


@dataclass(frozen=True, slots=True)
class TellReferred(Command):
    """Tell the phone of `leg` how its REFER goes (RFC 3515 §2.4.5): SIP status `code`; from 200 on it is the last."""

    leg: str
    code: int


@dataclass(frozen=True, slots=True)
class StartRecording(Command):
    """Record both sides into `file` (a name inside the recordings folder): left the caller, right the agent.

    The name's ending is the recorder's own; RecordingKept tells it.
    """

    file: str


@dataclass(frozen=True, slots=True)
class RecordMessage(Command):
    """Record what the caller alone says into `file` (a name inside the recordings folder), anew: a voicemail (留言)."""

    file: str


@dataclass(frozen=True, slots=True)
class KeepMessage(Command):
    """The message has ended; answered by MessageKept. The end of the caller's leg does the same."""


@dataclass(frozen=True, slots=True)
class PlayMessage(Command):
    """Play the message that was kept to the caller; ends with PromptEnded(prompt)."""

    prompt: str


@dataclass(frozen=True, slots=True)
class DropMessage(Command):
    """Forget the message, under way or kept; harmless when there is none."""


@dataclass(frozen=True, slots=True)
class PauseRecording(Command):
    """Record silence instead of both sides, for `seconds` at the most; harmless when nothing is recorded."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ResumeRecording(Command):
    """Record both sides again; harmless when nothing is paused."""


@dataclass(frozen=True, slots=True)
class HangUp(Command):
    """End one leg: CANCEL, BYE or a final answer, whichever its state asks for. Ended or unknown legs are ignored.

    From the order on it neither hears anybody nor is heard.
    """

    leg: str
    code: int = 0


@dataclass(frozen=True, slots=True)
class Dismiss(Command):
    """The call is over and recorded: end what is left of it, report the recording, and exit."""


@dataclass(frozen=True, slots=True)
class DeskCommand(Command):
    """An order for the desk behind the switchboard; it never goes to a worker."""


@dataclass(frozen=True, slots=True)
class NoteMatter(DeskCommand):
    """What the caller wants, as far as understood. `entered_by` is "speech", "key" or "none"."""

    text: str
    label: str
    confidence: float
    entered_by: str


@dataclass(frozen=True, slots=True)
class Enqueue(DeskCommand):
    """The caller wants a person for `label`; higher `priority` is sooner, 0 is normal.

    `needs`, `preferred` and `excluded` are those of routing.facts.CallWaiting; `why` says where each comes from, see
    ivr.needs.reasons.
    """

    label: str
    priority: int
    needs: tuple[tuple[str, int], ...] = ()
    preferred: str = ""
    excluded: tuple[str, ...] = ()
    why: tuple[tuple[str, str, str, str], ...] = ()
    again: bool = False  # the caller has waited before and keeps that place


@dataclass(frozen=True, slots=True)
class AskPlace(DeskCommand):
    """Where does the caller stand in the queue? Answered at once by the fact Placed."""


@dataclass(frozen=True, slots=True)
class WantCallback(DeskCommand):
    """The caller leaves the queue and is to be called back, at the place they had: on `number`, else on their own."""

    number: str = ""


@dataclass(frozen=True, slots=True)
class RingAgent(DeskCommand):
    """There is a worker: dial the agent who is reserved for the call."""


@dataclass(frozen=True, slots=True)
class DialResident(DeskCommand):
    """The agent waits on the line: dial the resident of a callback."""


@dataclass(frozen=True, slots=True)
class PutThrough(DeskCommand):
    """The resident has heard what they must: join the agent who waits on the line."""


@dataclass(frozen=True, slots=True)
class NoteRating(DeskCommand):
    """The caller rated the call: 1 非常满意 … 5 非常不满意, as the keys are announced."""

    value: int


@dataclass(frozen=True, slots=True)
class DeskRequest(DeskCommand):
    """An order that needs the database; the exchange has it carried out, and what it gives comes back as a fact."""


@dataclass(frozen=True, slots=True)
class AskCaller(DeskRequest):
    """What do earlier calls and tickets say of the calling `number`? Answered by CallerKnown, nobody waits for it."""

    number: str


@dataclass(frozen=True, slots=True)
class AskProgress(DeskRequest):
    """How far is the ticket `number`? Answered by ProgressFound; its state is told to its own `caller` only.

    Others prove it by `proof`, the last four figures of the contact number.
    """

    number: str
    caller: str
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Book(DeskRequest):
    """Open a ticket for an appointment, once a call. Answered by Booked."""

    label: str
    title: str
    content: str
    caller: str
    transcript: str


@dataclass(frozen=True, slots=True)
class PromiseCallback(DeskRequest):
    """Keep the callback of a caller who named another `number`; the switchboard gives it after WantCallback.

    `since` is when the caller was queued (UTC epoch seconds). Nothing answers it.
    """

    number: str
    label: str
    since: float


@dataclass(frozen=True, slots=True)
class LeaveQueue(DeskCommand):
    """The caller waits no longer, for the `reason` their record gives; harmless for one who does not wait."""

    reason: str


@dataclass(frozen=True, slots=True)
class OpenMessage(DeskRequest):
    """Open the ticket of a voicemail, once a call. Answered by MessageTaken.

    `file` with its `seconds` and `sha256` is the message; empty where it was lost with its worker.
    """

    caller: str
    label: str
    transcript: str
    file: str
    seconds: float
    sha256: str


@dataclass(frozen=True, slots=True)
class DialLine(DeskCommand):
    """Call the `number` outside as the leg `leg`, showing `shown`; the switchboard makes a Dial of it.

    `kind` is "12345" or "emergency", `by` the agent who asked (empty: the caller's words did), `ticket` what goes with
    it and `header` the call's User-to-User header.
    """

    leg: str
    number: str
    shown: str
    kind: str
    by: str = ""
    ticket: str = ""
    header: str = ""


@dataclass(frozen=True, slots=True)
class DropLine(DeskCommand):
    """End the leg of a line outside; its `outcome` is one of records.transfer_entry's, unless it was answered."""

    leg: str
    outcome: str


@dataclass(frozen=True, slots=True)
class FindTicket(DeskRequest):
    """Which ticket does a call of 12345 belong to? Answered by TicketFound, nobody waits for it.

    `reference` is our number or theirs; one of theirs that nobody knows opens a ticket.
    """

    reference: str
    caller: str


@dataclass(frozen=True, slots=True)
class NoteTransfer(DeskRequest):
    """Write into the ticket what became of the call to `number` that `by` asked for. Nothing answers it."""

    ticket: str
    number: str
    outcome: str
    by: str
