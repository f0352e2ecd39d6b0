"""`hotline stand-in online|window|12345`: a real program in place of an outside system (docs/channels.md)."""

import argparse
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


def register(commands: Commands) -> None:
    parser = command(commands, "stand-in", run, "stand in for an outside system: receives tickets, pushes changes back")
    parser.add_argument("channel", choices=PORTS)
    parser.add_argument("--port", type=port, metavar="P", help="default 8351, 8352 or 8353; 0 takes a free one")
    parser.add_argument("--store", type=Path, metavar="DIR", help="where to keep what is received (default: the home)")
    parser.add_argument("--push-to", default="", metavar="URL", help="the hotline's console (default: as configured)")


def port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a port number, 0 to 65535")
    return int(text)


def run(arguments: argparse.Namespace) -> None:
    settings = settings_of(arguments)
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
