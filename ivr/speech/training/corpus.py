"""The acoustic corpus: texts said by many voices over many lines, as MFCC frames with one target for every third.

Deterministic in its seeds but for espeak-ng's own sub-millisecond jitter. It must not know the network.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ivr.speech.reading import pinyin
from ivr.speech.sound import RATE
from ivr.speech.training import lexicon, surroundings, telephone, texts
from ivr.speech.training.layers import CEPSTRA, STEP
from ivr.speech.training.voices import training_voices
from ivr.speech.voice import Phoneme, speak_pinyin

FRAME, WINDOW = 80, 200  # samples between frames, samples in one
CLOSURE = 0.07  # seconds of silence before a plosive that belong to it
LENGTH = (4.0, 9.0)  # seconds of one recording
BATCH = 16  # recordings a task
ONLY_NOISE = 0.06
EVENTS = 0.12  # of the pauses hold a sound that is no word
SPEEDS = (112, 300)  # words a minute, as espeak-ng counts them


@dataclass(frozen=True, slots=True)
class Recording:
    """`frames` float16 [T, 40]; `targets` int16 [ceil(T/3)]: 2 × phone, plus 1 on the frames after its first."""

    frames: NDArray[np.float16]
    targets: NDArray[np.int16]


def build(folder: Path, hours: float, seed: int, progress: Callable[[str], None], processes: int = 2) -> Path:
    """Write about `hours` of speech into `folder`/corpus.npz and return it. `progress` gets lines to show."""
    lexicon.build()  # before the fork, so that the processes share it
    tasks = max(1, round(hours * 3600 / (BATCH * sum(LENGTH) / 2)))
    frames, targets, done = [], [], 0
    with get_context("fork").Pool(processes, _quiet) as pool:
        for done, batch in enumerate(pool.imap(_task, [(seed, task) for task in range(tasks)]), 1):
            frames += [one.frames for one in batch]
            targets += [one.targets for one in batch]
            if done % max(1, tasks // 25) == 0 or done == tasks:
                spoken = sum(len(one) for one in frames) / 360000
                progress(f"corpus {100 * done // tasks:3d} %  {spoken:.2f} h in {len(frames)} recordings")
    np.savez(
        folder / "corpus.npz",
        frames=np.concatenate(frames),
        targets=np.concatenate(targets),
        lengths=np.array([len(one) for one in frames], dtype=np.int64),
    )
    return folder / "corpus.npz"


def recordings(seed: int, count: int) -> Iterator[Recording]:
    """`count` recordings drawn with `seed`; the same ones each time."""
    random, rng = Random(seed), np.random.default_rng(seed)  # noqa: S311 - reproducible, no secret
    babble = [_babble(random) for _ in range(6)]
    for _ in range(count):
        wave, marks = _said(random, rng)
        # Babble alone would be speech labelled silence: a recording without speech has other noises.
        heard = telephone.through(wave, telephone.any_line(rng), babble if marks else [], rng)
        frames = mfcc(heard)
        yield Recording(frames.astype(np.float16), targets_of(marks, len(frames)))


def mfcc(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """[T, 40] as conf/mfcc.conf says."""
    import kaldi_native_fbank as knf  # noqa: PLC0415 - an extra

    options = knf.MfccOptions()
    options.use_energy = False
    options.num_ceps = CEPSTRA
    options.frame_opts.samp_freq = RATE
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = CEPSTRA
    options.mel_opts.low_freq = 40
    options.mel_opts.high_freq = -200
    computer = knf.OnlineMfcc(options)
    computer.accept_waveform(RATE, samples.astype(np.float32).tolist())
    computer.input_finished()
    return np.stack([computer.get_frame(at) for at in range(computer.num_frames_ready)]).astype(np.float32)


def marks_of(phonemes: tuple[Phoneme, ...], size: int) -> list[tuple[int, int, str]]:
    """(first sample, end, phone) of an utterance of `size` samples; gaps below CLOSURE go to the next phone."""
    spans: list[tuple[int, int, str]] = []
    for at, phoneme in enumerate(phonemes):
        end = phonemes[at + 1].start if at + 1 < len(phonemes) else size
        phone = lexicon.phone_of(phoneme) or lexicon.SILENCE
        if spans and spans[-1][2] == phone == lexicon.SILENCE:
            spans[-1] = (spans[-1][0], end, phone)
        elif end > phoneme.start:
            if spans and phone != lexicon.SILENCE and spans[-1][2] == lexicon.SILENCE:
                first, until, _ = spans[-1]
                if until - first < CLOSURE * RATE:
                    spans[-1] = (first, end, phone)
                    continue
            spans.append((phoneme.start, end, phone))
    return spans


def targets_of(marks: list[tuple[int, int, str]], frames: int) -> NDArray[np.int16]:
    """One target for each third frame, read at the frame's middle."""
    number = {phone: at for at, phone in enumerate(lexicon.build().phones)}
    targets = np.ones(-(-frames // STEP), dtype=np.int16)  # silence going on
    free = 0
    for start, end, phone in marks:
        if phone == lexicon.SILENCE:
            continue
        # However short, a phone has one target: the network's states are passed one by one.
        first = max(free, -(-(start - WINDOW // 2) // (FRAME * STEP)))
        free = max(first + 1, -(-(end - WINDOW // 2) // (FRAME * STEP)))
        targets[first:free] = 2 * number[phone] + 1
        targets[first : first + 1] = 2 * number[phone]
    begins = (targets == 1) & (np.concatenate([[2], targets[:-1]]) > 1)
    targets[begins] = 0
    return targets


def said_as(text: str, random: Random) -> str:
    """Pinyin of `text` with syllables joined into words of one to four at random, as speakers group them."""
    parts = pinyin(text).split()
    out = parts[0] if parts else ""
    left = random.randint(0, 3)
    for part in parts[1:]:
        joins = left > 0 and part[-1:].isdigit() and out[-1:].isdigit()
        out += part if joins else " " + part
        left = left - 1 if joins else random.randint(0, 3)
    return out


def _said(random: Random, rng: np.random.Generator) -> tuple[surroundings.Wave, list[tuple[int, int, str]]]:
    """Utterances of one voice with pauses until a recording is full, with the place of every phone."""
    voice = random.choice(training_voices())
    speed, factor = random.randint(*SPEEDS), random.uniform(0.85, 1.17)
    wanted = random.uniform(*LENGTH) * RATE
    parts: list[Any] = [np.zeros(int(random.uniform(0.15, 0.8) * RATE), np.float32)]
    size, marks = parts[0].size, list[tuple[int, int, str]]()
    silent = random.random() < ONLY_NOISE
    while size < wanted:
        if silent:
            parts.append(np.zeros(int(wanted - size) + 1, np.float32))
            for _ in range(random.randint(0, 3)):
                _sound(parts[-1], 1500.0, rng)
            break
        speech = speak_pinyin(said_as(texts.utterance(random), random), voice, speed, random.randint(20, 80))
        wave = telephone.stretched(speech.samples.astype(np.float32), factor)
        scale = wave.size / speech.samples.size
        for start, end, phone in marks_of(speech.phonemes, speech.samples.size):
            marks.append((size + round(start * scale), size + round(end * scale), phone))
        pause = np.zeros(int(random.uniform(0.1, 0.7) * RATE), np.float32)
        if random.random() < EVENTS:
            pause = np.zeros(int(random.uniform(0.5, 1.2) * RATE), np.float32)
            _sound(pause, float(np.abs(wave).mean()) + 50, rng)
        parts += [wave * np.float32(rng.uniform(0.5, 1.2)), pause]
        size += parts[-2].size + parts[-1].size
    return np.concatenate(parts), marks


def _sound(pause: surroundings.Wave, level: float, rng: np.random.Generator) -> None:
    """Put a sound that is no word somewhere into `pause`."""
    sound = surroundings.event(rng)[: pause.size]
    first = int(rng.integers(0, pause.size - sound.size + 1))
    pause[first : first + sound.size] += sound * np.float32(level * 10 ** rng.uniform(-1, 0.3))


def _babble(random: Random) -> surroundings.Wave:
    said = []
    for _ in range(4):
        text, voice = pinyin(texts.utterance(random)), random.choice(training_voices())
        speech = speak_pinyin(text, voice, random.randint(*SPEEDS), random.randint(20, 80))
        said.append(telephone.stretched(speech.samples.astype(np.float32), random.uniform(0.87, 1.15)))
    return np.concatenate(said)


def _task(task: tuple[int, int]) -> list[Recording]:
    seed, number = task
    return list(recordings(seed * 1_000_003 + number, BATCH))


def _quiet() -> None:
    os.nice(5)
