"""The training from end to end: corpus, network, Kaldi's files, graph, figures, card, and the model in its place.

It decides the order and where working files lie; each step is another module's. Nothing is put in place before
everything has gone well.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch

from ivr.speech.sound import RATE
from ivr.speech.training import corpus, kaldi, lexicon, net, unpacking
from ivr.speech.training.card import Making, card
from ivr.speech.training.evaluate import Figure
from ivr.speech.training.placing import place
from ivr.speech.training.voices import training_voices

HOURS = 16.0
EPOCHS = 8
SEED = 2026
SENTENCES = 60000
SILENCE_PRIOR = 0.03  # or silence is decoded as whatever class is rare

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """`hours` of speech, seen `epochs` times; `further`: a model whose network is trained on, None for a new one."""

    hours: float = HOURS
    epochs: float = EPOCHS
    further: Path | None = None
    keep_corpus: bool = False


def train(out: Path, work: Path, plan: Plan, progress: Progress) -> list[Figure]:
    """Train a model into `out`, with working files in `work`; returns its figures. Raises OSError, RuntimeError."""
    work.mkdir(parents=True, exist_ok=True)
    fresh = work / "model"
    shutil.rmtree(fresh, ignore_errors=True)
    started = monotonic()
    file = corpus.build(work, plan.hours, SEED, progress)
    spoken = monotonic()
    words = lexicon.build()
    phones = kaldi.Phones(words.phones)
    data = net.examples(file)
    torch.manual_seed(SEED)
    model = net.Tdnn(phones.classes)
    if plan.further:
        net.begin(model, unpacking.layers(plan.further / "am/final.mdl"), data)
    net.train(data, model, net.Course(plan.epochs, SEED), progress)
    trained = monotonic()
    shares = net.priors(data, phones.classes)
    torch.save({"net": model.state_dict(), "priors": torch.from_numpy(shares)}, work / "net.pt")
    figures, speed = assemble(fresh, model, shares, progress)
    lengths = np.load(file)["lengths"]
    made = Making(
        seed=SEED,
        hours=float(lengths.sum()) * corpus.FRAME / RATE / 3600,
        recordings=len(lengths),
        voices=len(training_voices()),
        epochs=plan.epochs,
        further=plan.further is not None,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        words=len(words.words),
        speaking=(spoken - started) / 60,
        learning=(trained - spoken) / 60,
        size=sum(one.stat().st_size for one in fresh.rglob("*") if one.is_file()),
        memory=speed["memory"],
        rtf=speed["rtf"],
        loading=speed["loading"],
    )
    (fresh / "README.md").write_text(card(made, figures), encoding="utf-8")
    place(fresh, out)
    if not plan.keep_corpus:
        file.unlink()
    progress(f"model {out} {made.size / 1e6:.1f} MB after {(monotonic() - started) / 60:.0f} min")
    return figures


def assemble(folder: Path, model: net.Tdnn, shares: Any, progress: Progress) -> tuple[list[Figure], dict[str, Any]]:
    """Write the whole model directory but its card, and measure it."""
    phones = kaldi.Phones(lexicon.build().phones)
    kaldi.write_settings(folder, phones)
    adjusted = shares.copy()
    adjusted[:2] *= SILENCE_PRIOR
    kaldi.write_model(folder / "am/final.mdl", phones, net.folded(model), adjusted)
    for line in _apart("graph", folder):
        progress(line)
    figures: list[Figure] = []
    speed: dict[str, Any] = {}
    for line in _apart("evaluate", folder):
        row = json.loads(line)
        if "condition" in row:
            figures.append(Figure(**row))
            progress(f"{row['condition']}: {100 * row['errors'] / row['of']:.1f} % wrong of {row['of']}")
        else:
            speed = row
    return figures, speed


def _apart(module: str, folder: Path) -> list[str]:
    """Run one of this package's programs in a process of its own; returns what it printed."""
    words = [sys.executable, "-m", f"ivr.speech.training.{module}", str(folder), str(SENTENCES), str(SEED)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{module}: ended with {done.returncode}; its complaint stands above")
    return done.stdout.splitlines()
