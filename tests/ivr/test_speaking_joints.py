"""The sound at the joints, measured on the samples that espeak-ng gives for the parts of real sentences."""

from datetime import date, time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from ivr.speaking.engines.espeak import EspeakEngine, load
from ivr.speaking.joints import LOUDNESS, faded, finished, levelled, loudness, silence, trimmed
from ivr.speaking.pieces import Part, Pause, Piece
from ivr.speaking.template import assemble, fragments, parse
from ivr.speaking.voices import Espeak
from ivr.speech.sound import RATE, Samples
from ivr.speech.voice import VoiceError

PLACES = {"where": ("县法律援助中心", "高新区公证处")}
SENTENCES: list[tuple[str, dict[str, Any]]] = [
    (
        "您预约的是{day:date}{at:time}，地点在{where:choice}，对吗？",
        {"day": date(2026, 11, 26), "at": time(15, 30), "where": "县法律援助中心"},
    ),
    ("工单号码是{number:digits}。", {"number": "20261126047"}),
    ("编号{number:digits}，请记好。", {"number": "WS98-7654-3210"}),
    ("您排在{place:position}，预计等候大约{low:count}到{high:count}分钟。", {"place": 3, "low": 2, "high": 15}),
    ("一共{count:count}元。", {"count": 2814}),
]


@pytest.fixture(scope="module")
def engine() -> EspeakEngine:
    return EspeakEngine(Espeak())


def sound(engine: EspeakEngine, piece: Piece) -> Samples:
    if isinstance(piece, Pause):
        return silence(piece.seconds)
    return finished(engine.render(piece.text, piece.final))


def quiet_around(before: Samples, after: Samples) -> float:
    """Milliseconds around the joint in which no sample reaches a twentieth of the voice's loudness."""
    loud_before, loud_after = (np.flatnonzero(np.abs(side.astype(int)) > LOUDNESS / 20) for side in (before, after))
    return float((before.size - 1 - loud_before[-1] + loud_after[0]) * 1000 / RATE)


@pytest.mark.parametrize(("text", "values"), SENTENCES, ids=[text for text, _ in SENTENCES])
def test_no_gap_and_no_click_where_parts_meet(engine: EspeakEngine, text: str, values: dict[str, Any]) -> None:
    pieces = assemble(parse(text, PLACES), values)
    joints = 0
    for piece, following in pairwise(pieces):
        before, after = sound(engine, piece), sound(engine, following)
        assert abs(int(before[-1])) < 100, piece
        assert abs(int(after[0])) < 100, following
        if isinstance(piece, Part) and isinstance(following, Part):
            joints += 1
            assert quiet_around(before, after) <= 60, (piece, following)
    assert joints


@pytest.mark.parametrize("text", ["{n:digits}", "{n:count:40}分钟", "{n:date}{m:time}见"])
def test_parts_are_equally_loud(engine: EspeakEngine, text: str) -> None:
    """By the RMS of each part's louder half, which no choice of a threshold in the code decides."""
    levels = []
    for part in sorted(fragments(parse(text)), key=lambda each: each.name):
        said = sound(engine, part).astype(float)
        frames = np.sort((said[: said.size // 80 * 80].reshape(-1, 80) ** 2).mean(axis=1))
        levels.append(10 * np.log10(frames[frames.size // 2 :].mean()))
    assert max(levels) - min(levels) < 2.5
    assert np.std(levels) < 0.7


def test_every_part_has_the_house_s_loudness(engine: EspeakEngine) -> None:
    parts = fragments(parse("{n:digits}{m:time}{place:position}"))
    off = [20 * np.log10(loudness(sound(engine, part)) / LOUDNESS) for part in parts]
    assert max(off) - min(off) < 1
    raw = [20 * np.log10(loudness(engine.render(part.text, part.final))) for part in parts]
    assert max(raw) - min(raw) > 4  # what the voice gives by itself


def test_a_figure_in_the_middle_is_shorter_than_at_the_end(engine: EspeakEngine) -> None:
    for figure in "零幺二三四五六七八九":
        assert sound(engine, Part(figure)).size < 0.97 * sound(engine, Part(figure, final=True)).size


def test_the_joined_figures_last_as_long_as_those_said_in_one_breath(engine: EspeakEngine) -> None:
    pieces = assemble(parse("{n:digits}"), {"n": "95734620"})
    joined = sum(sound(engine, piece).size for piece in pieces)
    at_once = finished(engine.render("95734620", final=True)).size
    assert joined == pytest.approx(at_once, rel=0.1)


def test_sentences_within_a_text_have_a_pause_between_them(engine: EspeakEngine) -> None:
    said = finished(engine.render("您好。请稍候。", final=True))
    still = np.abs(said.astype(int)) < 50
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate(([0], still.astype(int), [0])))))[::2]
    assert runs.max() / RATE == pytest.approx(0.3, abs=0.05)


def tone(seconds: float, peak: float = 8000) -> Samples:
    wave: Samples = (peak * np.sin(np.arange(int(seconds * RATE)) * 0.5)).astype(np.int16)
    return wave


def test_silence_is_cut_off_but_for_the_closure_of_a_stop() -> None:
    cut = trimmed(np.concatenate([silence(0.5), tone(0.2), silence(0.5)]))
    assert cut.size / RATE == pytest.approx(0.2 + 0.04 + 0.01, abs=0.006)
    assert trimmed(silence(0.3)).size == 0
    assert trimmed(tone(0.2)).size == tone(0.2).size


def test_levels_come_together_and_nothing_is_cut_off() -> None:
    assert loudness(levelled(tone(0.3, 500))) == pytest.approx(LOUDNESS, rel=0.01)
    assert loudness(levelled(tone(0.3, 30000))) == pytest.approx(LOUDNESS, rel=0.01)
    click = np.concatenate([tone(0.3, 100), [np.int16(20000)], tone(0.3, 100)]).astype(np.int16)
    assert np.abs(levelled(click)).max() <= 30000
    assert levelled(silence(0.1)).size == 800


def test_edges_are_faded() -> None:
    square = np.full(800, 8000, np.int16)
    soft = faded(square)
    assert abs(soft[0]) < 400
    assert abs(soft[-1]) < 400
    assert np.abs(np.diff(soft.astype(int))).max() <= 400
    assert (soft[30:-30] == 8000).all()
    assert faded(silence(0)).size == 0


def test_a_voice_that_espeak_does_not_have(tmp_path: Any) -> None:
    with pytest.raises(VoiceError, match=r"cmn\+nobody"):
        load(Espeak(voice="cmn+nobody"), tmp_path)
