"""The open question and the one question back: what is made of the words and keys of a caller. PURE.

It decides whether they are acted on, asked about once, or handed to a person; danger goes before everything. It
must not know how words are told apart (knowledge) nor who answers (routing).
"""

from ivr.commands import Command, NoteMatter
from ivr.dialogue import outside, referred, service
from ivr.dialogue.after import leave
from ivr.dialogue.asking import note
from ivr.dialogue.standing import Dialogue, State, label_of, on_the_way, open_label
from ivr.facts import DigitPressed, Fact, Heard, HeardSoFar, PromptEnded
from ivr.slots.form import Form
from ivr.slots.replies import Act
from knowledge.intents import Understanding
from knowledge.known import dangerous

MOST_REPEATS = 3
ALARM_CONFIDENCE = 0.97  # as of an emergency in a whole sentence, see knowledge.intents


def ask(dialogue: Dialogue, now: float) -> list[Command]:
    dialogue.state = State.ASKING
    if dialogue.referred is not None:
        return referred.to_person(dialogue, now)
    if dialogue.key is not None:
        key, dialogue.key = dialogue.key, None
        return pressed(dialogue, key, now)
    if not dialogue.script.tree.enabled:
        return dialogue.enqueue("agent", "to_person", now)
    return [dialogue.listen(), *dialogue.play("question", now, barge_in=True)]


def digit(dialogue: Dialogue, fact: DigitPressed, now: float) -> list[Command]:
    return pressed(dialogue, fact.digit, now)


def pressed(dialogue: Dialogue, digit: str, now: float) -> list[Command]:
    key = dialogue.script.tree.keys.get(digit)
    if key is None:
        return miss(dialogue, "wrong_key", now)
    if key.label == "agent" and dialogue.pending is not None and dangerous(open_label(dialogue.pending)[0]):
        return dialogue.to_person(now)  # 0 is no answer to the question whether the danger lasts
    noted = NoteMatter(dialogue.call, dialogue.text, key.label, 1.0, "key")
    if key.service and dialogue.script.services is not None and dialogue.script.services.settings.enabled:
        return [noted, *service.start(dialogue, key.service, Form("", key.label, 1.0, "key"), "", now)]
    return [noted, *dialogue.enqueue(key.label, "to_person", now)]


def speech_started(dialogue: Dialogue, _fact: Fact, now: float) -> list[Command]:
    dialogue.speaking = True
    dialogue.deadline = now + dialogue.script.tree.longest_utterance_seconds
    return []


def heard_so_far(dialogue: Dialogue, fact: HeardSoFar, now: float) -> list[Command]:
    """Danger is acted on before the sentence ends, whatever was under way.

    A closed grammar bends other words to its own for a moment: there only a whole phrase of danger counts so early.
    """
    if service.closed(dialogue) and not service.alarm_phrase(dialogue, fact.text):
        return []
    code = dialogue.script.intents.alarm(fact.text)
    return alarmed(dialogue, code, fact.text, now) if code else []


def alarmed(dialogue: Dialogue, code: str, text: str, now: float) -> list[Command]:
    """A person at once, with the danger's label; no question is asked."""
    dialogue.remember(text)
    understood = Understanding(((code, ALARM_CONFIDENCE),), "person")
    return [dialogue.note(understood), *act(dialogue, understood, now)]


def question_ended(dialogue: Dialogue, fact: PromptEnded, now: float) -> list[Command]:
    """Silence counts from here, also where the prompt could not be played; not while the caller speaks."""
    if dialogue.prompt_over(fact) and not dialogue.speaking:
        dialogue.deadline = now + dialogue.script.tree.silence_seconds
    return []


def speech_off(dialogue: Dialogue, _fact: Fact, now: float) -> list[Command]:
    dialogue.speech = False
    if dialogue.state is State.CONFIRMING:
        return dialogue.to_person(now)
    return dialogue.play("question_keys", now, barge_in=True)


def silence(dialogue: Dialogue, now: float) -> list[Command]:
    return miss(dialogue, "again", now)


def miss(dialogue: Dialogue, prompt: str, now: float) -> list[Command]:
    dialogue.misses += 1
    if dialogue.misses >= dialogue.script.tree.silences:
        return dialogue.to_person(now)
    if prompt == "again" and not dialogue.speech:
        prompt = "question_keys"
    return dialogue.play(prompt, now, barge_in=True)


def heard(dialogue: Dialogue, fact: Heard, now: float) -> list[Command]:
    if code := named(dialogue, fact.text):
        return alarmed(dialogue, code, fact.text, now)
    if wants_again(dialogue, fact.text):
        prompt = "question" if dialogue.speech else "question_keys"
        return dialogue.play(prompt, now, barge_in=True)
    dialogue.remember(fact.text)
    understood = dialogue.script.intents.understand(fact.text)
    return [dialogue.note(understood), *decide(dialogue, understood, now)]


def named(dialogue: Dialogue, text: str) -> str | None:
    """The label of the emergency line that is asked for by its name."""
    emergencies = dialogue.script.emergencies
    return emergencies.asked_for(text) if emergencies is not None else None


def heard_back(dialogue: Dialogue, fact: Heard, now: float) -> list[Command]:
    """The answer to the question back; there is no second question."""
    assert dialogue.pending is not None
    if code := named(dialogue, fact.text):
        return alarmed(dialogue, code, fact.text, now)
    if wants_again(dialogue, fact.text):
        return dialogue.say("ask", dialogue.script.question(dialogue.pending), now, barge_in=True)
    dialogue.remember(fact.text)
    understood = dialogue.script.intents.reply(dialogue.pending, fact.text)
    noted, label = dialogue.note(understood), label_of(understood)
    if understood.decision == "person" and dangerous(label):  # whether it lasts is a person's to find out
        dialogue.pending = None
        return [noted, *dialogue.enqueue(label, on_the_way(label), now)]
    return [noted, *act(dialogue, understood, now)]


def wants_again(dialogue: Dialogue, text: str) -> bool:
    """Whether the caller asks to hear the question again, which they may do so often."""
    offering = dialogue.script.services
    if offering is None or offering.replies.act(text) not in (Act.REPEAT, Act.HELP):
        return False
    dialogue.repeats += 1
    return dialogue.repeats <= MOST_REPEATS


def decide(dialogue: Dialogue, understood: Understanding, now: float) -> list[Command]:
    label = label_of(understood)
    if label == "unclear":
        return miss(dialogue, "again", now)
    if label == "abusive":
        return warn(dialogue, now)
    if understood.decision == "confirm":
        dialogue.state = State.CONFIRMING
        dialogue.pending = understood
        return dialogue.say("ask", dialogue.script.question(understood), now, barge_in=True)
    return act(dialogue, understood, now)


def warn(dialogue: Dialogue, now: float) -> list[Command]:
    """Abuse without a request: warned so often, then a person or the end, as configured."""
    dialogue.warnings += 1
    if dialogue.warnings <= dialogue.script.tree.warnings:
        return dialogue.play("warning", now, barge_in=True)
    if dialogue.script.tree.after_warnings == "end":
        return [dialogue.deaf(), *leave(dialogue, now)]
    return dialogue.to_person(now)


def act(dialogue: Dialogue, understood: Understanding, now: float) -> list[Command]:
    """A service where there is one for the label, else a person."""
    label, dialogue.pending = label_of(understood), None
    if (bridged := outside.bridge(dialogue, label, now)) is not None:
        return bridged
    offering = dialogue.script.services
    if offering is not None and (wanted := offering.settings.service_of(label)):
        form = Form(wanted, label, understood.labels[0][1])
        return service.start(dialogue, wanted, form, dialogue.text, now)
    return dialogue.enqueue(label, on_the_way(label), now)


# --- while a service is under way, and after it


def heard_in_service(dialogue: Dialogue, fact: Heard, now: float) -> list[Command]:
    """Danger first; then the service's answer, or the other matter the caller has come to."""
    if code := danger(dialogue, fact.text):
        return alarmed(dialogue, code, fact.text, now)
    dialogue.remember(fact.text)
    answered = service.answer(dialogue, fact.text, now)
    if isinstance(answered, Understanding):
        dialogue.form, dialogue.misses = None, 0
        dialogue.state = State.ASKING
        dialogue.text = fact.text  # what was said for the service is no part of this matter
        return [dialogue.listen(), dialogue.note(answered), *decide(dialogue, answered, now)]
    return [note(dialogue), *answered] if dialogue.form is not None else answered


def heard_looking_up(dialogue: Dialogue, fact: Heard, now: float) -> list[Command]:
    """Only danger and a person matter while the desk is asked."""
    code = danger(dialogue, fact.text)
    return alarmed(dialogue, code, fact.text, now) if code else []


def danger(dialogue: Dialogue, text: str) -> str | None:
    """The emergency or crisis that a whole utterance names; of a closed grammar, in a whole phrase of danger."""
    if service.closed(dialogue) and not service.alarm_phrase(dialogue, text):
        return None
    if code := dialogue.script.intents.alarm(text) or named(dialogue, text):
        return code
    understood = dialogue.script.intents.understand(text)
    urgent = understood.code.startswith(("emergency.", "crisis")) and understood.decision != "confirm"
    return understood.code if urgent else None


def heard_more(dialogue: Dialogue, fact: Heard, now: float) -> list[Command]:
    """Nothing else: the last words; another matter: as at the open question."""
    offering = dialogue.script.services
    done = offering.replies.act(fact.text) if offering is not None else None
    if done in (Act.DONE, Act.DENY, Act.CANCEL):
        return [dialogue.deaf(), *leave(dialogue, now)]
    dialogue.state = State.ASKING
    dialogue.text = ""
    return heard(dialogue, fact, now)


def silent_more(dialogue: Dialogue, now: float) -> list[Command]:
    return [dialogue.deaf(), *leave(dialogue, now)]


def digit_more(dialogue: Dialogue, fact: DigitPressed, now: float) -> list[Command]:
    dialogue.state = State.ASKING
    return pressed(dialogue, fact.digit, now)
