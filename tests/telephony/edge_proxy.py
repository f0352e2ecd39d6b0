"""The edge's proxy without sockets: what is put in as from a trunk or a worker, and what comes out."""

from pathlib import Path

from config.settings import Settings
from telephony.edge.proxy.actions import Action, Send
from telephony.edge.proxy.front import Proxy
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Message, Response, serialise

NOW = 1_700_000_000.0
TRUNK = Flow("udp", "10.0.0.1", 5060)
KEY = b"k" * 32


def make(tmp_path: Path, key: bytes = KEY) -> Proxy:
    settings = Settings.model_validate(
        {
            "home": tmp_path,
            "folder": tmp_path,
            "sip": {"host": "10.0.0.9", "port": 5060, "inside_port": 15060},
            "trunks": [{"name": "carrier", "addresses": ["10.0.0.0/30"]}],
            "numbers": ["12348", "01012348"],
        }
    )
    return Proxy(settings, key, lambda: "0" * 16, [])


def inside(port: int) -> Flow:
    return Flow("inside", "127.0.0.1", port)


def request(
    method: str = "INVITE",
    uri: str = "sip:12348@10.0.0.9",
    branch: str = "one",
    to_tag: str = "",
    extra: str = "",
    cseq: int = 1,
    via: str = "UDP 10.0.0.1:5060",
) -> bytes:
    tag = f";tag={to_tag}" if to_tag else ""
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{via};branch=z9hG4bK{branch}\r\nMax-Forwards: 70\r\n{extra}"
        f"From: <sip:138@10.0.0.1>;tag=caller\r\nTo: <sip:12348@10.0.0.9>{tag}\r\nCall-ID: c1\r\n"
        f"CSeq: {cseq} {method}\r\nContact: <sip:138@10.0.0.1:5080>\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def sends(actions: list[Action]) -> list[Send]:
    return [action for action in actions if isinstance(action, Send)]


def shown(actions: list[Action]) -> list[tuple[str, Flow]]:
    """Methods and statuses with where they go."""
    return [
        (str(s.message.status) if isinstance(s.message, Response) else s.message.method, s.flow) for s in sends(actions)
    ]


def last(actions: list[Action]) -> Message:
    return sends(actions)[-1].message


def answer(sent: Message, status: int, tag: str = "worker") -> bytes:
    kept = [h for h in sent.headers if h[0] in ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq")]
    headers = [(n, f"{v};tag={tag}" if n == "To" and status > 100 and "tag" not in v else v) for n, v in kept]
    return serialise(Response([*headers, ("Contact", "<sip:w@127.0.0.1:40001>")], b"", status, "x"))


def call(proxy: Proxy) -> Message:
    """A call that has been put to w1."""
    actions = proxy.received(request(), TRUNK, NOW)
    assert shown(actions) == [("100", TRUNK), ("INVITE", inside(40001))]
    return last(actions)


def up(proxy: Proxy) -> str:
    """A call that w1 has answered; the Route headers of the caller."""
    ok = last(proxy.received(answer(call(proxy), 200), inside(40001), NOW + 1))
    back = "".join(f"Route: {value}\r\n" for value in ok.all("Record-Route")[::-1])
    ack = request("ACK", "sip:w@127.0.0.1:40001", "ack", "worker", back)
    assert shown(proxy.received(ack, TRUNK, NOW + 1)) == [("ACK", inside(40001))]
    return back
