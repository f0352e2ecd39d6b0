"""The figures of a model: error rates by condition, on voices and sentence structures that training never had.

Run as a process of its own, `python -m ivr.speech.training.evaluate DIR SENTENCES SEED`, which prints one JSON line a
figure; Vosk must not share a process with pynini. Synthetic speech only: it says nothing about people.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from time import process_time

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ivr.speech.reading import pinyin
from ivr.speech.recogniser import Final, Model, load_model, transcribe
from ivr.speech.training import telephone, texts
from ivr.speech.training.lexicon import lines
from ivr.speech.training.telephone import Line
from ivr.speech.training.voices import HELD_OUT, training_voices
from ivr.speech.voice import speak

DIGITS = ("零", "幺", "一", "二", "三", "四", "五", "六", "七", "八", "九")
MENU = ("一", "二", "三", "四", "五", "六", "零", "人工", "转人工")
YES_NO = ("是", "是的", "对", "好的", "不是", "不对", "不要", "没有")


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
    """What measuring needs; `seconds` and `spent` add up decoded speech and the time it took."""

    model: Model
    random: Random
    rng: Generator
    babble: list[telephone.Wave]
    seconds: float = 0.0
    spent: float = 0.0

    def hear(self, text: str, voice: str, line: Line, grammar: tuple[str, ...] = ()) -> list[Final]:
        wave = speak(text, voice, self.random.randint(140, 230), self.random.randint(30, 70)).samples
        still = np.zeros(int(self.random.uniform(0.3, 0.7) * telephone.RATE), np.int16)
        return self.decode(np.concatenate([still, wave, still]), line, grammar)

    def decode(self, wave: NDArray[np.int16], line: Line, grammar: tuple[str, ...] = ()) -> list[Final]:
        heard = telephone.through(wave.astype(np.float32), line, self.babble, self.rng)
        started = process_time()
        finals = transcribe(self.model, heard.tobytes(), grammar)
        self.spent += process_time() - started
        self.seconds += wave.size / telephone.RATE
        return finals


def main() -> None:
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    random = Random(seed)  # noqa: S311 - reproducible, no secret
    learnt = {texts.sentence(random) for _ in range(count)}  # what the language model saw: the same draws
    bench = Bench(load_model(folder), Random(seed + 1), np.random.default_rng(seed), [])  # noqa: S311
    bench.babble = [speak(texts.sentence(bench.random), voice).samples.astype(np.float32) for voice in HELD_OUT[:5]]
    for figure in figures(bench, learnt):
        print(json.dumps(asdict(figure), ensure_ascii=False), flush=True)
    speed = {"rtf": bench.spent / bench.seconds, "seconds": round(bench.seconds), "memory": footprint(folder)}
    print(json.dumps(speed), flush=True)


def figures(bench: Bench, learnt: set[str]) -> Iterable[Figure]:
    plain = Line()
    fresh = [
        text for text in (texts.sentence(bench.random) for _ in range(600)) if text not in learnt and len(text) > 3
    ]
    known = [(text, bench.random.choice(training_voices())) for text in fresh[:150]]
    yield speech(bench, "voices known, sentences new", known, plain)
    foreign = [(text, HELD_OUT[at % len(HELD_OUT)]) for at, text in enumerate(fresh[150:300])]
    yield speech(bench, "voices never heard, sentences new", foreign, plain)
    held = [
        (text, HELD_OUT[(at + turn) % len(HELD_OUT)]) for turn in range(3) for at, text in enumerate(texts.held_out())
    ]
    yield speech(bench, "voices never heard, sentence structures never seen", held, plain)
    yield speech(bench, "the same with babble at 8 to 14 dB", held, Line(11.0, babble=True), spread=3.0)
    yield speech(bench, "the same with street noise at 14 to 20 dB and a room", held, Line(17.0, room=True), spread=3.0)
    yield listed(bench, "menu of nine by a closed list", MENU)
    yield listed(bench, "yes and no by a closed list", YES_NO)
    new = tuple(word for line in lines("new_words.txt") for word in line.split())
    yield listed(bench, f"{len(new)} words that no text held, by a closed list", new)
    yield strings(bench)
    yield stillness(bench)


def speech(bench: Bench, condition: str, said: list[tuple[str, str]], line: Line, spread: float = 0.0) -> Figure:
    """Free recognition of (text, voice) pairs."""
    errors = total = syllables = spoken = 0
    for text, voice in said:
        snr = None if line.snr is None else line.snr + bench.random.uniform(-spread, spread)
        finals = bench.hear(text, voice, Line(snr, line.babble, line.room))
        heard = "".join(final.text for final in finals)
        errors += distance(text, heard)
        total += len(text)
        syllables += distance(toneless(text), toneless(heard))
        spoken += len(toneless(text))
    return Figure(condition, errors, total, syllables, spoken)


def listed(bench: Bench, condition: str, items: tuple[str, ...]) -> Figure:
    """Each item once by each voice never heard, with all items as the grammar."""
    wrong = 0
    for voice in HELD_OUT:
        for item in items:
            finals = bench.hear(item, voice, Line(20.0), items)
            wrong += [final.text for final in finals] != [item]
    return Figure(condition, wrong, len(items) * len(HELD_OUT))


def strings(bench: Bench) -> Figure:
    """Strings of three to eight figures, right as a whole."""
    wrong = 0
    for turn in range(90):
        text = "".join(bench.random.choice(DIGITS) for _ in range(bench.random.randint(3, 8)))
        finals = bench.hear(text, HELD_OUT[turn % len(HELD_OUT)], Line(20.0), DIGITS)
        wrong += "".join(final.text for final in finals).replace("幺", "一") != text.replace("幺", "一")
    return Figure("strings of 3 to 8 digits, whole", wrong, 90)


def stillness(bench: Bench) -> Figure:
    """Three seconds of silence or noise must give no text, free or by a list."""
    wrong = 0
    for turn in range(60):
        line = Line(None if turn % 3 == 0 else 0.0)
        wrong += bool(bench.decode(np.zeros(3 * telephone.RATE, np.int16), line, MENU if turn % 2 else ()))
    return Figure("silence and noise taken for words", wrong, 60)


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
