"""The model's card: what it was made from, what was measured, what it cannot do. PURE: facts in, Markdown out."""

from collections.abc import Sequence
from dataclasses import dataclass

from ivr.speech.training.evaluate import Figure
from ivr.speech.training.voices import HELD_OUT


@dataclass(frozen=True, slots=True)
class Making:
    """How the model came about. `speaking` and `learning`: minutes of wall time; sizes in bytes."""

    seed: int
    hours: float
    recordings: int
    voices: int
    epochs: int
    parameters: int
    words: int
    speaking: float
    learning: float
    size: int
    memory: int
    rtf: float


def card(made: Making, figures: Sequence[Figure]) -> str:
    """The README.md of the model directory."""
    return f"""# The default speech model

A small Mandarin model for the Vosk recogniser, 8 kHz telephone speech, trained by this project itself on synthetic
speech (`make model` makes it again). **It has never heard a person.** It lets the whole hotline run and be tested;
a site that serves people installs a full model: `hotline model install vosk-model-small-cn-0.22.zip`.

## What it was made from

- Speech: {made.hours:.1f} hours in {made.recordings} recordings, all of it by espeak-ng 1.52 (espeakng-loader 0.2.4) in
  {made.voices} voices, at 125 to 265 words a minute, pitch 20 to 80, vocal tract 0.87 to 1.15.
- Texts: sentence patterns of callers (`ivr/speech/training/templates.txt`), random common characters, random words of
  the field, strings of digits; 5 % noise without speech. No recording of a person, no call, no text from elsewhere.
- Line: room, noise and babble at 6 to 32 dB, band-pass, level, A-law; a quarter of it clean.
- Vocabulary: {made.words} words: those of the field and every character of GB 2312 level 1. Free speech may come out as
  any syllable; characters that sound the same are told apart by the language model only, since tones are not modelled.
- Network: time-delay network over 40 MFCC, {made.parameters / 1e6:.2f} million parameters, frames of 30 ms.
- Training: {made.epochs} epochs, seed {made.seed}; {made.speaking:.0f} min for the corpus and {made.learning:.0f} min
  for the network, wall time on two shared cores.

## Figures

Voices never heard by training: {", ".join(voice.removeprefix("cmn+") for voice in HELD_OUT)}.
CER counts wrong characters, SER wrong syllables without tones (which is what labels are compared by).

| condition | wrong |
|---|---|
{chr(10).join(_row(figure) for figure in figures)}

Real-time factor {made.rtf:.3f} on one shared core in 100 ms chunks; {made.memory / 2**20:.0f} MiB resident for a
process that holds Python, Vosk and this model after decoding; {made.size / 1e6:.1f} MB on disk.

## Limits

- Synthetic voices only. The figures compare versions of this model with each other; they say nothing about callers.
- No tones: 要 and 幺, 钱 and 签, 他 and 她 differ by what stands beside them.
- No dialects but a few of their words; no Latin words; names come out as common characters of the same sound.
- Loud babble, dialling tones and music come out as words in free speech, not in closed lists. Confirm before acting; a
  person is always one key away.

## Licence

The same as the project's: made wholly by its own programs from its own texts. espeak-ng (GPL-3.0-or-later) was the tool
that spoke; nothing of it is in these files.
"""


def _row(figure: Figure) -> str:
    share = 100 * figure.errors / figure.of
    if not figure.spoken:
        return f"| {figure.condition} | {figure.errors} of {figure.of} ({share:.1f} %) |"
    syllables = 100 * figure.syllables / figure.spoken
    return f"| {figure.condition} | CER {share:.1f} %, SER {syllables:.1f} % ({figure.of} characters) |"
