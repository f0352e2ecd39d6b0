"""The torture messages of RFC 4475: what the edge does with each, and why. The messages are in torture.txt."""

import re
from pathlib import Path

import pytest

from config.settings import Settings
from telephony.edge.proxy.actions import Send
from telephony.edge.proxy.front import Proxy
from telephony.edge.sip.flows import Flow
from telephony.edge.sip.message import Request, Response, serialise
from telephony.edge.sip.parsing import ParseError, parse
from telephony.edge.sip.stream import Framer, StreamError
from telephony.edge.sip.uri import FormError, parse_address, parse_uri

NOW = 1_700_000_000.0
WORKER, DROPPED = "a worker", "dropped"
NUMBERS = ("vivekg", "user", "joe", "UserB")

OUTCOMES: dict[str, tuple[object, str]] = {
    "wsinv": (403, "good, however odd its spaces: its Route names a host that is not ours, and there it does not go"),
    "intmeth": (501, "good; the method is none we know"),
    "esc01": (404, "good; the escaped user is no number of ours"),
    "escnull": (401, "good; a phone must show who it is"),
    "esc02": (501, "escapes are not taken off methods and header names: this is no REGISTER"),
    "lwsdisp": (200, "good; no space is needed before <"),
    "longreq": (513, "good, but the answer of a worker would not fit a packet: the limit is ours to set"),
    "dblreq": (401, "the REGISTER counts, what comes after its Content-Length does not"),
    "semiuri": (200, "good; a semicolon in the user part is part of the user"),
    "transports": (200, "good; transports we do not speak stand below the topmost Via"),
    "mpart01": (403, "good with its binary body; its Route is not ours"),
    "unreason": (DROPPED, "a good response, but to no request of ours"),
    "noreason": (DROPPED, "a good response, but to no request of ours"),
    "badinv01": (400, "Via with commas that separate nothing"),
    "clerr": (400, "Content-Length above what the datagram holds"),
    "ncl": (400, "a negative Content-Length"),
    "scalar02": (400, "CSeq above 2**31 - 1"),
    "scalarlg": (DROPPED, "a response with a CSeq that is none"),
    "quotbal": (400, "a quoted name that never ends"),
    "ltgtruri": (400, "a Request-URI in <>"),
    "lwsruri": (400, "a Request-URI with a space"),
    "lwsstart": (WORKER, "several spaces in the start line: what is meant is plain"),
    "trws": (200, "spaces after the version: what is meant is plain"),
    "escruri": (400, "a Request-URI with headers"),
    "baddate": (WORKER, "a date without GMT: nothing depends on it"),
    "regbadct": (401, "a phone must show who it is before its Contact is looked at"),
    "badaspec": (200, "spaces within <>: what is meant is plain"),
    "baddn": (200, "a comma in an unquoted name: what is meant is plain"),
    "badvers": (505, "SIP/7.0"),
    "mismatch01": (400, "CSeq names another method"),
    "mismatch02": (400, "CSeq names another method"),
    "bigcode": (DROPPED, "no status"),
    "badbranch": (200, "a branch of the cookie alone is told by Call-ID, From tag and CSeq as well"),
    "insuf": (400, "neither Call-ID nor From nor To"),
    "unkscm": (416, "a scheme nobody knows"),
    "novelsc": (416, "a scheme that is none of SIP's"),
    "unksm2": (401, "a phone must show who it is; the registrar knows no isbn"),
    "bext01": (420, "extensions no proxy knows"),
    "invut": (WORKER, "bodies are not the edge's business: the worker answers 415"),
    "regaut01": (401, "a scheme of authorization we do not know is none"),
    "multi01": (400, "several Call-ID, CSeq, From and To"),
    "mcl01": (400, "two Content-Length that differ"),
    "bcast": (DROPPED, "a response whose topmost Via is not ours"),
    "zeromf": (200, "OPTIONS may end here, no hop is needed"),
    "cparam01": (401, "a phone must show who it is; see the contacts below"),
    "cparam02": (401, "a phone must show who it is; see the contacts below"),
    "regescrt": (401, "a phone must show who it is; see the contacts below"),
    "sdp01": (WORKER, "what the caller accepts is the worker's business"),
    "inv2543": (WORKER, "as RFC 2543 had it: no branch, no tag, no Contact, no Max-Forwards"),
}


def load() -> dict[str, bytes]:
    """Names and octets of torture.txt."""
    text = (Path(__file__).parent / "torture.txt").read_text(encoding="utf-8")
    found = {}
    for part in text.split("\n=== ")[1:]:
        name, _, message = part.partition("\n")
        message = message.rstrip("\n").replace("\n~", "") + "\n"
        message = re.sub(r"\{(\d+)\*([^}]*)\}", lambda match: match[2] * int(match[1]), message)
        head, _, body = message.partition("\n\n")
        octets = written(body)
        ended = written(head.rstrip("\n") + "\n\n").replace(b"{length}", str(len(octets)).encode())
        found[name.split()[0]] = ended + octets
    return found


def written(text: str) -> bytes:
    """`text` with CRLF, and its {xNN} as octets."""
    pieces = re.split(r"\{x([0-9a-f]{2})\}", text.replace("\n", "\r\n"))
    return b"".join(bytes.fromhex(each) if at % 2 else each.encode() for at, each in enumerate(pieces))


MESSAGES = load()


@pytest.fixture
def edge(tmp_path: Path) -> Proxy:
    settings = Settings.model_validate(
        {
            "home": tmp_path,
            "folder": tmp_path,
            "sip": {"host": "10.0.0.9", "inside_port": 15060, "realm": "example.com"},
            "trunks": [{"name": "carrier", "addresses": ["10.0.0.1"]}],
            "numbers": NUMBERS,
        }
    )
    made = Proxy(settings, b"k" * 32, lambda: "0" * 16, [])
    made.workers_listed([{"worker": "w1", "sip_port": 40001, "state": "idle"}], NOW)
    return made


def outcome(edge: Proxy, data: bytes, transport: str = "udp") -> tuple[object, list[Response]]:
    """What became of `data`, and our answers to it."""
    actions = [each for each in edge.received(data, Flow(transport, "10.0.0.1", 5070), NOW) if isinstance(each, Send)]  # type: ignore[arg-type]
    answers = [each.message for each in actions if isinstance(each.message, Response)]
    for each in actions:
        parse(serialise(each.message)) if not isinstance(each.message, Response) else serialise(each.message)
    if any(isinstance(each.message, Request) for each in actions):
        return WORKER, answers
    return (answers[-1].status if answers else DROPPED), answers


def test_every_message_of_the_rfc_is_here() -> None:
    assert len(MESSAGES) == 49
    assert set(MESSAGES) == set(OUTCOMES)


@pytest.mark.parametrize("name", OUTCOMES)
def test_what_becomes_of_it(edge: Proxy, name: str) -> None:
    expected, why = OUTCOMES[name]
    found, answers = outcome(edge, MESSAGES[name])
    assert found == expected, why
    if found == 400:
        assert re.fullmatch(r"Bad Request - [\w-]+: .+", answers[-1].reason), "the phrase names the field"
    if found in (405, 501):
        assert "INVITE" in (answers[-1].get("Allow") or "")
    assert len(edge.state.jobs) == 0 and len(edge.state.relays) == 0


@pytest.mark.parametrize("name", [name for name, (expected, _) in OUTCOMES.items() if expected != DROPPED])
def test_over_tcp_it_is_the_same_and_the_stream_goes_on_where_its_end_is_known(edge: Proxy, name: str) -> None:
    framer, options = Framer(), MESSAGES["lwsdisp"]
    data = MESSAGES[name]
    if name == "clerr":
        # A stream waits for what was announced.
        assert framer.feed(data) == ([], 0)
        return
    try:
        messages, _ = framer.feed(data + options)
    except StreamError as error:
        assert name in ("ncl", "mcl01", "inv2543"), "the end of the body cannot be known"
        assert outcome(edge, error.messages[0], "tcp")[0] == 400
        return
    assert outcome(edge, messages[0], "tcp")[0] == OUTCOMES[name][0]
    if name != "dblreq":
        assert messages[1:] == [options]


def test_what_is_dropped_was_understood_or_is_no_sip() -> None:
    for name in ("unreason", "noreason", "bcast"):
        assert isinstance(parse(MESSAGES[name]), Response)
    for name in ("bigcode", "scalarlg"):
        with pytest.raises(ParseError) as caught:
            parse(MESSAGES[name])
        assert caught.value.request is None


def read(name: str) -> Request:
    message = parse(MESSAGES[name])
    assert isinstance(message, Request)
    return message


def test_odd_spaces_and_escapes_mean_what_the_rfc_says() -> None:
    odd = read("wsinv")
    assert (odd.cseq, odd.to_tag, odd.from_tag, odd.get("Max-Forwards")) == (
        (9, "INVITE"), "1918181833n", "98asjd8", "0068",
    )  # fmt: skip
    assert [via.strip()[-20:] for via in odd.all("Via")][1:] != [] and len(odd.all("Via")) == 3
    assert parse_uri(read("esc01").uri).name == "sips:user@example.com"
    assert parse_uri(parse_address(read("esc01").get("To") or "").uri).name == "user"
    assert parse_uri(parse_address(read("escnull").get("To") or "").uri).name == "null-\0-null"
    assert parse_uri(read("semiuri").uri).host == "example.com"
    assert read("intmeth").from_tag == "_token~1'+`*%!-."
    assert read("mpart01").body.endswith(b"\r\n\r\n\xff\xfe\r\n--7a9cbec02ceef655--\r\n")
    assert read("dblreq").body == b""
    assert len(read("longreq").all("Via")) == 4 and read("longreq").body.startswith(b"v=0")


def test_contacts_keep_their_parameters_where_they_stand() -> None:
    outside, within = (parse_address(read(name).get("Contact") or "") for name in ("cparam01", "cparam02"))
    assert (outside.params, parse_uri(outside.uri).params) == ({"unknownparam": None}, "")
    assert (within.params, parse_uri(within.uri).params) == ({}, ";unknownparam")
    escaped = parse_uri(parse_address(read("regescrt").get("Contact") or "").uri)
    assert escaped.headers == "?Route=%3Csip:sip.example.com%3E"
    assert len(read("escnull").listed("Contact")) == 2
    with pytest.raises(FormError, match="Contact: a URI with a comma or a question mark"):
        parse_address(read("regbadct").get("Contact") or "", "Contact")
