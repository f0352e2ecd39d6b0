"""What the edge's pure code asks its I/O to do, and the place it stands at."""

from dataclasses import dataclass

from config.settings import Settings
from telephony.edge.flows import Flow, Transport
from telephony.edge.message import Request, Response
from telephony.edge.uri import FormError, Uri, parse_uri


@dataclass(frozen=True, slots=True)
class Send:
    """Send `message` over `flow`. With `connect` a TCP connection may be made where there is none."""

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
    """`worker` has not answered: the nursery is to end it and fork another."""

    worker: str


Action = Send | Fetch | Phone | Keep | Retire


@dataclass(frozen=True, slots=True)
class Place:
    """Our own addresses as others see them, our realm and our numbers."""

    host: str
    port: int
    inside: tuple[str, int]
    realm: str
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> "Place":
        return cls(settings.outside_host, settings.sip.port, settings.sip.inside, settings.sip.realm, settings.numbers)

    def sent_by(self, transport: Transport) -> str:
        host, port = self.inside if transport == "inside" else (self.host, self.port)
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def via(self, transport: Transport, branch: str) -> str:
        name = "TCP" if transport == "tcp" else "UDP"
        return f"SIP/2.0/{name} {self.sent_by(transport)};branch={branch}"

    def record_route(self, transport: Transport, token: str) -> str:
        suffix = ";transport=tcp" if transport == "tcp" else ""
        return f"<sip:{token}@{self.sent_by(transport)}{suffix};lr>"

    def is_ours(self, text: str) -> bool:
        """Whether a URI names one of our two addresses, or our realm."""
        try:
            uri: Uri = parse_uri(text)
        except FormError:
            return False
        if uri.host == self.realm and uri.port is None:
            return True
        return (uri.address, uri.port or 5060) in ((self.host, self.port), self.inside, ("127.0.0.1", self.port))
