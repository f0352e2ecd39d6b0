"""Which legs wait for a call of PJSIP's, which are refused, and who is dialled first. No PJSIP here."""

import pytest

from telephony.calls.outside import URGENT
from telephony.control.talk import MOST_LEGS
from telephony.worker.legs.room import MOST_AT_ONCE, MOST_CALLS, TOO_MANY, WHILE, Room

OTHER = 70004  # PJ_EINVAL


def test_call_control_counts_as_many_legs_as_pjsip_has_calls() -> None:
    assert MOST_LEGS == MOST_CALLS


@pytest.mark.parametrize(("status", "legs", "waits"), [(TOO_MANY, 4, True), (TOO_MANY, 5, False), (OTHER, 2, False)])
def test_a_leg_waits_where_a_call_is_ending_and_for_nothing_else(status: int, legs: int, waits: bool) -> None:
    room = Room()
    assert room.keeps("line:110", {}, status, legs) is waits
    assert room.gives_up("line:110") is waits
    assert not room.gives_up("line:110")
    assert list(room.turns()) == []


def test_an_emergency_is_dialled_first_the_others_in_their_order() -> None:
    room = Room()
    for leg, headers in (("agent:wu", {}), ("outside:1", {}), ("line:110", dict([URGENT]))):
        assert room.keeps(leg, headers, TOO_MANY, 4)
    turns = list(room.turns())
    assert [leg for leg, _ in turns] == ["line:110", "agent:wu", "outside:1"]
    assert not room.waiting, "who finds no call now is kept anew"


def test_who_is_dialled_after_many_waits_a_moment_an_emergency_never() -> None:
    room = Room()
    for number in range(MOST_AT_ONCE):
        assert not room.hurries("agent:wu", {}, number / 100)
        room.dialled(number / 100)
    assert room.hurries("agent:wu", {}, 0.5)
    assert not room.hurries("line:110", dict([URGENT]), 0.5)
    assert [leg for leg, _ in room.turns()] == ["agent:wu"]
    assert not room.hurries("agent:wu", {}, WHILE)
