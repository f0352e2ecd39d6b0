"""`hotline call` and `hotline phone`: telephones for a newcomer, a demonstration or a test."""

import argparse
import getpass
import os
import sys
import tempfile
import time
from pathlib import Path

from hotline.commands import CommandError, Commands, UsageError, command, settings_of

PASSWORD = "HOTLINE_PHONE_PASSWORD"  # noqa: S105 - the name of a variable
ENDS = (
    "Exit code: 0 the call was answered and hung up, 3 refused, 4 not answered, 5 broken off, 1 it could not be made."
)


def register(commands: Commands) -> None:
    call_parser = command(commands, "call", call, "call the hotline, as a caller would")
    call_parser.epilog = ENDS
    call_parser.add_argument("number", metavar="NUMBER", nargs="?", help="the hotline's own where none is given")
    talking(call_parser)
    call_parser.add_argument("--keys", metavar="1,w2,34#", help="keys to press after the answer; w2 waits 2 seconds")
    call_parser.add_argument("--as", dest="caller", metavar="NUMBER", default="13800000000", help="the number shown")
    call_parser.add_argument(
        "--for", dest="seconds", type=float, default=300.0, metavar="S", help="hang up after (300)"
    )
    call_parser.add_argument("--transcribe", action="store_true", help="write down what is heard")
    phone_parser = command(commands, "phone", phone, "an agent's phone: registers, and answers by itself")
    phone_parser.add_argument("user", metavar="USER", help="the SIP user, see `hotline user list`")
    phone_parser.add_argument("--password", metavar="P", help=f"better in {PASSWORD}, or typed: others see this one")
    talking(phone_parser)
    phone_parser.add_argument("--answer", choices=("auto", "manual", "busy", "never"), default="auto")
    phone_parser.add_argument(
        "--hang-up-after", type=float, metavar="S", help="seconds of talk after which it hangs up"
    )
    phone_parser.add_argument("--calls", type=int, default=0, metavar="N", help="leave after N calls (0: stay)")


def talking(parser: argparse.ArgumentParser) -> None:
    """What both do."""
    parser.add_argument("--say", action="append", dest="sounds", type=said, metavar="TEXT", help="say it; again: next")
    parser.add_argument("--play", action="append", dest="sounds", type=played, metavar="F.wav", help="the same, a file")
    parser.add_argument("--record", type=Path, metavar="F.wav", help="record what is heard")
    parser.add_argument("--server", metavar="HOST:PORT", help="the hotline's edge; the configured one by default")


def said(text: str) -> object:
    from hotline.phones.sounds import Spoken

    return Spoken(text)


def played(text: str) -> object:
    from hotline.phones.sounds import Spoken

    return Spoken(file=Path(text))


def call(arguments: argparse.Namespace) -> None:
    from hotline.phones import server
    from hotline.phones.caller import Caller, Wanted
    from hotline.phones.ears import Ears
    from hotline.phones.keys import KeysError, steps
    from hotline.phones.sounds import check_record, sounds
    from telephony.softphone.remote import Softphone

    settings = settings_of(arguments)
    number = arguments.number or settings.numbers[0]
    for what, value in (("NUMBER", number), ("--as", arguments.caller)):
        if not value.isascii() or not value.lstrip("+").isalnum():
            raise UsageError(f"call: {what} {value!r}: must be digits, such as 12348")
    if arguments.seconds <= 0:
        raise UsageError(f"call: --for {arguments.seconds:g}: must be more than 0 seconds")
    try:
        keys = steps(arguments.keys) if arguments.keys else ()
    except KeysError as error:
        raise UsageError(f"call: {error}") from None
    check_record(arguments.record)
    host, port = where = server.address(arguments.server, settings)
    with tempfile.TemporaryDirectory(prefix="hotline-call-") as folder:
        record = arguments.record or (Path(folder) / "heard.wav" if arguments.transcribe else None)
        ears = Ears(settings, record) if arguments.transcribe and record is not None else None
        spoken = sounds(Path(folder), arguments.sounds or (), settings.speech.voice)
        server.check(where)
        wanted = Wanted(f"sip:{number}@{host}:{port}", spoken, keys, record, arguments.seconds, ears)
        with Softphone(arguments.caller) as softphone:
            tell = Telling()
            tell(f"calling {number} at {host}:{port} as {arguments.caller}")
            Caller(softphone, wanted, tell).run()


def phone(arguments: argparse.Namespace) -> None:
    from hotline.phones import server
    from hotline.phones.desk import DeskPhone, Seat
    from hotline.phones.sounds import check_record, sounds
    from telephony.softphone.remote import Softphone

    settings = settings_of(arguments)
    check_record(arguments.record)
    if len(arguments.sounds or ()) > 1:
        raise UsageError("phone: --say and --play: one of them, once")
    host, port = where = server.address(arguments.server, settings)
    with tempfile.TemporaryDirectory(prefix="hotline-phone-") as folder:
        spoken = sounds(Path(folder), arguments.sounds or (), settings.speech.voice)
        seat = Seat(
            arguments.answer, arguments.hang_up_after, next(iter(spoken), None), arguments.record, arguments.calls
        )
        server.check(where)
        secret = password(arguments.password, arguments.user)
        with Softphone(arguments.user, registrar=f"sip:{host}:{port}", password=secret) as softphone:
            DeskPhone(softphone, arguments.user, seat, Telling(), sys.stdin).run()


def password(given: str | None, user: str) -> str:
    """From the command line, the environment or the keyboard. Raises CommandError where there is no keyboard."""
    if given is not None:
        return given
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    if not sys.stdin.isatty():
        raise CommandError(f"{user}: needs a password: set {PASSWORD}, or give --password")
    return getpass.getpass(f"password of {user}: ")


class Telling:
    """Prints lines with the seconds since the first."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, line: str) -> None:
        print(f"{time.monotonic() - self._began:7.2f} s  {line}", flush=True)
