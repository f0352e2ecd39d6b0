"""Numbers figure by figure: what is one, what is none, and which can be the number asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.slots.digits import Fit, Kind, Number, embedded, figures, grouped, ticket_number

SAID = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("幺三八零零零零一二三四", "13800001234"),
        ("我的号码是一三九一二三四五六七八", "13912345678"),
        ("嗯我的手机号是幺三九零零零零幺幺幺幺谢谢", "13900001111"),
        ("二零二六一一二一零零零零零一", "20261121000001"),
        ("工单号是二零二六幺幺二幺零零零零零幺", "20261121000001"),
        ("GD20261121000001", "20261121000001"),
        ("138-0013-8000", "13800138000"),
        ("一三八 零零零零 一二三四", "13800001234"),
        ("三个八", "888"),
        ("幺三八三个零", "138000"),
        ("不对是一二三四", "1234"),
        ("尾号一二三四", "1234"),
        ("两洞拐勾", "2079"),
        ("亦尔三", "123"),
        ("妖散吧灵", "1380"),
        ("一万", ""),
        ("一百二十", ""),
        ("十二", ""),
        ("一千三百", ""),
        ("意思", ""),
        ("你好", ""),
        ("对", ""),
        ("人工", ""),
        ("一二三我不记得了", ""),
        ("", ""),
        ("是", ""),
    ],
)
def test_figures_in_an_utterance(said: str, read: str) -> None:
    assert figures(said) == read


@given(st.text("0123456789", min_size=1, max_size=20))
def test_figures_said_are_figures_read(digits: str) -> None:
    assert figures("".join(SAID[each] for each in digits)) == digits
    assert figures(digits) == digits


@given(st.text(max_size=30))
def test_whatever_is_said_only_figures_come_out(said: str) -> None:
    assert all(each in "0123456789" for each in figures(said))


@pytest.mark.parametrize(
    ("number", "fit"),
    [
        ("13800138000", Fit.WHOLE),
        ("19912345678", Fit.WHOLE),
        ("057188889999", Fit.WHOLE),
        ("01088889999", Fit.WHOLE),
        ("02088889999", Fit.WHOLE),
        ("0543 2223334".replace(" ", ""), Fit.WHOLE),
        ("82345678", Fit.WHOLE),
        ("2223334", Fit.WHOLE),
        ("4001234567", Fit.WHOLE),
        ("1380013", Fit.SHORT),
        ("0571", Fit.SHORT),
        ("", Fit.SHORT),
        ("222333", Fit.SHORT),
        ("12800138000", Fit.WRONG),
        ("138001380001", Fit.WRONG),
        ("0571188889999", Fit.WRONG),
        ("95588", Fit.WRONG),
        ("110", Fit.WRONG),
    ],
)
def test_telephone_numbers(number: str, fit: Fit) -> None:
    assert Number(Kind.PHONE, number).fit is fit


def test_only_a_mobile_number_needs_no_more_keys() -> None:
    assert Number(Kind.PHONE, "13800138000").complete
    assert not Number(Kind.PHONE, "2223334").complete
    assert Number(Kind.LAST_FOUR, "1234").complete
    assert Number(Kind.TICKET, "20261121000001").complete


@pytest.mark.parametrize(
    ("digits", "number", "fit"),
    [
        ("20261121000001", "GD20261121-000001", Fit.WHOLE),
        ("20261321000001", "", Fit.WRONG),
        ("20260230000001", "", Fit.WRONG),
        ("2026112100000", "", Fit.SHORT),
        ("202611210000011", "", Fit.WRONG),
    ],
)
def test_ticket_numbers(digits: str, number: str, fit: Fit) -> None:
    assert ticket_number(digits) == number
    assert Number(Kind.TICKET, digits).fit is fit


def test_a_number_within_a_sentence() -> None:
    assert embedded("工单号二零二六幺幺二幺零零零零零幺帮我查一下", 14) == "20261121000001"
    assert embedded("我等了三个月了", 14) == ""


@given(st.text("0123456789", max_size=20))
def test_what_is_read_back_holds_the_same_figures(digits: str) -> None:
    assert grouped(digits).replace("-", "") == digits
