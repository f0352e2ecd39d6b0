"""How well the ear listens: barge-in, echo, the end of an utterance, and what listening costs. Real calls, real RTP.

A nursery of workers and a scripted core; the callers speak in held-out voices. Times are from the packet on the wire
to the core's socket, or back to the wire.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.figures import Figure, percentile
from benchmarks.lines import AUDIBLE, Line, dial, run
from benchmarks.machine import cpu_seconds, load
from ivr.speech.sound import Samples, write_wav
from ivr.speech.training.voices import HELD_OUT
from ivr.speech.voice import speak
from tests.process.house import House

Say = Callable[[str], None]

CALLS = 8
PAUSE = 0.6
PROMPT = (
    "请直接说出您的问题或者按一法律咨询按二法律援助按三公证鉴定仲裁"
    "按四人民调解按五投诉建议按六预约和进度查询按零人工服务"
)
SENTENCES = (
    "老板欠我半年工资不给",
    "房东不退押金怎么办",
    "我要申请法律援助",
    "委托书要做公证",
    "孩子的抚养费他不给",
    "人工服务",
    "不是",
    "四",
)
ECHOES = (-6.0, -12.0, -20.0, -30.0, -40.0)
LEVEL = 1500  # root mean square of what the callers say
WINDOW = 5.0
EDGE = 0.06  # seconds a prompt may seem longer than it is: which packet can still be heard is a matter of rounding


class Talk:
    """A line and the facts its worker told."""

    def __init__(self, house: House, number: int) -> None:
        worker = house.edge.idle()
        self.line: Line = dial(("127.0.0.1", int(worker["sip_port"])))
        self.house = house
        self.call = str(house.core.wait("Arrived")["call"])
        house.edge.until(lambda workers: workers[worker["worker"]]["state"] == "busy")
        self.pid = next(int(each["pid"]) for each in house.core.hellos if each["worker"] == worker["worker"])
        self.rng = np.random.default_rng(number)
        house.core.order(self.call, "Answer")
        until = time.time() + 10
        while self.line.call.answer is None:
            assert time.time() < until, "the call was not answered"
            self.line.caller.take_until(time.time() + 0.05)
        house.core.wait("Answered", call=self.call)
        self.mark = 0
        self.speech: Samples = np.zeros(0, np.int16)

    def order(self, command: str, **fields: Any) -> None:
        self.house.core.order(self.call, command, **fields)

    def since(self, fact: str) -> list[dict[str, Any]]:
        """Facts of this call since `mark`."""
        return [
            each for each in self.house.core.facts[self.mark :] if each["call"] == self.call and each["fact"] == fact
        ]


def listening(say: Say, quick: bool) -> Iterator[Figure]:
    """All figures of the ear. About three minutes; half of it when `quick`."""
    voiced = [voice(text, HELD_OUT[number]) for number, text in enumerate(SENTENCES)]
    rounds = 2 if quick else 4
    with TemporaryDirectory(prefix="bench-") as home:
        prompt = Path(home) / "prompt.wav"
        played = speak(PROMPT).samples
        write_wav(prompt, played)
        house = House(Path(home), workers=f"{{warm: {CALLS}, most: {CALLS + 4}}}")
        try:
            talks = [Talk(house, number) for number in range(CALLS)]

            yield from cost(talks, voiced, say)
            yield from ends(talks, voiced, say, rounds)
            yield from barge_in(talks, voiced, prompt, say, rounds)
            yield from echoes(talks, prompt, audible_seconds(played), say, rounds)
            yield from noises(talks, prompt, audible_seconds(played), say)
        finally:
            house.close()


def voice(text: str, name: str) -> Samples:
    """`text` without the silence around it, at LEVEL."""
    said = speak(text, name).samples.astype(float)
    loud = np.flatnonzero(np.abs(said) > 0.02 * np.abs(said).max())
    said = said[loud[0] : loud[-1] + 1]
    return (said * LEVEL / np.sqrt((said**2).mean())).clip(-32767, 32767).astype(np.int16)


def cost(talks: list[Talk], voiced: list[Samples], say: Say) -> Iterator[Figure]:
    """CPU of a worker in a call: nobody listens, listening to a silent line, and to one that never stops speaking."""
    lines = [talk.line for talk in talks]
    for name in ("not listened to", "silent", "speaking"):
        say(f"CPU of a call that is {name}")
        if name == "silent":
            for talk in talks:
                talk.order("Listen", grammar=[], pause=PAUSE)
        if name == "speaking":
            for talk, order in zip(talks, itertools.count(), strict=False):
                talk.line.say(np.concatenate([voiced[(order + step) % 6] for step in range(12)]))
        run(lines, 1.0)
        before = cpu_seconds(talk.pid for talk in talks)
        run(lines, WINDOW)
        after = cpu_seconds(talk.pid for talk in talks)
        used = sum(after[pid] - before[pid] for pid in before) / len(before) / WINDOW * 100
        yield Figure(f"worker CPU, call {name}", used, "% of a core", None, {"calls": len(talks), "load": load()})
    for line in lines:
        line.say(np.zeros(0, np.int16))
    run(lines, 2.0)


def ends(talks: list[Talk], voiced: list[Samples], say: Say, rounds: int) -> Iterator[Figure]:
    """From the last packet of a voice to Heard at the core, less the pause; all speak at once and end at once."""
    beyond, texts, longest = [], 0, max(each.size for each in voiced)
    lines = [talk.line for talk in talks]
    for talk in talks:
        talk.order("Listen", grammar=[], pause=PAUSE)
    for number in range(rounds):
        say(f"end of speech: {number + 1} of {rounds}")
        for place, talk in enumerate(talks):
            talk.mark = len(talk.house.core.facts)
            speech = voiced[(place + number) % len(voiced)]
            talk.line.say(np.concatenate([np.zeros(longest - speech.size, np.int16), speech]))
        run(lines, longest / 8000 + 2.0)
        for talk in talks:
            heard = [each for each in talk.since("Heard") if talk.line.spoken and each["at"] > talk.line.spoken]
            if heard and talk.line.spoken:
                beyond.append((heard[0]["at"] - talk.line.spoken - PAUSE) * 1000)
                texts += bool(heard[0]["text"])
    notes = {"samples": len(beyond), "of": rounds * len(talks), "with_text": texts, "pause": PAUSE, "load": load()}
    if not beyond:
        raise RuntimeError("nothing that was said was heard; see the nursery's log")
    for share in (50, 95, 100):
        yield Figure(f"end of speech→Heard beyond the pause p{share}", percentile(beyond, share), "ms", None, notes)


def barge_in(talks: list[Talk], voiced: list[Samples], prompt: Path, say: Say, rounds: int) -> Iterator[Figure]:
    """From the first packet of a voice to the last packet of the prompt; without echo, and over one."""
    lines = [talk.line for talk in talks]
    for name, levels in (("", (None,)), (" over echo", ECHOES)):
        took, early, tried = [], 0, 0
        for number in range(rounds):
            say(f"barge-in{name}: {number + 1} of {rounds}")
            for place, talk in enumerate(talks):
                talk.mark = len(talk.house.core.facts)
                talk.line.decibels = levels[(place + number) % len(levels)]
                talk.line.late = talk.rng.uniform(0.04, 0.2)
                talk.order("Listen", grammar=[], pause=PAUSE)
                talk.order("Play", prompt=f"{name}{number}", files=[str(prompt)], barge_in=True)
                quiet = np.zeros(int(talk.rng.uniform(1.0, 4.0) * 50) * 160, np.int16)
                talk.line.say(quiet)
                talk.speech = voiced[(place + number) % len(voiced)]
            speak_up(talks)
            for talk in talks:
                tried += 1
                started = talk.since("SpeechStarted")
                stopped = [each for each in talk.since("PromptEnded") if not each["completed"]]
                if started and talk.line.spoke and started[0]["at"] < talk.line.spoke:
                    early += 1
                elif stopped and talk.line.spoke and talk.line.audible and stopped[0]["at"] < talk.line.spoke + 1.0:
                    took.append((talk.line.audible - talk.line.spoke) * 1000)
                talk.order("StopPlaying")
            run(lines, 0.8)
        notes = {"tried": tried, "stopped": len(took), "before_speech": early, "load": load()}
        for share in (50, 95, 100) if took else ():
            yield Figure(f"speech→prompt's last packet{name} p{share}", percentile(took, share), "ms", None, notes)
        yield Figure(f"prompts stopped by speech{name}", 100 * len(took) / tried, "%", None, notes)
    for line in lines:
        line.decibels = None


def speak_up(talks: list[Talk]) -> None:
    """Each speaks when its own silence is over."""
    waiting = list(talks)

    def tick() -> None:
        for talk in [each for each in waiting if each.line.spoken]:
            talk.line.say(talk.speech)
            waiting.remove(talk)

    run([talk.line for talk in talks], 7.0, tick)


def audible_seconds(samples: Samples) -> float:
    """From the first packet of `samples` that can be heard to the last."""
    whole = samples[: samples.size // 160 * 160].reshape(-1, 160).astype(int)
    loud = np.flatnonzero(np.abs(whole).max(axis=1) > AUDIBLE)
    return float(loud[-1] + 1 - loud[0]) / 50


def echoes(talks: list[Talk], prompt: Path, seconds: float, say: Say, rounds: int) -> Iterator[Figure]:
    """Prompts played whole over lines that echo them, and nobody speaks. What a prompt takes longer it was hushed."""
    lines = [talk.line for talk in talks]
    false = heard = tried = 0
    hushed: list[float] = []
    for number in range(rounds):
        say(f"echo alone: {number + 1} of {rounds}")
        for place, talk in enumerate(talks):
            talk.line.decibels = ECHOES[(place + number) % len(ECHOES)]
            talk.line.late = talk.rng.uniform(0.04, 0.2)
            begin(talk, prompt, f"echo{number}")
        run(lines, seconds + 1.5)
        for talk in talks:
            tried += 1
            false += bool(talk.since("SpeechStarted"))
            heard += any(each["text"] for each in talk.since("Heard"))
            hushed += held(talk, seconds)
            talk.order("StopPlaying")
    notes = {"tried": tried, "decibels": ECHOES, "heard": heard, "load": load()}
    yield Figure("prompts stopped by their own echo", 100 * false / tried, "%", None, notes)
    notes |= {"times": sum(each > 0 for each in hushed), "longest": max(hushed, default=0.0)}
    yield Figure("hushed by its own echo", 60 * sum(hushed) / (seconds * tried), "s a minute of prompt", None, notes)
    for line in lines:
        line.decibels = None


def begin(talk: Talk, prompt: Path, name: str) -> None:
    """Listen, and play the prompt from its beginning."""
    talk.mark = len(talk.house.core.facts)
    talk.line.attend()
    talk.order("Listen", grammar=[], pause=PAUSE)
    talk.order("Play", prompt=name, files=[str(prompt)], barge_in=True)


def held(talk: Talk, seconds: float) -> list[float]:
    """How many seconds longer than `seconds` a prompt took that was not stopped; none of one that was."""
    longer = round(talk.line.sounded - seconds, 3)
    return [] if talk.since("SpeechStarted") else [longer if longer >= EDGE else 0.0]


def noises(talks: list[Talk], prompt: Path, seconds: float, say: Say) -> Iterator[Figure]:
    """Prompts played whole while each line brings something that is no voice: one kind of noise on each."""
    say("noise")
    rng = np.random.default_rng(2)
    at = np.arange(int(seconds * 8000)) / 8000
    hiss = rng.standard_normal(at.size)
    swell = np.convolve(rng.standard_normal(at.size), np.ones(2400) / 49, "same")
    kinds = {
        "coughs": 5000 * hiss * ((at % 2) < 0.25) * np.exp(-(at % 2) * 8),
        "breath": 200 * hiss * np.sin(np.pi * np.minimum((at % 3) / 0.7, 1)),
        "clicks": 20000.0 * ((np.arange(at.size) % 3200) < 20),
        "keys": 3000 * hiss * ((at % 0.37) < 0.02),
        "wind": 60 * np.convolve(hiss, np.ones(24) / 5, "same") * np.exp(swell),
        "gusts of hiss": 100 * hiss * np.exp(swell),
        "hum": 1500 * np.sin(2 * np.pi * 50 * at) + 600 * np.sin(2 * np.pi * 150 * at),
        "busy tone": 3000 * np.sin(2 * np.pi * 450 * at) * ((at % 0.7) < 0.35),
    }
    by_kind = {}
    for talk, kind in zip(talks, kinds, strict=True):
        begin(talk, prompt, kind)
        talk.line.say(np.clip(kinds[kind], -32767, 32767).astype(np.int16))
    run([talk.line for talk in talks], seconds + 2.5)
    for talk, kind in zip(talks, kinds, strict=True):
        by_kind[kind] = held(talk, seconds)[0] if held(talk, seconds) else "stopped"
        talk.order("StopPlaying")
    lost = sum(each for each in by_kind.values() if isinstance(each, float))
    notes = {"seconds": seconds, "kinds": by_kind, "load": load()}
    yield Figure("hushed by noise", 60 * lost / (seconds * len(talks)), "s a minute of prompt", None, notes)
