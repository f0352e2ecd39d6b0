"""From the first ring to the open question: the answer, the recording notice, the message outside the hours. PURE.

It decides when the caller may speak. It must not know what is made of what they say (ivr.dialogue.question).
"""

from collections.abc import Callable

from ivr.commands import Answer, AskCaller, Command, StartRecording
from ivr.dialogue import referred, voicemail
from ivr.dialogue.after import leave
from ivr.dialogue.question import ask
from ivr.dialogue.standing import Dialogue, State
from ivr.facts import Arrived, DigitPressed, Fact, PromptEnded
from ivr.opening import Then
from ivr.tree import PERSON

SHORTEST = 7  # figures of a number that stands for one line
UP_SECONDS = 40.0  # longer than 64*T1, RFC 3261 §13.3.1.4: the ACK has come or the leg has ended


def arrived(dialogue: Dialogue, fact: Arrived, now: float) -> list[Command]:
    dialogue.number = fact.caller
    dialogue.told.number, dialogue.told.trunk = fact.caller, fact.trunk
    dialogue.deadline = now + UP_SECONDS
    answer: list[Command] = [Answer(dialogue.call), *referred.arrived(dialogue, fact)]
    return [*answer, AskCaller(dialogue.call, fact.caller)] if one_caller(dialogue, fact.caller) else answer


def one_caller(dialogue: Dialogue, calling: str) -> bool:
    """Whether there is use in asking what is known: service numbers stand for many callers, words for none."""
    figures = calling.removeprefix("+")
    return dialogue.script.needs is not None and len(figures) >= SHORTEST and figures.isascii() and figures.isdigit()


def answered(dialogue: Dialogue, _fact: Fact, now: float) -> list[Command]:
    dialogue.state = State.NOTICE
    return dialogue.play("notice", now)


def notice_digit(dialogue: Dialogue, fact: DigitPressed, _now: float) -> list[Command]:
    dialogue.key = fact.digit
    return []


def notice_ended(dialogue: Dialogue, _fact: Fact, now: float) -> list[Command]:
    return notice_over(dialogue, now)


def notice_over(dialogue: Dialogue, now: float) -> list[Command]:
    recording: list[Command] = []
    if dialogue.script.record:
        recording = [StartRecording(dialogue.call, f"{dialogue.call}.wav")]
    return receive(dialogue, now) + recording  # last: who dials an agent now does not wait until files are opened


def receive(dialogue: Dialogue, now: float) -> list[Command]:
    """Say what the hours have to say; who has pressed for a person need not hear it."""
    reception = dialogue.script.hours(now)
    if not reception.prompt or wants_person(dialogue, dialogue.key):
        return ask(dialogue, now)
    dialogue.state = State.CLOSED
    dialogue.after_hours = reception.then
    return dialogue.play(reception.prompt, now)


def wants_person(dialogue: Dialogue, digit: str | None) -> bool:
    key = dialogue.script.tree.keys.get(digit or "")
    return key is not None and key.label == PERSON


def closed_digit(dialogue: Dialogue, fact: DigitPressed, now: float) -> list[Command]:
    dialogue.key = fact.digit
    return ask(dialogue, now) if wants_person(dialogue, fact.digit) else []


def closed_heard(dialogue: Dialogue, fact: PromptEnded, now: float) -> list[Command]:
    return closed_over(dialogue, now) if dialogue.prompt_over(fact) else []


def closed_over(dialogue: Dialogue, now: float) -> list[Command]:
    return AFTER_HOURS[dialogue.after_hours](dialogue, now)


AFTER_HOURS: dict[Then, Callable[[Dialogue, float], list[Command]]] = {
    Then.GO_ON: ask,
    Then.LEAVE: leave,
    Then.MESSAGE: voicemail.begin,
}
