"""A switchboard that is frozen and thawed after every fact goes on as one that never was: same orders, same state."""

import pickle
from dataclasses import replace
from typing import Any

import pytest

from ivr.facts import LegAnswered, Requested
from ivr.opening import MESSAGES
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import Tree
from routing.router import Router, Rules
from telephony.calls.switchboard import Switchboard
from telephony.core.snapshot import SnapshotError, freeze, thaw
from tests.telephony.control_hall import NUMBER
from tests.telephony.lines_hall import ASK_110, POLICE, C, LinesHall, board_of
from tests.telephony.scripted import START, Telling, make, scripts
from tests.telephony.test_scripted_lines import scripts as lines


class Frozen(Telling):
    """Goes through a snapshot after every fact."""

    def take(self, fact: Any, at: float) -> None:
        super().take(fact, at)
        state, self.board = freeze(self.board), fresh(self.script)
        thaw(state, self.board)


def fresh(script: Script) -> Switchboard:
    return Switchboard(Router(Rules()), lambda call: Session(call, script), strict=True)


@pytest.mark.parametrize("told", list(scripts()))
def test_every_scripted_call_goes_on_from_every_fact(told: dict[str, Any], script: Script) -> None:
    goes_on(told, script)


@pytest.mark.parametrize("told", [*scripts(), *lines()])
def test_so_does_one_with_all_that_a_call_can_meet(told: dict[str, Any], whole: Script) -> None:
    goes_on(told, replace(whole, hours=lambda _now: MESSAGES["voicemail"]) if told.get("closed") else whole)


def goes_on(told: dict[str, Any], script: Script) -> None:
    start = str(told.get("start", START))
    telling, frozen = Telling(script, start), Frozen(script, start)
    for each in (telling, frozen):
        for line in told["script"]:
            tell(each, line)
    assert frozen.orders == telling.orders
    assert frozen.orders, "the script gives no orders"


def test_a_line_outside_is_in_a_snapshot(whole: Script) -> None:
    """Of every kind: called by the dialogue, by the agent's key, a number the caller is sent to."""
    for steps in ((ASK_110,), (ASK_110, LegAnswered(C, POLICE)), (Requested(C, "transfer", "li", "number", NUMBER),)):
        hall = LinesHall(whole)
        hall.talking()
        hall.take(*steps)
        board = board_of(whole)
        thaw(freeze(hall.board), board)
        assert board.calls[C].sheet.outside == hall.call.sheet.outside != ()
        assert board.calls[C].control == hall.call.control
        assert board.calls[C].session.outside == hall.call.session.outside


def tell(telling: Telling, line: dict[str, Any]) -> None:
    if "wait" in line:
        telling.wait(line["wait"])
    elif "hears" in line:
        telling.hear(line["hears"], line.get("call", "c1"))
    elif "asks" in line:
        for name, fields in (("Arrived", {}), ("Answered", {}), ("PromptEnded", {"prompt": "notice"})):
            telling.take(make(name, fields), telling.now + 1)
        telling.hear(line["asks"], "c1")
    elif not {"expect", "record", "agents", "queued", "state"} & line.keys():
        [(name, fields)] = line.items()
        telling.take(make(name, fields or {}), telling.now + 0.1)


def test_the_configuration_is_that_of_the_switchboard_that_goes_on(script: Script) -> None:
    before = Switchboard(Router(Rules(wrap_up_seconds=1)), lambda call: Session(call, script), strict=True)
    before.handle(make("Arrived", {}), 1.0)
    after = Switchboard(Router(Rules(wrap_up_seconds=77)), lambda call: Session(call, script), strict=True)
    thaw(freeze(before), after)
    assert after.router.rules.wrap_up_seconds == 77
    assert after.router.floor._rules is after.router.rules
    assert after.calls["c1"].session.script is script
    assert len(freeze(before)) < 20_000, "a snapshot holds state, not the script"


@pytest.mark.parametrize("octets", [b"", b"nonsense", pickle.dumps(print), pickle.dumps((1, 2))])
def test_what_is_no_snapshot_is_refused(octets: bytes) -> None:
    board = fresh(Script(Tree.model_construct(), None, {}))  # type: ignore[arg-type]
    with pytest.raises(SnapshotError):
        thaw(octets, board)
    assert board.calls == {}
