"""`hotline callbacks`: who is to be called back, the next one for an agent who dials by hand, and what came of it.

Numbers are printed masked, except to the agent who takes one to dial it; that is noted in the audit trail.
"""

import argparse
from dataclasses import asdict
from datetime import datetime
from time import time
from typing import TYPE_CHECKING, Any

from hotline.commands import CommandError, Commands, command, print_rows, settings_of
from hotline.commands.records import database_of, note, readable
from records.callback_entry import Callback

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from hotline.callbacks.following import CallbackSettings
    from hotline.configured.hours import Times
    from routing.agent import Agent


def register(commands: Commands) -> None:
    listed = command(commands, "callbacks", run_list, "who is to be called back, in order; add, take, result, cancel")
    listed.add_argument("--all", action="store_true", help="the newest, closed ones too")
    listed.add_argument("--limit", type=int, default=50, metavar="N")
    listed.add_argument("--unmask", action="store_true", help="show numbers whole; noted in the audit trail")
    parsers = listed.add_subparsers(metavar="ACTION")
    add = command(parsers, "add", run_add, "promise a callback")
    add.add_argument("number", metavar="NUMBER")
    add.add_argument(
        "--at", metavar="TIME", help="not before this Beijing time, such as 2026-12-31T14:30 (default: now)"
    )
    add.add_argument("--label", default="agent", metavar="CODE", help="what it is about")
    add.add_argument("--agent", default="", metavar="NAME", help="who should call, if they can")
    add.add_argument("--note", default="", metavar="TEXT")
    take = command(parsers, "take", run_take, "the next callback for an agent, who pauses and dials it by hand")
    take.add_argument("name", metavar="NAME")
    result = command(parsers, "result", run_result, "say what came of a callback")
    result.add_argument("id", metavar="ID")
    result.add_argument("what", choices=("reached", "missed"), help="missed: no answer, busy, switched off")
    cancel = command(parsers, "cancel", run_cancel, "the caller needs no callback any more")
    cancel.add_argument("id", metavar="ID")
    for parser in (result, cancel):
        parser.add_argument("--note", default="", metavar="TEXT")


def run_list(arguments: argparse.Namespace) -> None:
    from records import callbacks
    from routing.callbacks import in_order

    with database_of(arguments) as database:
        if arguments.unmask:
            database.do(note, "unmask", "callbacks")
        database.do(bring_up_to_date, rules_of(arguments), time())
        if arguments.all:
            found = database.read(callbacks.latest, arguments.limit)
        else:
            found = in_order(database.read(callbacks.all_open))[: arguments.limit]
        print_rows(row(each, arguments.unmask) for each in found)


def run_add(arguments: argparse.Namespace) -> None:
    from hotline.callbacks.following import wish

    rules, now = rules_of(arguments), time()
    if not rules.callable(arguments.number):
        raise CommandError(f"NUMBER: must be at least {rules.least_digits} digits and nothing else")
    due = now if arguments.at is None else moment(arguments.at)
    wanted = Callback(
        *("", arguments.number, "scheduled", now, due, due),
        label=arguments.label,
        preferred=arguments.agent,
        note=arguments.note,
    )

    def add(session: "Session") -> Callback:
        if arguments.label not in session.info["labels"]:
            raise CommandError(f"--label {arguments.label}: is no code of config/labels.yaml")
        return wish(session, rules, wanted)

    with database_of(arguments, make=True) as database:
        print_rows([row(database.do(add))])
    tell(arguments)


def run_take(arguments: argparse.Namespace) -> None:
    """The agent is paused first where the core runs, so that no call rings while they dial.

    Where the hotline dials, what is left to agents are the numbers it may not call.
    """
    from hotline.configured.hours import load_times

    settings = settings_of(arguments)
    rules, times, now = rules_of(arguments), load_times(settings), time()
    auto = rules.dials(settings)

    def by_hand(callback: Callback) -> bool:
        return not auto or settings.way_to(callback.number) is None

    with database_of(arguments) as database:
        taken = database.do(take_next, rules, times, arguments.name, now, by_hand)
        if taken is None:
            dialled = "; the hotline dials by itself what its trunks allow (callbacks.yaml, dial)" if auto else ""
            raise CommandError(f"{arguments.name}: there is no callback to take now; see `hotline callbacks`{dialled}")
    pause(arguments, arguments.name)
    print_rows([row(taken, unmask=True)])


def take_next(
    session: "Session",
    rules: "CallbackSettings",
    times: "Times",
    name: str,
    now: float,
    by_hand: "Callable[[Callback], bool]",
) -> Callback | None:
    from records import accounts, callbacks
    from routing.agent import Agent
    from routing.callbacks import Event, happen, next_for

    account = next((each for each in accounts.list_accounts(session, "agent") if each.name == name), None)
    if account is None:
        raise CommandError(f"{name!r}: there is no such agent; see `hotline user list`")
    bring_up_to_date(session, rules, now)
    there = callbacks.all_open(session)
    mine = next((each for each in there if each.state == "OFFERED" and each.agent == name), None)
    if mine is not None:
        raise CommandError(
            f"{mine.id}: {name} has this one; say first what came of it: hotline callbacks result {mine.id} …"
        )
    agent = Agent(name, account.sip_user or "", dict(account.skills), now)
    at = (now, times.opening.local(now))
    there = [each for each in there if by_hand(each)]
    found = next_for(rules, there, name, lambda label: takes(agent, label), at, times.opening.calendar.names)
    if found is None:
        return None
    taken = happen(rules, found, Event.OFFER, now, agent=name)
    callbacks.save(session, taken)
    note(session, "callback.take", f"callback:{taken.id} agent:{name}")
    return taken


def run_result(arguments: argparse.Namespace) -> None:
    print_rows([row(change(arguments, arguments.what))])


def run_cancel(arguments: argparse.Namespace) -> None:
    print_rows([row(change(arguments, "cancel"))])


def change(arguments: argparse.Namespace, event: str) -> Callback:
    from records import callbacks
    from routing.callbacks import CallbackError, Event, happen

    rules, now = rules_of(arguments), time()

    def act(session: "Session") -> Callback:
        there = callbacks.get(session, arguments.id)
        if there is None:
            raise CommandError(f"{arguments.id}: there is no such callback; see `hotline callbacks`")
        if there.dialling and event != "cancel":
            raise CommandError(f"{arguments.id}: the hotline dials it just now and will say itself what came of it")
        try:
            changed = happen(rules, there, Event(event), now, note=arguments.note)
        except CallbackError as error:
            raise CommandError(str(error)) from None
        callbacks.save(session, changed)
        note(session, f"callback.{event}", f"callback:{changed.id}")
        return changed

    with database_of(arguments) as database:
        changed = database.do(act)
    tell(arguments)
    return changed


def tell(arguments: argparse.Namespace) -> None:
    from hotline.asking import tell_if_running

    tell_if_running(settings_of(arguments), "callbacks.changed")


def bring_up_to_date(session: "Session", rules: "CallbackSettings", now: float) -> None:
    """What an agent forgot waits again; what is too old is given up."""
    from records import callbacks
    from routing.callbacks import overdue

    for each in callbacks.all_open(session):
        changed = overdue(rules, each, now)
        if changed != each:
            callbacks.save(session, changed)


def pause(arguments: argparse.Namespace, name: str) -> None:
    from hotline.asking import ask

    try:
        ask(settings_of(arguments), "agent.pause", name=name, reason="回拨")
    except CommandError:
        return  # the core is not running: no call can ring


def takes(agent: "Agent", label: str) -> bool:
    return agent.generalist or agent.level(label) > 0


def rules_of(arguments: argparse.Namespace) -> "CallbackSettings":
    from hotline.callbacks.following import load_callbacks

    return load_callbacks(settings_of(arguments))


def moment(text: str) -> float:
    from ivr.load_hours import ZONE

    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--at {text}: must be a time such as 2026-12-31T14:30") from None
    return (at if at.tzinfo else at.replace(tzinfo=ZONE)).timestamp()


def row(callback: Callback, unmask: bool = False) -> dict[str, Any]:
    """The callback with its times readable and its number masked."""
    from records.masking import masked
    from routing.callbacks import State

    shown = readable(asdict(callback), True) | {"state_name": State[callback.state].value}
    for name in ("since", "due", "until"):
        shown[name] = readable({"at": shown[name]}, True)["at"]
    return shown | {"number": callback.number if unmask else masked(callback.number)}
