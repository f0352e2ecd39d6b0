"""`hotline stand-in online|window|12345|lines`: a real program in place of an outside system (docs/channels.md).

`lines` is a telephone in place of 12345 and the emergency lines (docs/after-hours.md).
"""

import argparse
import contextlib
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.task import react
from twisted.web.server import Site

from config.settings import Settings
from hotline.commands import CommandError, Commands, command, settings_of
from tickets.channels.standin.service import StandIn
from tickets.channels.standin.store import Store, StoreError

PORTS = {"online": 8351, "window": 8352, "12345": 8353}
LINES = "lines"
PATIENCE = 3600.0  # seconds between two looks at a phone nobody calls
SAID = "这里是演练席位，不是真实的紧急电话，也不是12345。本次通话已接通。"


def register(commands: Commands) -> None:
    parser = command(commands, "stand-in", run, "stand in for an outside system: receives tickets, pushes changes back")
    parser.add_argument("channel", choices=(*PORTS, LINES))
    parser.add_argument(
        "--port", type=port, metavar="P", help="default 8351, 8352 or 8353, of lines 5070; 0 takes a free one"
    )
    parser.add_argument("--store", type=Path, metavar="DIR", help="where to keep what is received (default: the home)")
    parser.add_argument("--push-to", default="", metavar="URL", help="the hotline's console (default: as configured)")


def port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a port number, 0 to 65535")
    return int(text)


def lines(settings: Settings, number: int | None) -> None:
    """A phone on loopback that answers after two seconds and says what it is; the trunk `stand-ins` leads to it."""
    from config.settings import STAND_INS
    from ivr.speech.sound import write_wav
    from ivr.speech.voice import speak
    from telephony.softphone.remote import PhoneError, Softphone

    trunk = next((each for each in settings.trunks if each.name == STAND_INS), None)
    there = trunk.outbound.port if trunk is not None and trunk.outbound is not None else 5070
    said = settings.home / "stand-in" / "lines.wav"
    said.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_wav(said, speak(SAID, settings.speech.voice).samples)
    with Softphone("stand-in", sip_port=there if number is None else number, answer_after=2, play=said) as phone:
        print(f"stand-in lines: sip:127.0.0.1:{phone.sip_port}, answers after 2 s", file=sys.stderr, flush=True)
        with contextlib.suppress(PhoneError):  # the phone has ended
            while True:
                if event := phone.next(PATIENCE):
                    called = event.get("called", "")
                    print(f"stand-in lines: {event['event']} {called}".rstrip(), file=sys.stderr, flush=True)


def run(arguments: argparse.Namespace) -> None:
    settings = settings_of(arguments)
    if arguments.channel == LINES:
        lines(settings, arguments.port)
        return
    number = PORTS[arguments.channel] if arguments.port is None else arguments.port
    push_to = push_url(arguments.push_to or f"http://{settings.web.host}:{settings.web.port}", arguments.channel)
    try:
        store = Store(arguments.store or settings.home / "stand-in", arguments.channel)
    except StoreError as error:
        raise CommandError(str(error)) from None
    errors: list[str] = []

    def main(reactor: Any) -> Deferred[None]:
        forever: Deferred[None] = Deferred()
        site = Site(stand_in(reactor, arguments.channel, store, push_to, settings), timeout=60)
        try:
            listening = reactor.listenTCP(number, site, interface="127.0.0.1")
        except CannotListenError:
            errors.append(f"port {number} is taken; name another with --port")
            forever.callback(None)
            return forever
        print(
            f"stand-in {arguments.channel}: http://127.0.0.1:{listening.getHost().port}, keeps what it receives in"
            f" {store.file}, pushes to {push_to}",
            file=sys.stderr,
            flush=True,
        )
        return forever

    try:
        react(main, [])
    except SystemExit as ended:
        if errors:
            raise CommandError(errors[0]) from None
        if ended.code:
            raise


def stand_in(reactor: Any, channel: str, store: Store, push_to: str, settings: Settings) -> StandIn:
    channels = settings.channels
    token = {"online": channels.online, "window": channels.window, "12345": channels.to_12345}[channel].token
    return StandIn(reactor, store, push_to, token.get_secret_value(), channels.callback_token.get_secret_value())


def push_url(url: str, channel: str) -> str:
    """Where changes are pushed: a URL without a path is completed to the hotline's own."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise CommandError(f"--push-to {url}: must be a URL such as http://127.0.0.1:8348")
    if parts.path.strip("/"):
        return url
    return f"{parts.scheme}://{parts.netloc}/api/channels/{channel}/events"
