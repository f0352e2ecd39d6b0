"""A line outside on the call: an emergency line bridged past every queue, or 12345 on an agent's key. PURE.

It decides who talks with whom, and where the caller goes when the line cannot be had: never nowhere. It must not know
how a line is called (telephony) nor what becomes of the ticket that goes with it (hotline.services.referrals).
"""

from dataclasses import dataclass, replace

from ivr.commands import (
    Command,
    DialLine,
    DropLine,
    Enqueue,
    HangUp,
    Join,
    LeaveQueue,
    NoteTransfer,
    PlayMusic,
)
from ivr.dialogue import after
from ivr.dialogue.standing import Dialogue, State
from ivr.facts import DigitPressed, Fact, Handed, LegAnswered, LegEnded, LineAsked, LineDropAsked, Parted, PromptEnded
from ivr.lines.emergencies import prompt
from records.transfer_entry import ANSWERED, CANCELLED, NO_ANSWER, outcome_of

EMERGENCY, TO_12345 = "emergency", "12345"
BYE = 200
LINE = "line:"
BRIDGING_12345, RETURNED_12345 = "to_12345.bridging", "to_12345.returned"


@dataclass
class Outside:
    """The line that is being called, until `until`, or `joined`. `by` is the agent who asked; empty: the caller."""

    kind: str
    number: str
    label: str
    until: float
    by: str = ""
    ticket: str = ""
    joined: bool = False

    @property
    def leg(self) -> str:
        return LINE + self.number


# --- an emergency in the caller's words


def bridge(dialogue: Dialogue, label: str, now: float) -> list[Command] | None:
    """Call the emergency line of `label` at once; None where there is none, or it was tried on this call already."""
    emergencies = dialogue.script.emergencies
    line = emergencies.line(label) if emergencies is not None else None
    if emergencies is None or line is None or line.number in dialogue.tried:
        return None
    dialogue.tried.append(line.number)
    dialogue.form = dialogue.message = None
    dialogue.wants = label
    dialogue.state = State.CALLING_OUT
    outside = Outside(EMERGENCY, line.number, label, now + emergencies.settings.ring_seconds)
    dialogue.outside = outside
    dial = DialLine(dialogue.call, outside.leg, line.number, emergencies.shown_at(line.number), EMERGENCY)
    playing = dialogue.play(prompt("bridging", line.number), now)
    dialogue.deadline = outside.until
    return [dialogue.deaf(), LeaveQueue(dialogue.call, ""), dial, *playing]


def said(dialogue: Dialogue, fact: PromptEnded, _now: float) -> list[Command]:
    """Something is heard while it rings."""
    ended = dialogue.prompt_over(fact)
    dialogue.deadline = line_of(dialogue).until
    return [PlayMusic(dialogue.call, dialogue.script.music)] if ended and dialogue.script.music else []


def digit(dialogue: Dialogue, fact: DigitPressed, now: float) -> list[Command]:
    """0: not the line but a person."""
    if fact.digit != "0":
        return []
    outside = line_of(dialogue)
    drop = DropLine(dialogue.call, outside.leg, CANCELLED)
    if outside.kind == TO_12345:
        return [drop, *_back(dialogue, now, CANCELLED)]
    dialogue.outside = None
    return [drop, *dialogue.enqueue(outside.label, "to_person", now)]


# --- an agent's key


def asked(dialogue: Dialogue, fact: LineAsked, now: float) -> list[Command]:
    """The agent asks for a line while they talk with the caller; both stay together while it rings.

    Beside a line that has joined an emergency line may be called: two dangers need two lines.
    """
    there = dialogue.outside
    if there is not None and not (fact.kind == EMERGENCY and there.joined and there.number != fact.number):
        return []
    outside, shown, header = None, "", ""
    emergencies, neighbour = dialogue.script.emergencies, dialogue.script.neighbour
    if fact.kind == EMERGENCY and emergencies is not None and (found := emergencies.of_number(fact.number)) is not None:
        until = now + emergencies.settings.ring_seconds
        outside = Outside(EMERGENCY, fact.number, found[0], until, fact.by, fact.ticket)
        shown = emergencies.shown_at(fact.number)
    elif fact.kind == TO_12345 and neighbour is not None and neighbour.reached:
        until = now + neighbour.settings.ring_seconds
        label = dialogue.wants or "agent"
        outside = Outside(TO_12345, neighbour.settings.number, label, until, fact.by, fact.ticket)
        shown, header = neighbour.shown, neighbour.header(fact.ticket, fact.summary)
    if outside is None:
        return []
    dialogue.outside, dialogue.deadline = outside, outside.until
    return [
        DialLine(dialogue.call, outside.leg, outside.number, shown, outside.kind, fact.by, fact.ticket, header),
    ]


def drop_asked(dialogue: Dialogue, _fact: LineDropAsked, _now: float) -> list[Command]:
    """The agent gives the line up, ringing or joined; the caller stays with the agent."""
    if dialogue.outside is None:
        return []
    outside, dialogue.outside, dialogue.deadline = dialogue.outside, None, None
    noted = [] if outside.joined else _noted(dialogue, outside, CANCELLED)
    return [DropLine(dialogue.call, outside.leg, CANCELLED), *noted]


def parted(dialogue: Dialogue, fact: Parted, now: float) -> list[Command]:
    """The agent has gone: the caller is with the line, waits for it, or has nobody any more."""
    outside = dialogue.outside
    if outside is None:
        return after.parted(dialogue, fact, now)
    away: list[Command] = [LeaveQueue(dialogue.call, "")] if fact.lost else []
    if outside.joined:
        dialogue.state, dialogue.deadline = State.OUTSIDE, None
        return away
    dialogue.state = State.CALLING_OUT
    name = BRIDGING_12345 if outside.kind == TO_12345 else prompt("bridging", outside.number)
    playing = dialogue.play(name, now)
    dialogue.deadline = outside.until
    return [*away, *playing]


def handed(dialogue: Dialogue, fact: Handed, now: float) -> list[Command]:
    """The caller is on their way to another agent: no line may come up for them that nobody would hear."""
    outside, dialogue.outside = dialogue.outside, None
    away = [DropLine(dialogue.call, outside.leg, CANCELLED)] if outside is not None else []
    return [*away, *after.handed(dialogue, fact, now)]


def connected(dialogue: Dialogue, _fact: Fact, _now: float) -> list[Command]:
    """An agent has come all the same; the line is a third on the call."""
    dialogue.state = State.TALKING
    dialogue.deadline = None if line_of(dialogue).joined else line_of(dialogue).until
    return []


# --- what becomes of the line


def answered(dialogue: Dialogue, fact: LegAnswered, _now: float) -> list[Command]:
    outside = dialogue.outside
    if outside is None or fact.leg != outside.leg or outside.joined:
        return []
    outside.joined, dialogue.deadline = True, None
    noted = _noted(dialogue, outside, ANSWERED)
    if dialogue.state is not State.TALKING:
        dialogue.state = State.OUTSIDE
        return [Join(dialogue.call, outside.leg), *noted]
    neighbour = dialogue.script.neighbour
    if outside.kind == TO_12345 and neighbour is not None and not neighbour.settings.stay:
        return [Join(dialogue.call, outside.leg), HangUp(dialogue.call, f"agent:{outside.by}"), *noted]
    return [Join(dialogue.call, outside.leg), *noted]


def ended(dialogue: Dialogue, fact: LegEnded, now: float) -> list[Command]:
    """The line's leg is over, or never came up."""
    outside = dialogue.outside
    if outside is None or fact.leg != outside.leg:
        return []
    outcome = outcome_of(fact.code)
    if dialogue.state is State.TALKING:
        dialogue.outside = dialogue.deadline = None
        return [] if outside.joined else _noted(dialogue, outside, outcome)
    if outside.joined and fact.code == BYE:
        return _over(dialogue, outside, now)
    if outside.kind == TO_12345:
        return _back(dialogue, now, outcome)
    return _unreachable(dialogue, now)


def late(dialogue: Dialogue, now: float) -> list[Command]:
    """It has rung long enough."""
    outside = line_of(dialogue)
    drop = DropLine(dialogue.call, outside.leg, NO_ANSWER)
    if dialogue.state is State.TALKING:
        dialogue.outside = None
        return [drop, *_noted(dialogue, outside, NO_ANSWER)]
    return [drop, *(_back(dialogue, now, NO_ANSWER) if outside.kind == TO_12345 else _unreachable(dialogue, now))]


def talking_over(dialogue: Dialogue, now: float) -> list[Command]:
    """In a talk only a line that rings has a deadline."""
    return late(dialogue, now) if dialogue.outside is not None and not dialogue.outside.joined else []


def _over(dialogue: Dialogue, outside: Outside, now: float) -> list[Command]:
    """They have hung up. After 12345 the call ends as after an agent; after an emergency line the caller is asked."""
    dialogue.outside = None
    if outside.kind == TO_12345:
        return after.parted(dialogue, Parted(dialogue.call), now)
    dialogue.state, dialogue.misses = State.ASKING, 0
    name = "question" if dialogue.speech else "question_keys"
    files = dialogue.script.files(prompt("after", outside.number)) + dialogue.script.then(name)
    listen = [dialogue.listen()] if dialogue.speech else []
    return [*listen, *dialogue.say(name, files, now, barge_in=True)]


def _unreachable(dialogue: Dialogue, now: float) -> list[Command]:
    """The emergency line cannot be had: a person at once, and the number to dial is said."""
    outside = line_of(dialogue)
    dialogue.outside = None
    return dialogue.enqueue(outside.label, prompt("unreachable", outside.number), now)


def _back(dialogue: Dialogue, now: float, outcome: str) -> list[Command]:
    """12345 cannot be had and the agent has gone: the head of the queue, and the same agent where they can."""
    outside = line_of(dialogue)
    dialogue.outside = None
    noted = [] if outside.joined else _noted(dialogue, outside, outcome)
    orders = dialogue.enqueue(outside.label, RETURNED_12345, now)
    return [*noted, *(again(order, outside.by) for order in orders)]


def again(order: Command, preferred: str) -> Command:
    """The order to queue as that of one who has waited before."""
    return replace(order, preferred=preferred, again=True) if isinstance(order, Enqueue) else order


def _noted(dialogue: Dialogue, outside: Outside, outcome: str) -> list[Command]:
    if not outside.ticket:
        return []
    return [NoteTransfer(dialogue.call, outside.ticket, outside.number, outcome, outside.by)]


def ringing(dialogue: Dialogue) -> Outside | None:
    """The line that is called and has not answered yet."""
    outside = dialogue.outside
    return outside if isinstance(outside, Outside) and not outside.joined else None


def line_of(dialogue: Dialogue) -> Outside:
    assert isinstance(dialogue.outside, Outside)
    return dialogue.outside
