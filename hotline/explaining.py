"""`hotline route explain`: how the router decided on a call, by going through the log with today's code.

Nothing is stored for it: the router's decisions depend on all calls and agents, so the whole run of the core is
replayed with a witness beside the router.
"""

from typing import Any

from config.settings import Settings
from hotline.commands import CommandError
from hotline.parts import load_parts, switchboard_of
from records import calllog
from records.engine import open_database
from routing.explain import explain, row
from routing.queue import Waiting
from telephony.journal import fact_of
from telephony.switchboard import Switchboard


def explain_call(settings: Settings, call: str) -> list[dict[str, Any]]:
    """Each decision about the call, oldest first, with the fact that led to it; see routing.explain.row.

    A call that waits at the end of the log is explained as it stands then. Raises CommandError for an unknown call,
    and for one that never asked for a person.
    """
    database = open_database(settings)
    try:
        logged = database.read(calllog.of_call, call)
        if not logged:
            raise CommandError(f"{call}: there is no such call; see `hotline calls`")
        boot = database.read(calllog.of_boot, logged[0].boot)
    finally:
        database.close()
    rows = decisions(switchboard_of(settings, load_parts(settings)), boot, call)
    if not rows:
        raise CommandError(f"{call}: never asked for a person, so nothing was decided")
    return rows


def decisions(switchboard: Switchboard, entries: list[calllog.Entry], call: str) -> list[dict[str, Any]]:
    """The rows of `call` when the facts among `entries` go through a switchboard that has seen none."""
    router = switchboard.router
    seen: list[dict[str, Any]] = []

    def witness(waiting: Waiting, agent: str, now: float) -> None:
        if waiting.call == call:
            seen.append(row(explain(router, waiting, now), agent))

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
        rows.append(row(explain(router, waiting, at), "") | {"after": None})
    return rows
