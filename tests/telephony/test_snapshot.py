"""A switchboard that is frozen and thawed after every fact goes on as one that never was: same orders, same state."""

import pickle
from typing import Any

import pytest

from hotline.configured.parts import Read
from ivr.scripts import Script
from ivr.session import Session
from ivr.tree import Tree
from routing.router import Router, Rules
from telephony.calls.switchboard import Switchboard
from telephony.core.snapshot import SnapshotError, freeze, thaw
from tests.telephony.scripted import Telling, make, scripts


class Frozen(Telling):
    """Goes through a snapshot after every fact."""

    def take(self, fact: Any, at: float) -> None:
        super().take(fact, at)
        state, self.board = freeze(self.board), fresh(self.script)
        thaw(state, self.board)


def fresh(script: Script) -> Switchboard:
    return Switchboard(Router(Rules()), lambda call: Session(call, script), strict=True)


@pytest.mark.parametrize("told", list(scripts()))
def test_every_scripted_call_goes_on_from_every_fact(told: dict[str, Any], script: Script, read: Read) -> None:
    telling, frozen = Telling(script, str(told["start"])), Frozen(script, str(told["start"]))
    for each in (telling, frozen):
        for line in told["script"]:
            tell(each, line)
    assert frozen.orders == telling.orders
    assert frozen.orders, "the script gives no orders"


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
