"""Who calls whom, and digits, out of the text of SIP requests; and two sides made one."""

from pathlib import Path

import numpy as np
import pytest

from telephony.recordings import RecordingError, inside
from telephony.worker.legs.requests import Invite, read_digit, read_invite, shown, user_of
from telephony.worker.recorder.tracks import interleaved


def invite(*headers: str) -> str:
    lines = ["INVITE sip:12348@10.0.0.1:5060 SIP/2.0", *headers, "Content-Type: application/sdp", "", "v=0"]
    return "\r\n".join(lines)


def test_the_asserted_identity_wins_over_from() -> None:
    message = invite(
        'From: "x" <sip:anonymous@anonymous.invalid>;tag=1',
        "P-Asserted-Identity: <sip:+8613800001111@carrier>, <tel:+8613800001111>",
        "To: <sip:12348@host>",
        "X-Hotline-Trunk: carrier",
    )
    assert read_invite(message) == Invite("+8613800001111", "12348", "carrier")


def test_short_forms_and_missing_headers() -> None:
    assert read_invite(invite("f: <tel:138-0000-1111>", "t: <sip:12348@h>")) == Invite("13800001111", "12348", "")
    assert read_invite("INVITE sip:host SIP/2.0\r\nTo: sip:12348@h\r\n\r\n") == Invite("", "12348", "")
    assert read_invite("") == Invite("", "", "")


@pytest.mark.parametrize(
    ("address", "user"),
    [
        ("<sip:1001@h;transport=tcp>;tag=x", "1001"),
        ("sips:1001:secret@h", "1001"),
        ("<sip:h:5060>", ""),
        ('"王" <SIP:138.0000@h>', "1380000"),
        ("<sip:lao.wang@h>", "lao.wang"),
        ("<sip:" + "1" * 100 + "@h>", "1" * 64),
        ("", ""),
    ],
)
def test_user_parts(address: str, user: str) -> None:
    assert user_of(address) == user


@pytest.mark.parametrize("user", ['1"', "", "a b", "1\r\nX: y", "王"])
def test_what_a_uri_cannot_hold_is_not_shown(user: str) -> None:
    assert shown(user) == "anonymous"
    assert shown("+8613800001111") == "+8613800001111"


@pytest.mark.parametrize(
    ("kind", "body", "digit"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", "signal= *\r\n", "*"),
        ("Application/DTMF-Relay; charset=utf-8", "Signal=11\r\n", "#"),
        ("application/dtmf", "7", "7"),
        ("application/dtmf", "55", None),
        ("application/dtmf-relay", "Duration=160", None),
        ("text/plain", "5", None),
    ],
)
def test_digits_in_info(kind: str, body: str, digit: str | None) -> None:
    assert read_digit(f"INFO sip:x@h SIP/2.0\r\nc: {kind}\r\n\r\n{body}") == digit


def test_the_shorter_side_is_filled_with_silence() -> None:
    left, right = (np.array(side, "<i2").tobytes() for side in ([1, 2, 3, 4], [9, 8]))
    both = np.frombuffer(interleaved(left, right), "<i2").reshape(-1, 2)
    assert both.tolist() == [[1, 9], [2, 8], [3, 0], [4, 0]]
    assert interleaved(b"", b"") == b""


@pytest.mark.parametrize("name", ["", "/etc/x.wav", "../x.wav", "a/../../x.wav", "."])
def test_a_recording_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordingError):
        inside(tmp_path, name)
