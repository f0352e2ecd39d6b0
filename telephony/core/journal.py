"""Facts and commands as entries of the call log, and back: what makes a call replayable.

It knows their form only. Who writes the log is telephony.core.exchange, how it is kept is records.calllog.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ivr.closure import ClosureLifted, ClosureSet, HouseFact
from ivr.commands import Command
from ivr.facts import Fact
from records.calllog import Entry
from routing import facts as routing_facts
from routing.facts import RoutingFact
from telephony.calls.switchboard import Order, Switchboard, Ticked
from telephony.link.wire import FACTS, encode_command, fields_of

AnyFact = Fact | RoutingFact | HouseFact | Ticked

ROUTING = {
    name: kind for name, kind in vars(routing_facts).items() if isinstance(kind, type) and issubclass(kind, RoutingFact)
}
HOUSE = {kind.__name__: kind for kind in (ClosureSet, ClosureLifted)}
KINDS: dict[str, Callable[..., AnyFact]] = {**FACTS, **ROUTING, **HOUSE, "Ticked": Ticked}


SEQ = "worker_seq"  # the place of a fact among those of its worker; 0 where no worker told it


def fact_entry(boot: str, at: float, fact: AnyFact, seq: int = 0) -> Entry:
    """The log entry of a fact taken at `at`."""
    fields = fields_of(fact) if isinstance(fact, Fact) else asdict(fact)
    if seq:
        fields[SEQ] = seq
    return Entry("fact", boot, at, fields.pop("call", None), type(fact).__name__, fields)


def command_entry(boot: str, at: float, command: Command) -> Entry:
    """The log entry of a command given at `at`."""
    fields = encode_command(command)
    name, call = fields.pop("command"), fields.pop("call")
    return Entry("command", boot, at, call, name, plain(fields))


def fact_of(entry: Entry) -> AnyFact:
    """The fact an entry holds. Raises KeyError or TypeError for one this version does not know."""
    fields = {name: frozen(value) for name, value in entry.fields.items() if name != SEQ}
    if entry.call is not None:
        fields["call"] = entry.call
    return KINDS[entry.name](**fields)


def seq_of(entry: Entry) -> int:
    """The worker's number of the fact; 0 for facts that no worker told."""
    return int(entry.fields.get(SEQ, 0))


def replay(
    entries: list[Entry], switchboard: Switchboard, failed: Callable[[Entry], None] | None = None
) -> list[tuple[Entry, list[Order]]]:
    """Feed the facts among `entries` to `switchboard`; each with the orders it leads to.

    A fact that the switchboard fails on leads to none, as it did when it was told, and `failed` is called within the
    handler of its exception; without `failed` it is raised.
    """
    led_to: list[tuple[Entry, list[Order]]] = []
    for entry in entries:
        if entry.kind != "fact":
            continue
        fact = fact_of(entry)
        try:
            orders = switchboard.handle(fact, entry.at)
        except Exception:
            if failed is None:
                raise
            failed(entry)
            orders = []
        led_to.append((entry, orders))
    return led_to


def plain(value: Any) -> Any:
    """`value` as JSON gives it back: tuples are lists."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def frozen(value: Any) -> Any:
    """The other way: lists are tuples."""
    return tuple(frozen(item) for item in value) if isinstance(value, list) else value
