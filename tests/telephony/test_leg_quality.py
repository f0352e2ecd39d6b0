"""The estimate of what was heard: the published points of the E-model, and that more loss or delay is never better."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.facts import LegMeasured
from telephony.core.quality import Estimate, estimate, mos, rating


def leg(**known: float) -> LegMeasured:
    values: dict[str, float] = {"seconds": 10, "received": 500, "lost": 0, "late": 0, "jitter": 1, "jitter_most": 2}
    values |= {"buffer": 40, "round_trip": 20, "sent": 500, "far_lost": 0, "far_jitter": 1} | known
    return LegMeasured("c1", "caller", "PCMA", False, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("r", "score"), [(0, 1.0), (50, 2.58), (60, 3.10), (70, 3.60), (80, 4.02), (90, 4.34), (100, 4.5)]
)
def test_scores_of_annex_b(r: float, score: float) -> None:
    assert mos(r) == pytest.approx(score, abs=0.01)


def test_a_clean_line_is_near_the_best_there_is() -> None:
    found = estimate(leg())
    assert found.heard is not None and found.far is not None
    assert 4.3 < found.heard < 4.45 and 4.3 < found.far < 4.45


def test_five_percent_lost_is_heard_by_the_side_that_lost_it() -> None:
    found = estimate(leg(received=475, lost=25))
    assert found.heard is not None and found.far is not None and found.heard < 3.9 < found.far


def test_what_was_not_measured_is_not_estimated() -> None:
    assert estimate(leg(received=0, sent=0)) == Estimate(None, None)
    assert estimate(leg(far_jitter=-1.0)).far is None


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 2000), st.floats(0, 2000))
def test_more_loss_or_delay_is_never_better(loss: float, more: float, delay: float, longer: float) -> None:
    assert rating("PCMA", max(loss, more), max(delay, longer)) <= rating("PCMA", loss, delay)
    assert 1.0 <= mos(rating("PCMA", loss, delay)) <= 4.5


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.floats(-1, 10**5))
def test_no_figures_break_it(received: int, lost: int, late: int, far: float) -> None:
    found = estimate(leg(received=received, lost=lost, late=late, far_jitter=far, buffer=far, round_trip=far))
    assert found.heard is None or 1.0 <= found.heard <= 4.5
