"""The ear: when the recogniser works, where utterances end, what is told on the way. Pure parts with a scripted Words;
real ones with the packaged model."""

from itertools import pairwise

import numpy as np
import pytest

from ivr.speech.ear import Ear, Event, Mistaken, Noticed, SoFar, Started, Utterance, utterances
from ivr.speech.recogniser import Final, Model, Partial, Recogniser, load_model
from ivr.speech.store import PACKAGED
from ivr.speech.vad import FRAME
from ivr.speech.voice import speak
from tests.ivr.channel import RATE, among, line, voice


class Script:
    """Words that count what they are fed, and say what `at` (samples fed) tells them to."""

    def __init__(self, at: dict[int, Partial | Final] | None = None, last: list[Partial | Final] | None = None) -> None:
        self.fed = np.zeros(0, np.int16)
        self.at = dict(at or {})
        self.last = last or []

    def feed(self, pcm: bytes) -> list[Partial | Final]:
        self.fed = np.concatenate([self.fed, np.frombuffer(pcm, np.int16)])
        due = [place for place in sorted(self.at) if place <= self.fed.size]
        return [self.at.pop(place) for place in due]

    def finish(self) -> list[Partial | Final]:
        return self.last


def events(ear: Ear, samples: np.ndarray) -> list[tuple[float, Event]]:
    told = []
    for at in range(0, samples.size - FRAME + 1, FRAME):
        told += [((at + FRAME) / RATE, event) for event in ear.take(samples[at : at + FRAME].astype(np.int16))]
    return told


def without_signs(told: list[tuple[float, Event]]) -> list[tuple[float, Event]]:
    return [each for each in told if not isinstance(each[1], Noticed | Mistaken)]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(PACKAGED)


@pytest.fixture(scope="module")
def sentence() -> np.ndarray:
    return voice(speak("房东不退押金怎么办", "cmn+f4").samples)


def test_silence_and_noise_cost_the_recogniser_nothing() -> None:
    words = Script()
    ear = Ear(words)
    noise = np.random.default_rng(1).standard_normal(60 * RATE) * 300
    assert events(ear, np.concatenate([np.zeros(60 * RATE), noise])) == []
    assert words.fed.size == 0 and ear.finish() == []


def test_the_recogniser_is_fed_from_before_the_first_sound_to_the_end_of_the_pause(sentence: np.ndarray) -> None:
    words = Script()
    samples = line(among(sentence, 2.0, 3.0), 30, 1)
    everything = events(Ear(words), samples)
    assert [type(event) for _, event in everything] == [Noticed, Started, Utterance]
    told = without_signs(everything)
    began = told[0][1].began
    assert began == pytest.approx(2.0, abs=0.15)
    first = round((began - 0.3) * RATE)
    assert (words.fed == samples[first : first + words.fed.size]).all()
    assert first + words.fed.size == pytest.approx(told[1][0] * RATE, abs=FRAME)
    utterance = told[1][1]
    assert utterance == Utterance("", 0.0, began, utterance.seconds)
    assert utterance.seconds == pytest.approx(sentence.size / RATE, abs=0.25)


def test_a_sound_too_short_for_a_voice_is_noticed_and_taken_back_and_costs_the_recogniser_nothing() -> None:
    words, at = Script(), np.arange(320)
    sound = sum(np.sin(2 * np.pi * 150 * tone * at / RATE + tone * tone) for tone in range(2, 16))
    told = events(Ear(words), line(among(voice(sound, 3000), 1.0, 1.0), None, 1))
    assert [type(event) for _, event in told] == [Noticed, Mistaken]
    assert words.fed.size == 0


def test_it_is_told_that_somebody_speaks_before_the_recogniser_works_on_it(sentence: np.ndarray) -> None:
    words = Script()
    ear = Ear(words)
    for samples in line(among(sentence, 1.0, 1.0), 30, 1)[: 3 * RATE].reshape(-1, FRAME):
        if any(isinstance(event, Started) for event in ear.take(samples.astype(np.int16))):
            break
    assert words.fed.size == 0
    ear.finish()
    assert words.fed.size > 0


def test_partial_texts_come_when_they_change_and_not_more_than_four_a_second(sentence: np.ndarray) -> None:
    words = Script({at: Partial(str(at // 4000)) for at in range(800, 40000, 800)}, [Final("完", 0.5, 1.0)])
    told = without_signs(events(Ear(words), line(among(sentence, 0.5, 1.0), 30, 1)))
    soon = [(at, event.text) for at, event in told if isinstance(event, SoFar)]
    assert len(soon) > 2
    assert all(text != other and later - earlier >= 0.25 for (earlier, text), (later, other) in pairwise(soon))
    assert isinstance(told[0][1], Started) and isinstance(told[-1][1], Utterance)


def test_an_endpoint_of_the_model_within_an_utterance_does_not_cut_it(sentence: np.ndarray) -> None:
    words = Script({8000: Final("房东", 1.0, 0.5), 8800: Partial("不退")}, [Final("不退押金", 0.5, 1.5)])
    told = events(Ear(words), line(among(sentence, 0.5, 1.0), 30, 1))
    heard = [event for _, event in told if isinstance(event, Utterance)]
    assert [each.text for each in heard] == ["房东不退押金"]
    assert heard[0].confidence == pytest.approx(0.625)


def test_the_model_ends_an_utterance_on_a_line_where_something_voiced_never_stops(sentence: np.ndarray) -> None:
    crowd = np.tile(sentence, 5)
    words = Script({16000: Final("离婚", 0.9, 1.0)})
    told = events(Ear(words), line(among(crowd, 0.5, 1.0), 30, 1))
    first = next((at, event) for at, event in told if isinstance(event, Utterance))
    assert first[1].text == "离婚" and first[0] < 4.0


def test_no_utterance_is_longer_than_the_longest(sentence: np.ndarray) -> None:
    told = without_signs(events(Ear(Script(), longest=3.0), line(among(np.tile(sentence, 5), 0.5, 1.0), 30, 1)))
    kinds = [type(event) for _, event in told]
    assert kinds == [Started, Utterance] * (len(kinds) // 2) and len(kinds) >= 6
    assert all(event.seconds <= 3.1 for _, event in told if isinstance(event, Utterance))


@pytest.mark.parametrize("snr", [None, 20, 12])
def test_what_was_said_is_what_is_heard(model: Model, sentence: np.ndarray, snr: float | None) -> None:
    heard = utterances(Recogniser(model), line(among(sentence, 1.0, 1.0), snr, 2))
    assert len(heard) == 1 and "押金" in heard[0].text and heard[0].confidence > 0.4
    assert heard[0].began == pytest.approx(1.0, abs=0.3)


def test_two_utterances_are_two(model: Model) -> None:
    one, two = (voice(speak(text, "cmn+f4").samples) for text in ("法律援助", "人工服务"))
    samples = line(np.concatenate([among(one, 0.5, 1.2), among(two, 0.0, 1.0)]), 25, 1)
    assert [each.text for each in utterances(Recogniser(model), samples)] == ["法律援助", "人工服务"]


YES_NO = ("是", "是的", "对", "好的", "不是", "不对", "不要")


@pytest.mark.parametrize(
    "said",
    ["我们十几个农民工讨薪讨了大半年", "车子停在路边被人撞坏了", "有人天天打电话威胁要我还钱", "孩子在幼儿园被推倒了"],
)
def test_what_is_not_in_the_grammar_is_an_empty_utterance_or_an_unsure_one(model: Model, said: str) -> None:
    heard = utterances(Recogniser(model, YES_NO), line(among(voice(speak(said, "cmn+f4").samples), 0.5, 1.0), 20, 1))
    assert len(heard) >= 1
    assert all(each.text == "" or each.confidence < 0.5 for each in heard), heard


@pytest.mark.parametrize("said", YES_NO)
def test_what_is_in_the_grammar_is_heard(model: Model, said: str) -> None:
    voices = ("cmn+f4", "cmn+m5", "cmn+Annie")
    waves = [line(among(voice(speak(said, name).samples), 0.5, 1.0), 20, 1) for name in voices]
    heard = ["".join(each.text for each in utterances(Recogniser(model, YES_NO), wave)) for wave in waves]
    assert heard.count(said) >= 2, heard


def test_digits_are_strings_of_digits_and_never_unknown(model: Model) -> None:
    digits = tuple("零幺一二两三四五六七八九")
    right = total = 0
    for number, name in (
        (number, name) for number in ("幺三八零", "五六七九", "二零二六") for name in ("cmn+f4", "cmn+m5")
    ):
        wave = line(among(voice(speak(number, name).samples), 0.5, 1.2), 25, 1)
        heard = "".join(each.text for each in utterances(Recogniser(model, digits), wave, pause=0.8))
        assert heard and set(heard) <= set(digits)
        right += sum(one == other for one, other in zip(number, heard.replace("一", "幺"), strict=False))
        total += len(number)
    assert right >= 0.8 * total
