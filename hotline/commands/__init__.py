"""The commands of `hotline`, one module an area; each has `register(commands)` that adds its parsers.

A command is a function of the parsed arguments. It prints data as JSON lines on stdout and everything else on
stderr, returns None for exit 0, and raises CommandError for another exit code with one line.
"""

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from config.load import load_settings
from config.settings import Settings

Commands = Any  # argparse keeps its subparsers type private


class CommandError(Exception):
    """The command could not do what was asked; its text is one line for the person who asked."""

    code = 1  # the exit code


class UsageError(CommandError):
    """The command's words do not fit together."""

    code = 2


def command(commands: Commands, name: str, run: Callable[[argparse.Namespace], None], help: str) -> Any:
    """Add the command `name` to the subparsers `commands` and return its parser."""
    parser = commands.add_parser(name, help=help, description=help)
    parser.add_argument("--config", type=Path, metavar="F", help="a settings file over the defaults")
    parser.set_defaults(run=run)
    return parser


def settings_of(arguments: argparse.Namespace) -> Settings:
    return load_settings(arguments.config)


def print_rows(rows: Iterable[dict[str, Any]]) -> None:
    """JSON lines on stdout, Chinese as it is."""
    for row in rows:
        print(json.dumps(row, ensure_ascii=False), flush=True)
