"""One caller's way from the first ring to the last word, as a table. PURE: facts and the time in, commands out.

It holds which piece of ivr.dialogue takes which fact in which state. It must not know which agent answers (routing),
how audio runs (telephony) or what is stored (records). When in doubt: a person.
"""

from collections.abc import Callable

from ivr.commands import Command
from ivr.dialogue import after, arrival, keys, outside, question, referred, voicemail, waiting
from ivr.dialogue.arrival import AFTER_HOURS
from ivr.dialogue.standing import PROMPT_SECONDS, Dialogue, State, Step, caller_known, ignore
from ivr.facts import (
    CALLER,
    Answered,
    Arrived,
    Booked,
    CallerKnown,
    Connected,
    Crowded,
    DigitPressed,
    Fact,
    Handed,
    Heard,
    HeardSoFar,
    LegAnswered,
    LegEnded,
    LegRinging,
    LineAsked,
    LineDropAsked,
    ListeningFailed,
    MessageKept,
    MessageTaken,
    Parted,
    Placed,
    ProgressFound,
    PromptEnded,
    RecordingKept,
    Said,
    SpeechStarted,
    TicketFound,
    WorkerFailed,
    WorkerLost,
)

__all__ = ["AFTER_HOURS", "ON_TIME", "PROMPT_SECONDS", "TABLE", "Session", "State", "UnexpectedFactError", "ignore"]


class UnexpectedFactError(Exception):
    """The table has no entry for this state and fact."""


class Session(Dialogue):
    """The dialogue, driven by the table."""

    def handle(self, fact: Fact, now: float) -> list[Command]:
        """What to do about `fact`. Raises UnexpectedFactError for a pair the table does not hold."""
        step = TABLE.get((self.state, type(fact)))
        if step is None:
            raise UnexpectedFactError(f"{type(fact).__name__} while {self.state.name}")
        return step(self, fact, now)

    def tick(self, now: float) -> list[Command]:
        """What to do because the time has come."""
        if self.deadline is None or now < self.deadline:
            return []
        self.deadline = None
        return ON_TIME[self.state](self, now)


STEPS: dict[State, dict[type[Fact], Step]] = {
    State.ARRIVING: {Arrived: arrival.arrived, Answered: arrival.answered},
    State.NOTICE: {PromptEnded: arrival.notice_ended, DigitPressed: arrival.notice_digit},
    State.CLOSED: {PromptEnded: arrival.closed_heard, DigitPressed: arrival.closed_digit},
    State.ASKING: {
        PromptEnded: question.question_ended,
        DigitPressed: question.digit,
        SpeechStarted: question.speech_started,
        HeardSoFar: question.heard_so_far,
        Heard: question.heard,
        ListeningFailed: question.speech_off,
    },
    State.CONFIRMING: {
        PromptEnded: question.question_ended,
        DigitPressed: question.digit,
        SpeechStarted: question.speech_started,
        HeardSoFar: question.heard_so_far,
        Heard: question.heard_back,
        ListeningFailed: question.speech_off,
    },
    State.FILLING: {
        PromptEnded: question.question_ended,
        DigitPressed: keys.digit,
        SpeechStarted: question.speech_started,
        HeardSoFar: question.heard_so_far,
        Heard: question.heard_in_service,
        ListeningFailed: keys.speech_off,
        Connected: waiting.connected,
    },
    State.CHECKING: {
        PromptEnded: question.question_ended,
        DigitPressed: keys.digit,
        SpeechStarted: question.speech_started,
        HeardSoFar: question.heard_so_far,
        Heard: question.heard_in_service,
        ListeningFailed: keys.speech_off,
        Connected: waiting.connected,
    },
    State.LOOKING_UP: {
        DigitPressed: keys.key_looking_up,
        HeardSoFar: question.heard_so_far,
        Heard: question.heard_looking_up,
        ProgressFound: keys.progress_found,
        Booked: keys.booked,
    },
    State.MORE: {
        PromptEnded: question.question_ended,
        DigitPressed: question.digit_more,
        SpeechStarted: question.speech_started,
        HeardSoFar: question.heard_so_far,
        Heard: question.heard_more,
    },
    State.WAITING: {
        PromptEnded: waiting.announced,
        Placed: waiting.placed,
        DigitPressed: waiting.waiting_digit,
        Connected: waiting.connected,
        Crowded: waiting.crowded,
        HeardSoFar: waiting.heard_so_far,
        Heard: waiting.heard,
    },
    State.CALLING_OUT: {
        PromptEnded: outside.said,
        DigitPressed: outside.digit,
        LegAnswered: outside.answered,
        Connected: outside.connected,
    },
    State.OUTSIDE: {Connected: outside.connected},
    State.MESSAGE_TONE: {
        PromptEnded: voicemail.tone_ended,
        DigitPressed: voicemail.tone_digit,
        Connected: voicemail.connected,
    },
    State.MESSAGE: {
        SpeechStarted: voicemail.speech_started,
        HeardSoFar: voicemail.heard_so_far,
        Heard: voicemail.heard,
        DigitPressed: voicemail.digit,
        ListeningFailed: voicemail.speech_off,
        MessageKept: voicemail.kept,
        Connected: voicemail.connected,
    },
    State.MESSAGE_KEEPING: {
        Heard: voicemail.last_words,
        MessageKept: voicemail.kept,
        Connected: voicemail.connected,
    },
    State.MESSAGE_REVIEW: {
        PromptEnded: voicemail.review_ended,
        DigitPressed: voicemail.review_digit,
        Connected: voicemail.connected,
    },
    State.MESSAGE_SENDING: {MessageTaken: voicemail.taken, Connected: voicemail.connected},
    State.TALKING: {
        Parted: outside.parted,
        Handed: outside.handed,
        LineAsked: outside.asked,
        LineDropAsked: outside.drop_asked,
        LegAnswered: outside.answered,
    },
    State.RATING: {PromptEnded: question.question_ended, DigitPressed: after.rated},
    State.LEAVING: {PromptEnded: after.goodbye},
    State.ENDED: {MessageKept: voicemail.late, MessageTaken: voicemail.settled},
}

# Facts that may come at any time: a digit too late, the tail of an utterance, the progress of other legs.
HARMLESS = (
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
    Booked,
    ProgressFound,
    Crowded,
    MessageKept,
    MessageTaken,
    LineAsked,
    LineDropAsked,
)


def left(dialogue: Dialogue, fact: LegEnded, now: float) -> list[Command]:
    """The caller hung up: a message that was left is kept. Or the line outside did."""
    if fact.leg != CALLER:
        return outside.ended(dialogue, fact, now)
    return [*voicemail.gone(dialogue), *after.leg_ended(dialogue, fact, now)]


def lost(dialogue: Dialogue, fact: WorkerLost, now: float) -> list[Command]:
    return [*voicemail.lost(dialogue), *after.lost(dialogue, fact, now)]


def _table() -> dict[tuple[State, type[Fact]], Step]:
    table: dict[tuple[State, type[Fact]], Step] = {}
    for state, own in STEPS.items():
        for fact in HARMLESS:
            table[state, fact] = ignore
        table[state, LegEnded] = ignore if state is State.ENDED else left
        table[state, WorkerLost] = lost
        table[state, CallerKnown] = caller_known
        table[state, TicketFound] = referred.found
        for fact_type, step in own.items():
            table[state, fact_type] = step
    return table


TABLE = _table()

ON_TIME: dict[State, Callable[[Dialogue, float], list[Command]]] = {
    State.ARRIVING: after.end,
    State.NOTICE: arrival.notice_over,
    State.CLOSED: arrival.closed_over,
    State.ASKING: question.silence,
    State.CONFIRMING: Dialogue.to_person,
    State.FILLING: keys.quiet,
    State.CHECKING: keys.quiet,
    State.LOOKING_UP: keys.no_answer,
    State.MORE: question.silent_more,
    State.MESSAGE_TONE: voicemail.record,
    State.MESSAGE: voicemail.finish,
    State.MESSAGE_KEEPING: voicemail.not_kept,
    State.MESSAGE_REVIEW: voicemail.send,
    State.MESSAGE_SENDING: voicemail.not_taken,
    State.WAITING: waiting.announce,
    State.TALKING: outside.talking_over,
    State.CALLING_OUT: outside.late,
    State.OUTSIDE: lambda _dialogue, _now: [],
    State.RATING: after.leave,
    State.LEAVING: after.end,
    State.ENDED: lambda _dialogue, _now: [],
}
