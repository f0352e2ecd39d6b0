"""From the end of a caller's sentence to the first sound of what the hotline says about it. A whole hotline, real RTP.

Eight callers speak at once in held-out voices and end at the same moment: the worst case for recognisers and core.
"""

import time
from collections.abc import Iterator

import numpy as np

from benchmarks.figures import Figure, percentile
from benchmarks.latency import Say
from benchmarks.lines import Line, dial, run
from benchmarks.listening import CALLS, PAUSE, SENTENCES, voice
from benchmarks.machine import load
from ivr.speech.training.voices import HELD_OUT
from tests.running import Hotline

AT_MOST = 300.0  # ms beyond the pause that ends an utterance
RECEIVED = 2.5  # seconds until the notice is over and the question, which is silence here, has begun
PATIENCE = 3.0


def speech_to_decision(hotline: Hotline, say: Say, rounds: int) -> Iterator[Figure]:
    """Percentiles in ms beyond the pause, over `rounds` of CALLS callers. The question must be silence."""
    voiced = [voice(text, HELD_OUT[number]) for number, text in enumerate(SENTENCES)]
    longest = max(each.size for each in voiced)
    beyond: list[float] = []
    for number in range(rounds):
        say(f"end of speech→decision: {number + 1} of {rounds}")
        lines = [dial(("127.0.0.1", hotline.sip_port), f"137{number:04}{place:04}") for place in range(CALLS)]
        up(lines)
        run(lines, RECEIVED)
        for place, line in enumerate(lines):
            speech = voiced[(place + number) % len(voiced)]
            line.say(np.concatenate([np.zeros(longest - speech.size, np.int16), speech]))
        run(lines, longest / 8000 + PATIENCE)
        beyond += [(each.answered - each.spoken - PAUSE) * 1000 for each in lines if each.answered and each.spoken]
        for line in lines:
            line.caller.hang_up(line.call)
        run(lines, 0.5)
        for line in lines:
            line.caller.close()
    if not beyond:
        raise RuntimeError(f"nothing that was said was answered; see {hotline.home / 'run.log'}")
    notes = {"samples": len(beyond), "of": rounds * CALLS, "at_once": CALLS, "pause": PAUSE, "load": load()}
    for share in (50, 95, 100):
        name = f"end of speech→first sound of the decision, beyond the pause p{share}"
        yield Figure(name, percentile(beyond, share), "ms", None, notes | {"at_most": AT_MOST})


def up(lines: list[Line]) -> None:
    """Wait until all are answered."""
    end = time.time() + 15
    for line in lines:
        while line.call.answer is None:
            if time.time() > end:
                raise RuntimeError("a call was not answered")
            line.caller.take_until(time.time() + 0.02)
