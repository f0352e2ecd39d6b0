"""`hotline bans`, `hotline trunks`, `hotline drain`: what the running edge keeps out, what goes out, how it empties."""

import argparse
import re
import time
from datetime import datetime
from typing import Any

from hotline.commands import CommandError, Commands, UsageError, command, print_rows, settings_of

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LOOK_SECONDS = 1.0


def register(commands: Commands) -> None:
    bans_parser = command(commands, "bans", bans, "addresses the edge does not answer: list, add, remove")
    bans_parser.add_argument("what", choices=("list", "add", "remove"), nargs="?", default="list")
    bans_parser.add_argument("address", nargs="?")
    bans_parser.add_argument("--for", dest="span", metavar="SPAN", help="add: 90s, 30m, 24h or 7d (default: 24h)")
    bans_parser.add_argument("--reason", metavar="R", help="add: shown in the list")
    command(commands, "trunks", trunks, "the trunks: which are up, where we are registered, how many calls they carry")
    drain_parser = command(commands, "drain", drain, "take no new calls; those that are up go on")
    drain_parser.add_argument("--off", action="store_true", help="take calls again")
    drain_parser.add_argument("--wait", metavar="SPAN", help="until no call is up, so long at the most: 90s, 30m, 2h")


def bans(arguments: argparse.Namespace) -> None:
    from hotline.asking import ask

    settings = settings_of(arguments)
    if arguments.what == "list":
        print_rows(map(readable, ask(settings, "bans", "edge")))
        return
    if arguments.address is None:
        raise UsageError(f"bans {arguments.what}: say which: hotline bans {arguments.what} ADDRESS")
    if arguments.what == "remove":
        print_rows([readable(ask(settings, "pardon", "edge", address=arguments.address))])
        return
    details: dict[str, Any] = {"address": arguments.address}
    if arguments.span:
        details["seconds"] = seconds_of(arguments.span, "--for")
    if arguments.reason:
        details["reason"] = arguments.reason
    print_rows([readable(ask(settings, "ban", "edge", **details))])


def trunks(arguments: argparse.Namespace) -> None:
    from hotline.asking import ask

    print_rows(map(readable, ask(settings_of(arguments), "trunks", "edge")))


def drain(arguments: argparse.Namespace) -> None:
    from hotline.asking import ask

    if arguments.off and arguments.wait:
        raise UsageError("drain: --off and --wait do not go together")
    settings = settings_of(arguments)
    patience = seconds_of(arguments.wait, "--wait") if arguments.wait else 0.0
    print_rows([readable(ask(settings, "drain", "edge", on=not arguments.off))])
    until = time.monotonic() + patience
    while arguments.wait:
        calls = ask(settings, "state", "edge")["calls"]
        if not calls:
            print_rows([{"draining": True, "calls": 0}])
            return
        if time.monotonic() >= until:
            raise CommandError(f"{calls} calls are still up after {arguments.wait}; the edge goes on draining")
        time.sleep(LOOK_SECONDS)


def seconds_of(text: str, option: str) -> float:
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if found is None or not int(found[1]):
        raise CommandError(f"{option} {text}: must be a number above 0 and s, m, h or d, such as 30m")
    return float(int(found[1]) * UNITS[found[2]])


def readable(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its times in Beijing."""
    from ivr.load_hours import ZONE

    times = {name: row[name] for name in ("since", "until", "at") if row.get(name) is not None}
    return row | {name: datetime.fromtimestamp(at, ZONE).isoformat(timespec="seconds") for name, at in times.items()}
