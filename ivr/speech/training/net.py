"""The acoustic network: a time-delay network over MFCC frames, trained frame by frame, then plain matrices.

It decides its shape and its training; it must not know what the classes mean or how Kaldi writes them down.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, inf, pi
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ivr.speech.training.layers import AFTER, BEFORE, CEPSTRA, SPLICES, STEP, Affine, evened

WIDTH = 288
CHUNK = 50  # targets of one training example
BATCH = 64
PEAK_RATE = 3e-3
WARMING = 0.06  # of the training

Progress = Callable[[str], None]


class Tdnn(nn.Module):  # type: ignore[misc]
    """[frames, B, 40] → [targets, B, classes]; frames = 3 · (targets - 1) + 1 + BEFORE + AFTER: the context is inside.

    All layers but the first and the last multiply in bfloat16 where the machine can; they are kept in float32.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        wide = [CEPSTRA, *[WIDTH] * (len(SPLICES) - 1)]
        self.maps = nn.ModuleList(nn.Linear(w * len(s), WIDTH) for w, s in zip(wide, SPLICES, strict=True))
        self.norms = nn.ModuleList(nn.BatchNorm1d(WIDTH) for _ in SPLICES)
        self.head = nn.Linear(WIDTH, classes)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        for at in range(len(SPLICES)):
            frames = self.norms[at](self.layer(at, frames).flatten(0, 1)).view(-1, frames.shape[1], WIDTH)
        return self.head(frames)

    def layer(self, at: int, frames: torch.Tensor) -> torch.Tensor:
        """One layer before its normalisation."""
        unit = 1 if at < 2 else STEP
        shifts = [(offset - SPLICES[at][0]) // unit for offset in SPLICES[at]]
        size, stride = len(frames) - shifts[-1], STEP if at == 1 else 1
        spliced = torch.cat([frames[shift : shift + size : stride] for shift in shifts], dim=-1)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.training and at > 0):
            mapped = self.maps[at](spliced)
        return torch.relu(mapped.float())


@dataclass(frozen=True, slots=True)
class Examples:
    """Padded frames of all recordings, and where each training chunk starts in frames and targets."""

    frames: NDArray[np.float16]
    targets: NDArray[np.int16]
    starts: NDArray[np.int64]
    firsts: NDArray[np.int64]

    def batch(self, chosen: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        """Frames [frames, B, 40] and their targets [targets, B]."""
        wide = STEP * (CHUNK - 1) + 1 + BEFORE + AFTER
        frames = self.frames[self.starts[chosen][None, :] + np.arange(wide)[:, None]].astype(np.float32)
        targets = self.targets[self.firsts[chosen][None, :] + np.arange(CHUNK)[:, None]].astype(np.int64)
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
        at += length + BEFORE + AFTER
        frame += length
        place += count
    raw = data["frames"]
    frames = np.concatenate([np.pad(raw[a : a + n], ((BEFORE, AFTER), (0, 0)), "edge") for a, n in padded])
    return Examples(frames, data["targets"], np.array(starts), np.array(firsts))


@dataclass(frozen=True, slots=True)
class Course:
    """How long training goes on: `epochs` or `minutes`, whichever is over first; `threads` multiply."""

    epochs: float
    seed: int
    minutes: float = inf
    threads: int = 2


def train(
    data: Examples, model: Tdnn, course: Course, progress: Progress, keep: Callable[[Tdnn], None] = lambda _: None
) -> Tdnn:
    """Train `model` over one cycle of the learning rate; every fortieth chunk only measures.

    `keep` gets it now and then.
    """
    torch.set_num_threads(course.threads)
    rng = np.random.default_rng(course.seed)
    order = rng.permutation(len(data.starts))
    measured, taught = order[: len(order) // 40], order[len(order) // 40 :]
    many = min(BATCH, len(taught))
    if not many:
        raise RuntimeError("the corpus holds no recording that is long enough: give it more hours")
    steps = max(1, round(course.epochs * (len(taught) // many)))
    optimiser = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=1e-3)
    loss_of = nn.CrossEntropyLoss()
    started, done, share, lately = monotonic(), 0, 0.0, 0.0
    while share < 1:
        model.train()
        rng.shuffle(taught)
        for first in range(0, len(taught) - many + 1, many):
            for group in optimiser.param_groups:
                group["lr"] = PEAK_RATE * (share / WARMING if share < WARMING else (1 + cos(pi * share)) / 2) + 1e-6
            frames, targets = data.batch(taught[first : first + many])
            loss = loss_of(model(frames).flatten(0, 1), targets.flatten())
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimiser.step()
            done += 1
            lately += (float(loss.detach()) - lately) / min(done, 50)
            spent = (monotonic() - started) / 60
            share = max(done / steps, spent / course.minutes)
            if done % 100 == 0:
                left = spent / share - spent
                progress(f"{100 * share:.0f} % step {done} loss {lately:.3f} {spent:.1f} min, {left:.1f} min left")
            if done % 500 == 0:
                keep(model)
            if share >= 1:
                break
        loss_held, right = measure(model, data, measured)
        progress(f"held-out loss {loss_held:.3f}, frames right {100 * right:.1f} %")
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


def begin(model: Tdnn, before: Sequence[Affine], data: Examples) -> None:
    """Start `model` as the narrower network `before` (folded, of as many layers): new inputs count nothing at first."""
    frames, _ = data.batch(np.arange(0, len(data.starts), max(1, len(data.starts) // 48)))
    with torch.no_grad():
        for at, (mine, other) in enumerate(zip([*model.maps, model.head], before, strict=True)):
            splice = SPLICES[at] if at < len(SPLICES) else (0,)
            wide, rows, narrow = mine.in_features // len(splice), len(other.bias), other.matrix.shape[1]
            narrow //= len(other.splice)
            mine.weight[:rows] = 0
            for tap, offset in enumerate(other.splice):
                place = splice.index(offset) * wide
                part = other.matrix[:, tap * narrow : (tap + 1) * narrow]
                mine.weight[:rows, place : place + narrow] = torch.from_numpy(part.copy())
            mine.bias[:rows] = torch.from_numpy(other.bias.copy())
            if at == len(SPLICES):
                break
            frames = model.layer(at, frames)
            norm, flat = model.norms[at], frames.flatten(0, 1)
            norm.running_mean.copy_(flat.mean(0))
            norm.running_var.copy_(flat.var(0))
            norm.bias.copy_(norm.running_mean)
            norm.weight.copy_(torch.sqrt(norm.running_var + norm.eps))


def folded(model: Tdnn) -> list[Affine]:
    """The layers as affine maps between ReLUs, each batch normalisation folded into the map after it."""
    out: list[Affine] = []
    scale, shift = np.ones(CEPSTRA), np.zeros(CEPSTRA)
    for at, splice in enumerate(SPLICES):
        out.append(_affine(model.maps[at], splice, scale, shift))
        norm: Any = model.norms[at]
        scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().double().numpy()
        shift = norm.bias.detach().double().numpy() - norm.running_mean.double().numpy() * scale
    return evened([*out, _affine(model.head, (0,), scale, shift)])


def _affine(mapping: Any, splice: tuple[int, ...], scale: NDArray[Any], shift: NDArray[Any]) -> Affine:
    weight = mapping.weight.detach().double().numpy()  # [out, taps × in]
    bias = mapping.bias.detach().double().numpy() + weight @ np.tile(shift, len(splice))
    return Affine(splice, (weight * np.tile(scale, len(splice))).astype(np.float32), bias.astype(np.float32))
