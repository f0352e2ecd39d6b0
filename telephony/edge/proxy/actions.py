"""What the edge's pure code asks its I/O to do, and the place it stands at."""

from dataclasses import dataclass

from config.settings import Settings
from telephony.edge.sip.flows import PORTS, Flow, Transport
from telephony.edge.sip.message import Request, Response
from telephony.edge.sip.uri import FormError, Uri, in_brackets, parse_uri


@dataclass(frozen=True, slots=True)
class Send:
    """Send `message` over `flow`. With `connect` a TCP or TLS connection may be made where there is none."""

    flow: Flow
    message: Request | Response
    connect: bool = False


@dataclass(frozen=True, slots=True)
class Fetch:
    """Look up the credentials of `user`, then hand them to Proxy.credentials with the same `job`."""

    job: str
    user: str


@dataclass(frozen=True, slots=True)
class Phone:
    """`user` is registered now, or not any more: for the core."""

    user: str
    registered: bool


@dataclass(frozen=True, slots=True)
class Keep:
    """The bindings have changed: keep them on disk soon."""


@dataclass(frozen=True, slots=True)
class Retire:
    """`worker` has not answered: the nursery is to end it and fork another; with `hung` even one that has a call."""

    worker: str
    hung: bool = False


@dataclass(frozen=True, slots=True)
class Unanswered:
    """`worker` has let a BYE run out: for the log."""

    worker: str


Action = Send | Fetch | Phone | Keep | Retire | Unanswered


VIA_NAMES: dict[Transport, str] = {
    "udp": "UDP", "inside": "UDP", "tcp": "TCP", "tls": "TLS", "ws": "WS", "wss": "WSS",
}  # fmt: skip
URI_NAMES: dict[Transport, str] = {"tcp": "tcp", "tls": "tls", "ws": "ws", "wss": "ws"}
"""The transport parameter of a URI; wss is told from ws by its port alone (RFC 7118 §5.2)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Our own addresses as others see them, our realm and our numbers. A port of 0 is not listened on."""

    host: str
    port: int
    inside: tuple[str, int]
    realm: str
    numbers: tuple[str, ...]
    tls_port: int = 0
    ws_port: int = 0
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> "Place":
        sip = settings.sip
        tls_port = sip.tls.port if sip.tls is not None else 0
        ws_port = sip.websocket.port if sip.websocket is not None else 0
        named = {"names": tuple(name.lower() for name in sip.names), "tls_port": tls_port, "ws_port": ws_port}
        return cls(settings.outside_host, sip.port, sip.inside, sip.realm, settings.numbers, **named)  # type: ignore[arg-type]

    def sent_by(self, transport: Transport) -> str:
        ports = {"tls": self.tls_port, "ws": self.ws_port, "wss": self.ws_port}
        host, port = self.inside if transport == "inside" else (self.host, ports.get(transport) or self.port)
        if self.names and transport in ("tls", "wss"):
            # Who comes back over TLS checks the certificate against this (RFC 5922 §7).
            return f"{self.names[0]}:{port}"
        return f"{in_brackets(host)}:{port}"

    def via(self, transport: Transport, branch: str) -> str:
        return f"SIP/2.0/{VIA_NAMES[transport]} {self.sent_by(transport)};branch={branch}"

    def record_route(self, transport: Transport, token: str, secure: bool = False) -> str:
        """`secure` where the Request-URI was a sips URI: then ours must be one as well (RFC 3261 §16.6 step 4)."""
        suffix = f";transport={URI_NAMES[transport]}" if transport in URI_NAMES else ""
        if secure and transport in ("tls", "wss"):
            return f"<sips:{token}@{self.sent_by(transport)}{suffix.replace('tls', 'tcp')};lr>"
        return f"<sip:{token}@{self.sent_by(transport)}{suffix};lr>"

    def is_ours(self, text: str) -> bool:
        """Whether a URI names one of our addresses, or our realm."""
        try:
            uri: Uri = parse_uri(text)
        except FormError:
            return False
        if uri.host == self.realm and uri.port is None:
            return True
        if uri.host.lower() in self.names:
            return True
        secure = uri.scheme == "sips" or (uri.param("transport") or "").lower() == "tls"
        port = uri.port or PORTS["tls" if secure else "udp"]
        outside = (self.port, self.tls_port, self.ws_port)
        return (uri.address, port) == self.inside or (uri.address in (self.host, "127.0.0.1") and port in outside)
