"""Hostile octets for the edge: valid messages and ways to spoil them, from a seed, so that each can be had again."""

import random
from collections.abc import Callable, Iterator

from tests.telephony.test_torture import MESSAGES

METHODS = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "INFO", "UPDATE", "PRACK", "REFER", "NOTIFY", "X")
NASTY = (
    b"", b"\0", b"\r", b"\n", b";", b",", b"<", b">", b'"', b"%", b"%00", b"@", b":", b"sip:", b"sips:", b"[::1]", b"[",
    b"-1", b"0", b"4294967296", b"99999999999999999999", b"\xff\xfe", b"\xe5\xa4\xa7", b"\xef\xbb\xbf", b"\xed\xa0\x80",
    b"\xe2\x80\xa8", b"SIP/2.0", b"z9hG4bK", b";tag=", b";branch=", b"255.255.255.255", b"*", b"\\", b"\t", b"\x7f",
    b"tel:110", b"Digest ", b"a=" * 40, b"((((((", b"1e9", b"\xd9\xa3", b"NaN", b"{}", b"../..", b"$(x)",
)  # fmt: skip
HEADERS = (
    "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Route", "Record-Route", "Max-Forwards", "Content-Length",
    "Content-Type", "Expires", "Authorization", "Proxy-Authorization", "Require", "Proxy-Require", "Supported", "v",
    "l", "m", "f", "t", "i", "Session-Expires", "Replaces", "Refer-To", "P-Asserted-Identity", "X-Hotline-Trunk",
)  # fmt: skip


def valid(random_: random.Random, host: str, port: int, transport: str = "UDP") -> bytes:
    """A good request of any kind from `host`:`port`, now and then one of a dialog that does not exist."""
    method = random_.choice((*METHODS, "INVITE", "INVITE"))
    token = f"{random_.getrandbits(48):x}"
    tag = f";tag={token[:6]}" if random_.random() < 0.3 else ""
    uri = random_.choice(("sip:12348@127.0.0.1", "sip:12348@12348", "sip:1001@12348", "sip:12348", "sips:12348@12348"))
    body = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n" if random_.random() < 0.3 else b""
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{transport} {host}:{port};rport;branch=z9hG4bK{token}\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:13900004455@{host}>;tag=f{token[:4]}\r\nTo: <sip:12348@12348>{tag}\r\n"
        f"Call-ID: {token}\r\nCSeq: {random_.randrange(1, 1 << 20)} {method}\r\n"
        f"Contact: <sip:13900004455@{host}:{port}>\r\n{kind}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def response(random_: random.Random, request: bytes) -> bytes:
    """An answer to `request` that copies what an answer copies."""
    lines = request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    kept = [
        line for line in lines if line.split(b":")[0] in (b"Via", b"From", b"To", b"Call-ID", b"CSeq", b"Record-Route")
    ]
    kept = [line + b";tag=w" if line.startswith(b"To:") and b";tag=" not in line else line for line in kept]
    status = random_.choice((100, 180, 183, 200, 200, 302, 401, 404, 480, 486, 487, 500, 503, 600, 699))
    contact = b"Contact: <sip:12348@127.0.0.1:%d>" % random_.randrange(1024, 65535)
    return b"\r\n".join([b"SIP/2.0 %d x" % status, *kept, contact, b"Content-Length: 0", b"", b""])


def within(random_: random.Random, ok: bytes) -> bytes:
    """A request of the caller within the call that the 200 `ok` began, its Route as it must be."""
    found: dict[bytes, list[bytes]] = {}
    for line in ok.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        name, _, value = line.partition(b": ")
        found.setdefault(name, []).append(value)
    routes = [b"Route: " + value for value in found.get(b"Record-Route", [])[::-1]]
    method = random_.choice((b"ACK", b"ACK", b"BYE", b"INFO", b"INVITE", b"UPDATE", b"CANCEL", b"REFER"))
    number = b"%d " % random_.randrange(1, 1 << 20)
    via = b"Via: SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bK%x" % random_.getrandbits(40)
    kept = [name + b": " + found.get(name, [b"x"])[0] for name in (b"From", b"To", b"Call-ID")]
    lines = [method + b" sip:12348@127.0.0.1 SIP/2.0", via, *routes, *kept, b"CSeq: " + number + method]
    return b"\r\n".join([*lines, b"Content-Length: 0", b"", b""])


def _flipped(random_: random.Random, data: bytearray) -> None:
    for _ in range(random_.randrange(1, 9)):
        data[random_.randrange(len(data))] = random_.randrange(256)


def _cut(random_: random.Random, data: bytearray) -> None:
    first = random_.randrange(len(data))
    del data[first : first + random_.choice((1, 2, 10, len(data)))]


def _nasty(random_: random.Random, data: bytearray) -> None:
    for _ in range(random_.randrange(1, 4)):
        at = random_.randrange(len(data) + 1)
        data[at : at + random_.randrange(3)] = random_.choice(NASTY) * random_.choice((1, 1, 1, 2, 50))


def _value(random_: random.Random, data: bytearray) -> None:
    """A header's value becomes a nasty one."""
    lines = bytes(data).split(b"\r\n")
    at = random_.randrange(len(lines))
    name, colon, value = lines[at].partition(b":")
    spoilt = bytearray(value or b"x")
    _nasty(random_, spoilt)
    lines[at] = name + (colon or b":") + random_.choice((bytes(spoilt), random_.choice(NASTY)))
    data[:] = b"\r\n".join(lines)


def _more(random_: random.Random, data: bytearray) -> None:
    """Headers again, strange ones, very long ones, very many."""
    name = random_.choice(HEADERS).encode()
    value = random_.choice(NASTY) * random_.choice((1, 5, 400)) + random_.choice((b"", b"a" * 9000))
    at = data.find(b"\r\n") + 2
    data[at:at] = (name + b": " + value + b"\r\n") * random_.choice((1, 1, 2, 20, 300))


def _lines(random_: random.Random, data: bytearray) -> None:
    data[:] = bytes(data).replace(b"\r\n", random_.choice((b"\n", b"\r", b"\r\n\t", b"\r\n ", b"\n\r", b"\r\n\r\n")), 5)


def _joined(random_: random.Random, data: bytearray) -> None:
    data += bytes(data[random_.randrange(len(data)) :])


SPOILERS: tuple[Callable[[random.Random, bytearray], None], ...] = (
    _flipped, _cut, _nasty, _value, _value, _more, _lines, _joined,
)  # fmt: skip


def spoilt(random_: random.Random, data: bytes) -> bytes:
    """`data` damaged in one to three ways; at most a datagram's worth."""
    found = bytearray(data)
    for _ in range(random_.choice((1, 1, 1, 2, 3))):
        if found:
            random_.choice(SPOILERS)(random_, found)
    return bytes(found[:60_000])


def hostile(random_: random.Random, host: str, port: int, transport: str = "UDP") -> bytes:
    """Anything: good messages, the torture messages, spoilt ones of both, random octets."""
    kind = random_.random()
    if kind < 0.05:
        return random_.randbytes(random_.randrange(1, 2000))
    good = random_.choice(list(MESSAGES.values())) if kind < 0.3 else valid(random_, host, port, transport)
    return good if kind > 0.8 else spoilt(random_, good)


def split(random_: random.Random, data: bytes) -> Iterator[bytes]:
    """`data` in pieces, now and then octet by octet."""
    most = random_.choice((1, 10, 200, 2000, 2000, 2000))
    while data:
        size = random_.randrange(1, most + 1)
        yield data[:size]
        data = data[size:]
