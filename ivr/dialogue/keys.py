"""A service under way: keys, silence and the desk's answers, each to the piece that asked. PURE.

It decides what a key means at every step. It must not know what is said instead (service).
"""

from collections.abc import Callable

from ivr.commands import Command
from ivr.dialogue import appointment, numbers, service
from ivr.dialogue.asking import failed, form_of, hand_over, more, note, offering_of, once_more, put, said, understood
from ivr.dialogue.standing import Dialogue
from ivr.facts import Booked, DigitPressed, Fact, ProgressFound
from ivr.slots.digits import grouped


def digit(dialogue: Dialogue, fact: DigitPressed, now: float) -> list[Command]:
    """0 a person, * back, # again; 1 and 2 are yes and no; else the slot's."""
    form, key = form_of(dialogue), fact.digit
    figures = form.question.ear == "digits"
    if figures or (form.question.slot == "day" and not form.question.check and (key.isdigit() or form.keyed)):
        return (numbers.key if figures else appointment.day_key)(dialogue, key, now)
    if key in KEYS:
        return KEYS[key](dialogue, now)
    if form.question.check and key in "12":
        return service.agreed(dialogue, now) if key == "1" else service.denied(dialogue, now)
    ways = offering_of(dialogue).settings.choose
    if form.service == "choose" and 1 <= int(key) <= len(ways):
        return service.chosen(dialogue, ways[int(key) - 1].name, "", now)
    if form.service == "appointment" and not form.question.check:
        return appointment.key(dialogue, key, now)
    return failed(dialogue, now)


KEYS: dict[str, Callable[[Dialogue, float], list[Command]]] = {"0": hand_over, "*": service.back, "#": once_more}


def quiet(dialogue: Dialogue, now: float) -> list[Command]:
    """Nothing was said or pressed in time."""
    if form_of(dialogue).question.slot == "day" and form_of(dialogue).keyed:
        return appointment.day_keyed(dialogue, now)
    ended = numbers.quiet(dialogue, now)
    return ended if ended is not None else failed(dialogue, now)


def speech_off(dialogue: Dialogue, _fact: Fact, now: float) -> list[Command]:
    """Keys go on."""
    dialogue.speech = False
    return put(dialogue, form_of(dialogue).question, now, said(dialogue, "off_keys"))


def key_looking_up(dialogue: Dialogue, fact: DigitPressed, now: float) -> list[Command]:
    return hand_over(dialogue, now) if fact.digit == "0" else []


def no_answer(dialogue: Dialogue, now: float) -> list[Command]:
    return hand_over(dialogue, now, "trouble")


def progress_found(dialogue: Dialogue, fact: ProgressFound, now: float) -> list[Command]:
    return numbers.found(dialogue, fact, now)


def booked(dialogue: Dialogue, fact: Booked, now: float) -> list[Command]:
    """The ticket's number is read out twice; a person where there is none."""
    if not fact.number:
        return hand_over(dialogue, now, "trouble")
    understood(dialogue)
    number = grouped("".join(char for char in fact.number if char.isdigit()))
    return [note(dialogue), *more(dialogue, now, said(dialogue, "booked", number=number))]
