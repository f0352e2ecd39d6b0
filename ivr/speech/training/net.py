"""The acoustic network: a time-delay network over MFCC frames, trained frame by frame, then plain matrices.

It decides its shape and its training; it must not know what the classes mean or how Kaldi writes them down.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ivr.speech.training.layers import CEPSTRA, CONTEXT, SPLICES, STEP, Affine

WIDTH = 256
CHUNK = 50  # targets of one training example
BATCH = 64
PEAK_RATE = 4e-3


class Tdnn(nn.Module):  # type: ignore[misc]
    """[B, frames, 40] → [B, targets, classes]; frames = 3 · targets + 24: the context is inside."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = CEPSTRA
        for splice in SPLICES:
            full = splice in SPLICES[:2]
            apart = 1 if len(splice) == 1 else (splice[1] - splice[0]) // (1 if full else STEP)
            stride = STEP if splice == SPLICES[1] else 1
            layers += [
                nn.Conv1d(before, WIDTH, len(splice), stride=stride, dilation=apart),
                nn.ReLU(),
                nn.BatchNorm1d(WIDTH),
            ]
            before = WIDTH
        self.body = nn.Sequential(*layers)
        self.head = nn.Conv1d(WIDTH, classes, 1)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(frames.transpose(1, 2))).transpose(1, 2)


@dataclass(frozen=True, slots=True)
class Examples:
    """Padded frames of all recordings, and where each training chunk starts in frames and targets."""

    frames: NDArray[np.float16]
    targets: NDArray[np.int16]
    starts: NDArray[np.int64]
    firsts: NDArray[np.int64]

    def batch(self, chosen: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        wide = STEP * (CHUNK - 1) + 1 + 2 * CONTEXT
        frames = self.frames[self.starts[chosen][:, None] + np.arange(wide)].astype(np.float32)
        targets = self.targets[self.firsts[chosen][:, None] + np.arange(CHUNK)].astype(np.int64)
        return torch.from_numpy(frames), torch.from_numpy(targets)


def examples(corpus: Path) -> Examples:
    """The chunks of a corpus file: edges repeat the outer frames, the last chunk of a recording overlaps."""
    data = np.load(corpus)
    padded, starts, firsts = [], [], []
    at, frame, place = 0, 0, 0
    for length in data["lengths"].tolist():
        count = -(-length // STEP)
        padded.append((frame, length))
        for first in sorted({*range(0, count - CHUNK + 1, CHUNK), max(0, count - CHUNK)} if count >= CHUNK else set()):
            starts.append(at + first * STEP)
            firsts.append(place + first)
        at += length + 2 * CONTEXT
        frame += length
        place += count
    raw = data["frames"]
    frames = np.concatenate([np.pad(raw[a : a + n], ((CONTEXT, CONTEXT), (0, 0)), "edge") for a, n in padded])
    return Examples(frames, data["targets"], np.array(starts), np.array(firsts))


def train(
    data: Examples, classes: int, epochs: int, seed: int, progress: Callable[[str], None], threads: int = 2
) -> Tdnn:
    """Train from scratch with one learning-rate cycle; every twentieth chunk only measures."""
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(data.starts))
    measured, taught = order[: len(order) // 20], order[len(order) // 20 :]
    model = Tdnn(classes)
    many = min(BATCH, len(taught))
    if not many:
        raise RuntimeError("the corpus holds no recording that is long enough: give it more hours")
    steps = epochs * (len(taught) // many)
    optimiser = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, total_steps=max(steps, 2), pct_start=0.15)
    loss_of = nn.CrossEntropyLoss()
    started, done = monotonic(), 0
    for epoch in range(1, epochs + 1):
        model.train()
        rng.shuffle(taught)
        total = 0.0
        for first in range(0, len(taught) - many + 1, many):
            frames, targets = data.batch(taught[first : first + many])
            loss = loss_of(model(frames).flatten(0, 1), targets.flatten())
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
            done += 1
            if done % 100 == 0:
                spent = monotonic() - started
                left = spent / done * (steps - done)
                progress(f"epoch {epoch}/{epochs} step {done}/{steps} loss {total / (first // many + 1):.3f} "
                         f"{spent / 60:.1f} min, {left / 60:.1f} min left")  # fmt: skip
        loss_held, right = measure(model, data, measured)
        progress(f"epoch {epoch}/{epochs} held-out loss {loss_held:.3f}, frames right {100 * right:.1f} %")
    model.eval()
    return model


def measure(model: Tdnn, data: Examples, chosen: NDArray[np.int64]) -> tuple[float, float]:
    """Mean loss and share of frames classified right over the chunks `chosen`."""
    model.eval()
    losses, hits, frames_seen = 0.0, 0, 0
    with torch.no_grad():
        for first in range(0, len(chosen), BATCH):
            frames, targets = data.batch(chosen[first : first + BATCH])
            out = model(frames).flatten(0, 1)
            losses += float(nn.functional.cross_entropy(out, targets.flatten(), reduction="sum"))
            hits += int((out.argmax(1) == targets.flatten()).sum())
            frames_seen += targets.numel()
    return losses / max(1, frames_seen), hits / max(1, frames_seen)


def priors(data: Examples, classes: int) -> NDArray[np.float32]:
    """How often each class is the target, add-one smoothed."""
    counts = np.bincount(data.targets, minlength=classes).astype(np.float64) + 1
    share: NDArray[np.float32] = (counts / counts.sum()).astype(np.float32)
    return share


def folded(model: Tdnn) -> list[Affine]:
    """The layers as affine maps between ReLUs, each batch normalisation folded into the map after it."""
    layers: list[Any] = list(model.body)
    out: list[Affine] = []
    scale, shift = np.ones(CEPSTRA), np.zeros(CEPSTRA)
    for at, splice in zip(range(0, len(layers), 3), SPLICES, strict=True):
        out.append(_affine(layers[at], splice, scale, shift))
        norm = layers[at + 2]
        scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().double().numpy()
        shift = norm.bias.detach().double().numpy() - norm.running_mean.double().numpy() * scale
    return [*out, _affine(model.head, (0,), scale, shift)]


def _affine(conv: Any, splice: tuple[int, ...], scale: NDArray[Any], shift: NDArray[Any]) -> Affine:
    weight = conv.weight.detach().double().numpy()  # [out, in, taps]
    bias = conv.bias.detach().double().numpy() + np.einsum("oit,i->o", weight, shift)
    matrix = (weight * scale[None, :, None]).transpose(0, 2, 1).reshape(weight.shape[0], -1)
    return Affine(splice, matrix.astype(np.float32), bias.astype(np.float32))
