"""A caller in the queue: music, announcements, the callback asked for, the person who comes. PURE.

It decides what a waiting caller hears and may press. It must not know the queue's order (routing).
"""

from ivr.commands import AskPlace, Command, PlayMusic, WantCallback
from ivr.dialogue import service
from ivr.dialogue.standing import PROMPT_SECONDS, Dialogue, State
from ivr.facts import DigitPressed, Fact, Placed, PromptEnded


def announced(dialogue: Dialogue, fact: PromptEnded, now: float) -> list[Command]:
    if not dialogue.prompt_over(fact):
        return []
    dialogue.deadline = now + dialogue.script.tree.announce_every_seconds
    return [PlayMusic(dialogue.call, dialogue.script.music)]


def announce(dialogue: Dialogue, now: float) -> list[Command]:
    dialogue.announcements += 1
    dialogue.deadline = now + PROMPT_SECONDS
    return [AskPlace(dialogue.call)]


def placed(dialogue: Dialogue, fact: Placed, now: float) -> list[Command]:
    then = dialogue.script.place(dialogue.announcements, fact)
    if dialogue.script.offers_callback(dialogue.number, dialogue.wants):
        then += dialogue.script.then("callback.offer")
    return dialogue.play("still_waiting", now, then=then)


def waiting_digit(dialogue: Dialogue, fact: DigitPressed, now: float) -> list[Command]:
    wanted = fact.digit == dialogue.script.callback_key
    if not wanted or not dialogue.script.offers_callback(dialogue.number, dialogue.wants):
        return []
    if dialogue.script.services is not None and dialogue.script.services.settings.enabled:
        return service.ask_number(dialogue, now)
    dialogue.state = State.LEAVING
    return [WantCallback(dialogue.call), *dialogue.play("callback.taken", now)]


def connected(dialogue: Dialogue, _fact: Fact, _now: float) -> list[Command]:
    """The person is there, also for a caller who was just saying where to be called back."""
    asked = dialogue.form is not None
    dialogue.form = None
    dialogue.state = State.TALKING
    dialogue.deadline = None
    return [dialogue.deaf()] if asked else []
