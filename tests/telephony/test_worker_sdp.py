"""Out of the text of SDP: which codec an answer takes, and whether audio is offered encrypted."""

import pytest

from telephony.worker.legs.codecs import audio_codecs, narrowed
from telephony.worker.legs.security import Security, offers_srtp

HEAD = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
OURS = (
    HEAD + "m=audio 4000 RTP/AVP 8 0 9 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:9 G722/8000\r\n"
    "a=sendrecv\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
)
ORDER = ("PCMA", "PCMU", "G722")


def offer(payloads: str, more: str = "", kind: str = "RTP/AVP") -> str:
    return f"{HEAD}m=audio 5000 {kind} {payloads}\r\n{more}"


@pytest.mark.parametrize(
    ("payloads", "order", "taken"),
    [
        ("9 0 8 101", ORDER, "PCMA"),
        ("9 0", ORDER, "PCMU"),
        ("9", ORDER, "G722"),
        ("8 9", ("G722", "PCMA"), "G722"),
    ],
)
def test_the_first_of_ours_that_they_offer(payloads: str, order: tuple[str, ...], taken: str) -> None:
    found = narrowed(OURS, offer(payloads), order)
    assert list(audio_codecs(found).values()) == [taken, "TELEPHONE-EVENT"]
    assert "a=sendrecv" in found and "a=fmtp:101 0-16" in found and found.startswith(HEAD)
    assert [f"rtpmap:{n}" in found for n in (8, 0, 9)].count(True) == 1


@pytest.mark.parametrize("theirs", [offer("18"), HEAD, "", HEAD + "m=video 4 RTP/AVP 96\r\n"])
def test_nothing_in_common_is_left_to_pjsip(theirs: str) -> None:
    assert narrowed(OURS, theirs, ORDER) == OURS


def test_dynamic_numbers_are_read_by_their_names() -> None:
    theirs = offer("111 112", "a=rtpmap:111 opus/48000/2\r\na=rtpmap:112 pcmu/8000\r\n")
    assert audio_codecs(theirs) == {"111": "OPUS", "112": "PCMU"}
    assert next(iter(audio_codecs(narrowed(OURS, theirs, ORDER)).values())) == "PCMU"


def test_a_second_stream_is_left_alone() -> None:
    two = OURS + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    assert "m=video 0 RTP/AVP 96" in narrowed(two, offer("8"), ORDER)


@pytest.mark.parametrize(
    ("body", "offered"),
    [
        (offer("8", kind="RTP/SAVP"), True),
        (offer("8", kind="UDP/TLS/RTP/SAVPF"), True),
        (offer("8", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n"), True),
        (offer("8"), False),
        (HEAD, None),
        ("", None),
    ],
)
def test_encryption_in_an_offer(body: str, offered: bool | None) -> None:
    assert offers_srtp("INVITE sip:12348@h SIP/2.0\r\nTo: x\r\n\r\n" + body) is offered


def test_each_trunk_and_phones_have_their_own_rule() -> None:
    trunks = {"carrier": "required", "old": "off"}
    rules = Security("optional", trunks, lambda number: "carrier" if number.startswith("1") else "")  # type: ignore[arg-type]
    assert rules.incoming == "optional" and Security().incoming == "off"
    assert [rules.of_caller(name) for name in ("carrier", "old", "phone:1001", "?")] == [
        "required",
        "off",
        "optional",
        "off",
    ]
    assert rules.of_uri("sip:13800001111@12348;user=phone") == "required"
    assert rules.of_uri("sip:0210000@12348;user=phone") == "off"
    assert rules.of_uri("sip:1001@12348") == "optional"
    plain, secure = (f"INVITE x\r\n\r\n{offer('8', kind=kind)}" for kind in ("RTP/AVP", "RTP/SAVP"))
    assert rules.refusal("carrier", plain) and not rules.refusal("carrier", secure)
    assert rules.refusal("old", secure) and not rules.refusal("old", plain)
    assert not rules.refusal("phone:1", plain) and not rules.refusal("phone:1", secure)
