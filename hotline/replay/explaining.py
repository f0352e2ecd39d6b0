"""`hotline route explain`: how the router decided on a call, by going through the log with today's code.

Nothing is stored for it: the router's decisions depend on all calls and agents, so the whole run of the core is
replayed with a witness beside the router.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from config.settings import Settings
from hotline.commands import CommandError
from hotline.configured.parts import load_parts, switchboard_of
from hotline.replay.reading import log_around
from ivr.needs.reasons import told
from records.calllog import Entry
from records.labels import load_skills
from routing.explain import explain, row
from routing.queue import Waiting
from telephony.calls.switchboard import Switchboard
from telephony.core.journal import fact_of

NO_NAMES: Mapping[str, str] = MappingProxyType({})


def explain_call(settings: Settings, call: str) -> list[dict[str, Any]]:
    """Each decision about the call, oldest first, with the fact that led to it; see routing.explain.row.

    A call that waits at the end of the log is explained as it stands then. Raises CommandError for an unknown call,
    and for one that never asked for a person.
    """
    _, boot = log_around(settings, call)
    names = load_skills(settings)
    rows = decisions(switchboard_of(settings, load_parts(settings)), boot, call, names)
    if not rows:
        raise CommandError(f"{call}: never asked for a person, so nothing was decided")
    return rows


def decisions(
    switchboard: Switchboard, entries: list[Entry], call: str, names: Mapping[str, str] = NO_NAMES
) -> list[dict[str, Any]]:
    """The rows of `call` when the facts among `entries` go through a switchboard that has seen none.

    `names` are those of the codes of needs.
    """
    router = switchboard.router
    seen: list[dict[str, Any]] = []

    def witness(waiting: Waiting, agent: str, now: float) -> None:
        if waiting.call == call:
            seen.append(row(explain(router, waiting, now), agent) | wishes(switchboard, waiting, names))

    router.witness = witness
    rows: list[dict[str, Any]] = []
    at = 0.0
    for entry in entries:
        if entry.kind != "fact":
            continue
        at = entry.at
        switchboard.handle(fact_of(entry), at)
        rows += [each | {"after": entry.name} for each in seen]
        seen.clear()
    waiting = router.queue.get(call)
    if waiting is not None and (not rows or rows[-1]["at"] != round(at, 3)):
        rows.append(row(explain(router, waiting, at), "") | wishes(switchboard, waiting, names) | {"after": None})
    return rows


def wishes(switchboard: Switchboard, waiting: Waiting, names: Mapping[str, str]) -> dict[str, Any]:
    """What the call needs, whom it prefers and avoids, and why."""
    needs = waiting.needs
    conversation = switchboard.calls.get(waiting.call)
    return {
        "needs": [list(need) for need in (*needs.languages, *needs.groups, *needs.regions)],
        "preferred": waiting.preferred or None,
        "excluded": list(waiting.excluded),
        "why": [told(why, names) for why in conversation.sheet.why] if conversation is not None else [],
    }
