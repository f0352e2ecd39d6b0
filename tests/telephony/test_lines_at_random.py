"""Whatever happens with lines outside, agents and call control, in whatever order: what must hold, holds.

Walks are seeded: `Walk(whole, SEED)` is the one a failure names.
"""

import pytest

from ivr.scripts import Script
from telephony.control import rules
from telephony.control.talk import Request
from telephony.core.journal import fact_of, replay
from telephony.core.snapshot import freeze, thaw
from tests.telephony.lines_hall import board_of
from tests.telephony.walks import Walk

WALKS, BATCHES = 320, 4
CROWDED = 500


def walked(script: Script, seed: int) -> Walk:
    walk = Walk(script, seed)
    walk.begin(talk=seed % 4 != 0, line=seed % 3 != 0)
    walk.walk(5 + seed % 40)
    return walk


@pytest.mark.parametrize("batch", range(BATCHES))
@pytest.mark.parametrize("refused", [rules.LEAVES, ()], ids=["by the rules", "past the rules"])
def test_nobody_is_left_with_nobody(
    whole: Script, batch: int, refused: tuple[Request, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor where the rules would let the talk be moved on while a line rings: the tables hold by themselves."""
    monkeypatch.setattr(rules, "LEAVES", refused)
    for seed in range(batch, WALKS, BATCHES):
        walk = Walk(whole, seed)
        try:
            walk = walked(whole, seed)
            walk.end()
        except Exception as error:
            raise AssertionError(f"walk {seed}: {error!r}") from error


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_worker_has_a_call_for_everybody_it_is_to_dial(whole: Script, batch: int) -> None:
    """Talks that are full or nearly so: three and more in them, called into them or looking on, and danger besides."""
    for seed in range(batch, CROWDED, BATCHES):
        walk = Walk(whole, seed)
        try:
            walk.begin(talk=True, line=True, crowd=True)
            walk.walk(5 + seed % 40)
            walk.end()
        except Exception as error:
            raise AssertionError(f"crowded walk {seed}: {error!r}") from error


@pytest.mark.parametrize("seed", range(1, 60, 2))
def test_a_core_that_starts_again_goes_on_the_same(whole: Script, seed: int) -> None:
    """By the whole log, and by a snapshot after every fact."""
    walk = walked(whole, seed)
    again = [order for _, orders in replay(walk.entries, board_of(whole, strict=False)) for order in orders]
    assert again == walk.orders
    board, thawed = board_of(whole, strict=False), []
    for entry in walk.entries:
        thawed += board.handle(fact_of(entry), entry.at)
        state, board = freeze(board), board_of(whole, strict=False)
        thaw(state, board)
    assert thawed == walk.orders
