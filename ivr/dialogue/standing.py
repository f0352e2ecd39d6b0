"""Where a caller stands, and what every piece of the dialogue does alike: play, listen, queue, end. PURE.

It decides nothing about matters; the pieces beside it (arrival, question, waiting, after) do, and ivr.session
holds the table of which piece takes which fact.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from ivr.commands import Command, Dismiss, DropLine, Enqueue, Listen, NoteMatter, Play, StopListening
from ivr.facts import CallerKnown, PromptEnded, TicketFound
from ivr.needs.wanted import Told, Wanted, wanted
from ivr.opening import Then
from ivr.scripts import Script
from ivr.slots.form import Form
from knowledge.intents import Understanding
from knowledge.known import dangerous
from records.transfer_entry import CANCELLED

ON_THE_WAY = {"emergency": "emergency", "crisis": "crisis", "agent": "to_person", "unclear": "to_person"}
PROMPT_SECONDS = 60.0  # no prompt is longer: one that never ends must not hold a caller


class State(Enum):
    """Where the caller stands."""

    ARRIVING = auto()
    NOTICE = auto()  # the welcome and the recording notice: always heard whole
    CLOSED = auto()  # hears that the hotline is closed now, and how the call goes on
    ASKING = auto()  # the open question
    CONFIRMING = auto()  # one question back
    FILLING = auto()  # a slot of a service is asked for
    CHECKING = auto()  # yes or no, to what was understood for a service
    LOOKING_UP = auto()  # the desk is asked; the caller waits a moment
    MORE = auto()  # a service is done: is there anything else?
    CALLING_OUT = auto()  # a line outside is called for them, and nobody else is on the line
    OUTSIDE = auto()  # talks with it
    MESSAGE_TONE = auto()  # hears how to leave a message, then the tone
    MESSAGE = auto()  # leaves one
    MESSAGE_KEEPING = auto()  # it is over and is being kept
    MESSAGE_REVIEW = auto()  # hears it again, sends it, or not
    MESSAGE_SENDING = auto()  # its ticket is asked for
    WAITING = auto()  # in a queue
    TALKING = auto()  # with a person
    RATING = auto()
    LEAVING = auto()  # the last words
    ENDED = auto()


class Dialogue:
    """The dialogue with the caller of one call. `call` is its id, `script` what it says and how it understands."""

    def __init__(self, call: str, script: Script) -> None:
        self.call = call
        self.script = script
        self.state = State.ARRIVING
        self.deadline: float | None = None
        self.key: str | None = None  # pressed during the notice, acted on after it
        self.after_hours = Then.GO_ON
        self.misses = 0
        self.warnings = 0
        self.repeats = 0
        self.announcements = 0
        self.number = ""
        self.told = Told()  # what decides who is needed
        self.wants = ""  # the label the caller waits for a person with
        self.speech = True
        self.speaking = False
        self.pending: Understanding | None = None
        self.text = ""
        self.form: Form | None = None  # the service under way
        self.message: Any = None  # the voicemail under way: ivr.dialogue.voicemail.Message
        self.outside: Any = None  # the line outside: ivr.dialogue.outside.Outside
        self.tried: list[str] = []  # emergency lines called for the caller's words
        self.referred: TicketFound | None = None  # a call of 12345's, and its ticket
        self.crowded = ""  # what the matter is with the queue: full, nobody
        self._playing = ""
        self._replaced = 0  # ends still to be told of prompts that one of the same name replaced

    def next_deadline(self) -> float | None:
        """When tick() has something to do, in the clock of `now`; None for never."""
        return self.deadline

    def to_person(self, now: float) -> list[Command]:
        """Whatever went wrong: the caller gets a person. Who talks with a line outside has one."""
        if self.state in (State.WAITING, State.TALKING, State.OUTSIDE, State.ENDED):
            return []
        self.message = None
        if self.outside is not None:
            outside, self.outside = self.outside, None
            return [DropLine(self.call, outside.leg, CANCELLED), *self.enqueue(outside.label, "to_person", now)]
        if self.form is not None:
            text, label = f"{self.text} {self.form.summary()}".strip(), self.form.label
            return [
                NoteMatter(self.call, text, label, self.form.confidence, self.form.entered_by),
                *self.enqueue(label, "to_person", now),
            ]
        if self.pending is None:
            return self.enqueue("agent", "to_person", now)
        label, share = open_label(self.pending)
        noted = NoteMatter(self.call, self.text, label, share, "speech")
        return [noted, *self.enqueue(label, on_the_way(label, "to_person"), now)]

    def enqueue(self, label: str, prompt: str, now: float, before: tuple[str, ...] = ()) -> list[Command]:
        """Queue for a person, hearing the files `before` and `prompt` on the way."""
        self.state = State.WAITING
        self.wants = label
        self.form = None
        return [
            self.queue_ear(),
            *self.say(prompt, before + self.script.files(prompt), now, barge_in=False),
            self.queued(label, now),
        ]

    def queued(self, label: str, now: float) -> Command:
        """The order for the desk, with what this caller needs and who is preferred."""
        rules = self.script.needs
        want = Wanted() if rules is None else wanted(rules, self.told, label, now)
        priority = self.script.tree.priority(label)
        return Enqueue(self.call, label, priority, want.needs, want.preferred, want.excluded, want.why)

    def remember(self, text: str) -> None:
        """Keep what was said for the person who will see it."""
        self.text = f"{self.text} {text}".strip()
        self.told.said.append(text)

    def note(self, understood: Understanding) -> Command:
        confidence = confidence_of(understood)
        if self.script.needs is not None and self.script.needs.asking.missed(label_of(understood), confidence):
            self.told.missed += 1
        return NoteMatter(self.call, self.text, label_of(understood), confidence, "speech")

    def listen(self, grammar: tuple[str, ...] = (), pause: float | None = None) -> Command:
        return Listen(self.call, grammar) if pause is None else Listen(self.call, grammar, pause)

    def deaf(self) -> Command:
        return StopListening(self.call)

    @property
    def hears_queue(self) -> bool:
        """Whether cries for help are listened for in the queue."""
        emergencies = self.script.emergencies
        wanted = emergencies is not None and emergencies.settings.enabled and emergencies.settings.listen_in_queue
        return wanted and self.speech

    def queue_ear(self) -> Command:
        """In the queue nothing is listened to but cries for help."""
        return self.listen() if self.hears_queue else self.deaf()

    def play(self, prompt: str, now: float, barge_in: bool = False, then: tuple[str, ...] = ()) -> list[Command]:
        return self.say(prompt, self.script.files(prompt) + then, now, barge_in)

    def say(self, prompt: str, files: tuple[str, ...], now: float, barge_in: bool) -> list[Command]:
        self.expect(prompt, now + PROMPT_SECONDS)
        return [Play(self.call, prompt, files, barge_in)]

    def expect(self, prompt: str, until: float) -> None:
        """The end of `prompt` is what counts from now on; it never lasts beyond `until`."""
        self._replaced = self._replaced + 1 if prompt == self._playing else 0
        self._playing, self.speaking = prompt, False
        self.deadline = until

    def prompt_over(self, fact: PromptEnded) -> bool:
        """Whether this is the end of the prompt given last, played or not; one that was replaced does not count."""
        if fact.prompt != self._playing:
            return False
        if self._replaced:
            self._replaced -= 1
            return False
        self._playing = ""
        return True

    def end(self) -> list[Command]:
        self.state = State.ENDED
        self.deadline = None
        return [Dismiss(self.call)]


Step = Callable[[Dialogue, Any, float], list[Command]]  # Any: the fact of its row in the table


def on_the_way(label: str, otherwise: str = "understood") -> str:
    """The prompt for who is queued with `label`; `otherwise` where it is a matter."""
    return ON_THE_WAY.get(label.partition(".")[0], otherwise)


def open_label(asked: Understanding) -> tuple[str, float]:
    """(code, confidence) of who never answered the question back: a danger that was named goes before its matter."""
    return next((one for one in asked.labels if dangerous(one[0])), (label_of(asked), confidence_of(asked)))


def label_of(understood: Understanding) -> str:
    return understood.labels[0][0] if understood.labels else "unclear"


def confidence_of(understood: Understanding) -> float:
    return understood.labels[0][1] if understood.labels else 0.0


def ignore(_dialogue: Dialogue, _fact: Any, _now: float) -> list[Command]:
    return []


def caller_known(dialogue: Dialogue, fact: CallerKnown, _now: float) -> list[Command]:
    """Kept for when a person is asked for; nobody waited for it."""
    dialogue.told.known = fact
    return []
