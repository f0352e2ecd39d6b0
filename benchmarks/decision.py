"""From the end of a caller's sentence to the decision, and to the first sound of it. A whole hotline, real RTP.

The decision is the first command that the call log holds after the sentence; a prompt that begins with silence (as the
one before a person does here) is heard later. Eight callers speak at once in held-out voices and end at the same
moment: the worst case for recognisers and core.
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
from records import calllog
from records.engine import open_database
from tests.running import Hotline

AT_MOST = 300.0  # ms beyond the pause that ends an utterance
RECEIVED = 2.5  # seconds until the notice is over and the question, which is silence here, has begun
PATIENCE = 3.0


def speech_to_decision(hotline: Hotline, say: Say, rounds: int) -> Iterator[Figure]:
    """Percentiles in ms beyond the pause, over `rounds` of CALLS callers. The question must be silence."""
    voiced = [voice(text, HELD_OUT[number]) for number, text in enumerate(SENTENCES)]
    longest = max(each.size for each in voiced)
    decided, heard = list[float](), list[float]()
    for number in range(rounds):
        say(f"end of speech→decision: {number + 1} of {rounds}")
        lines = [dial(("127.0.0.1", hotline.sip_port), f"137{number:04}{place:04}") for place in range(CALLS)]
        up(lines)
        run(lines, RECEIVED)
        for place, line in enumerate(lines):
            speech = voiced[(place + number) % len(voiced)]
            line.say(np.concatenate([np.zeros(longest - speech.size, np.int16), speech]))
        run(lines, longest / 8000 + PATIENCE)
        heard += [(each.answered - each.spoken - PAUSE) * 1000 for each in lines if each.answered and each.spoken]
        for line in lines:
            line.caller.hang_up(line.call)
        run(lines, 0.5)
        ended = {line.call.number: line.spoken for line in lines if line.spoken}
        decided += [(at - ended[who] - PAUSE) * 1000 for who, at in decisions(hotline, ended).items()]
        for line in lines:
            line.caller.close()
    if not heard or not decided:
        raise RuntimeError(f"nothing that was said was answered; see {hotline.home / 'run.log'}")
    for what, beyond, at_most in (("decision", decided, AT_MOST), ("first sound of it", heard, None)):
        notes = {"samples": len(beyond), "of": rounds * CALLS, "at_once": CALLS, "pause": PAUSE, "load": load()}
        notes |= {} if at_most is None else {"at_most": at_most}
        for share in (50, 95, 100):
            yield Figure(
                f"end of speech→{what}, beyond the pause p{share}", percentile(beyond, share), "ms", None, notes
            )


def decisions(hotline: Hotline, ended: dict[str, float]) -> dict[str, float]:
    """Caller → when the core gave its first command (UTC epoch seconds) after it was told what was said."""
    found: dict[str, float] = {}
    database = open_database(hotline.settings)
    try:
        for record in hotline.records():
            if (who := record["caller"]) not in ended:
                continue
            late = [each for each in database.read(calllog.of_call, record["call"]) if each.at > ended[who]]
            while late and late[0].name != "Heard":
                del late[0]
            if command := next((each for each in late if each.kind == "command"), None):
                found[who] = command.at
    finally:
        database.close()
    return found


def up(lines: list[Line]) -> None:
    """Wait until all are answered."""
    end = time.time() + 15
    for line in lines:
        while line.call.answer is None:
            if time.time() > end:
                raise RuntimeError("a call was not answered")
            line.caller.take_until(time.time() + 0.02)
