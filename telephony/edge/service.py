"""The edge process, from start to SIGTERM: what it needs is opened, or one line says why not.

Decides how a start fails and where credentials come from; what runs is telephony.edge.running.
"""

import sys
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.task import react

from config.settings import Settings
from records import accounts
from records.credentials import Credentials
from records.engine import open_database
from records.errors import DatabaseError
from records.sealing import SealError
from records.threads import DatabaseThreads
from telephony.edge.keys import KeyFileError
from telephony.edge.running import Edge, Lookup
from telephony.edge.transports.certificates import CertificateError
from telephony.edge.transports.listening import described
from telephony.link.turns import settle, take_short_turns
from telephony.link.wire import LinkError


async def main(reactor: Any, settings: Settings, lookup: Lookup | None = None) -> None:
    """Run until the reactor stops. Raises SystemExit with one line when the edge cannot start."""
    take_short_turns()
    try:
        database = None if lookup is not None else DatabaseThreads(reactor, open_database(settings))
        edge = Edge(reactor, settings, lookup or _lookup_in(database))
        edge.start()
    except CannotListenError as error:
        where = f"{error.interface}:{error.port}"
        raise SystemExit(
            f"hotline edge: {where} cannot be listened on ({error.socketError}); set HOTLINE_SIP_PORT to a free port,"
            " or sip.host, sip.inside_port, sip.tls.port and sip.websocket.port in the settings"
        ) from None
    except (CertificateError, KeyFileError, LinkError, DatabaseError, SealError) as error:
        raise SystemExit(f"hotline edge: {error}") from None
    reactor.addSystemEventTrigger("before", "shutdown", edge.stop)
    if database is not None:
        reactor.addSystemEventTrigger("before", "shutdown", lambda: ensureDeferred(database.close()))
    settle()
    print(f"edge: listening on {described(settings)}", file=sys.stderr, flush=True)
    await Deferred()


def _lookup_in(database: DatabaseThreads | None) -> Lookup:
    async def lookup(user: str) -> Credentials | None:
        assert database is not None
        return await database.read(accounts.credentials, user)

    return lookup


def run(settings: Settings) -> None:
    """The edge process: runs until SIGTERM. Raises SystemExit, with a line where it could not start."""
    react(main, (settings,))
