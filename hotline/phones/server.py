"""The server a phone speaks to: named on the command line or the one configured, and whether SIP is answered there."""

import socket
from secrets import token_hex

from config.settings import Settings
from hotline.commands import CommandError, UsageError

TRIES, PATIENCE = 3, 0.7


def address(text: str | None, settings: Settings) -> tuple[str, int]:
    """`host:port` of `--server`, by default the configured edge's. Raises UsageError."""
    if text is None:
        host = settings.sip.host
        return ("127.0.0.1" if host in ("0.0.0.0", "") else host), settings.sip.port
    host, colon, port = text.rpartition(":")
    if not colon:
        return text, 5060
    if not port.isdecimal() or not 0 < int(port) < 65536 or not host:
        raise UsageError(f"--server {text}: must be host:port, such as 127.0.0.1:5060")
    return host, int(port)


def check(where: tuple[str, int]) -> None:
    """Raise CommandError unless somebody answers OPTIONS there (RFC 3261 §11)."""
    if not answers(where, TRIES, PATIENCE):
        raise CommandError(
            f"server {where[0]}:{where[1]}: nobody answers SIP there; start it (hotline run), or name another: --server"
        )


def answers(where: tuple[str, int], tries: int = 1, patience: float = 0.5) -> bool:
    """Whether OPTIONS to `where` over UDP is answered, by whatever status."""
    host, port = where
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.settimeout(patience)
        for _ in range(tries):
            try:
                phone.connect((host, port))
                ours, own = phone.getsockname()
                request = (
                    f"OPTIONS sip:{host}:{port} SIP/2.0\r\n"
                    f"Via: SIP/2.0/UDP {ours}:{own};rport;branch=z9hG4bK{token_hex(6)}\r\n"
                    f"From: <sip:watch@{ours}>;tag={token_hex(4)}\r\nTo: <sip:{host}>\r\nCall-ID: {token_hex(8)}\r\n"
                    "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
                )
                phone.send(request.encode())
                if phone.recv(4096).startswith(b"SIP/2.0 "):
                    return True
            except OSError:  # refused, unreachable, no such host, or no answer in time
                continue
    return False
