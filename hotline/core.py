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
from hotline.callbacks.desk import CallbackDesk
from hotline.callbacks.dialling import Dialling
from hotline.callbacks.following import keeping
from hotline.configured.parts import Parts, load_parts
from hotline.desk.asks import Asks
from hotline.desk.closing import take_over
from hotline.desk.edge_watch import watch_edge
from hotline.desk.health import with_health
from hotline.desk.live import LiveDesk
from hotline.retention import Retention
from hotline.services.desk import ServiceDesk
from hotline.surviving.recovery import recover
from hotline.surviving.snapshots import Snapshots
from records import accounts, callrecords
from records.audio.keys import load_keyring
from records.checkpoints import checkpoints
from records.engine import open_database
from records.threads import DatabaseThreads
from records.upgrade import upgrade
from telephony.core.exchange import Exchange
from telephony.core.journal import command_entry
from telephony.core.lines import Lines
from telephony.core.salvaging import Salvaging
from telephony.link.turns import settle, take_short_turns
from telephony.link.wire import prepare, socket_path
from tickets.outbox import Outbox

log = logging.getLogger(__name__)


async def core(reactor: Any, settings: Settings) -> None:
    """Run the core until the reactor stops. Raises ConfigError, DatabaseError or LinkError before it serves."""
    take_short_turns()
    path = socket_path(settings, "core")
    prepare(path)  # a home has one core: nothing is touched while another serves it
    upgrade(settings, log.info)
    parts = load_parts(settings)
    database = open_database(settings)
    threads = DatabaseThreads(reactor, database)
    ended: Deferred[None] = Deferred()
    try:
        with checkpoints(database):
            await serve(reactor, settings, parts, threads, ended)
    finally:
        await threads.close()
        database.close()
        ended.callback(None)


async def serve(  # noqa: PLR0915 (one line a part, in the order in which it is needed)
    reactor: Any, settings: Settings, parts: Parts, threads: DatabaseThreads, ended: "Deferred[None]"
) -> None:
    """Take up what the core before left, then everything new, until the reactor stops; that waits for `ended`."""
    database = threads.database
    left = recover(database, settings, parts)
    asks = Asks()
    lines = Lines(reactor, socket_path(settings, "core"), asks.table)
    switchboard = left.switchboard
    salvaging = Salvaging(reactor, settings.recordings, threads, lambda: load_keyring(settings))
    keep = keeping(parts.callbacks, parts.waiting.abandons, parts.script.tree.priority)
    boot = left.boot or new_boot()
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
    exchange.keep(left.sheets)
    closed = await threads.write(callrecords.close_open, tuple(switchboard.calls), reactor.seconds(), "核心进程重启")
    if closed:
        log.warning("closed %d records that the core before this one left open", len(closed))
    if not left.boot:
        await take_over(exchange, threads, left.agents)
    elif left.unlogged:
        await threads.append([command_entry(boot, reactor.seconds(), each) for each in left.unlogged])
    snapshots = Snapshots(reactor, settings, threads, exchange)
    snapshots.start(left.seen, left.entries)
    lines.serve(exchange, left.seen, left.unsent)

    callback_desk = CallbackDesk(threads, settings, parts.callbacks, parts.times)
    desk = LiveDesk(exchange, outbox, lines, settings, threads, parts.times, callback_desk)
    callback_desk.changed = dialling.nudge
    asks.serve(desk, dialling.nudge)
    await desk.know_agents(await threads.read(accounts.list_accounts, "agent"))
    await services.take_up_messages(exchange.now())
    outbox.start()
    exchange.start()
    salvaging.start(switchboard.calls)
    edge = watch_edge(reactor, settings, dialling)
    dialling.start(exchange)
    retention = Retention(reactor, settings, threads)
    retention.start()

    console = with_health(site(reactor, settings, database, desk), desk, edge, settings)
    try:
        port = reactor.listenTCP(settings.web.port, console, interface=settings.web.host)
    except CannotListenError as error:
        await lines.close()
        raise ConfigError(
            [f"web.port: {settings.web.port}: cannot listen: {error.socketError}; set HOTLINE_WEB_PORT to a free port"]
        ) from None
    settle()
    log.info("console at http://%s:%d", settings.web.host, settings.web.port)

    await shutdown(reactor, ended)
    dialling.stop()
    edge.stop()
    retention.stop()
    await port.stopListening()
    await lines.close()
    await exchange.stop()
    await snapshots.stop()
    await outbox.stop()


def shutdown(reactor: Any, ended: "Deferred[None]") -> "Deferred[None]":
    """Fires when the reactor begins to stop, which then waits for `ended`."""
    begun: Deferred[None] = Deferred()

    def stop() -> "Deferred[None]":
        begun.callback(None)
        return ended

    reactor.addSystemEventTrigger("before", "shutdown", stop)
    return begun


def new_boot() -> str:
    """The name of a run of the core in the call log."""
    return f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
