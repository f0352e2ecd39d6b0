"""`hotline staffing`, `busy`: how many people it takes, where it is busy and who could help.

Reads files and the running core; every figure is made in routing.planning.
"""

import argparse
import math
import sys
from pathlib import Path
from typing import Any

from hotline.commands import CommandError, Commands, command, print_rows, settings_of


def register(commands: Commands) -> None:
    from hotline.commands import simulate

    staffing = command(commands, "staffing", run_staffing, "the fewest agents that meet a target, by half hour")
    staffing.add_argument("--csv", type=Path, required=True, metavar="F", help="a call list or a forecast")
    staffing.add_argument("--plot", type=Path, metavar="F.svg", help="draw the plan as well")
    staffing.add_argument("--least", type=int, default=1, metavar="N", help="never fewer (default 1)")
    busy = command(commands, "busy", run_busy, "how busy each platform, region and skill is now, and who could help")
    for parser in (staffing, busy):
        parser.add_argument("--target", default="95%/15s", metavar="SHARE/S", help="default 95%%/15s")
    for parser in (staffing, busy):
        parser.add_argument("--aht", type=above_zero, metavar="S", help="mean handling time with wrap-up")
        parser.add_argument("--patience", type=above_zero, metavar="S", help="mean seconds until a caller gives up")
    simulate.register(commands)


def above_zero(text: str) -> float:
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = 0.0
    if not (math.isfinite(number) and number > 0):
        raise argparse.ArgumentTypeError(f"{text!r}: must be a number above 0")
    return number


def run_staffing(arguments: argparse.Namespace) -> None:
    from routing.planning.calllist import forecast_of, is_forecast, read_calls, read_forecast
    from routing.planning.chart import drawing, table
    from routing.planning.staffing import plan

    target = target_of(arguments)
    if arguments.least < 0:
        raise CommandError(f"--least {arguments.least}: must be 0 or more")
    text = read_text(arguments.csv, "--csv")
    try:
        if is_forecast(text):
            forecast = read_forecast(text, arguments.patience)
        else:
            forecast = forecast_of(read_calls(text), arguments.aht, arguments.patience)
        needs = plan(forecast, target, arguments.least)
    except ValueError as error:
        raise CommandError(f"--csv {arguments.csv}: {error}") from None
    for need in needs:
        demand, got = need.interval.demand, need.service
        row: dict[str, Any] = {"start": need.interval.name, "minutes": need.interval.seconds / 60}
        row |= {"calls_per_hour": demand.calls_per_hour, "aht": demand.aht, "patience": demand.patience}
        row |= {"agents": got.agents, "service_level": got.service_level, "mean_wait": got.mean_wait}
        row |= {"waits": got.waits, "abandons": got.abandons, "occupancy": got.occupancy}
        row["one_fewer"] = need.one_fewer.service_level if need.one_fewer else None
        print_rows([{name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}])
    formula = "Erlang A" if any(need.interval.demand.patience for need in needs) else "Erlang C: nobody gives up"
    hours = sum(need.service.agents * need.interval.seconds for need in needs) / 3600
    say(f"target {target}, {formula}; {hours:.1f} agent hours")
    for line in table(needs):
        say(line)
    if arguments.plot:
        try:
            arguments.plot.write_text(drawing(needs, target), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"--plot {arguments.plot}: cannot be written: {error.strerror}") from None


def run_busy(arguments: argparse.Namespace) -> None:
    from hotline.asking import ask
    from routing.planning.busy import busy
    from routing.planning.moves import moves

    target = target_of(arguments)
    board = ask(settings_of(arguments), "board")
    places = busy(board)
    print_rows(place.row() for place in places)
    print_rows(
        move.row() for move in moves(board, target, aht=arguments.aht or 300, patience=arguments.patience or 180)
    )


def target_of(arguments: argparse.Namespace) -> Any:
    from routing.planning.staffing import parse_target

    try:
        return parse_target(arguments.target)
    except ValueError as error:
        raise CommandError(f"--target {error}") from None


def read_text(file: Path, option: str) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(f"{option} {file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{option} {file}: is not UTF-8; save the table as CSV UTF-8") from None


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
