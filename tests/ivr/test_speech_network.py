"""The network and the corpus, in small. Needs the extra [train]: make model, or pip install -e '.[train]'."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra [train] is not installed")
pytest.importorskip("kaldi_native_fbank", reason="the extra [train] is not installed")
pytest.importorskip("scipy", reason="the extra [train] is not installed")

from ivr.speech.training import corpus, lexicon, net, surroundings, telephone  # noqa: E402
from ivr.speech.training.layers import AFTER, BEFORE, SPLICES, Affine  # noqa: E402
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


def through(layers: list[Affine], rows: np.ndarray) -> np.ndarray:
    for at, layer in enumerate(layers):
        low, high = -min(layer.splice), max(layer.splice)
        spliced = [rows[low + offset : len(rows) - high + offset] for offset in layer.splice]
        rows = np.concatenate(spliced, axis=1) @ layer.matrix.T + layer.bias
        rows = np.maximum(rows, 0) if at < len(layers) - 1 else rows
    return rows[::3]


def test_folding_changes_nothing() -> None:
    torch.manual_seed(3)
    model = net.Tdnn(10)
    model.train()
    model(torch.randn(3 * 49 + 1 + BEFORE + AFTER, 8, 40))  # moves the running means away from nought and one
    model.eval()
    frames = torch.randn(3 * 3 + 1 + BEFORE + AFTER, 1, 40)
    with torch.no_grad():
        expected = model(frames).numpy()[:, 0]
    found = through(net.folded(model), frames.numpy()[:, 0])
    assert len(found) == 4
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_a_network_goes_on_from_a_narrower_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    narrower = [splice if len(splice) < 4 else splice[1:] for splice in SPLICES]
    old, wide = list[Affine](), 40
    for splice in (*narrower, (0,)):
        matrix = (rng.standard_normal((20, wide * len(splice))) / np.sqrt(wide * len(splice))).astype(np.float32)
        old.append(Affine(splice, matrix, rng.standard_normal(20).astype(np.float32)))
        wide = 20
    less = BEFORE + sum(min(splice) for splice in narrower)
    recordings = rng.standard_normal((5940, 40)).astype(np.float16)
    np.savez(tmp_path / "corpus.npz", frames=recordings, targets=np.zeros(1980, np.int16), lengths=np.full(30, 198))
    model = net.Tdnn(20)
    net.begin(model, old, net.examples(tmp_path / "corpus.npz"))
    model.eval()
    frames = torch.from_numpy(recordings[: 3 * 5 + 1 + BEFORE + AFTER].astype(np.float32))[:, None]
    with torch.no_grad():
        found = model(frames).numpy()[:, 0]
    np.testing.assert_allclose(found, through(old, frames.numpy()[less:, 0]), atol=1e-3)


def test_a_line_keeps_the_length_and_the_level() -> None:
    rng = np.random.default_rng(1)
    wave = speak_pinyin("ni3hao3").samples.astype(np.float32)
    for _ in range(20):
        heard = telephone.through(wave, telephone.any_line(rng), [wave], rng)
        assert heard.size == wave.size
        assert heard.dtype == np.int16
        assert 100 < np.abs(heard.astype(int)).max() <= 32767


@pytest.mark.parametrize("law", ["a", "mu"])
@pytest.mark.parametrize("level", [3.0, 300.0, 30000.0])
def test_the_laws_are_as_fine_as_g711_says(level: float, law: str) -> None:
    wave = np.linspace(-level, level, 999).astype(np.float32)
    wrong = np.abs(telephone.companded(wave, law) - wave)
    assert wrong.max() <= max(16.0, level / 16)


def test_lost_packets_are_filled_with_what_went_before() -> None:
    wave = (8000 * np.sin(np.arange(1600) * 2 * np.pi / 80)).astype(np.int16)
    gone = np.zeros(10, bool)
    gone[[5, 6]] = True
    filled = telephone.concealed(wave, gone)
    assert np.array_equal(filled[:800], wave[:800])
    assert np.array_equal(filled[1120:], wave[1120:])
    likeness = np.corrcoef(filled[800:960], wave[800:960])[0, 1]
    assert likeness > 0.95
    assert 0.3 < np.abs(filled[960:1120]).max() / 8000 < 0.75


def test_about_as_many_packets_are_lost_as_asked() -> None:
    assert telephone.lost(100000, 0.05, np.random.default_rng(1)).mean() == pytest.approx(0.05, abs=0.004)


@pytest.mark.parametrize("kind", [*surroundings.KINDS, "babble"])
def test_noises_have_one_loudness_and_are_drawn_alike_from_one_seed(kind: str) -> None:
    voices = [np.random.default_rng(2).standard_normal(9000).astype(np.float32)]
    one, other = (surroundings.noise(kind, 8000, voices, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one, other)
    assert float(np.sqrt((one**2).mean())) == pytest.approx(1, abs=0.01)


def test_training_learns(tmp_path: Path) -> None:
    frames = np.random.default_rng(1).standard_normal((5940, 40)).astype(np.float16)
    targets = (frames[::3, 0] > 0).astype(np.int16)
    np.savez(tmp_path / "corpus.npz", frames=frames, targets=targets, lengths=np.full(30, 198))
    data = net.examples(tmp_path / "corpus.npz")
    told: list[str] = []
    model = net.train(data, net.Tdnn(2), net.Course(60, 1, threads=1), told.append)
    loss, right = net.measure(model, data, np.arange(len(data.starts)))
    assert right > 0.9
    assert loss < 0.4
    assert told[-1].startswith("held-out loss")
