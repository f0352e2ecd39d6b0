"""How much time the recogniser takes, on sentences and voices that its training has not seen."""

import time
from collections.abc import Callable

from benchmarks.figures import Figure, spread
from benchmarks.machine import load
from ivr.speech import recogniser, store
from ivr.speech.sound import RATE
from ivr.speech.training import texts, voices
from ivr.speech.voice import speak

Say = Callable[[str], None]

CHUNK = RATE // 5  # octets of 100 ms


def real_time_factor(say: Say, sentences: int) -> list[Figure]:
    """CPU seconds a second of speech takes, and how long a chunk of 100 ms holds a worker up, on one thread."""
    model = recogniser.load_model(store.PACKAGED)
    said = texts.held_out()[:sentences]
    names = voices.HELD_OUT
    cpu = seconds = 0.0
    chunks: list[float] = []
    recognised = 0
    for number, text in enumerate(said):
        pcm = speak(text, names[number % len(names)]).samples.tobytes() + bytes(RATE)
        listener = recogniser.Recogniser(model)
        began = time.thread_time()
        found = []
        for at in range(0, len(pcm), CHUNK):
            start = time.perf_counter()
            found += listener.feed(pcm[at : at + CHUNK])
            chunks.append((time.perf_counter() - start) * 1000)
        found += listener.finish()
        cpu += time.thread_time() - began
        seconds += len(pcm) / 2 / RATE
        recognised += any(isinstance(event, recogniser.Final) for event in found)
        if number % 10 == 9:
            say(f"recogniser: {number + 1} of {len(said)} sentences")
    if recognised < len(said) // 2:
        raise RuntimeError(f"of {len(said)} sentences only {recognised} came out as words: these figures mean nothing")
    notes = {"sentences": len(said), "with_words": recognised, "voices": len(names), "load": load()}
    notes |= {"seconds_of_speech": round(seconds, 1)}
    return [
        Figure("recogniser: real-time factor", cpu / seconds, "CPU s per s", None, notes),
        *spread("recogniser: chunk of 100 ms", chunks, "ms", load=load()),
    ]
