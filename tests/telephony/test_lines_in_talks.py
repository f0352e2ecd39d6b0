"""A line outside that rings, answers, ends while call control moves the talk on: nobody is left alone with nobody.

Where the rules refuse a move while a line rings, it is done past them: the tables must hold by themselves.
"""

from dataclasses import replace
from typing import Any

import pytest

from ivr.commands import Dial, HangUp
from ivr.facts import (
    CALLER,
    DigitPressed,
    Fact,
    LegAnswered,
    LegRinging,
    LineAsked,
    LineDropAsked,
    Parted,
    Requested,
)
from ivr.scripts import Script
from ivr.session import State as SessionState
from routing.facts import ForceAsked, ReadyAsked
from telephony.control.rules import line_refusal, refusal
from telephony.control.talk import Request, State
from tests.telephony.control_hall import LI, NUMBER, OUT, WU, ZHOU, mutual
from tests.telephony.lines_hall import (
    ASK_110,
    ASK_119,
    ASK_12345,
    POLICE,
    TO_12345,
    C,
    LinesHall,
    dialled,
    hung_up,
    mixes,
)


@pytest.fixture
def hall(whole: Script) -> LinesHall:
    return LinesHall(whole)


# --- who has gone is forgotten, who is there is not


@pytest.mark.parametrize("others", ["", NUMBER])
def test_nobody_is_left_to_a_colleague_who_was_taken_away(hall: LinesHall, others: str) -> None:
    """A supervisor puts a guest of the conference to pause: their leg ends, and who had the call may leave first."""
    hall.talking()
    hall.ask("conference", "agent", "wu")
    hall.take(LegAnswered(C, WU))
    if others:
        hall.ask("conference", "number", NUMBER)
    assert hung_up(hall.take(ForceAsked("wu", "paused", "boss"))) == [WU]
    assert WU not in hall.call.control.legs
    hall.ended(WU)
    assert hall.call.agent == "li"
    hall.ended(LI)
    assert hall.call.agent == ""
    assert hall.session is (SessionState.TALKING if others else SessionState.RATING)


def test_who_was_consulted_and_is_taken_away_gives_the_caller_back(hall: LinesHall) -> None:
    aside(hall, State.CONSULT)
    assert hung_up(hall.take(ForceAsked("wu", "paused", "boss"))) == [WU]
    assert (hall.state, hall.mixed()) == (State.TALK, mutual(CALLER, LI))
    hall.ended(WU)
    assert hall.state is State.TALK


def test_a_guest_who_hangs_up_and_is_rung_again_for_the_same_talk_is_called(hall: LinesHall) -> None:
    """The only one of the skill leaves the conference while somebody of it is sought."""
    hall.talking()
    hall.ask("conference", "agent", "wu")
    hall.take(LegAnswered(C, WU), ForceAsked("zhou", "paused", "boss"))
    hall.ask("conference", "skill", "notary")
    assert dialled(hall.ended(WU)) == [WU]
    assert (hall.state, hall.call.control.other) == (State.INVITING, WU)
    hall.take(LegAnswered(C, WU))
    assert hall.mixed() == mutual(CALLER, LI, WU)


def test_a_line_that_hung_up_while_a_colleague_was_called_does_not_keep_the_caller(hall: LinesHall) -> None:
    hall.talking()
    hall.take(ASK_110)
    hall.moved(Request.CONSULT, "agent", "wu")
    hall.take(LegAnswered(C, POLICE))
    assert hall.mixed() >= mutual(CALLER, LI, POLICE)
    hall.ended(POLICE)
    hall.ended(WU, 486)
    assert (hall.state, hall.mixed()) == (State.TALK, mutual(CALLER, LI))
    hall.ended(LI)
    assert hall.session is SessionState.RATING


def test_a_line_that_hung_up_while_a_number_was_called_does_not_keep_the_caller(hall: LinesHall) -> None:
    hall.talking()
    hall.take(ASK_12345)
    hall.moved(Request.TRANSFER, "number", NUMBER)
    assert hall.state is State.SENT
    assert OUT in hung_up(hall.take(LegAnswered(C, TO_12345))), "nobody waits for the number any more"
    assert (hall.state, hall.mixed()) == (State.OUTSIDE, mutual(CALLER, TO_12345))
    hall.take(LegAnswered(C, OUT))
    assert hall.mixed() == mutual(CALLER, TO_12345)
    hall.ended(TO_12345)
    assert hall.session is SessionState.RATING
    hall.ended(OUT)
    hall.wait(120)
    assert hall.session is SessionState.ENDED


def test_a_line_that_hung_up_leaves_the_consulted_colleague(hall: LinesHall) -> None:
    hall.talking()
    hall.take(ASK_110)
    hall.moved(Request.CONSULT, "agent", "wu")
    hall.take(LegRinging(C, WU), LegAnswered(C, WU), LegAnswered(C, POLICE))
    assert (hall.state, hall.mixed()) == (State.CONFERENCE, mutual(CALLER, LI, WU, POLICE))
    hall.ended(POLICE)
    assert hall.mixed() == mutual(CALLER, LI, WU)
    hall.ended(LI)
    assert (hall.call.agent, hall.mixed()) == ("wu", mutual(CALLER, WU))
    hall.ended(WU)
    assert hall.session is SessionState.RATING
    assert hall.agents()["wu"] == "WRAP_UP"


def test_the_agent_leaves_line_and_colleague_and_each_may_go_first(hall: LinesHall) -> None:
    hall.talking()
    hall.take(ASK_110)
    hall.moved(Request.CONSULT, "agent", "wu")
    hall.take(LegRinging(C, WU), LegAnswered(C, WU), LegAnswered(C, POLICE))
    hall.ended(LI)
    assert hall.mixed() == mutual(CALLER, WU, POLICE)
    hall.ended(WU)
    assert (hall.state, hall.mixed()) == (State.OUTSIDE, mutual(CALLER, POLICE))
    hall.ended(POLICE, 408)
    assert (hall.session, hall.known) == (SessionState.WAITING, True)


@pytest.mark.parametrize("code", [200, 408])
def test_12345_takes_the_caller_from_the_agent_who_holds_them(hall: LinesHall, code: int) -> None:
    hall.talking(others=False)
    hall.take(ASK_12345)
    hall.ask("hold")
    assert LI in hung_up(hall.take(LegAnswered(C, TO_12345)))
    hall.ended(LI)
    assert (hall.state, hall.mixed()) == (State.OUTSIDE, mutual(CALLER, TO_12345))
    hall.ended(TO_12345, code)
    assert hall.session is (SessionState.RATING if code == 200 else SessionState.WAITING)


# --- a line that rings goes before the queue


def test_what_would_leave_the_line_alone_is_refused_while_it_rings(hall: LinesHall) -> None:
    hall.talking()
    hall.take(ASK_110)
    for request in ("transfer", "consult"):
        assert hall.refused(request, "agent", "wu") == "正在呼叫外线110，请先等待结果或取消。"
    assert "外线110" in hall.refused("park")
    assert "外线110" in hall.refused("refer", "number", NUMBER)
    hall.ask("hold")
    hall.ask("resume")
    hall.take(LineDropAsked(C, "li"))
    hall.ended(POLICE, 487)
    hall.ask("consult", "agent", "wu")


def test_12345_that_rings_gives_way_to_an_emergency_line_by_hand(hall: LinesHall) -> None:
    hall.talking()
    hall.take(ASK_12345)
    given = hall.ask("transfer", "number", "110")
    assert (dialled(given), hung_up(given)) == ([POLICE], [TO_12345, LI])
    assert hall.session is SessionState.CALLING_OUT


def test_one_leg_more_than_a_worker_holds_is_refused_while_a_line_rings(hall: LinesHall) -> None:
    hall.talking()
    hall.ask("conference", "agent", "wu")
    hall.take(LegAnswered(C, WU), ASK_110)
    assert "4方" in hall.refused("conference", "agent", "zhou")
    assert "4方" in hall.refused("listen", "phone", "9001", by="z")


# --- the agent's key while somebody is consulted, called or asked


def aside(hall: LinesHall, state: State) -> None:
    """Li is in `state` with wu, or with a carrier that was asked to call."""
    hall.talking()
    if state is State.REFERRING:
        hall.ask("refer", "number", NUMBER)
        return
    hall.ask("conference" if state is State.INVITING else "consult", "agent", "wu")
    if state in (State.CONSULT, State.SWAPPED):
        hall.take(LegRinging(C, WU), LegAnswered(C, WU))
    if state is State.SWAPPED:
        hall.ask("swap")


@pytest.mark.parametrize(
    "state", [State.CALLING, State.CONSULT, State.SWAPPED, State.INVITING, State.REFERRING, State.HELD]
)
def test_danger_waits_for_no_consultation(hall: LinesHall, state: State) -> None:
    if state is State.HELD:
        hall.talking()
        hall.ask("hold")
    else:
        aside(hall, state)
    assert hall.state is state
    assert dialled(hall.take(ASK_110)) == [POLICE]
    hall.take(LegAnswered(C, POLICE))
    assert hall.mixed() >= mutual(CALLER, LI, POLICE), "the caller is not kept on hold from it"
    if state in (State.CONSULT, State.SWAPPED):
        assert hall.mixed() == mutual(CALLER, LI, WU, POLICE)


def test_danger_goes_before_12345_that_rings(hall: LinesHall) -> None:
    hall.talking(others=False)
    hall.take(ASK_12345)
    given = hall.take(ASK_110)
    assert (dialled(given), hung_up(given)) == ([POLICE], [TO_12345])
    hall.ended(TO_12345, 487)
    hall.take(LegAnswered(C, POLICE))
    assert hall.mixed() == mutual(CALLER, LI, POLICE)
    assert dialled(hall.take(ASK_119)) == ["line:119"], "two dangers need two lines"


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (State.CALLING, "现在不能转12345：这通电话正在呼叫对方，请先结束后再转。"),
        (State.CONSULT, "现在不能转12345：这通电话正在咨询，请先结束后再转。"),
        (State.INVITING, "现在不能转12345：这通电话正在邀请，请先结束后再转。"),
    ],
)
def test_12345_is_refused_with_a_word_while_somebody_else_is_asked(hall: LinesHall, state: State, why: str) -> None:
    aside(hall, state)
    assert line_refusal(hall.call, ASK_12345) == why
    assert hall.take(ASK_12345) == [], "what is refused does nothing"


def test_a_full_talk_says_who_must_make_room_for_the_line(hall: LinesHall) -> None:
    hall.talking()
    hall.ask("conference", "agent", "wu")
    hall.take(LegAnswered(C, WU))
    hall.ask("conference", "agent", "zhou")
    hall.take(LegAnswered(C, ZHOU))
    assert line_refusal(hall.call, ASK_110) == "这通电话已有4方，请先移出一方，再呼叫110。"
    assert hall.take(ASK_110) == []


# --- room for the line


def full(hall: LinesHall, *requests: tuple[str, str, str, str]) -> None:
    """Li talks with the caller, and others come in as they are asked: (request, kind, target, by)."""
    hall.talking()
    for request, kind, target, by in requests:
        for order in hall.ask(request, kind, target, by):
            if isinstance(order, Dial):
                hall.take(LegAnswered(C, order.leg))


WU_IN = ("conference", "agent", "wu", "li")


@pytest.mark.parametrize("ask", [ASK_110, Requested(C, "conference", "li", "number", "110")])
@pytest.mark.parametrize("answered", [False, True])
def test_12345_makes_room_in_a_talk_of_four(whole: Script, ask: Fact, answered: bool) -> None:
    assert whole.neighbour is not None
    stays = whole.neighbour.settings.model_copy(update={"stay": True})
    hall = LinesHall(replace(whole, neighbour=replace(whole.neighbour, settings=stays)))
    full(hall, WU_IN)
    hall.take(ASK_12345, *[LegAnswered(C, TO_12345)] * answered)
    given = hall.take(ask)
    assert [type(order) for order in given if isinstance(order, Dial | HangUp)] == [HangUp, Dial]
    assert (dialled(given), hung_up(given)) == ([POLICE], [TO_12345])
    hall.ended(TO_12345)
    hall.take(LegAnswered(C, POLICE))
    assert hall.mixed() == mutual(CALLER, LI, WU, POLICE)


@pytest.mark.parametrize(
    ("others", "goes"),
    [
        ([("barge", "phone", "9002", "y"), ("listen", "phone", "9001", "z")], "supervisor:z"),
        ([("barge", "phone", "9001", "z"), WU_IN], "supervisor:z"),
        ([("whisper", "phone", "9001", "z"), ("listen", "phone", "9002", "y")], "supervisor:y"),
    ],
)
def test_a_supervisor_makes_room_for_the_line(
    hall: LinesHall, others: list[tuple[str, str, str, str]], goes: str
) -> None:
    full(hall, *others)
    given = hall.take(ASK_110)
    assert (hung_up(given), dialled(given)) == ([goes], [POLICE])
    assert goes not in hall.call.control.legs
    hall.ended(goes)
    hall.take(LegAnswered(C, POLICE))
    assert hall.mixed() >= mutual(CALLER, LI, POLICE)


@pytest.mark.parametrize("request_", ["consult", "conference"])
def test_who_is_only_called_makes_room_for_the_line(hall: LinesHall, request_: str) -> None:
    full(hall, ("barge", "phone", "9001", "z"))
    hall.ask(request_, "agent", "wu")
    given = hall.take(ASK_110)
    assert (set(hung_up(given)), dialled(given)) == ({WU}, [POLICE])
    assert hall.agents()["wu"] == "READY"
    hall.ended(WU, 487)
    hall.take(LegAnswered(C, POLICE))
    assert hall.mixed() == mutual(CALLER, LI, POLICE, "supervisor:z")


def test_who_is_sought_makes_room_for_the_line_before_anybody_is_found(hall: LinesHall) -> None:
    full(hall, WU_IN)
    hall.take(ForceAsked("zhou", "paused", "boss"))
    hall.ask("conference", "skill", "notary")
    assert hall.queue(), "nobody is found yet"
    assert dialled(hall.take(ASK_110)) == [POLICE]
    assert hall.queue() == []
    assert dialled(hall.take(ReadyAsked("zhou"))) == []
    hall.take(LegAnswered(C, POLICE))
    assert hall.mixed() == mutual(CALLER, LI, WU, POLICE)


def test_nobody_makes_room_for_a_line_that_no_trunk_takes(hall: LinesHall) -> None:
    full(hall, WU_IN)
    hall.take(ASK_12345)
    assert hall.take(LineAsked(C, "emergency", "999", "li")) == []
    assert hall.call.session.outside is not None


@pytest.mark.parametrize("ask", [ASK_110, ASK_12345])
def test_who_hangs_up_with_the_caller_on_hold_leaves_them_to_the_line(hall: LinesHall, ask: LineAsked) -> None:
    hall.talking()
    hall.take(ask)
    hall.ask("hold")
    leg = f"line:{ask.number}"
    assert dialled(hall.ended(LI)) == [], "no agent is rung for a caller whom the line is called for"
    assert (hall.session, hall.known) == (SessionState.CALLING_OUT, False)
    hall.take(LegAnswered(C, leg))
    assert (hall.session, hall.mixed()) == (SessionState.OUTSIDE, mutual(CALLER, leg))


@pytest.mark.parametrize(
    ("request_", "kind", "target"),
    [("transfer", "agent", "wu"), ("transfer", "skill", "notary"), ("park", "", "")],
)
def test_a_line_that_rings_for_a_caller_who_is_passed_on_is_waited_for(
    hall: LinesHall, request_: str, kind: str, target: str
) -> None:
    hall.talking()
    hall.take(ASK_110)
    hall.moved(Request(request_), kind, target)
    hall.ended(LI)
    hall.take(LegAnswered(C, POLICE))
    assert hall.mixed() == mutual(CALLER, POLICE)
    assert not hall.known
    hall.ended(POLICE, 408)
    assert (hall.session, hall.known) == (SessionState.WAITING, True)
    assert hall.call.session.outside is None, "and can be called again"


def test_a_colleague_who_is_rung_for_the_talk_is_free_when_the_line_has_the_caller(hall: LinesHall) -> None:
    hall.talking()
    hall.take(ASK_110)
    hall.ask("conference", "agent", "wu")
    given = hall.ended(LI)
    assert WU in hung_up(given)
    hall.ended(WU, 487)
    assert hall.agents()["wu"] == "READY"
    assert (hall.session, hall.known) == (SessionState.CALLING_OUT, False)
    hall.wait(61)
    assert (hall.session, hall.known) == (SessionState.WAITING, True), "110 did not answer"


def test_a_line_that_answers_too_late_is_hung_up(hall: LinesHall) -> None:
    hall.talking()
    hall.take(ASK_110, LineDropAsked(C, "li"))
    assert hung_up(hall.take(LegAnswered(C, POLICE))) == [POLICE]
    assert hall.mixed() == mutual(CALLER, LI)
    hall.ended(POLICE)
    assert hall.state is State.TALK


def test_who_is_passed_on_takes_no_line_along(hall: LinesHall) -> None:
    """One the agent has sent out of the talk, and whose leg has not ended, is nobody's."""
    hall.talking()
    hall.take(ASK_110, LegAnswered(C, POLICE))
    assert hung_up(hall.ask("drop", "leg", POLICE)) == [POLICE]
    assert hall.call.session.outside is None
    hall.ask("transfer", "agent", "wu")
    assert (hall.session, hall.known) == (SessionState.WAITING, True)
    hall.ended(POLICE)
    assert (hall.session, hall.known) == (SessionState.WAITING, True)
    hall.take(LegAnswered(C, WU))
    assert hall.mixed() == mutual(CALLER, WU)


def test_the_line_that_is_there_is_not_called_again(hall: LinesHall) -> None:
    """Neither after another one has failed, of which alone the dialogue knew last."""
    hall.talking()
    hall.take(ASK_110, LegAnswered(C, POLICE), ASK_119)
    hall.ended("line:119", 486)
    assert hall.take(ASK_110) == []
    assert "已在这通电话里" in refusal(hall.board, hall.call, Requested(C, "conference", "li", "number", "110"))


# --- parked


def test_a_line_that_answers_a_parked_caller_has_them(hall: LinesHall) -> None:
    hall.talking(others=False)
    hall.take(ASK_12345)
    hall.moved(Request.PARK)
    hall.ended(LI)
    hall.take(LegAnswered(C, TO_12345))
    assert (hall.state, hall.mixed()) == (State.OUTSIDE, mutual(CALLER, TO_12345))
    hall.wait(130)
    assert hall.state is State.OUTSIDE, "the time of the parking place does not count any more"
    hall.ended(TO_12345)
    assert (hall.session, hall.known) == (SessionState.RATING, False)


def test_who_waits_unknown_to_the_router_is_queued_again(whole: Script) -> None:
    hall = LinesHall(whole, strict=False)
    hall.talking(others=False)
    hall.ask("hold")
    hall.ended(LI)
    assert hall.session is SessionState.WAITING
    since = hall.board.router.queue.get(C).since  # type: ignore[union-attr]
    hall.board.router.queue.take(C)
    hall.take(Parted(C))
    assert hall.board.router.queue.get(C).since == since  # type: ignore[union-attr]


@pytest.mark.parametrize("fact", [Parted(C), Parted(C, lost=True)])
def test_an_unexpected_fact_takes_nobody_from_a_line(whole: Script, fact: Fact) -> None:
    hall = LinesHall(whole, strict=False)
    hall.talking(others=False)
    hall.take(ASK_110)
    hall.ended(LI)
    hall.take(LegAnswered(C, POLICE), fact)
    assert (hall.session, hall.mixed()) == (SessionState.OUTSIDE, mutual(CALLER, POLICE))


def test_an_unexpected_fact_while_a_line_rings_gets_a_person_and_no_line(whole: Script) -> None:
    hall = LinesHall(whole, strict=False)
    hall.talking(others=False)
    hall.take(ASK_110)
    hall.ended(LI)
    assert hung_up(hall.take(Parted(C))) == [POLICE]
    assert (hall.session, hall.known) == (SessionState.WAITING, True)


# --- the agent is taken away


def forced(hall: LinesHall) -> list[Any]:
    return hall.take(ForceAsked("li", "paused", "boss"))


def too_long(hall: LinesHall) -> list[Any]:
    return hall.take(DigitPressed(C, "5"), after=hall.board.router.rules.talk_seconds)


@pytest.mark.parametrize("taken", [forced, too_long])
@pytest.mark.parametrize("ask", [ASK_110, ASK_12345])
def test_the_line_stays_when_the_agent_is_taken_away(hall: LinesHall, ask: LineAsked, taken: Any) -> None:
    leg = f"line:{ask.number}"
    hall.talking()
    hall.take(ask, LegAnswered(C, leg))
    given = taken(hall)
    assert LI in hung_up(given) and leg not in hung_up(given)
    assert dialled(given) == [], "who talks with the line waits for nobody"
    assert mixes(given)[-1:] == [mutual(CALLER, leg)]
    hall.ended(LI)
    assert (hall.session, hall.state, hall.known) == (SessionState.TALKING, State.OUTSIDE, False)
    assert set(hall.agents().values()) <= {"READY", "PAUSED", "WRAP_UP"}, "nobody rings for them"
    hall.ended(leg, 408)
    assert (hall.session, hall.known) == (SessionState.WAITING, True)


def test_a_colleague_in_the_talk_keeps_line_and_caller(hall: LinesHall) -> None:
    hall.talking()
    hall.ask("conference", "agent", "wu")
    hall.take(LegAnswered(C, WU), ASK_110, LegAnswered(C, POLICE))
    given = forced(hall)
    assert LI in hung_up(given) and WU not in hung_up(given) and dialled(given) == []
    assert hall.agents()["zhou"] == "READY", "nobody is kept for a call that is in good hands"
    assert (hall.call.agent, hall.mixed()) == ("wu", mutual(CALLER, WU, POLICE))
    hall.ended(LI)
    hall.ended(POLICE)
    hall.ended(WU)
    assert (hall.session, hall.known, hall.agents()["wu"]) == (SessionState.RATING, False, "WRAP_UP")


def test_a_line_that_rings_is_waited_for_when_the_agent_is_taken_away(hall: LinesHall) -> None:
    hall.talking()
    hall.take(ASK_110)
    given = forced(hall)
    assert dialled(given) == [], "and no agent is rung whose call it is not"
    assert (hall.session, hall.known) == (SessionState.CALLING_OUT, False)
    assert hall.agents()["zhou"] == "READY"


def test_without_a_line_the_others_go_and_the_caller_waits(hall: LinesHall) -> None:
    hall.talking()
    hall.take(ASK_110, LegAnswered(C, POLICE))
    hall.ended(POLICE)
    given = forced(hall)
    assert (hung_up(given), dialled(given)) == ([LI], [ZHOU])
    assert hall.session is SessionState.WAITING
