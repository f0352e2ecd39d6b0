"""How well sentences nobody trained on are understood: typed, and spoken over a telephone line to the recogniser.

It prints figures only, never a sentence: the held-out file stays unseen by those who train.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, spread
from benchmarks.machine import load
from config.load import PACKAGED
from ivr.speech import store
from ivr.speech.recogniser import Model, load_model, transcribe
from ivr.speech.training.telephone import Line, through
from ivr.speech.training.voices import HELD_OUT
from ivr.speech.voice import speak
from knowledge.asking import STILL_IN_DANGER
from knowledge.intents import Intents
from knowledge.known import dangerous
from knowledge.loading import load_intents

Say = Callable[[str], None]
Pairs = Sequence[tuple[str, str]]

SENTENCES = Path(__file__).parent.parent / "tests" / "knowledge" / "held_out_final.tsv"
# Signal to noise on the line, dB.
NOISE = (15.0, 25.0)
# Sentences spoken: every danger among them and as many others.
SPOKEN, SPOKEN_QUICK = 120, 20
DANGERS_QUICK = 6
SEED = 12348


def understanding(say: Say, quick: bool) -> Iterator[Figure]:
    """Shares (0..1) of the held-out sentences, points (of 100) lost by speech, and times. Full below 90 s."""
    yield from measured(say, quick, labelled(SENTENCES))


def measured(say: Say, quick: bool, pairs: Pairs) -> Iterator[Figure]:
    """The figures of `pairs` (label, sentence)."""
    intents = load_intents(PACKAGED / "intents", progress=say)
    notes = {"sentences": len(pairs), "load": load()}
    times, found = [], []
    for _, text in pairs:
        began = time.process_time()
        found.append(intents.understand(text))
        times.append((time.process_time() - began) * 1000)
    answers = list(zip((label for label, _ in pairs), found, strict=True))
    yield Figure(
        "understanding: first label, typed",
        share([label == one.code for label, one in answers]),
        "",
        None,
        notes | {"at_least": 0.9},
    )
    yield Figure(
        "understanding: asked back, typed",
        share([one.decision == "confirm" for one in found]),
        "",
        None,
        notes | {"at_most": 0.15},
    )
    seen = [dangerous(one.code) or one.question == STILL_IN_DANGER for label, one in answers if dangerous(label)]
    yield Figure(
        "understanding: dangers seen, typed", share(seen), "", None, notes | {"dangers": len(seen), "at_least": 1}
    )
    others = [dangerous(one.code) and one.decision != "confirm" for label, one in answers if not dangerous(label)]
    yield Figure(
        "understanding: false alarms, typed", share(others), "", None, notes | {"others": len(others), "at_most": 0.01}
    )
    yield from spread("understanding: a decision, CPU", times, "ms", load=load())
    yield from spoken(say, intents, chosen(pairs, quick))


def spoken(say: Say, intents: Intents, pairs: Pairs) -> Iterator[Figure]:
    """What is lost when `pairs` are said by voices training never had, over a noisy line, to the packaged model."""
    model, rng = load_model(store.PACKAGED), np.random.default_rng(SEED)
    typed, heard, dangers, asked = [], [], [], []
    for number, (label, text) in enumerate(pairs):
        words = words_of(model, text, HELD_OUT[number % len(HELD_OUT)], rng)
        found = intents.understand(words)
        typed.append(label == intents.understand(text).code)
        heard.append(label == found.code)
        asked.append(found.decision == "confirm")
        if dangerous(label):
            dangers.append(dangerous(found.code) or found.question == STILL_IN_DANGER)
        if number % 20 == 19:
            say(f"understanding: {number + 1} of {len(pairs)} sentences spoken")
    notes = {"sentences": len(pairs), "voices": len(HELD_OUT), "snr_db": NOISE, "load": load()}
    yield Figure("understanding: first label, spoken", share(heard), "", None, notes)
    yield Figure(
        "understanding: lost by speech", 100 * (share(typed) - share(heard)), "points", None, notes | {"at_most": 8}
    )
    yield Figure("understanding: asked back, spoken", share(asked), "", None, notes)
    yield Figure(
        "understanding: dangers seen, spoken",
        share(dangers),
        "",
        None,
        notes | {"dangers": len(dangers), "at_least": 1},
    )


def words_of(model: Model, text: str, voice: str, rng: np.random.Generator) -> str:
    """What the recogniser makes of `text`, said by `voice` over a line."""
    wave = np.concatenate([speak(text, voice).samples, np.zeros(4000, np.int16)]).astype(np.float32)
    pcm = through(wave, Line(snr=float(rng.uniform(*NOISE))), [], rng)
    return "".join(final.text for final in transcribe(model, pcm.tobytes()))


def chosen(pairs: Pairs, quick: bool) -> Pairs:
    """The sentences that are spoken, spread evenly over dangers and the rest."""
    most, least = (SPOKEN_QUICK, DANGERS_QUICK) if quick else (SPOKEN, SPOKEN)
    dangers = evenly([pair for pair in pairs if dangerous(pair[0])], least)
    return [*dangers, *evenly([pair for pair in pairs if not dangerous(pair[0])], most - len(dangers))]


def evenly(pairs: Pairs, most: int) -> Pairs:
    stride = max(1.0, len(pairs) / max(1, most))
    return [pairs[int(i * stride)] for i in range(min(most, len(pairs)))]


def share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else 0.0


def labelled(file: Path) -> Pairs:
    """The (label, sentence) pairs of `file`."""
    rows = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] != "#")
    return [(label.strip(), text.strip()) for label, text in rows]
