"""`hotline run`, its processes alone, `check`, `agent` and `replay`."""

import argparse
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from twisted.internet import task

from config.load import ConfigError
from hotline.commands import CommandError, Commands, UsageError, command, print_rows, settings_of
from hotline.logs import start_logging
from hotline.refusals import REFUSALS
from hotline.run.watched import WATCHED


def register(commands: Commands) -> None:
    run_parser = command(commands, "run", run, "start the hotline and keep it running")
    run_parser.add_argument("--drain", metavar="SPAN", help="at the end wait for the calls that are up: 90s, 30m, 2h")
    command(commands, "edge", edge, "the SIP edge alone: proxy and registrar")
    command(commands, "gateway", gateway, "the media gateway for phones in the browser (not in this version)")
    command(commands, "workers", workers, "the nursery alone: forks the workers that carry the calls")
    command(commands, "core", core, "the core alone: switchboard, console, outbox")
    check_parser = command(commands, "check", check, "every error of configuration, tree and catalogues at once")
    check_parser.add_argument("--draw", type=Path, metavar="DIR", help="draw the tree and the state tables into DIR")
    agent_parser = command(commands, "agent", agent, "agents of the running hotline: list, ready, pause, force, load")
    agent_parser.add_argument("what", choices=("list", "ready", "pause", "force", "load"))
    agent_parser.add_argument("name", nargs="?")
    agent_parser.add_argument("value", nargs="?", metavar="STATE|LOAD", help="force: ready, paused, offline, wrap-up")
    agent_parser.add_argument("--by", metavar="WHO", help="force: who orders it, for the audit trail")
    agent_parser.add_argument("--reason", default="示忙", metavar="R")
    replay_parser = command(commands, "replay", replay, "feed a call's facts to the same code: the same commands come")
    replay_parser.add_argument("id")


def run(arguments: argparse.Namespace) -> None:
    from hotline.run.draining import seconds_of
    from hotline.run.first_start import first_start
    from hotline.run.watch import watch

    settings = settings_of(arguments)
    drain = seconds_of(arguments.drain) if arguments.drain else 0.0
    start_logging("run")
    first_start(settings)
    react(lambda reactor: watch(reactor, settings, arguments.config, drain))


def edge(arguments: argparse.Namespace) -> None:
    from telephony.edge import service

    begin("edge")
    service.run(settings_of(arguments))


def gateway(_arguments: argparse.Namespace) -> None:
    raise CommandError("there is no phone in the browser yet, so no gateway for it; agents use SIP phones")


def workers(arguments: argparse.Namespace) -> None:
    from telephony.nursery import parent

    begin("workers")
    parent.run(settings_of(arguments))


def core(arguments: argparse.Namespace) -> None:
    from hotline.core import core as serve

    settings = settings_of(arguments)
    begin("core")
    react(lambda reactor: serve(reactor, settings))


def check(arguments: argparse.Namespace) -> None:
    from hotline.configured.parts import read_all
    from hotline.configured.prompts import problems
    from hotline.drawings import draw
    from telephony.edge.transports import certificates

    read = read_all(arguments.config)
    settings = settings_of(arguments)
    if faults := problems(settings, read) + certificates.problems(settings):
        raise ConfigError(faults)
    if arguments.draw:
        for file in draw(read, arguments.draw):
            print(file)
    print("configuration, tree, labels and intents are sound", file=sys.stderr)


def agent(arguments: argparse.Namespace) -> None:
    from hotline.asking import ask

    settings = settings_of(arguments)
    if arguments.what == "list":
        print_rows(ask(settings, "agent.list"))
        return
    if arguments.name is None:
        raise UsageError(f"agent {arguments.what}: say which: hotline agent {arguments.what} NAME")
    details: dict[str, Any] = {}
    if arguments.what == "pause":
        details = {"reason": arguments.reason}
    elif arguments.what == "force":
        details = {"state": arguments.value, "by": arguments.by}
    elif arguments.what == "load":
        details = {"load": number(arguments.value)}
    print_rows([ask(settings, f"agent.{arguments.what}", name=arguments.name, **details)])


def number(text: str | None) -> float | str | None:
    """`text` as a number where it is one; the core refuses what is none."""
    try:
        return float(text or "")
    except ValueError:
        return text


def replay(arguments: argparse.Namespace) -> None:
    from hotline.replay.replaying import replay_call

    rows, same = replay_call(settings_of(arguments), arguments.id)
    print_rows(rows)
    if not same:
        raise CommandError(f'{arguments.id}: the commands differ from those that were given; see "same": false above')


def begin(process: str) -> None:
    """Logging; and under `hotline run`, Ctrl-C is left to it: the terminal sends it to every process at once."""
    start_logging(process)
    if os.environ.get(WATCHED):
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def react(main: Callable[[Any], Awaitable[None]]) -> None:
    """Run `main(reactor)`; a refusal it raises is raised here, where it becomes one line and exit 1."""
    refused: list[Exception] = []

    async def serve(reactor: Any) -> None:
        try:
            await main(reactor)
        except REFUSALS as error:
            refused.append(error)

    try:
        task.react(serve)
    except SystemExit as end:
        if refused:
            raise CommandError(str(refused[0])) from None
        if end.code:
            raise
