"""`hotline closure`: close the running hotline at once with a configured message, open it again, show what stands."""

import argparse
from datetime import datetime
from typing import Any

from hotline.commands import CommandError, Commands, UsageError, command, print_rows, settings_of


def register(commands: Commands) -> None:
    parser = command(commands, "closure", run, "close the running hotline at once, open it again, show what stands")
    parser.add_argument("what", choices=("set", "lift", "show"))
    parser.add_argument("code", nargs="?", help="set: a message of config/shifts.yaml, closing")
    parser.add_argument(
        "--until", metavar="TIME", help="set: Beijing time such as 2026-12-31T18:00 (default: until it is lifted)"
    )
    parser.add_argument("--by", metavar="WHO", help="set, lift: who orders it, for the audit trail")


def run(arguments: argparse.Namespace) -> None:
    from hotline.asking import ask

    settings = settings_of(arguments)
    if arguments.what == "show":
        shown = ask(settings, "closure.show")
        print_rows([{"closed": shown["closure"] is not None, **readable(shown["closure"] or {})}])
        print_rows({"message": each} for each in shown["messages"])
        return
    if arguments.what == "set" and not arguments.code:
        raise UsageError("closure set: say with which message: hotline closure set CODE; see `hotline closure show`")
    if not (arguments.by or "").strip():
        raise UsageError(f"closure {arguments.what}: --by: say who orders it")
    details: dict[str, Any] = {"by": arguments.by}
    if arguments.what == "set":
        details |= {"code": arguments.code, "until": moment(arguments.until) if arguments.until else None}
    print_rows([readable(ask(settings, f"closure.{arguments.what}", **details))])


def moment(text: str) -> float:
    """UTC epoch seconds of a time; without an offset it is Beijing time."""
    from ivr.load_hours import ZONE

    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--until {text}: must be a time such as 2026-12-31T18:00") from None
    return (at if at.tzinfo else at.replace(tzinfo=ZONE)).timestamp()


def readable(closure: dict[str, Any]) -> dict[str, Any]:
    """The closure with its times in Beijing."""
    from ivr.load_hours import ZONE

    times = {name: closure[name] for name in ("since", "until") if closure.get(name) is not None}
    return closure | {
        name: datetime.fromtimestamp(at, ZONE).isoformat(timespec="seconds") for name, at in times.items()
    }
