"""The first sign of a voice: told on little, taken back soon, not believed for a while after it meant nothing."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.sign import LAPSE, LONGEST, TABLE, WARY_FOR, Seen, Sign, Standing

NO, VOICE, CLEAR = (False, False), (True, False), (True, True)


def standings(frames: list[tuple[bool, bool]]) -> list[Standing]:
    sign = Sign()
    return [sign.take(*frame) for frame in frames]


def test_the_table_is_whole_and_only_a_lapse_makes_wary() -> None:
    assert set(TABLE) == set(product(Standing, Seen))
    became_wary = [pair for pair, after in TABLE.items() if after is Standing.WARY and pair[0] is not Standing.WARY]
    assert became_wary == [(Standing.TOLD, Seen.LAPSED)]
    assert all(TABLE[standing, Seen.CERTAIN] is Standing.OPEN for standing in Standing)


@pytest.mark.parametrize(
    ("frames", "told"),
    [
        ([CLEAR], False),
        ([CLEAR, CLEAR], True),
        ([CLEAR, NO, CLEAR], True),
        ([CLEAR, NO, NO, CLEAR], False),
        ([VOICE] * 50, False),
        ([CLEAR, VOICE, VOICE, CLEAR], False),
    ],
)
def test_two_clear_voices_of_three_are_a_sign(frames: list[tuple[bool, bool]], told: bool) -> None:
    assert (standings(frames)[-1] is Standing.TOLD) == told


def test_a_sign_lapses_when_no_voice_follows() -> None:
    after = standings([CLEAR, CLEAR, *[NO] * LAPSE])
    assert after[1:-1] == [Standing.TOLD] * LAPSE and after[-1] is Standing.WARY


def test_a_voice_that_never_becomes_certain_lapses_too() -> None:
    after = standings([CLEAR] * (LONGEST + 2))
    assert after[1:-1] == [Standing.TOLD] * LONGEST and after[-1] is Standing.WARY


def test_after_a_lapse_the_next_sign_is_passed_over_for_a_while() -> None:
    before = [CLEAR, CLEAR, *[NO] * LAPSE]
    after = standings([*before, *[CLEAR] * (WARY_FOR + 2)])[len(before) :]
    assert after == [Standing.WARY] * (WARY_FOR - 1) + [Standing.OPEN, Standing.OPEN, Standing.TOLD]


@given(st.lists(st.sampled_from([NO, VOICE, CLEAR, "certain"]), max_size=400))
def test_a_sign_never_stands_long_and_never_often(frames: list) -> None:
    sign, told = Sign(), []
    for frame in frames:
        if frame == "certain":
            sign.certain()
        told.append(sign.take(*(NO if frame == "certain" else frame)) is Standing.TOLD)
    ends = [at for at, (one, other) in enumerate(pairwise(told)) if one and not other]
    begins = [at for at, (one, other) in enumerate(pairwise([False, *told])) if other and not one]
    for begin, end in zip(begins, [*ends, len(told)], strict=False):
        assert end - begin <= LONGEST
    for end, begin in zip(ends, begins[1:], strict=False):
        assert begin - end > WARY_FOR or "certain" in frames[end : begin + 1]
