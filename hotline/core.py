"""The core process: the pure switchboard with everything that carries out what it orders.

`core` wires all of it in one place, in the order in which it is needed; nothing is decided here.
"""

import logging
import secrets
from datetime import datetime
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError

from agent_console.site import site
from config.load import ConfigError
from config.settings import Settings
from hotline.asks import Asks
from hotline.callback_desk import CallbackDesk
from hotline.callbacks import keeping
from hotline.closing import take_over
from hotline.desk import LiveDesk
from hotline.dialling import Dialling
from hotline.parts import Parts, load_parts, switchboard_of
from hotline.recovery import recover
from hotline.retention import Retention
from hotline.services import ServiceDesk
from records import accounts, callrecords
from records.audio.keys import load_keyring
from records.engine import open_database
from records.threads import DatabaseThreads
from records.upgrade import upgrade
from telephony.exchange import Exchange
from telephony.journal import command_entry
from telephony.lines import Lines
from telephony.link import prepare, socket_path
from telephony.salvaging import Salvaging
from tickets.outbox import Outbox

log = logging.getLogger(__name__)


async def core(reactor: Any, settings: Settings) -> None:
    """Run the core until the reactor stops. Raises ConfigError, DatabaseError or LinkError before it serves."""
    path = socket_path(settings, "core")
    prepare(path)  # a home has one core: nothing is touched while another serves it
    upgrade(settings, log.info)
    parts = load_parts(settings)
    database = open_database(settings)
    threads = DatabaseThreads(reactor, database)
    try:
        await serve(reactor, settings, parts, threads)
    finally:
        await threads.close()
        database.close()


async def serve(  # noqa: PLR0915 (one line a part, in the order in which it is needed)
    reactor: Any, settings: Settings, parts: Parts, threads: DatabaseThreads
) -> None:
    """Take up what the core before left, then everything new, until the reactor stops."""
    database = threads.database
    left = recover(database, settings, parts)
    alive = tuple(left.switchboard.calls) if left else ()
    closed = await threads.write(callrecords.close_open, alive, reactor.seconds(), "核心进程重启")
    if closed:
        log.warning("closed %d records that the core before this one left open", len(closed))

    asks = Asks()
    lines = Lines(reactor, socket_path(settings, "core"), asks.table)
    switchboard = left.switchboard if left else switchboard_of(settings, parts)
    salvaging = Salvaging(reactor, settings.recordings, threads, lambda: load_keyring(settings))
    keep = keeping(parts.callbacks, parts.waiting.abandons, parts.script.tree.priority)
    boot = left.boot if left else new_boot()
    outbox = Outbox(reactor, threads, settings)
    script = parts.script
    services = ServiceDesk(
        threads,
        parts.callbacks,
        script.tree.priority,
        outbox.nudge,
        script.needs,
        script.voicemail,
        settings.recordings,
    )
    dialling = Dialling(reactor, settings, parts.callbacks, parts.times, threads)
    exchange = Exchange(
        reactor, switchboard, threads, boot, dialling.sending(lines.send), salvaging, dialling.keeping(keep)
    )
    exchange.desk = services
    if left is None:
        await take_over(exchange, threads)
    elif left.unlogged:
        await threads.append([command_entry(boot, reactor.seconds(), each) for each in left.unlogged])
    lines.serve(exchange, left.seen if left else {}, left.unsent if left else {})

    callback_desk = CallbackDesk(threads, settings, parts.callbacks, parts.times)
    desk = LiveDesk(exchange, outbox, lines, settings, threads, parts.times, callback_desk)
    callback_desk.changed = dialling.nudge
    asks.serve(desk, dialling.nudge)
    await desk.know_agents(await threads.read(accounts.list_accounts, "agent"))
    await services.take_up_messages(exchange.now())
    outbox.start()
    exchange.start()
    salvaging.start(switchboard.calls)
    dialling.start(exchange)
    retention = Retention(reactor, settings, threads)
    retention.start()

    try:
        port = reactor.listenTCP(
            settings.web.port, site(reactor, settings, database, desk), interface=settings.web.host
        )
    except CannotListenError as error:
        await lines.close()
        raise ConfigError(
            [f"web.port: {settings.web.port}: cannot listen: {error.socketError}; set HOTLINE_WEB_PORT to a free port"]
        ) from None
    log.info("console at http://%s:%d", settings.web.host, settings.web.port)

    stopped: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("before", "shutdown", stopped.callback, None)
    await stopped
    dialling.stop()
    retention.stop()
    await port.stopListening()
    await lines.close()
    exchange.stop()
    await outbox.stop()


def new_boot() -> str:
    """The name of a run of the core in the call log."""
    return f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
