"""SIPp, an implementation that is not ours, as callers and agents: both are heard, the records are right.

Calls that must not come in do not, and harm nobody.
"""

import secrets
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from hotline.asking import ask
from hotline.demo.surroundings import make_agents
from ivr.speech.sound import write_wav
from tests.process.house import samples_of
from tests.process.sipp import drive, media
from tests.process.sipp.hearing import Ear
from tests.running import Hotline, until

CALLER_TONE, AGENT_TONE = 700.0, 1300.0
NOTICE_TONE, NOTICE_SECONDS = 400.0, 1.1
TALK = 7000  # ms of a caller's call; the notice takes NOTICE_SECONDS of it

pytestmark = [
    pytest.mark.skipif(drive.sipp() is None, reason=drive.MISSING),
    pytest.mark.skipif(not drive.may_send_raw(), reason="SIPp plays sound through raw sockets: run as root"),
]


@pytest.fixture(scope="module")
def office() -> Iterator[Hotline]:
    """A hotline that takes calls from 127.0.0.2 alone and has a short recorded notice."""
    with TemporaryDirectory(prefix="hl-") as home:
        settings = "trunks: [{name: carrier, addresses: [127.0.0.2]}]\nmedia: {first_port: 30000}\n"
        running = Hotline(Path(home), settings)
        (Path(home) / "recorded").mkdir()
        write_wav(Path(home) / "recorded/notice.wav", media.tone(NOTICE_TONE, NOTICE_SECONDS))
        try:
            running.start()
            yield running
        finally:
            running.stop()


def edge(office: Hotline) -> tuple[str, int]:
    return "127.0.0.1", office.sip_port


def seat(office: Hotline, users: dict[str, drive.User], folder: Path, scenario: Path, *words: str) -> drive.Sipp:
    """The agents' phones by agent's name, registered, listening and ready."""
    port = drive.free_udp(drive.AGENTS)
    drive.register(list(users.values()), edge(office), port, folder)
    phones = drive.Sipp(scenario, folder, drive.AGENTS, "-m", str(len(users)), *words, port=port)
    for name in users:
        until(partial(has_phone, office, name), f"{name}'s phone at the router")
        ask(office.settings, "agent.ready", name=name)
    return phones


def has_phone(office: Hotline, name: str) -> bool:
    return any(agent["name"] == name and agent["phone"] for agent in office.board()["agents"])


def call(office: Hotline, folder: Path, prefix: str, count: int = 1) -> drive.Sipp:
    voice = folder / "caller.pcap"
    media.write_pcap(voice, CALLER_TONE, 12.0, digit="0", digit_at=0.4)
    scenario = drive.filled("caller", folder, prefix=prefix, voice=str(voice))
    words = (f"127.0.0.1:{office.sip_port}", "-s", "12348", "-m", str(count), "-l", str(count), "-r", str(count))
    return drive.Sipp(scenario, folder, drive.CALLERS, *words, "-d", str(TALK))


def channels(file: Path) -> tuple[Any, Any]:
    both = samples_of(file)
    return both[:, 0], both[:, 1]


def closed(office: Hotline, prefix: str, count: int) -> list[dict[str, Any]]:
    """The records of the callers whose numbers begin with `prefix`, once `count` are closed with their recording."""

    def look() -> list[dict[str, Any]] | None:
        mine = [record for record in office.records() if record["caller"].startswith(prefix)]
        assert len(mine) <= count, mine
        done = [each for each in mine if each["outcome"] != "open" and each["recording_sha256"]]
        return mine if len(done) == count else None

    return until(look, f"{count} records of {prefix}")


def test_sipp_caller_and_agent_hear_each_other(office: Hotline, tmp_path: Path) -> None:
    voice = tmp_path / "agent.pcap"
    media.write_pcap(voice, AGENT_TONE, 12.0)
    speak = f'<nop><action><exec play_pcap_audio="{voice}"/></action></nop>'
    made = office.cli("user", "add", "tone", "--role", "agent", "--skill", "*=3")[0]
    user = drive.User(str(made["sip_user"]), str(made["sip_password"]))
    agent = seat(office, {"tone": user}, tmp_path, drive.filled("agent", tmp_path, speak=speak))
    caller = call(office, tmp_path, "1380000")
    at_caller, at_agent = Ear(drive.CALLERS, caller.media_port), Ear(drive.AGENTS, agent.media_port)
    try:
        caller.finish()
        agent.finish()
    finally:
        caller.stop()
        agent.stop()
        heard_by_caller, heard_by_agent = at_caller.heard(), at_agent.heard()
        office.cli("agent", "pause", "tone")
    record = closed(office, "1380000", 1)[0]
    assert (record["outcome"], record["label"], record["entered_by"]) == ("answered", "agent", "key")
    assert (record["ended_by"], record["agent"], record["trunk"]) == ("caller", "tone", "carrier")
    frames = [heard_by_caller[at : at + media.FRAME] for at in range(0, heard_by_caller.size, media.FRAME)]
    notice = sum(media.share(frame, NOTICE_TONE) > 0.9 for frame in frames) * 0.02
    assert notice == pytest.approx(NOTICE_SECONDS, abs=0.05), "the notice must be heard whole"
    assert media.loudest_share(heard_by_caller, AGENT_TONE) > 0.9
    assert media.loudest_share(heard_by_agent, CALLER_TONE) > 0.9
    left, right = channels(office.settings.recordings / record["recording_file"])
    assert record["recording_seconds"] == pytest.approx(left.size / media.RATE, abs=0.1)
    assert record["recording_seconds"] == pytest.approx(TALK / 1000 - NOTICE_SECONDS, abs=1.0)
    assert media.loudest_share(left, CALLER_TONE) > 0.9
    assert media.loudest_share(left, AGENT_TONE) < 0.1
    assert media.loudest_share(right, AGENT_TONE) > 0.9
    assert media.loudest_share(right, CALLER_TONE) < 0.1


def test_ten_sipp_calls_at_once(office: Hotline, tmp_path: Path) -> None:
    users = {each.name: drive.User(each.sip_user, each.sip_password) for each in make_agents(office.settings, 10)}
    agents = seat(office, users, tmp_path, drive.filled("agent", tmp_path, speak=""), "-rtp_echo")
    callers = call(office, tmp_path, "1390000", 10)
    try:
        callers.finish()
        agents.finish()
    finally:
        callers.stop()
        agents.stop()
    records = closed(office, "1390000", 10)
    assert len({record["call"] for record in records}) == 10
    assert len({record["caller"] for record in records}) == 10
    assert {record["agent"] for record in records} == set(users)
    assert {record["outcome"] for record in records} == {"answered"}
    for record in records:
        left, right = channels(office.settings.recordings / record["recording_file"])
        assert media.loudest_share(left, CALLER_TONE) > 0.9, record["call"]
        assert media.loudest_share(right, CALLER_TONE) > 0.9, record["call"]


@pytest.mark.parametrize(
    ("address", "number", "code"),
    [("127.0.0.9", "12348", "403"), (drive.CALLERS, "95533", "404")],
    ids=["stranger", "unknown number"],
)
def test_calls_that_are_refused(office: Hotline, tmp_path: Path, address: str, number: str, code: str) -> None:
    before = len(office.records())
    scenario = drive.filled("refused", tmp_path, code=code)
    remote = f"127.0.0.1:{office.sip_port}"
    drive.Sipp(scenario, tmp_path, address, remote, "-s", number, "-m", "1", timeout=10).finish()
    assert len(office.records()) == before


def invite(address: str, port: int, change: dict[str, str]) -> bytes:
    """An INVITE with single headers made wrong."""
    token = secrets.token_hex(6)
    headers = {
        "Via": f"SIP/2.0/UDP {address}:{port};branch=z9hG4bK{token}",
        "From": "<sip:13800000009@carrier>;tag=a",
        "To": "<sip:12348@12348>",
        "Call-ID": token,
        "CSeq": "1 INVITE",
        "Contact": f"<sip:13800000009@{address}:{port}>",
        "Max-Forwards": "70",
        "Content-Length": "0",
    } | change
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return f"INVITE sip:12348@127.0.0.1 SIP/2.0\r\n{lines}\r\n".encode()


def final_code(phone: socket.socket) -> int:
    """The status of the next answer that is no provisional one."""
    while True:
        code = int(phone.recv(4096).split(b" ")[1])
        if code >= 200:
            return code


def test_malformed_invites_do_no_harm(office: Hotline) -> None:
    before = len(office.records())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind((drive.CALLERS, 0))
        phone.settimeout(5)
        address, port = phone.getsockname()
        for wrong in ({"CSeq": "one INVITE"}, {"From": '"nobody'}, {"Content-Length": "-7"}):
            phone.sendto(invite(address, port, wrong), edge(office))
            assert 400 <= final_code(phone) < 500, wrong
        for rubbish in (
            b"INVITE",
            invite(address, port, {"To": ""}),
            bytes(500),
            b"INVITE sip:12348 SIP/2.0\r\n" * 999,
        ):
            phone.sendto(rubbish, edge(office))
        phone.sendto(invite(address, port, {"CSeq": "1 OPTIONS"}).replace(b"INVITE", b"OPTIONS", 1), edge(office))
        codes = [final_code(phone)]
        while codes[-1] != 200:
            codes.append(final_code(phone))
        assert set(codes) <= {200, 400}
    assert len(office.records()) == before
    assert len(office.workers("busy")) == 0
