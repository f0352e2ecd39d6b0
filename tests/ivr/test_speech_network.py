"""The network and the corpus, in small. Needs the extra [train]: make model, or pip install -e '.[train]'."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra [train] is not installed")
pytest.importorskip("kaldi_native_fbank", reason="the extra [train] is not installed")
pytest.importorskip("scipy", reason="the extra [train] is not installed")

from ivr.speech.training import corpus, lexicon, net, telephone  # noqa: E402
from ivr.speech.training.layers import CONTEXT  # noqa: E402
from ivr.speech.voice import speak_pinyin  # noqa: E402


def test_targets_follow_the_phones() -> None:
    speech = speak_pinyin("fa3lv4")
    marks = corpus.marks_of(speech.phonemes, speech.samples.size)
    frames = corpus.mfcc(speech.samples)
    targets = corpus.targets_of(marks, len(frames))
    phones = lexicon.build().phones
    assert [phones[one // 2] for one in targets if one % 2 == 0 and one] == ["f", "A", "l", "y"]
    assert frames.shape == (1 + (speech.samples.size - 200) // 80, 40)


def test_recordings_are_drawn_alike_from_one_seed_and_differ_between_two() -> None:
    one, other = next(corpus.recordings(1, 1)), next(corpus.recordings(2, 1))
    assert one.frames.shape != other.frames.shape
    assert one.targets.size == -(-len(one.frames) // 3)
    assert one.targets.max() < 2 * len(lexicon.build().phones)


def test_folding_changes_nothing(tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = net.Tdnn(10)
    model.train()
    model(torch.randn(8, 3 * 50 + 24, 40))  # moves the running means away from nought and one
    model.eval()
    frames = torch.randn(1, 3 * 4 + 24, 40)
    with torch.no_grad():
        expected = model(frames).numpy()[0]
    rows = frames.numpy()[0]
    layers = net.folded(model)
    for at, layer in enumerate(layers):
        low, high = -min(layer.splice), max(layer.splice)
        spliced = [rows[low + offset : len(rows) - high + offset] for offset in layer.splice]
        rows = np.concatenate(spliced, axis=1) @ layer.matrix.T + layer.bias
        rows = np.maximum(rows, 0) if at < len(layers) - 1 else rows
    assert len(frames[0]) - len(rows) == 2 * CONTEXT
    np.testing.assert_allclose(rows[::3], expected, atol=1e-4)


def test_a_line_keeps_the_length_and_the_level() -> None:
    rng = np.random.default_rng(1)
    wave = speak_pinyin("ni3hao3").samples.astype(np.float32)
    for _ in range(20):
        heard = telephone.through(wave, telephone.any_line(rng), [wave], rng)
        assert heard.size == wave.size
        assert heard.dtype == np.int16
        assert 100 < np.abs(heard.astype(int)).max() <= 32767


@pytest.mark.parametrize("level", [3.0, 300.0, 30000.0])
def test_a_law_is_as_fine_as_g711_says(level: float) -> None:
    wave = np.linspace(-level, level, 999).astype(np.float32)
    wrong = np.abs(telephone.companded(wave) - wave)
    assert wrong.max() <= max(16.0, level / 16)


def test_training_learns(tmp_path: Path) -> None:
    frames = np.random.default_rng(1).standard_normal((5940, 40)).astype(np.float16)
    targets = (frames[::3, 0] > 0).astype(np.int16)
    np.savez(tmp_path / "corpus.npz", frames=frames, targets=targets, lengths=np.full(30, 198))
    data = net.examples(tmp_path / "corpus.npz")
    told: list[str] = []
    model = net.train(data, 2, 60, 1, told.append, threads=1)
    loss, right = net.measure(model, data, np.arange(len(data.starts)))
    assert right > 0.9
    assert loss < 0.4
    assert len(told) == 60
