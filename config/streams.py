"""SIP over TLS and WebSocket: ports, certificate, origins.

It knows their shape and relative paths; files are read, and the sockets opened, by telephony.edge.
"""

from pathlib import Path

from pydantic import Field

from config.section import Section


class Tls(Section):
    """SIP over TLS. `certificate` is PEM with its chain, `key` its private key; relative paths count from the settings.

    `trusted` are the authorities (PEM) that certificates of trunks called over TLS must come from; None: the system's.
    """

    port: int = Field(default=5061, ge=1, le=65535)
    certificate: Path
    key: Path
    trusted: Path | None = None


class WebSocket(Section):
    """SIP over WebSocket (RFC 7118), `secure` with the certificate of `tls`. No `origins`: pages from anywhere."""

    port: int = Field(default=8088, ge=1, le=65535)
    secure: bool = False
    origins: tuple[str, ...] = ()
