"""One caller's way from the first ring to the last word. PURE: facts and the time in, commands out.

It decides what the caller hears, what is made of what they say or press, and when they get a person. It must not
know which agent answers (routing), how audio runs (telephony) or what is stored (records). When in doubt: a person.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from ivr.commands import (
    Answer,
    AskPlace,
    Command,
    Dismiss,
    Enqueue,
    Listen,
    NoteMatter,
    NoteRating,
    Play,
    PlayMusic,
    StartRecording,
    StopListening,
    WantCallback,
)
from ivr.facts import (
    CALLER,
    Answered,
    Arrived,
    Connected,
    DigitPressed,
    Fact,
    Heard,
    HeardSoFar,
    LegAnswered,
    LegEnded,
    LegRinging,
    ListeningFailed,
    Parted,
    Placed,
    PromptEnded,
    RecordingKept,
    Said,
    SpeechStarted,
    WorkerFailed,
    WorkerLost,
)
from ivr.opening import Then
from ivr.scripts import Script
from ivr.tree import PERSON
from knowledge.intents import Understanding

UP_SECONDS = 40.0  # longer than 64*T1, RFC 3261 §13.3.1.4: the ACK has come or the leg has ended
SPOKEN_ON_THE_WAY = {"emergency": "emergency", "crisis": "crisis", "agent": "to_person", "unclear": "to_person"}
PROMPT_SECONDS = 60.0  # no prompt is longer: one that never ends must not hold a caller


class State(Enum):
    """Where the caller stands."""

    ARRIVING = auto()
    NOTICE = auto()  # the welcome and the recording notice: always heard whole
    CLOSED = auto()  # hears that the hotline is closed now, and how the call goes on
    ASKING = auto()  # the open question
    CONFIRMING = auto()  # one question back
    WAITING = auto()  # in a queue
    TALKING = auto()  # with a person
    RATING = auto()
    LEAVING = auto()  # the last words
    ENDED = auto()


class UnexpectedFactError(Exception):
    """The table has no entry for this state and fact."""


Step = Callable[["Session", Any, float], list[Command]]  # Any: the fact of its row in the table


class Session:
    """The dialogue with the caller of one call. `call` is its id, `script` what it says and how it understands."""

    def __init__(self, call: str, script: Script) -> None:
        self.call = call
        self.script = script
        self.state = State.ARRIVING
        self._deadline: float | None = None
        self._playing = ""
        self._key: str | None = None  # pressed during the notice, acted on after it
        self._after_hours = Then.GO_ON
        self._misses = 0
        self._announcements = 0
        self._number = ""
        self._wants = ""  # the label the caller waits for a person with
        self._speech = True
        self._speaking = False
        self._pending: Understanding | None = None
        self._text = ""

    def handle(self, fact: Fact, now: float) -> list[Command]:
        """What to do about `fact`. Raises UnexpectedFactError for a pair the table does not hold."""
        step = TABLE.get((self.state, type(fact)))
        if step is None:
            raise UnexpectedFactError(f"{type(fact).__name__} while {self.state.name}")
        return step(self, fact, now)

    def next_deadline(self) -> float | None:
        """When tick() has something to do, in the clock of `now`; None for never."""
        return self._deadline

    def tick(self, now: float) -> list[Command]:
        """What to do because the time has come."""
        if self._deadline is None or now < self._deadline:
            return []
        self._deadline = None
        return ON_TIME[self.state](self, now)

    def to_person(self, now: float) -> list[Command]:
        """Whatever went wrong: the caller gets a person."""
        if self.state in (State.WAITING, State.TALKING, State.ENDED):
            return []
        return self._enqueue("agent" if self._pending is None else self._label(self._pending), "to_person", now)

    # --- arriving and the notice

    def _arrived(self, fact: Arrived, now: float) -> list[Command]:
        self._number = fact.caller
        self._deadline = now + UP_SECONDS
        return [Answer(self.call)]

    def _answered(self, _fact: Fact, now: float) -> list[Command]:
        self.state = State.NOTICE
        return self._play("notice", now)

    def _notice_digit(self, fact: DigitPressed, _now: float) -> list[Command]:
        self._key = fact.digit
        return []

    def _notice_ended(self, _fact: Fact, now: float) -> list[Command]:
        return self._notice_over(now)

    def _notice_over(self, now: float) -> list[Command]:
        recording: list[Command] = [StartRecording(self.call, f"{self.call}.wav")] if self.script.record else []
        return recording + self._receive(now)

    # --- outside the hours

    def _receive(self, now: float) -> list[Command]:
        """Say what the hours have to say; who has pressed for a person need not hear it."""
        reception = self.script.hours(now)
        if not reception.prompt or self._wants_person(self._key):
            return self._ask(now)
        self.state = State.CLOSED
        self._after_hours = reception.then
        return self._play(reception.prompt, now)

    def _wants_person(self, digit: str | None) -> bool:
        key = self.script.tree.keys.get(digit or "")
        return key is not None and key.label == PERSON

    def _closed_digit(self, fact: DigitPressed, now: float) -> list[Command]:
        self._key = fact.digit
        return self._ask(now) if self._wants_person(fact.digit) else []

    def _closed_heard(self, fact: PromptEnded, now: float) -> list[Command]:
        return self._closed_over(now) if fact.prompt == self._playing else []

    def _closed_over(self, now: float) -> list[Command]:
        return AFTER_HOURS[self._after_hours](self, now)

    # --- the open question and the question back

    def _ask(self, now: float) -> list[Command]:
        self.state = State.ASKING
        if self._key is not None:
            key, self._key = self._key, None
            return self._pressed(key, now)
        if not self.script.tree.enabled:
            return self._enqueue("agent", "to_person", now)
        return [Listen(self.call), *self._play("question", now, barge_in=True)]

    def _digit(self, fact: DigitPressed, now: float) -> list[Command]:
        return self._pressed(fact.digit, now)

    def _pressed(self, digit: str, now: float) -> list[Command]:
        key = self.script.tree.keys.get(digit)
        if key is None:
            return self._miss("wrong_key", now)
        return [
            NoteMatter(self.call, self._text, key.label, 1.0, "key"),
            *self._enqueue(key.label, "to_person", now),
        ]

    def _speech_started(self, _fact: Fact, now: float) -> list[Command]:
        self._speaking = True
        self._deadline = now + self.script.tree.longest_utterance_seconds
        return []

    def _question_ended(self, fact: PromptEnded, now: float) -> list[Command]:
        """Silence counts from here, also where the prompt could not be played; not while the caller speaks."""
        if fact.prompt == self._playing and not self._speaking:
            self._deadline = now + self.script.tree.silence_seconds
        return []

    def _speech_off(self, _fact: Fact, now: float) -> list[Command]:
        self._speech = False
        if self.state is State.CONFIRMING:
            return self.to_person(now)
        return self._play("question_keys", now, barge_in=True)

    def _silence(self, now: float) -> list[Command]:
        return self._miss("again", now)

    def _miss(self, prompt: str, now: float) -> list[Command]:
        self._misses += 1
        if self._misses >= self.script.tree.silences:
            return self.to_person(now)
        if prompt == "again" and not self._speech:
            prompt = "question_keys"
        return self._play(prompt, now, barge_in=True)

    def _heard(self, fact: Heard, now: float) -> list[Command]:
        self._text = f"{self._text} {fact.text}".strip()
        understood = self.script.intents.understand(fact.text)
        return [self._note(understood), *self._decide(understood, now)]

    def _heard_back(self, fact: Heard, now: float) -> list[Command]:
        """The answer to the question back; there is no second question."""
        self._text = f"{self._text} {fact.text}".strip()
        assert self._pending is not None
        understood = self.script.intents.reply(self._pending, fact.text)
        return [self._note(understood), *self._act(understood, now)]

    def _decide(self, understood: Understanding, now: float) -> list[Command]:
        label = self._label(understood)
        if label == "unclear":
            return self._miss("again", now)
        if label == "abusive":
            return self._miss("warning", now)
        if understood.decision == "confirm":
            self.state = State.CONFIRMING
            self._pending = understood
            return self._ask_back(understood, now)
        return self._act(understood, now)

    def _act(self, understood: Understanding, now: float) -> list[Command]:
        label = self._label(understood)
        prompt = SPOKEN_ON_THE_WAY.get(label.partition(".")[0], "understood")
        return self._enqueue(label, prompt, now)

    def _note(self, understood: Understanding) -> Command:
        confidence = understood.labels[0][1] if understood.labels else 0.0
        return NoteMatter(self.call, self._text, self._label(understood), confidence, "speech")

    @staticmethod
    def _label(understood: Understanding) -> str:
        return understood.labels[0][0] if understood.labels else "unclear"

    # --- the queue and the person

    def _enqueue(self, label: str, prompt: str, now: float) -> list[Command]:
        self.state = State.WAITING
        self._wants = label
        return [
            StopListening(self.call),
            *self._play(prompt, now),
            Enqueue(self.call, label, self.script.tree.priority(label)),
        ]

    def _announced(self, fact: PromptEnded, now: float) -> list[Command]:
        if fact.prompt != self._playing:
            return []
        self._deadline = now + self.script.tree.announce_every_seconds
        return [PlayMusic(self.call, self.script.music)]

    def _announce(self, now: float) -> list[Command]:
        self._announcements += 1
        self._deadline = now + PROMPT_SECONDS
        return [AskPlace(self.call)]

    def _placed(self, fact: Placed, now: float) -> list[Command]:
        then = self.script.place(self._announcements, fact)
        if self.script.offers_callback(self._number, self._wants):
            then += self.script.files("callback.offer")
        return self._play("still_waiting", now, then=then)

    def _waiting_digit(self, fact: DigitPressed, now: float) -> list[Command]:
        wanted = fact.digit == self.script.callback_key
        if not wanted or not self.script.offers_callback(self._number, self._wants):
            return []
        self.state = State.LEAVING
        return [WantCallback(self.call), *self._play("callback.taken", now)]

    def _connected(self, _fact: Fact, _now: float) -> list[Command]:
        self.state = State.TALKING
        self._deadline = None
        return []

    # --- after the person

    def _parted(self, fact: Parted, now: float) -> list[Command]:
        if fact.lost:  # the router has put the caller back at the head of the queue
            self.state = State.WAITING
            return self._play("reconnecting", now)
        if not self.script.tree.rating:
            return self._leave(now)
        self.state = State.RATING
        return self._play("rating", now, barge_in=True)

    def _rated(self, fact: DigitPressed, now: float) -> list[Command]:
        if fact.digit not in "12345":
            return []
        return [NoteRating(self.call, int(fact.digit)), *self._leave(now)]

    def _leave(self, now: float) -> list[Command]:
        self.state = State.LEAVING
        return self._play("thanks", now)

    def _goodbye(self, fact: PromptEnded, now: float) -> list[Command]:
        return self._end(now) if fact.prompt == self._playing else []

    def _end(self, _now: float) -> list[Command]:
        self.state = State.ENDED
        self._deadline = None
        return [Dismiss(self.call)]

    def _leg_ended(self, fact: LegEnded, now: float) -> list[Command]:
        return self._end(now) if fact.leg == CALLER else []

    def _lost(self, _fact: Fact, _now: float) -> list[Command]:
        self.state = State.ENDED
        self._deadline = None
        return []

    def _ignore(self, _fact: Fact, _now: float) -> list[Command]:
        return []

    def _ask_back(self, understood: Understanding, now: float) -> list[Command]:
        return self._say("ask", self.script.question(understood), now, barge_in=True)

    def _play(self, prompt: str, now: float, barge_in: bool = False, then: tuple[str, ...] = ()) -> list[Command]:
        return self._say(prompt, self.script.files(prompt) + then, now, barge_in)

    def _say(self, prompt: str, files: tuple[str, ...], now: float, barge_in: bool) -> list[Command]:
        self._playing, self._speaking = prompt, False
        self._deadline = now + PROMPT_SECONDS
        return [Play(self.call, prompt, files, barge_in)]


def _table() -> dict[tuple[State, type[Fact]], Step]:
    steps: dict[State, dict[type[Fact], Step]] = {
        State.ARRIVING: {Arrived: Session._arrived, Answered: Session._answered},
        State.NOTICE: {PromptEnded: Session._notice_ended, DigitPressed: Session._notice_digit},
        State.CLOSED: {PromptEnded: Session._closed_heard, DigitPressed: Session._closed_digit},
        State.ASKING: {
            PromptEnded: Session._question_ended,
            DigitPressed: Session._digit,
            SpeechStarted: Session._speech_started,
            Heard: Session._heard,
            ListeningFailed: Session._speech_off,
        },
        State.CONFIRMING: {
            PromptEnded: Session._question_ended,
            DigitPressed: Session._digit,
            SpeechStarted: Session._speech_started,
            Heard: Session._heard_back,
            ListeningFailed: Session._speech_off,
        },
        State.WAITING: {
            PromptEnded: Session._announced,
            Placed: Session._placed,
            DigitPressed: Session._waiting_digit,
            Connected: Session._connected,
        },
        State.TALKING: {Parted: Session._parted},
        State.RATING: {PromptEnded: Session._question_ended, DigitPressed: Session._rated},
        State.LEAVING: {PromptEnded: Session._goodbye},
        State.ENDED: {},
    }
    # Facts that may come at any time: a digit too late, the tail of an utterance, the progress of other legs.
    harmless = (
        DigitPressed,
        SpeechStarted,
        Heard,
        HeardSoFar,
        Said,
        PromptEnded,
        ListeningFailed,
        LegRinging,
        LegAnswered,
        RecordingKept,
        WorkerFailed,
    )
    table: dict[tuple[State, type[Fact]], Step] = {}
    for state, own in steps.items():
        for fact in harmless:
            table[state, fact] = Session._ignore
        table[state, LegEnded] = Session._ignore if state is State.ENDED else Session._leg_ended
        table[state, WorkerLost] = Session._lost
        for fact_type, step in own.items():
            table[state, fact_type] = step
    return table


TABLE = _table()

ON_TIME: dict[State, Callable[[Session, float], list[Command]]] = {
    State.ARRIVING: Session._end,
    State.NOTICE: Session._notice_over,
    State.CLOSED: Session._closed_over,
    State.ASKING: Session._silence,
    State.CONFIRMING: Session.to_person,
    State.WAITING: Session._announce,
    State.TALKING: lambda _session, _now: [],
    State.RATING: Session._leave,
    State.LEAVING: Session._end,
    State.ENDED: lambda _session, _now: [],
}

AFTER_HOURS: dict[Then, Callable[[Session, float], list[Command]]] = {
    Then.GO_ON: Session._ask,
    Then.LEAVE: Session._leave,
}
