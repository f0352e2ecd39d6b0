"""`hotline simulate`: days played through the router under one or more configurations.

Reads options, files and the database; the days are played by hotline.replay.simulating.
"""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from hotline.commands import CommandError, Commands, command, print_rows, settings_of
from hotline.commands.planning import above_zero, read_text, say

if TYPE_CHECKING:
    from config.settings import Settings
    from hotline.replay.simulating import Configuration, Stage
    from routing.planning.calllist import ListedCall
    from routing.rules import Rules


def register(commands: Commands) -> None:
    simulate = command(commands, "simulate", run_simulate, "days played through the router, far faster than real time")
    simulate.add_argument("--agents", type=int, default=45, metavar="N", help="default 45, a third generalists")
    simulate.add_argument(
        "--calls-per-hour", type=above_zero, metavar="N", help="in the busiest hour; default by --load"
    )
    simulate.add_argument(
        "--load", type=above_zero, default=95, metavar="PERCENT", help="of the agents' time; default 95"
    )
    simulate.add_argument(
        "--wrap-up", type=float, default=60, metavar="S", help="part of the handling time; default 60"
    )
    simulate.add_argument("--pick-up", type=float, default=4, metavar="S", help="a phone rings so long; default 4")
    simulate.add_argument("--steady", type=above_zero, metavar="HOURS", help="the same load all the time, not a day's")
    simulate.add_argument("--day", metavar="F.csv|DATE", help="a recorded day: a call list, or a date in the database")
    simulate.add_argument("--replications", type=int, default=5, metavar="R", help="default 5")
    simulate.add_argument("--seed", type=int, default=1, help="names the days; default 1")
    simulate.add_argument("--within", type=float, default=15, metavar="S", help="answered in time; default 15")
    simulate.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="G",
        help="compare on the same days with another settings or routing file, or with longest-idle or strict",
    )
    simulate.add_argument("--aht", type=above_zero, metavar="S", help="mean handling time with wrap-up; default 300")
    simulate.add_argument("--patience", type=above_zero, metavar="S", help="mean until a caller gives up; default 180")


def run_simulate(arguments: argparse.Namespace) -> None:
    from hotline.replay.simulating import replicate, rows, table
    from routing.planning.simulation import SimulationError

    if not 1 <= arguments.agents <= 5000:
        raise CommandError(f"--agents {arguments.agents}: must be 1 to 5000")
    if not 1 <= arguments.replications <= 10000:
        raise CommandError(f"--replications {arguments.replications}: must be 1 to 10000")
    if min(arguments.pick_up, arguments.wrap_up, arguments.within) < 0:
        raise CommandError("--pick-up, --wrap-up and --within must be seconds from 0")
    stage, configurations = stage_of(arguments), configurations_of(arguments)
    try:
        found = replicate(stage, configurations, arguments.replications, arguments.seed, say)
    except (SimulationError, ValueError) as error:
        raise CommandError(str(error)) from None
    print_rows(rows(found))
    for line in table(found):
        say(line)
    say("mean ± half of the 95 % interval over the days; * the difference from the first column is not chance")


def stage_of(arguments: argparse.Namespace) -> "Stage":
    """The seats and the days, synthetic or recorded."""
    from hotline.replay.simulating import Stage
    from routing.planning.calllist import recorded_day
    from routing.planning.day import MIX, WEEKDAY, Pattern, seats_for, synthetic_day

    seats = seats_for(arguments.agents, MIX)
    if arguments.day:
        for option in ("calls_per_hour", "aht", "steady"):
            if getattr(arguments, option) is not None:
                raise CommandError(
                    f"--{option.replace('_', '-')}: a recorded day (--day) says that itself; leave it out"
                )
        calls = calls_of_day(arguments)
        return Stage(
            seats,
            lambda chance: recorded_day(calls, chance, arguments.patience),
            *(0.0, math.inf, arguments.within, arguments.pick_up),
        )
    aht = arguments.aht or 300.0
    if arguments.wrap_up >= aht:
        raise CommandError(f"--wrap-up {arguments.wrap_up:g}: must be less than the handling time of {aht:g} s")
    rate = arguments.calls_per_hour or arguments.agents * arguments.load / 100 * 3600 / (aht + arguments.pick_up)
    hours, curve, start = 24.0, WEEKDAY, 0.0
    if arguments.steady:  # the first hour fills the queue and is not counted
        hours, curve, start = arguments.steady + 1, (1.0,), 3600.0
    pattern = Pattern(rate, aht - arguments.wrap_up, arguments.wrap_up, arguments.patience or 180.0, hours, curve)
    return Stage(
        seats,
        lambda chance: synthetic_day(pattern, chance),
        *(start, hours * 3600, arguments.within, arguments.pick_up),
    )


def configurations_of(arguments: argparse.Namespace) -> "list[Configuration]":
    from hotline.replay.simulating import Configuration
    from routing.planning.policy import POLICIES

    settings = settings_of(arguments)
    base = rules_of(settings)
    found = [Configuration(str(arguments.config or "rules"), base)]
    for other in arguments.against:
        if other in POLICIES:
            found.append(Configuration(other, base, other))
        elif Path(other).is_file():
            found.append(Configuration(other, other_rules(Path(other), settings)))
        else:
            raise CommandError(f"--against {other}: neither a YAML file nor one of {', '.join(POLICIES[1:])}")
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise CommandError(f"--against: {', '.join(names)}: each can be there once")
    return found


def rules_of(settings: "Settings", file: Path | None = None) -> "Rules":
    """The rules the core would route by; with `file` those of that routing file."""
    from records.labels import load_labels
    from routing.load import load_rules

    return load_rules(settings, load_labels(settings), file)


def other_rules(file: Path, settings: "Settings") -> "Rules":
    """Those of a settings file, or of a routing file under the present settings."""
    from config.load import load_settings, read_yaml
    from routing.load import RoutingFile

    if RoutingFile.model_fields.keys() & read_yaml(file).keys():
        return rules_of(settings, file)
    return rules_of(load_settings(file))


def calls_of_day(arguments: argparse.Namespace) -> "list[ListedCall]":
    """The calls of --day: a file, or a date of the database in Beijing time."""
    from datetime import date

    from hotline.replay.recorded import calls_of
    from routing.planning.calllist import read_calls

    try:
        day = date.fromisoformat(arguments.day)
    except ValueError:
        file = Path(arguments.day)
        try:
            return read_calls(read_text(file, "--day"))
        except ValueError as error:
            raise CommandError(f"--day {file}: {error}") from None
    calls = calls_of(settings_of(arguments), day)
    if not calls:
        raise CommandError(f"--day {day}: no call of that day wanted a person; see `hotline calls`")
    return calls
