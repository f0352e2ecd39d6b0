"""Whether the hotline's processes serve: each is asked the way its users ask it."""

import json
import socket
import threading

from config.settings import Settings
from hotline.asking import ask
from hotline.commands import CommandError
from hotline.phones.server import address, answers
from ivr.speech.store import trouble
from telephony.link.wire import socket_path, to_line

PATIENCE = 60.0  # seconds until everything must serve
STEP = 0.1


def check_ports(settings: Settings) -> None:
    """Raise CommandError, naming every port that somebody else holds."""
    taken = []
    for port, kind, host, variable in (
        (settings.sip.port, socket.SOCK_DGRAM, settings.sip.host, "HOTLINE_SIP_PORT"),
        (settings.sip.port, socket.SOCK_STREAM, settings.sip.host, "HOTLINE_SIP_PORT"),
        (settings.sip.inside[1], socket.SOCK_DGRAM, settings.sip.inside[0], "HOTLINE_SIP_PORT"),
        *((port, socket.SOCK_STREAM, settings.sip.host, name) for name, port in stream_ports(settings).items()),
        (settings.web.port, socket.SOCK_STREAM, settings.web.host, "HOTLINE_WEB_PORT"),
    ):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                transport = "TCP" if kind == socket.SOCK_STREAM else "UDP"
                taken.append(f"{transport} {host}:{port} ({error.strerror}; {variable} sets another)")
    if taken:
        raise CommandError("cannot listen on " + ", ".join(taken))


def stream_ports(settings: Settings) -> dict[str, int]:
    """The ports of TLS and WebSocket that are on, by the setting each comes from."""
    tls, page = settings.sip.tls, settings.sip.websocket
    found = {"sip.tls.port": tls.port} if tls is not None else {}
    return found | ({"sip.websocket.port": page.port} if page is not None else {})


def wait_until_serving(settings: Settings, given_up: threading.Event) -> None:
    """Return when all processes serve. Raises CommandError after PATIENCE, naming those that do not."""
    checks = {"core": core_serves, "workers": workers_serve, "edge": edge_serves}
    for _ in range(int(PATIENCE / STEP)):
        missing = [name for name, serves in checks.items() if not serves(settings)]
        if not missing or given_up.wait(STEP):
            return
    raise CommandError(f"{', '.join(missing)} did not come to serve within {PATIENCE:.0f} s; see the lines above")


def core_serves(settings: Settings) -> bool:
    try:
        ask(settings, "board")
    except CommandError:
        return False
    return True


def workers_serve(settings: Settings) -> bool:
    """Whether a warm worker waits for a call."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(2)
        try:
            link.connect(str(socket_path(settings, "nursery")))
            link.sendall(to_line({"hello": "edge"}))
            with link.makefile("rb") as lines:
                workers = json.loads(lines.readline() or b"{}").get("workers", [])
        except (OSError, ValueError):
            return False
    return any(worker["state"] == "idle" for worker in workers)


def edge_serves(settings: Settings) -> bool:
    """Whether the edge answers OPTIONS (RFC 3261 §11)."""
    return answers(address(None, settings))


def how_to_call(settings: Settings) -> str:
    """What a newcomer wants to read once everything serves."""
    speech = trouble(settings)
    number, sip = settings.numbers[0], settings.sip
    return "\n".join(
        (
            f"12348 公共法律服务热线 is on the air (Ctrl-C stops it; data in {settings.home})",
            f"  call     sip:{number}@{sip.host}:{sip.port} with any SIP phone, hotline call or hotline demo",
            f"  console  http://{settings.web.host}:{settings.web.port}",
            f"  speech   {'off: ' + speech + '; keys and people serve' if speech else settings.speech.model}",
        )
    )
