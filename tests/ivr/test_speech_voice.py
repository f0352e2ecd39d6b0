import concurrent.futures

import numpy as np
import pytest

from ivr.speech.voice import VoiceError, speak, speak_pinyin, voices


def names(text: str) -> list[str]:
    return [phoneme.name.strip("',%=.") for phoneme in speak(text).phonemes if not phoneme.name.startswith("_")]


def test_speech_is_voiced_and_lasts_as_long_as_people_speak() -> None:
    speech = speak("您好，欢迎致电公共法律服务热线")
    assert speech.samples.dtype == np.int16
    assert 2.5 < speech.seconds < 6
    assert 500 < np.sqrt((speech.samples.astype(float) ** 2).mean()) < 8000
    assert np.abs(speech.samples).max() < 32767
    voiced = speech.samples[:16000].astype(float)
    pitch = np.fft.irfft(np.abs(np.fft.rfft(voiced, 32768)) ** 2)[20:160] / (voiced**2).sum()
    assert pitch.max() > 0.2  # a periodicity between 50 and 400 Hz


def test_phonemes_lie_where_the_sound_is() -> None:
    speech = speak("你好，再见")
    starts = [phoneme.start for phoneme in speech.phonemes]
    assert starts == sorted(starts)
    assert starts[-1] <= speech.samples.size
    pause = max(speech.phonemes[1:-1], key=lambda phoneme: phoneme.name == "_:" and phoneme.start)
    quiet = next(phoneme.start for phoneme in speech.phonemes if phoneme.name == "_:")
    assert pause.start >= quiet
    assert np.abs(speech.samples[quiet + 400 : quiet + 1200]).max() < np.abs(speech.samples).max() / 20


def test_polyphones_and_lacking_syllables_are_said_in_chinese() -> None:
    assert names("不给")[-2:] == ["k", "ei"]
    assert names("兄弟很穷") == ["S;", "j", "ong", "t", "i", "X", "@", "n", "tS;h", "j", "ong"]


def test_figures_are_said_one_by_one() -> None:
    assert names("12348") == names("幺二三四八")


def test_voices_differ_and_unknown_ones_are_refused() -> None:
    assert {"cmn", "cmn+f2", "cmn+Annie"} <= set(voices())
    assert not np.array_equal(speak("你好", "cmn").samples, speak("你好", "cmn+f2").samples)
    with pytest.raises(VoiceError, match=r"voice: 'klingon': no such voice"):
        speak("你好", "klingon")


@pytest.mark.parametrize(("speed", "pitch"), [(10, 50), (900, 50), (175, -1), (175, 100)])
def test_speed_and_pitch_out_of_range_are_refused(speed: int, pitch: int) -> None:
    with pytest.raises(VoiceError, match="must be"):
        speak("你好", speed=speed, pitch=pitch)


@pytest.mark.parametrize("text", ["", "   ", "，。！", "\0"])
def test_nothing_to_say_is_refused(text: str) -> None:
    with pytest.raises(VoiceError, match="nothing that can be said"):
        speak(text)


def test_threads_do_not_mix_their_words() -> None:
    texts = ["一二三", "法律援助", "我要人工服务", "工资"] * 4
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        together = list(pool.map(names, texts))
    assert together == [names(text) for text in texts]


def test_pinyin_written_together_is_one_word() -> None:
    apart, together = speak_pinyin("ni3 hao3"), speak_pinyin("ni3hao3")
    assert [p.name.strip("'") for p in apart.phonemes if p.name[0] != "_"] == [
        p.name.strip("'") for p in together.phonemes if p.name[0] != "_"
    ]
