"""The trained model as a file: written whole or not at all, read only by the very files it was trained on.

Beside the model it keeps the sounds of the clerks' phrases, which take longest to find. Decides nothing.
"""

import contextlib
import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from knowledge.cues import Cue
from knowledge.model import Linear

MODEL = "trained.npz"
# Raised whenever training or this format changes, so that a kept model is not taken for a new one.
TRAINING = 3
BROKEN = (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, TypeError)


def digest_of(files: list[Path]) -> str:
    """One value for the training and every byte it learns from (SHA-256, hex). An unreadable file counts as empty."""
    digest = hashlib.sha256(f"{TRAINING}".encode())
    for file in files:
        digest.update(file.name.encode() + b"\0")
        with contextlib.suppress(OSError):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def read_cues(folder: Path | None) -> dict[str, Cue]:
    """The cues kept in `folder`, whatever else has changed; none where there is no such file or it is damaged."""
    if folder is None:
        return {}
    try:
        with np.load(folder / MODEL, allow_pickle=False) as data:
            kept = json.loads(bytes(data["cues"]).decode())
        return {
            phrase: Cue(phrase, tuple(texts), tuple(sounds), tuple(blurs), int(length))
            for phrase, texts, sounds, blurs, length in kept
        }
    except BROKEN:
        return {}


def read_model(folder: Path | None, digest: str) -> Linear | None:
    """The model in `folder`, or None when there is none, it is another one's or it is damaged."""
    if folder is None:
        return None
    try:
        with np.load(folder / MODEL, allow_pickle=False) as data:
            if str(data["digest"]) != digest:
                return None
            words = bytes(data["vocabulary"]).decode().split("\n")
            vocabulary = {word: i for i, word in enumerate(words) if word}
            weights = data["weights"].astype(np.float32)
            if len(weights) != len(vocabulary):
                return None
            scale = data["scale"].astype(np.float32)
            return Linear(vocabulary, scale, weights, data["bias"], float(data["temperature"]))
    except BROKEN:
        return None


def write_model(folder: Path, trained: Linear, digest: str, cues: Iterable[Cue]) -> None:
    """Store `trained` and the sounds of `cues` in `folder`, whole or not at all. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{MODEL}.{os.getpid()}.npz"
    known = [(one.phrase, one.texts, one.sounds, one.blurs, one.length) for one in cues]
    try:
        np.savez_compressed(
            fresh,
            digest=digest,
            vocabulary=octets("\n".join(trained.vocabulary)),
            scale=trained.scale.astype(np.float16),
            weights=trained.weights.astype(np.float16),
            bias=trained.bias,
            temperature=trained.temperature,
            cues=octets(json.dumps(known, ensure_ascii=False)),
        )
        fresh.replace(folder / MODEL)
    finally:
        fresh.unlink(missing_ok=True)


def octets(text: str) -> "np.ndarray[tuple[int], np.dtype[np.uint8]]":
    return np.frombuffer(text.encode(), dtype=np.uint8)
