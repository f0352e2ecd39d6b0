"""A switchboard as octets, and back: what a core that starts again goes on from, instead of the whole log. PURE.

It decides what belongs to the state; what the configuration gives (script, rules) stays out and is that of the
switchboard that goes on. It must not know where snapshots lie nor when one is made.
"""

import io
import pickle
from typing import Any

from ivr.scripts import Script
from routing.estimate import EstimateRules
from routing.rules import Rules
from telephony.calls.switchboard import Switchboard

OURS = ("ivr.", "routing.", "telephony.", "knowledge.", "records.utterance", "records.transfer_entry", "config.")
PLAIN = {
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("builtins", "getattr"),
    ("collections", "deque"),
    ("collections", "Counter"),
    ("collections", "OrderedDict"),
    ("collections", "defaultdict"),
    ("copyreg", "_reconstructor"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
}
CONFIGURED = (Script, Rules, EstimateRules)
# Of a switchboard, what is no state but given by who makes it; whatever else it has is state.
GIVEN = {
    "doors",
    "calling",
    "domain",
    "begins",
    "_session_for",
    "_domain",
    "_strict",
    "_begins",
    "_transcript",
    "_pause_seconds",
}


class SnapshotError(Exception):
    """The octets hold no state that this version can go on from."""


def freeze(switchboard: Switchboard) -> bytes:
    """The calls, the router, the pace of calls, the closure that stands, and the rest. Raises SnapshotError."""
    out = io.BytesIO()
    own = {name: value for name, value in vars(switchboard).items() if name not in GIVEN}
    state = (own, switchboard.doors.ordered)
    try:
        _Freezer(out, 5).dump(state)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise SnapshotError(f"the switchboard cannot be written down: {error}") from None
    return out.getvalue()


def thaw(octets: bytes, switchboard: Switchboard) -> None:
    """Give `switchboard`, a new one without calls, the state in `octets`. Raises SnapshotError.

    Only ever call it with what `freeze` wrote and a key has protected since.
    """
    configured = {Script: switchboard.script, Rules: switchboard.router.rules, EstimateRules: switchboard.pace.rules}
    try:
        state = _Thawer(io.BytesIO(octets), {kind.__name__: value for kind, value in configured.items()}).load()
        own, ordered = state
        if not own.keys() <= vars(switchboard).keys() - GIVEN:
            raise SnapshotError("the snapshot is of another kind of switchboard")
    except SnapshotError:
        raise
    except Exception as error:
        raise SnapshotError(f"the snapshot cannot be read: {type(error).__name__}") from None
    vars(switchboard).update(own)
    if ordered is not None:
        switchboard.doors.handle(ordered)


class _Freezer(pickle.Pickler):
    def persistent_id(self, obj: Any) -> str | None:
        return type(obj).__name__ if type(obj) in CONFIGURED else None


class _Thawer(pickle.Unpickler):
    """Knows the house's own classes and a few plain ones, and nothing that runs anything else."""

    def __init__(self, octets: io.BytesIO, configured: dict[str, Any]) -> None:
        super().__init__(octets)
        self._configured = configured

    def persistent_load(self, pid: Any) -> Any:
        return self._configured[str(pid)]

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in PLAIN and not f"{module}.".startswith(OURS):
            raise SnapshotError(f"{module}.{name}: does not belong into a snapshot")
        return super().find_class(module, name)
