"""Where the edge listens, read from the settings: ports, certificate, origins; and the line that says so."""

from dataclasses import dataclass
from typing import Any

from config.settings import Settings
from telephony.edge.transports.certificates import own_certificate


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen. `certificate` (IOpenSSLServerConnectionCreator) serves TLS and a secure WebSocket."""

    host: str
    port: int
    inside: tuple[str, int]
    tls_port: int = 0
    ws_port: int = 0
    ws_secure: bool = False
    origins: tuple[str, ...] = ()
    certificate: Any = None


def listening(settings: Settings) -> Listening:
    """All of `settings.sip`, the certificate loaded. Raises CertificateError."""
    sip, socket = settings.sip, settings.sip.websocket
    return Listening(
        host=sip.host,
        port=sip.port,
        inside=sip.inside,
        tls_port=sip.tls.port if sip.tls is not None else 0,
        ws_port=socket.port if socket is not None else 0,
        ws_secure=socket is not None and socket.secure,
        origins=socket.origins if socket is not None else (),
        certificate=own_certificate(settings) if sip.tls is not None else None,
    )


def described(settings: Settings) -> str:
    """`HOST:PORT (UDP, TCP), …` for the terminal."""
    sip = settings.sip
    parts = [f"{sip.host}:{sip.port} (UDP, TCP)"]
    parts += [f"{sip.host}:{sip.tls.port} (TLS)"] if sip.tls is not None else []
    if sip.websocket is not None:
        parts.append(f"{sip.host}:{sip.websocket.port} ({'WSS' if sip.websocket.secure else 'WS'})")
    return ", ".join([*parts, f"workers on {sip.inside[0]}:{sip.inside[1]}"])
