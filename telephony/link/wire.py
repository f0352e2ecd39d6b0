"""Facts and commands as lines: newline-delimited JSON over Unix stream sockets, and where those sockets lie.

This module knows the wire form only. The Twisted end is telephony.link.ends, the plain-socket end of the
workers telephony.worker.uplink; neither meaning nor order of what passes is known here.
"""

import hashlib
import json
import os
import socket
import stat
import tempfile
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from config.settings import Settings
from ivr import commands, facts
from ivr.commands import Command
from ivr.facts import Fact

Message = dict[str, Any]

LONGEST_LINE = 1 << 20
"""Octets of one line; a peer that sends more is cut off."""

LONGEST_PATH = 107
"""Octets of a Unix socket's path on Linux (unix(7): sun_path holds 108 with its NUL)."""


class LinkError(Exception):
    """A line or a socket cannot be used; the text names the field and the way out, never the content."""


def _table(module: Any, base: type) -> dict[str, type]:
    return {
        name: kind
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, base) and kind is not base
    }


FACTS: dict[str, type[Fact]] = _table(facts, Fact)
COMMANDS: dict[str, type[Command]] = _table(commands, Command)
KINDS: dict[Any, dict[str, Any]] = {kind: get_type_hints(kind) for kind in (*FACTS.values(), *COMMANDS.values())}
"""What each field of each of them holds, in their order."""


def encode_fact(fact: Fact) -> Message:
    """`{"fact": "Heard", "call": …, …fields}`"""
    return {"fact": type(fact).__name__, **fields_of(fact)}


def encode_command(command: Command) -> Message:
    """`{"command": "Play", "call": …, …fields}`"""
    return {"command": type(command).__name__, **fields_of(command)}


def fields_of(thing: Any) -> Message:
    """The fields of a fact or a command by name: text, numbers, and tuples of those, so that nothing is copied."""
    return {name: getattr(thing, name) for name in KINDS[type(thing)]}


STANDING = "standing"
"""Key of a core's word to its workers: `{"standing": "Answer"}`, every call that arrives is answered at once."""


def decode_fact(message: Message) -> Fact:
    """The fact in `message`; keys that are no field (such as `seq`) are passed over. Raises LinkError."""
    fact: Fact = _decode("fact", FACTS, message)
    return fact


def decode_command(message: Message) -> Command:
    """The command in `message`. Raises LinkError."""
    command: Command = _decode("command", COMMANDS, message)
    return command


def _decode(what: str, table: dict[str, Any], message: Message) -> Any:
    name = message.get(what)
    kind = table.get(name) if isinstance(name, str) else None
    if kind is None:
        raise LinkError(f"{what}: {name!r} is none of {', '.join(sorted(table))}")
    kinds = KINDS[kind]
    values = {field: _value(name, field, holds, message[field]) for field, holds in kinds.items() if field in message}
    try:
        return kind(**values)
    except TypeError:
        missing = [field for field in kinds if field not in values]
        raise LinkError(f"{name}: missing of {', '.join(missing)}") from None


def _value(name: Any, field: str, kind: Any, value: Any) -> Any:
    """`value` as `kind`: str, bool, int, float, or a tuple of one such kind or of several in order."""
    if kind is float and type(value) is int:
        return float(value)
    if kind in (str, bool, int, float):
        if type(value) is kind:
            return value
    elif isinstance(value, list | tuple):
        kinds = get_args(kind)
        kinds = (kinds[0],) * len(value) if kinds[1:] == (...,) else kinds
        if len(kinds) == len(value):
            return tuple(_value(name, field, each, item) for each, item in zip(kinds, value, strict=True))
    raise LinkError(f"{name}.{field}: must be {getattr(kind, '__name__', kind)}, not {type(value).__name__}")


def to_line(message: Message) -> bytes:
    """One line with its newline. Raises LinkError above LONGEST_LINE."""
    # What a phone writes need not be UTF-8 and then holds surrogates: a fact with a "?" in it is better than none.
    line = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
    if len(line) > LONGEST_LINE:
        raise LinkError(f"a line of {len(line)} octets is too long: at most {LONGEST_LINE}")
    return line


def from_line(line: bytes) -> Message:
    """The message of one line. Raises LinkError when it is no JSON object in UTF-8."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise LinkError(f"a line of {len(line)} octets is not JSON in UTF-8") from None
    if not isinstance(message, dict):
        raise LinkError(f"a line must hold an object, not {type(message).__name__}")
    return message


class Lines:
    """Cuts a stream into lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Message]:
        """The messages completed by `data`. Raises LinkError."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE or any(len(line) > LONGEST_LINE for line in lines):
            raise LinkError(f"a line is longer than {LONGEST_LINE} octets")
        return [from_line(line) for line in lines if line.strip()]


def socket_path(settings: Settings, name: Literal["core", "nursery", "edge"]) -> Path:
    """home/run/NAME.sock, or where that is too long for a socket, a stable path in the temporary folder."""
    path = settings.home / "run" / f"{name}.sock"
    if len(os.fsencode(path)) <= LONGEST_PATH:
        return path
    key = hashlib.sha256(os.fsencode(settings.home)).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"hotline-{key}" / f"{name}.sock"
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise LinkError(f"{path}: longer than {LONGEST_PATH} octets; set HOTLINE_HOME or TMPDIR to a shorter folder")
    return path


def prepare(path: Path) -> None:
    """Make the socket's folder private and remove a socket nobody listens on.

    Raises LinkError when the folder belongs to someone else or another process listens.
    """
    folder = path.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = folder.lstat()
        if not stat.S_ISDIR(held.st_mode) or held.st_uid != os.geteuid():
            raise LinkError(f"{folder}: is not a folder of this user; remove it or set HOTLINE_HOME elsewhere")
        folder.chmod(0o700)
        if path.exists():
            if answers(path):
                raise LinkError(f"{path}: another process listens already; stop it or set HOTLINE_HOME elsewhere")
            path.unlink(missing_ok=True)
    except OSError as error:
        raise LinkError(f"{folder}: cannot be used: {error.strerror}") from None


def answers(path: Path) -> bool:
    """Whether somebody listens on the socket at `path`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True
        return True
