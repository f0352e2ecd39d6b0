"""Silence of legs: counters that stand still for long enough, and only those."""

import math

from telephony.worker.legs.silence import Silence


def test_counters_that_stand_still_are_silence() -> None:
    silence = Silence(20)
    assert silence.look({"caller": (10, 0), "agent:li": (10, 0)}, 0.0) == []
    assert silence.look({"caller": (900, 3), "agent:li": (10, 0)}, 19.9) == []
    assert silence.look({"caller": (901, 3), "agent:li": (10, 0)}, 20.0) == ["agent:li"]


def test_a_report_without_audio_is_a_sign_of_life() -> None:
    silence = Silence(20)
    for number, now in enumerate(range(0, 200, 5)):
        assert silence.look({"caller": (0, number)}, float(now)) == []


def test_counters_that_begin_anew_are_a_sign_of_life() -> None:
    silence = Silence(20)
    silence.look({"caller": (900, 3)}, 0.0)
    assert silence.look({"caller": (0, 0)}, 19.0) == []
    assert silence.look({"caller": (0, 0)}, 38.0) == []
    assert silence.look({"caller": (0, 0)}, 39.0) == ["caller"]


def test_a_leg_on_hold_is_counted_from_anew() -> None:
    silence = Silence(20)
    silence.look({"caller": (900, 3)}, 0.0)
    assert silence.look({}, 100.0) == []
    assert silence.look({"caller": (900, 3)}, 200.0) == []
    assert silence.look({"caller": (900, 3)}, 220.0) == ["caller"]


def test_looks_are_due_now_and_then_and_never_without_a_limit() -> None:
    silence = Silence(20)
    assert silence.wait(0.0) == 0.0
    silence.look({}, 0.0)
    assert silence.wait(0.5) == 0.5
    assert silence.wait(1.0) == 0.0
    assert Silence(0).wait(1000.0) == math.inf


def test_silence_that_began_before_the_talk_goes_on_in_it() -> None:
    silence = Silence(20)
    assert silence.look({"caller": (10, 0)}, 0.0) == []
    assert silence.look({"caller": (10, 0), "agent:li": (50, 1)}, 15.0) == []
    assert silence.look({"caller": (10, 0), "agent:li": (800, 2)}, 20.0) == ["caller"]
