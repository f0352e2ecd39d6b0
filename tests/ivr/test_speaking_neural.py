"""Piper and sherpa-onnx for real, with tiny models made here: a tone of 440 Hz, so many seconds for each symbol.

They prove how the packages are called, not how a trained voice sounds. Without the packages they are skipped.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.speaking.engines import lacking, load
from ivr.speaking.joints import finished
from ivr.speaking.rendering import Renderer
from ivr.speaking.voices import Piper, Sherpa, Voice
from ivr.speaking.wording import Sound
from ivr.speech.sound import RATE, Samples, read_wav
from ivr.speech.voice import VoiceError

NEEDS = "pip install -e '.[voices-test]' for the packages of the other voices"
TEXT = "请稍候"
MODEL_RATE = 22050
HOP = 2205  # samples of tone a symbol


def tone_model(file: Path, names: tuple[str, ...], scale: tuple[str, int | None], meta: dict[str, str]) -> None:
    """Symbols [1, n] → a tone of n·HOP·scale samples; `scale` names the input of the length and the index in it."""
    onnx = pytest.importorskip("onnx", reason=NEEDS)
    helper, kinds = onnx.helper, onnx.TensorProto
    shapes: dict[str, tuple[int, list[Any]]] = {names[0]: (kinds.INT64, [1, "n"]), names[1]: (kinds.INT64, [1])}
    shapes |= {name: (kinds.FLOAT, [3] if name == "scales" else [1]) for name in names[2:]}
    numbers = {"one": [1], "hop": [float(HOP)], "turn": [2 * np.pi * 440 / MODEL_RATE], "half": [0.5]}
    constants = [
        helper.make_tensor(name, kinds.INT64 if name == "one" else kinds.FLOAT, [1], value)
        for name, value in numbers.items()
    ]
    constants += [
        helper.make_tensor("index", kinds.INT64, [1], [scale[1] or 0]),
        helper.make_tensor("shape", kinds.INT64, [3], [1, 1, -1]),
        helper.make_tensor("start", kinds.FLOAT, [], [0.0]),
        helper.make_tensor("step", kinds.FLOAT, [], [1.0]),
        helper.make_tensor("none", kinds.INT64, [0], []),
    ]
    steps = [
        ("Shape", [names[0]], "size"),
        ("Gather", ["size", "one"], "count"),
        ("Cast", ["count"], "symbols"),
        ("Gather", [scale[0], "index"], "length"),
        ("Mul", ["symbols", "hop"], "samples"),
        ("Mul", ["samples", "length"], "scaled"),
        ("Reshape", ["scaled", "none"], "end"),
        ("Range", ["start", "end", "step"], "time"),
        ("Mul", ["time", "turn"], "phase"),
        ("Sin", ["phase"], "wave"),
        ("Mul", ["wave", "half"], "softer"),
        ("Reshape", ["softer", "shape"], "output"),
    ]
    nodes = [
        helper.make_node(kind, given, [out], **({"to": kinds.FLOAT} if kind == "Cast" else {}))
        for kind, given, out in steps
    ]
    inputs = [helper.make_tensor_value_info(name, *shape) for name, shape in shapes.items()]
    output = helper.make_tensor_value_info("output", kinds.FLOAT, [1, 1, "samples_out"])
    graph = helper.make_graph(nodes, "tone", inputs, [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, meta)
    onnx.checker.check_model(model)
    onnx.save(model, str(file))


@pytest.fixture
def piper(tmp_path: Path) -> Piper:
    pytest.importorskip("piper", reason=NEEDS)
    tone_model(tmp_path / "tone.onnx", ("input", "input_lengths", "scales"), ("scales", 1), {})
    symbols = {symbol: [number] for number, symbol in enumerate(("_", "^", "$", *TEXT, "。", "，"))}
    config = {
        "audio": {"sample_rate": MODEL_RATE},
        "espeak": {"voice": "cmn"},
        "phoneme_type": "text",
        "num_symbols": len(symbols),
        "num_speakers": 1,
        "phoneme_id_map": symbols,
    }
    (tmp_path / "tone.onnx.json").write_text(json.dumps(config))
    return Piper(engine="piper", model="tone.onnx")


@pytest.fixture
def sherpa(tmp_path: Path) -> Sherpa:
    pytest.importorskip("sherpa_onnx", reason=NEEDS)
    folder = tmp_path / "tone"
    folder.mkdir()
    meta = {"sample_rate": str(MODEL_RATE), "n_speakers": "0", "language": "Chinese", "add_blank": "0"}
    meta |= {"model_type": "vits", "comment": "tone", "punctuation": "， 。", "speaker_id": "0", "version": "1"}
    names = ("x", "x_length", "noise_scale", "length_scale", "noise_scale_w")
    tone_model(folder / "model.onnx", names, ("length_scale", None), meta)
    symbols = ("sil", "eos", "sp", "，", "。", "a", "b", "c")
    (folder / "tokens.txt").write_text("".join(f"{symbol} {n}\n" for n, symbol in enumerate(symbols)), encoding="utf-8")
    lexicon = "".join(f"{char} {symbol}\n" for char, symbol in zip(TEXT, "abc", strict=True))
    (folder / "lexicon.txt").write_text(lexicon, encoding="utf-8")
    return Sherpa(engine="sherpa-onnx", folder="tone")


def pitch(samples: Samples) -> float:
    """The strongest frequency, in Hz."""
    return float(np.abs(np.fft.rfft(samples.astype(float))).argmax() * RATE / samples.size)


@pytest.mark.parametrize("engine", ["piper", "sherpa"])
def test_an_engine_says_text_at_the_house_s_rate(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    voice: Voice = request.getfixturevalue(engine)
    assert lacking(voice, tmp_path) == []
    said = load(voice, tmp_path).render(TEXT, final=True)
    assert said.dtype == np.int16
    assert pitch(said) == pytest.approx(440, abs=2)
    assert 0.3 <= said.size / RATE <= 2  # three characters and the marks around them, 0.1 s each
    twice = load(voice.model_copy(update={"speed": 2.0}), tmp_path).render(TEXT, final=True)
    assert twice.size == pytest.approx(said.size / 2, rel=0.02)
    assert finished(said).size


@pytest.mark.parametrize("engine", ["piper", "sherpa"])
def test_a_rendered_file_is_the_engine_s(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    voice: Voice = request.getfixturevalue(engine)
    file = Renderer(voice, tmp_path, tmp_path / "out").render(Sound("wait", TEXT))
    assert file is not None
    assert pitch(read_wav(file)) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("engine", ["piper", "sherpa"])
def test_a_broken_model_is_named_and_the_voice_in_the_box_steps_in(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    voice: Voice = request.getfixturevalue(engine)
    (tmp_path / voice.files[0]).write_bytes(b"no model")
    with pytest.raises(VoiceError, match=voice.files[0]):
        load(voice, tmp_path)
    file = Renderer(voice, tmp_path, tmp_path / "out").render(Sound("wait", TEXT))
    assert file is not None
    assert read_wav(file).size / RATE == pytest.approx(0.8, abs=0.4)
    assert "the one in the box does" in caplog.text
