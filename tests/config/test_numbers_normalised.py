"""Numbers as they are kept here, whatever a carrier puts before them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.numbers import normalised


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("+8613900001111", "13900001111"),
        ("008613900001111", "13900001111"),
        ("8613900001111", "13900001111"),
        ("013900001111", "13900001111"),
        ("13900001111", "13900001111"),
        ("+8657188886666", "057188886666"),
        ("057188886666", "057188886666"),
        ("+861012345678", "01012345678"),
        ("861012345678", "01012345678"),
        ("88886666", "057188886666"),
        ("8688666", "05718688666"),
        ("86886666", "057186886666"),
        ("+85212345678", "0085212345678"),
        ("0085212345678", "0085212345678"),
        ("+864008001234", "4008001234"),
        ("4008001234", "4008001234"),
        ("12348", "12348"),
        ("+8612348", "12348"),
        ("95598", "95598"),
        ("110", "110"),
        ("1001", "1001"),
        ("anonymous", "anonymous"),
        ("", ""),
        ("+", "+"),
        ("139 0000", "139 0000"),
    ],
)
def test_as_it_is_kept(given: str, kept: str) -> None:
    assert normalised(given, "0571") == kept


def test_without_an_area_code_local_numbers_stay() -> None:
    assert normalised("88886666") == "88886666"


@given(st.text(alphabet="+0123456789aA*# ", max_size=20), st.sampled_from(["", "0571", "010"]))
def test_doing_it_twice_changes_nothing(text: str, area: str) -> None:
    once = normalised(text, area)
    assert normalised(once, area) == once
