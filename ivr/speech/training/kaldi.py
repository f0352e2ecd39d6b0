"""Kaldi's file formats: the acoustic model (am/final.mdl, binary) and the small text files beside it.

It decides the numbering of phones, classes and transitions; layouts as Kaldi's nnet3 `Read` functions take them.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.speech.training.layers import AFTER, BEFORE, Affine

POSITIONS = ("B", "E", "I", "S")
MFCC = """--use-energy=false
--sample-frequency=8000
--num-mel-bins=40
--num-ceps=40
--low-freq=40
--high-freq=-200
--dither=0
"""
DECODING = """--min-active=200
--max-active=1500
--beam=10
--lattice-beam=4
--acoustic-scale=0.6
--frame-subsampling-factor=3
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""


@dataclass(frozen=True, slots=True)
class Phones:
    """Kaldi's phone numbers: 1 is silence, then four position variants (begin, end, internal, single) of each phone.

    Classes of the network: 2p on the first frame of phone p, 2p + 1 on the others; p counts from 0 = silence.
    """

    names: tuple[str, ...]

    @property
    def classes(self) -> int:
        return 2 * len(self.names)

    @property
    def numbered(self) -> list[tuple[int, str, int]]:
        """(Kaldi's number, kind, p) of each variant, in order."""
        variants = [(1, "nonword", 0)]
        kinds = {"B": "begin", "E": "end", "I": "internal", "S": "singleton"}
        for p in range(1, len(self.names)):
            variants += [(2 + 4 * (p - 1) + at, kinds[position], p) for at, position in enumerate(POSITIONS)]
        return variants

    def number(self, p: int, position: str) -> int:
        return 1 if p == 0 else 2 + 4 * (p - 1) + POSITIONS.index(position)

    def positioned(self, way: tuple[str, ...]) -> tuple[int, ...]:
        """The numbers of the phones of a word."""
        last = len(way) - 1
        kinds = ["S"] if not last else ["B", *"I" * (last - 1), "E"]
        return tuple(self.number(self.names.index(one), kind) for one, kind in zip(way, kinds, strict=True))


def forward(number: int) -> int:
    """The transition id that enters Kaldi's phone `number` and leaves its first frame."""
    return 2 * (number - 1) + 2


def loop(number: int) -> int:
    """The transition id of the further frames of Kaldi's phone `number`."""
    return 2 * (number - 1) + 1


def write_settings(folder: Path, phones: Phones) -> None:
    """conf/ and graph/phones/ of a model directory."""
    for name in ("conf", "graph/phones"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "conf/mfcc.conf").write_text(MFCC, encoding="utf-8")
    (folder / "conf/model.conf").write_text(DECODING, encoding="utf-8")
    (folder / "graph/disambig_tid.int").write_text("", encoding="utf-8")
    kinds = "".join(f"{number} {kind}\n" for number, kind, _ in phones.numbered)
    (folder / "graph/phones/word_boundary.int").write_text(kinds, encoding="utf-8")


def write_model(file: Path, phones: Phones, layers: list[Affine], priors: NDArray[np.float32]) -> None:
    """am/final.mdl: transition model, network, priors (float32, one a class)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    parts = [b"\0B", _transitions(phones), _network(layers)]
    parts += [_token("<LeftContext>"), _int(BEFORE), _token("<RightContext>"), _int(AFTER)]
    parts += [_token("<Priors>"), _vector(priors)]
    file.write_bytes(b"".join(parts))


def _transitions(phones: Phones) -> bytes:
    numbered = phones.numbered
    topology = [
        _token("<Topology>"),
        _integers([number for number, _, _ in numbered]),
        _integers([-1] + [0] * len(numbered)),
        _int(-1),  # a topology whose self-loops have a class of their own
        _int(1),
        _int(2),  # states: the emitting one and the end
        *(_int(0), _int(1), _int(2), _int(0), _float(0.5), _int(1), _float(0.5)),
        *(_int(-1), _int(-1), _int(0)),
        _token("</Topology>"),
    ]
    tuples = [_token("<Tuples>"), _int(len(numbered))]
    for number, _, p in numbered:
        tuples += [_int(number), _int(0), _int(2 * p), _int(2 * p + 1)]
    tuples.append(_token("</Tuples>"))
    chances = np.full(1 + 2 * len(numbered), np.log(0.5), dtype=np.float32)
    chances[0] = 0
    tail = [_token("<LogProbs>"), _vector(chances), _token("</LogProbs>"), _token("</TransitionModel>")]
    return b"".join([_token("<TransitionModel>"), *topology, *tuples, *tail])


def _network(layers: list[Affine]) -> bytes:
    config = [f"input-node name=input dim={layers[0].matrix.shape[1] // len(layers[0].splice)}"]
    components: list[bytes] = []
    before = "input"
    for at, layer in enumerate(layers, 1):
        pieces = [before if offset == 0 else f"Offset({before}, {offset})" for offset in layer.splice]
        source = pieces[0] if len(pieces) == 1 else f"Append({', '.join(pieces)})"
        config.append(f"component-node name=affine{at} component=affine{at} input={source}")
        components += [_token("<ComponentName>"), _token(f"affine{at}"), _affine(layer)]
        last = at == len(layers)
        after, kind = ("logsoftmax", "LogSoftmaxComponent") if last else (f"relu{at}", "RectifiedLinearComponent")
        config.append(f"component-node name={after} component={after} input=affine{at}")
        components += [_token("<ComponentName>"), _token(after), _nonlinear(kind, layer.matrix.shape[0])]
        before = after
    config.append(f"output-node name=output input={before} objective=linear")
    head = _token("<Nnet3>") + ("\n" + "\n".join(config) + "\n\n").encode()
    return head + _token("<NumComponents>") + _int(2 * len(layers)) + b"".join(components) + _token("</Nnet3>")


def _affine(layer: Affine) -> bytes:
    return b"".join([
        _token("<FixedAffineComponent>"), _token("<LinearParams>"), _matrix(layer.matrix),
        _token("<BiasParams>"), _vector(layer.bias), _token("</FixedAffineComponent>"),
    ])  # fmt: skip


def _nonlinear(kind: str, size: int) -> bytes:
    empty = _vector(np.zeros(0, np.float32))
    return b"".join([
        _token(f"<{kind}>"), _token("<Dim>"), _int(size), _token("<ValueAvg>"), empty, _token("<DerivAvg>"), empty,
        _token("<Count>"), _double(0), _token("<OderivRms>"), empty, _token("<OderivCount>"), _double(0),
        _token("<NumDimsSelfRepaired>"), _double(0), _token("<NumDimsProcessed>"), _double(0), _token(f"</{kind}>"),
    ])  # fmt: skip


def _token(name: str) -> bytes:
    return name.encode() + b" "


def _int(value: int) -> bytes:
    return struct.pack("<bi", 4, value)


def _float(value: float) -> bytes:
    return struct.pack("<bf", 4, value)


def _double(value: float) -> bytes:
    return struct.pack("<bd", 8, value)


def _integers(values: list[int]) -> bytes:
    return struct.pack("<bi", 4, len(values)) + np.array(values, dtype="<i4").tobytes()


def _vector(values: NDArray[np.float32]) -> bytes:
    return b"FV " + _int(values.size) + values.astype("<f4").tobytes()


def _matrix(values: NDArray[np.float32]) -> bytes:
    """Kaldi's compressed matrix of two bytes a value: least value, range, rows, columns, shares of the range."""
    least, spread = float(values.min()), float(np.ptp(values)) or 1.0
    shares = np.rint((values.astype(np.float64) - least) * (65535 / spread)).astype("<u2")
    return b"CM2 " + struct.pack("<ffii", least, spread, *values.shape) + shares.tobytes()
