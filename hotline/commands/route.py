"""`hotline route explain`: how the router decided on a call."""

import argparse

from hotline.commands import Commands, command, print_rows, settings_of


def register(commands: Commands) -> None:
    parser = command(commands, "route", route, "how calls were routed: explain")
    parser.add_argument("what", choices=("explain",))
    parser.add_argument("id", metavar="ID", help="a call; see `hotline calls`")


def route(arguments: argparse.Namespace) -> None:
    from hotline.replay.explaining import explain_call

    print_rows(explain_call(settings_of(arguments), arguments.id))
