"""The command line: `hotline COMMAND …`. Exit 0; 1 with a line of error; 2 for wrong usage; `call` has others."""

import argparse
import importlib
import sys

from config.load import ConfigError
from hotline.commands import CommandError
from hotline.refusals import REFUSALS

# In the order of `hotline --help`; a module is imported only when its command is named, so that each starts fast.
AREAS = {
    "service": "run edge gateway workers core check agent replay",
    "phones": "call phone",
    "demo": "demo",
    "speech": "say transcribe model",
    "prompts": "prompts",
    "knowledge": "classify",
    "records": "calls tickets user db",
    "recordings": "recordings",
    "rota": "rota",
    "callbacks": "callbacks",
    "closure": "closure",
    "edge": "bans trunks drain",
    "route": "route",
    "planning": "staffing busy simulate",
    "standin": "stand-in",
}


def main(words: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if words is None else words
    arguments = parser_for(words).parse_args(words)
    try:
        arguments.run(arguments)
    except REFUSALS as error:
        print(f"hotline: {error}" if not isinstance(error, ConfigError) else error, file=sys.stderr)
        return error.code if isinstance(error, CommandError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as error:
        print(f"hotline: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def parser_for(words: list[str]) -> argparse.ArgumentParser:
    """The parser with the commands of the area that `words` names, or with all of them."""
    parser = argparse.ArgumentParser(prog="hotline", description="The 12348 public legal service hotline.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    named = [area for area, names in AREAS.items() if words and words[0] in names.split()]
    for area in named or AREAS:
        importlib.import_module(f"hotline.commands.{area}").register(commands)
    return parser
