"""Codecs and encryption of a worker's legs, with real SIP: what was agreed on is heard, and told with the leg's end."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telephony.link.wire import Message
from telephony.softphone.remote import Softphone
from telephony.worker.legs.codecs import audio_codecs
from tests.process.house import House, free_port, samples_of, strongest, tone

SECURE = "trunks: [{name: carrier, addresses: [127.0.0.0/8], srtp: required}, {name: old, addresses: [127.0.0.9]}]\n"


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Encrypted with its phones and with the trunk that `House.call` names."""
    made = House(tmp_path_factory.mktemp("s"), media="srtp: required", more=SECURE)
    yield made
    made.close()


def talk(house: House, folder: Path, caller: dict[str, Any], agent: dict[str, Any]) -> dict[str, Message]:
    """A talk in which both are heard by the other; the fact LegMeasured of each leg."""
    with (
        Softphone("13900071001", rtp_port=free_port() & ~1, **caller) as phone,
        Softphone(
            "1001",
            sip_port=house.inside,
            rtp_port=free_port() & ~1,
            answer_after=0.1,
            record=folder / "at-agent.wav",
            **agent,
        ) as desk,
    ):
        call = house.call(phone)
        phone.record(folder / "at-caller.wav")
        house.core.order(call, "Dial", leg="agent:a", uri=f"sip:1001@127.0.0.1:{house.inside}", caller="1")
        house.core.wait("LegAnswered", leg="agent:a")
        house.core.order(call, "Join", leg="agent:a")
        desk.wait("answered")
        phone.play(tone(folder / "caller.wav", 700, 1.5))
        desk.play(tone(folder / "agent.wav", 1000, 1.5))
        phone.wait("played")
        desk.wait("played")
        house.finish(call, phone)
        desk.wait("recorded")
        phone.wait("recorded")
    assert strongest(samples_of(folder / "at-agent.wav")[:, 0], 700) > 6000
    assert strongest(samples_of(folder / "at-caller.wav")[:, 0], 1000) > 6000
    facts = [fact for fact in house.core.facts if fact["fact"] == "LegMeasured" and fact["call"] == call]
    return {fact["leg"]: fact for fact in facts}


def test_audio_is_encrypted_where_it_must_be(secure: House, tmp_path: Path) -> None:
    legs = talk(secure, tmp_path, {"srtp": "required"}, {"srtp": "optional"})
    assert legs["caller"]["secure"] and legs["agent:a"]["secure"]
    assert legs["caller"]["received"] > 50 and legs["agent:a"]["received"] > 50


def test_a_caller_without_encryption_is_refused_where_it_must_be(secure: House) -> None:
    with Softphone("13900071002", rtp_port=free_port() & ~1) as phone:
        call = secure.call(phone, answer=False)
        assert phone.wait("ended")["code"] == 488
        secure.core.wait("LegEnded", leg="caller", code=488)
        secure.core.order(call, "Dismiss")


def test_encryption_that_is_off_is_said(secure: House) -> None:
    worker = secure.edge.idle()
    with Softphone("13900071003", rtp_port=free_port() & ~1, srtp="required") as phone:
        phone.dial(f"sip:12348@127.0.0.1:{worker['sip_port']}", {"X-Hotline-Trunk": "old"})
        call = secure.core.wait("Arrived")["call"]
        assert phone.wait("ended")["code"] == 488
        secure.core.wait("LegEnded", call=call, code=488)
        secure.core.order(call, "Dismiss")


def test_an_agent_without_encryption_is_not_called_in_the_clear(secure: House) -> None:
    with (
        Softphone("13900071004", rtp_port=free_port() & ~1, srtp="required") as phone,
        Softphone("1002", sip_port=secure.inside, rtp_port=free_port() & ~1, answer_after=0.1),
    ):
        call = secure.call(phone)
        secure.core.order(call, "Dial", leg="agent:b", uri=f"sip:1002@127.0.0.1:{secure.inside}", caller="1")
        assert secure.core.wait("LegEnded", leg="agent:b")["code"] in (406, 415, 488)
        secure.finish(call, phone)


def test_g722_alone_is_taken_and_bridged_to_another_codec(house: House, tmp_path: Path) -> None:
    legs = talk(house, tmp_path, {"codecs": "G722"}, {"codecs": "PCMU"})
    assert (legs["caller"]["codec"], legs["agent:a"]["codec"]) == ("G722", "PCMU")
    assert not legs["caller"]["secure"]


def test_answers_keep_our_order(house: House, tmp_path: Path) -> None:
    legs = talk(house, tmp_path, {"codecs": "G722,PCMU,PCMA"}, {"codecs": "PCMU,PCMA,G722"})
    assert legs["caller"]["codec"] == "PCMA", "the first of media.codecs that the caller offers"


def test_the_second_leg_is_offered_the_callers_codec_first(house: House) -> None:
    with (
        Softphone("13900071005", rtp_port=free_port() & ~1, codecs="PCMU") as phone,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk,
    ):
        desk.bind(("127.0.0.1", house.inside))
        desk.settimeout(5)
        call = house.call(phone)
        house.core.order(call, "Dial", leg="agent:c", uri=f"sip:1003@127.0.0.1:{house.inside}", caller="1")
        offer = desk.recv(65535).decode()
        assert list(audio_codecs(offer).values())[:3] == ["PCMU", "PCMA", "G722"]
        assert "\r\nSession-Expires: 1800\r\n" in offer, "session timers (RFC 4028)"
        house.core.order(call, "HangUp", leg="agent:c")
        house.finish(call, phone)
