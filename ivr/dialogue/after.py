"""After the person, and the end of the call: reconnecting, the rating, the last words. PURE.

It decides how a caller leaves. It must not know what is kept of the call (records).
"""

from ivr.commands import Command, NoteRating
from ivr.dialogue.standing import Dialogue, State
from ivr.facts import CALLER, DigitPressed, Fact, Handed, LegEnded, Parted, PromptEnded


def parted(dialogue: Dialogue, fact: Parted, now: float) -> list[Command]:
    if fact.lost:  # the router has put the caller back at the head of the queue
        dialogue.state = State.WAITING
        return dialogue.play("reconnecting", now)
    if not dialogue.script.tree.rating:
        return leave(dialogue, now)
    dialogue.state = State.RATING
    return dialogue.play("rating", now, barge_in=True)


def handed(dialogue: Dialogue, fact: Handed, now: float) -> list[Command]:
    """The router has the caller again, for the one they are passed on to or for whoever is next."""
    dialogue.state = State.WAITING
    return dialogue.play("reconnecting" if fact.lost else "transferring", now)


def rated(dialogue: Dialogue, fact: DigitPressed, now: float) -> list[Command]:
    if fact.digit not in "12345":
        return []
    return [NoteRating(dialogue.call, int(fact.digit)), *leave(dialogue, now)]


def leave(dialogue: Dialogue, now: float, before: tuple[str, ...] = ()) -> list[Command]:
    """The last words, after the files `before`."""
    dialogue.state = State.LEAVING
    files = before + dialogue.script.then("thanks") if before else dialogue.script.files("thanks")
    return dialogue.say("thanks", files, now, barge_in=False)


def goodbye(dialogue: Dialogue, fact: PromptEnded, now: float) -> list[Command]:
    return end(dialogue, now) if dialogue.prompt_over(fact) else []


def end(dialogue: Dialogue, _now: float) -> list[Command]:
    return dialogue.end()


def leg_ended(dialogue: Dialogue, fact: LegEnded, _now: float) -> list[Command]:
    return dialogue.end() if fact.leg == CALLER else []


def lost(dialogue: Dialogue, _fact: Fact, _now: float) -> list[Command]:
    dialogue.state = State.ENDED
    dialogue.deadline = None
    return []
