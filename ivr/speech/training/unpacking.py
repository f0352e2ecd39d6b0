"""The layers of an acoustic model written by kaldi.py, read back. It must not know what they are wanted for."""

import re
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.speech.training.layers import Affine

FLOATS, SHARES = b"FM ", b"CM2 "  # Kaldi's marks of a matrix: plain, and of two bytes a value
BIAS = b"<BiasParams> FV "


def layers(file: Path) -> list[Affine]:
    """The affine layers in `file` (am/final.mdl), in order. Raises OSError, ValueError for another make of model."""
    data = file.read_bytes()
    config = data[: data.find(b"<NumComponents>")].decode("latin-1")
    found: list[Affine] = []
    at = data.find(b"<LinearParams> ")
    while at >= 0:
        matrix, at = _matrix(data, at + len(b"<LinearParams> "))
        if data[at : at + len(BIAS)] != BIAS:
            raise ValueError(f"{file}: is not a network that this project trained")
        size = struct.unpack_from("<bi", data, at + len(BIAS))[1]
        bias = np.frombuffer(data, "<f4", size, at + len(BIAS) + 5)
        found.append(Affine(_splice(config, len(found) + 1), matrix, bias))
        at = data.find(b"<LinearParams> ", at)
    if not found:
        raise ValueError(f"{file}: is not a network that this project trained")
    return found


def _matrix(data: bytes, at: int) -> tuple[NDArray[np.float32], int]:
    """The matrix at `at`, and where it ends."""
    if data[at : at + 3] == FLOATS:
        _, rows, _, columns = struct.unpack_from("<bibi", data, at + 3)
        values = np.frombuffer(data, "<f4", rows * columns, at + 13)
        return values.reshape(rows, columns), at + 13 + 4 * rows * columns
    if data[at : at + 4] == SHARES:
        least, spread, rows, columns = struct.unpack_from("<ffii", data, at + 4)
        shares = np.frombuffer(data, "<u2", rows * columns, at + 20)
        values = (least + spread / 65535 * shares.astype(np.float64)).astype(np.float32)
        return values.reshape(rows, columns), at + 20 + 2 * rows * columns
    raise ValueError(f"a matrix marked {data[at : at + 4]!r}: must be FM or CM2")


def _splice(config: str, number: int) -> tuple[int, ...]:
    line = re.search(rf"name=affine{number} component=\S+ input=(.*)", config)
    if line is None:
        raise ValueError(f"the network has no layer {number}")
    pieces = re.findall(r"Offset\(\w+, (-?\d+)\)|(\w+)", line[1].removeprefix("Append"))
    return tuple(int(offset) if offset else 0 for offset, _ in pieces)
