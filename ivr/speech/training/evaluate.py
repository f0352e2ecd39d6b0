"""The figures of a model: error rates by condition, on voices and sentences that training never had.

Run as a process of its own, `python -m ivr.speech.training.evaluate DIR`, which prints one JSON line a figure; Vosk
must not share a process with pynini. Synthetic speech only: it says nothing about people.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from random import Random
from time import perf_counter, process_time

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ivr.speech.reading import pinyin
from ivr.speech.recogniser import Final, Model, load_model, transcribe
from ivr.speech.training import telephone, texts
from ivr.speech.training.lexicon import lines
from ivr.speech.training.surroundings import RATE, Wave
from ivr.speech.training.telephone import Line
from ivr.speech.training.voices import HELD_OUT
from ivr.speech.voice import speak

DIGITS = ("零", "幺", "一", "二", "三", "四", "五", "六", "七", "八", "九")
MENU = ("一", "二", "三", "四", "五", "六", "零", "人工", "转人工")
YES_NO = ("是", "是的", "对", "好的", "不是", "不对", "不要", "没有")
USUAL = (140, 230)  # words a minute
CLEAR = (15.0, 30.0)  # dB
LOUD = (8.0, 14.0)

Spread = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Condition:
    """How speech reaches the recogniser. `snr`: dB from, to; `speed`: words a minute from, to."""

    name: str
    line: Line
    snr: Spread | None = CLEAR
    speed: tuple[int, int] = USUAL


PLAIN = Condition("15 to 30 dB", Line())
BABBLE = Condition("babble at 8 to 14 dB", Line(noise="babble"), LOUD)
CONDITIONS = (
    Condition("no noise", Line(), None),
    PLAIN,
    Condition("the same, µ-law", Line(law="mu")),
    Condition("the same, 5 % of the packets lost", Line(loss=0.05)),
    Condition("the same, clipped by 12 dB", Line(clip=12.0)),
    Condition("the same, slow (110 to 135)", Line(), speed=(110, 135)),
    Condition("the same, fast (250 to 290)", Line(), speed=(250, 290)),
    Condition("noise at 8 to 14 dB", Line(), LOUD),
    Condition("a street at 8 to 14 dB, in a room", Line(noise="street", room=True), LOUD),
    BABBLE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """`errors` of `of`: characters (and syllables, `syllables` of `spoken`) for speech, whole items for lists."""

    condition: str
    errors: int
    of: int
    syllables: int = 0
    spoken: int = 0


@dataclass(slots=True)
class Bench:
    """What measuring needs; `seconds` and `spent` add up decoded speech and the CPU time it took."""

    model: Model
    seed: int
    random: Random = field(init=False)
    rng: Generator = field(init=False)
    babble: list[Wave] = field(init=False)
    seconds: float = 0.0
    spent: float = 0.0

    def __post_init__(self) -> None:
        self.again()
        said = [texts.sentence(self.random) for _ in range(5)]
        voices = zip(said, HELD_OUT, strict=False)
        self.babble = [speak(text, voice).samples.astype(np.float32) for text, voice in voices]

    def again(self) -> None:
        """Draw what follows as at the start, so that conditions differ in nothing else."""
        self.random, self.rng = Random(self.seed), np.random.default_rng(self.seed)  # noqa: S311 - reproducible

    def hear(self, text: str, voice: str, how: Condition, grammar: tuple[str, ...] = ()) -> list[Final]:
        wave = speak(text, voice, self.random.randint(*how.speed), self.random.randint(30, 70)).samples
        still = np.zeros(int(self.random.uniform(0.3, 0.7) * RATE), np.int16)
        snr = self.random.uniform(*(how.snr or CLEAR))
        line = replace(how.line, snr=snr if how.snr else None)
        return self.decode(np.concatenate([still, wave, still]), line, grammar)

    def decode(self, wave: NDArray[np.int16], line: Line, grammar: tuple[str, ...] = ()) -> list[Final]:
        heard = telephone.through(wave.astype(np.float32), line, self.babble, self.rng)
        started = process_time()
        finals = transcribe(self.model, heard.tobytes(), grammar)
        self.spent += process_time() - started
        self.seconds += wave.size / RATE
        return finals


def main() -> None:
    folder = Path(sys.argv[1])
    began = perf_counter()
    bench = Bench(load_model(folder), 2027)
    loading = perf_counter() - began
    for figure in figures(bench):
        print(json.dumps(asdict(figure), ensure_ascii=False), flush=True)
    speed = {"rtf": bench.spent / bench.seconds, "seconds": round(bench.seconds), "loading": loading}
    print(json.dumps(speed | {"memory": footprint(folder)}), flush=True)


def figures(bench: Bench) -> Iterator[Figure]:
    """All that the card tells."""
    held = texts.held_out_final()
    yield speech(bench, "sentences like the trained ones, 15 to 30 dB", texts.in_domain(), PLAIN)
    for how in CONDITIONS:
        some = held if how in (PLAIN, BABBLE) else held[::2]
        yield speech(bench, f"other sentences, {how.name}", some, how)
    yield speech(bench, "the sentences it was tuned by, 15 to 30 dB", texts.held_out(), PLAIN)
    yield listed(bench, "menu of nine by a closed list", MENU)
    yield listed(bench, "yes and no by a closed list", YES_NO)
    new = tuple(word for line in lines("new_words.txt") for word in line.split())
    yield listed(bench, f"{len(new)} words that no text held, by a closed list", new)
    yield strings(bench, 120)
    yield false_accepts(bench, held)
    yield stillness(bench)


def speech(bench: Bench, name: str, said: Sequence[str], how: Condition) -> Figure:
    """Free recognition of sentences by the voices never heard, in turn."""
    bench.again()
    errors = total = syllables = spoken = 0
    for at, text in enumerate(said):
        heard = "".join(final.text for final in bench.hear(text, HELD_OUT[at % len(HELD_OUT)], how))
        errors += distance(text, heard)
        total += len(text)
        syllables += distance(toneless(text), toneless(heard))
        spoken += len(toneless(text))
    return Figure(name, errors, total, syllables, spoken)


def listed(bench: Bench, name: str, items: tuple[str, ...], voices: Sequence[str] = HELD_OUT) -> Figure:
    """Each item once by each voice never heard, with all items as the grammar."""
    bench.again()
    wrong = 0
    for voice in voices:
        for item in items:
            wrong += [final.text for final in bench.hear(item, voice, PLAIN, items)] != [item]
    return Figure(name, wrong, len(items) * len(voices))


def strings(bench: Bench, count: int) -> Figure:
    """Strings of four to eight figures, right as a whole; 幺 is 一."""
    bench.again()
    wrong = 0
    for turn in range(count):
        text = "".join(bench.random.choice(DIGITS) for _ in range(4 + turn % 5))
        finals = bench.hear(text, HELD_OUT[turn % len(HELD_OUT)], PLAIN, DIGITS)
        wrong += "".join(final.text for final in finals).replace("幺", "一") != text.replace("幺", "一")
    return Figure("strings of 4 to 8 digits, whole", wrong, count)


def false_accepts(bench: Bench, said: Sequence[str]) -> Figure:
    """Sentences at a node that awaits a key word or yes and no: whatever is taken for one of the list is wrong."""
    bench.again()
    wrong = 0
    for at, text in enumerate(said):
        wrong += bool(bench.hear(text, HELD_OUT[at % len(HELD_OUT)], PLAIN, MENU if at % 2 else YES_NO))
    return Figure("sentences taken for an item of a closed list", wrong, len(said))


def stillness(bench: Bench) -> Figure:
    """Three seconds of silence, noise, street, music or tones must give no text, free or by a list."""
    bench.again()
    wrong = 0
    kinds = ("hiss", "street", "music", "tones")
    for turn in range(80):
        line = Line(None if turn % 5 == 0 else 0.0, kinds[turn % 4])
        wrong += bool(bench.decode(np.zeros(3 * RATE, np.int16), line, MENU if turn % 2 else ()))
    return Figure("silence, noise, music and tones taken for words", wrong, 80)


def footprint(folder: Path) -> int:
    """Resident bytes of a fresh process after it has loaded the model and decoded two seconds of noise."""
    program = (
        "import sys, random; from pathlib import Path; from ivr.speech.recogniser import load_model, transcribe;"
        "model = load_model(Path(sys.argv[1])); transcribe(model, random.Random(1).randbytes(32000));"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmRSS')))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True, check=True)
    return 1024 * int(done.stdout)


def toneless(text: str) -> list[str]:
    return [syllable.rstrip("12345") for syllable in pinyin(text).split()]


def distance(one: str | list[str], other: str | list[str]) -> int:
    """Levenshtein's."""
    row = list(range(len(other) + 1))
    for at, left in enumerate(one, 1):
        before, row[0] = row[0], at
        for place, right in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (left != right))
    return row[-1]


if __name__ == "__main__":
    main()
