"""TLS on the edge: which versions and certificates, renewal, and calls whose streams close, on real sockets."""

import os
import socket
import ssl
import warnings
from pathlib import Path

import pytest

from telephony.edge.transports.certificates import CertificateError, OwnCertificate
from tests.telephony.edge_house import House, answer, authorize, lines, register, request, routes
from tests.telephony.streams import Authority, Line, alike, with_streams

OPTIONS = """OPTIONS sip:12348@12348 SIP/2.0
Via: SIP/2.0/TLS 127.0.0.1:5;branch=z9hG4bKo
From: <sip:a@b>;tag=a
To: <sip:12348@12348>
Call-ID: o
CSeq: 1 OPTIONS
Content-Length: 0

"""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def ready(house: House, port: int, state: str = "idle") -> None:
    """The nursery names one worker."""
    house.nursery.say({"workers": [{"worker": "w1", "pid": os.getpid(), "sip_port": port, "state": state}]})


def serial(port: int, authority: Authority) -> int:
    line = Line.dialled(port, authority.client())
    shown = line.socket.getpeercert()
    line.close()
    return int(shown["serialNumber"], 16)


def test_old_versions_are_refused_and_pings_are_answered(house: House, authority: Authority) -> None:
    tls, _ = with_streams(house, authority)
    house.start()
    line = Line.dialled(tls, authority.client())
    assert line.socket.version() == "TLSv1.3"
    line.send("\n\n")
    assert line.octets(2) == b"\r\n"
    line.send(OPTIONS)
    ok = line.receive()
    assert ok.startswith("SIP/2.0 200 ") and lines(ok, "Allow")
    old = authority.client()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        Line.dialled(tls, old)
    twelve = authority.client()
    twelve.maximum_version = ssl.TLSVersion.TLSv1_2
    secure = Line.dialled(tls, twelve)
    assert secure.socket.cipher()[0].startswith("ECDHE-")
    secure.close()
    line.close()


def test_a_renewed_certificate_is_shown_without_a_restart_and_half_of_one_is_not(
    house: House, authority: Authority
) -> None:
    tls, _ = with_streams(house, authority)
    house.start()
    first = serial(tls, authority)
    kept = Line.dialled(tls, authority.client())
    key = authority.folder / "tls.key"
    old = key.read_bytes()
    authority.issue()
    new = key.read_bytes()
    key.write_bytes(old)
    assert serial(tls, authority) == first
    key.write_bytes(new)
    assert serial(tls, authority) != first
    kept.send(OPTIONS)
    assert kept.receive().startswith("SIP/2.0 200 ")
    kept.close()


@pytest.mark.parametrize(
    ("certificate", "key", "told"),
    [
        ("nowhere.crt", "tls.key", "sip.tls.certificate: .*nowhere.crt: cannot be read .*correct the path"),
        ("tls.crt", "nowhere.key", "sip.tls.key: .*nowhere.key: cannot be read"),
        ("tls.key", "tls.key", "sip.tls.certificate: .*tls.key: holds no certificate in PEM"),
        ("tls.crt", "tls.crt", "sip.tls.key: .*tls.crt: holds no PEM private key"),
        ("tls.crt", "other.key", "sip.tls.key: .*other.key: is not the key of .*tls.crt"),
    ],
)
def test_what_cannot_be_used_is_named_with_the_way_out(
    authority: Authority, certificate: str, key: str, told: str
) -> None:
    authority.issue()
    authority.issue("other")
    with pytest.raises(CertificateError, match=told):
        OwnCertificate(authority.folder / certificate, authority.folder / key)


def test_an_edge_without_its_certificate_says_so_in_one_line(house: House, authority: Authority) -> None:
    with_streams(house, authority)
    (authority.folder / "tls.crt").unlink()
    with pytest.raises(AssertionError, match=r"hotline edge: sip\.tls\.certificate: .*cannot be read"):
        house.start()


def test_a_call_over_tls_says_tls_on_one_side_and_udp_on_the_other(house: House, authority: Authority) -> None:
    tls, _ = with_streams(house, authority)
    house.start()
    worker = house.peer()
    ready(house, worker.port)
    caller = Line.dialled(tls, authority.client(), "127.0.0.2")
    invite = request("INVITE", f"sips:12348@127.0.0.1:{tls}", caller, "one", 1)  # type: ignore[arg-type]
    caller.send(alike(invite, "UDP", "TLS"))
    assert caller.receive().startswith("SIP/2.0 100 ")
    arrived = worker.receive()
    assert arrived.startswith(f"INVITE sip:12348@127.0.0.1:{tls} ")
    recorded = lines(arrived, "Record-Route")
    assert [":".join(value.split("@")[1].split(":")[1:]) for value in recorded] == [
        f"{house.inside};lr>", f"{tls};transport=tcp;lr>",
    ]  # fmt: skip
    assert [value.split(":")[0] for value in recorded] == ["<sip", "<sips"]
    assert [via.split(" ")[0] for via in lines(arrived, "Via")] == ["SIP/2.0/UDP", "SIP/2.0/TLS"]
    worker.send(answer(arrived, "200 OK", f"sip:12348@127.0.0.1:{worker.port}", "worker"), house.inside)
    assert caller.receive().startswith("SIP/2.0 200 ")
    bye = request("BYE", f"sip:138@127.0.0.2:{caller.port}", worker, "bye", 1, routes(recorded), "caller")
    bye = bye.replace("tag=caller", "tag=worker").replace("To: <sip:12348@12348>;tag=worker", "To: <x:y>;tag=caller")
    worker.send(bye, house.inside)
    heard = caller.receive()
    assert heard.startswith("BYE ") and lines(heard, "Via")[0].startswith(f"SIP/2.0/TLS 127.0.0.1:{tls};")
    caller.close()


@pytest.mark.parametrize("transport", ["TCP", "TLS"])
def test_a_caller_whose_stream_closed_is_dialled_at_its_contact(
    house: House, authority: Authority, transport: str
) -> None:
    tls, _ = with_streams(house, authority)
    house.start()
    worker = house.peer()
    ready(house, worker.port)
    port, context = (tls, authority.client()) if transport == "TLS" else (house.port, None)
    caller = Line.dialled(port, context, "127.0.0.2")
    invite = request("INVITE", "sip:12348@12348", caller, "one", 1)  # type: ignore[arg-type]
    caller.send(alike(invite, "UDP", transport))
    assert caller.receive().startswith("SIP/2.0 100 ")
    arrived = worker.receive()
    worker.send(answer(arrived, "200 OK", f"sip:12348@127.0.0.1:{worker.port}", "worker"), house.inside)
    assert caller.receive().startswith("SIP/2.0 200 ")
    caller.close()
    with socket.create_server(("127.0.0.2", 0)) as listener:
        listener.settimeout(10)
        contact = f"sip:138@127.0.0.2:{listener.getsockname()[1]};transport={transport.lower()}"
        back = routes(lines(arrived, "Record-Route"))
        bye = request("BYE", contact, worker, "bye", 1, back, "caller").replace("tag=caller\nTo", "tag=worker\nTo", 1)
        worker.send(bye, house.inside)
        accepted, _ = listener.accept()
        heard = Line(authority.server().wrap_socket(accepted, server_side=True) if transport == "TLS" else accepted)
        assert heard.receive().startswith(f"BYE {contact} ")
        heard.close()


def test_a_called_party_without_a_certificate_we_believe_is_not_spoken_to(
    house: House, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other")
    tls, _ = with_streams(house, authority)
    house.start()
    worker = house.peer()
    ready(house, worker.port)
    caller = Line.dialled(tls, authority.client(), "127.0.0.2")
    caller.send(alike(request("INVITE", "sip:12348@12348", caller, "one", 1), "UDP", "TLS"))  # type: ignore[arg-type]
    assert caller.receive().startswith("SIP/2.0 100 ")
    arrived = worker.receive()
    worker.send(answer(arrived, "200 OK", f"sip:12348@127.0.0.1:{worker.port}", "worker"), house.inside)
    assert caller.receive().startswith("SIP/2.0 200 ")
    caller.close()
    with socket.create_server(("127.0.0.2", 0)) as listener:
        listener.settimeout(10)
        contact = f"sip:138@127.0.0.2:{listener.getsockname()[1]};transport=tls"
        bye = request("BYE", contact, worker, "bye", 1, routes(lines(arrived, "Record-Route")), "caller")
        worker.send(bye, house.inside)
        accepted, _ = listener.accept()
        with pytest.raises(ssl.SSLError):
            Line(stranger.server().wrap_socket(accepted, server_side=True)).receive()
    refused = worker.receive()
    assert refused.startswith("SIP/2.0 500 ") and lines(refused, "CSeq") == ["1 BYE"]


def test_a_phone_that_comes_back_over_a_new_stream_stays_in_its_call(house: House, authority: Authority) -> None:
    tls, _ = with_streams(house, authority)
    house.start()
    phone, worker = Line.dialled(tls, authority.client()), house.peer()
    enrol(phone, 1)
    assert house.core.hear() == {"phone": "1001", "registered": True}
    ready(house, worker.port, "busy")
    worker.socket.settimeout(0.3)
    phone.socket.settimeout(0.3)
    for _ in range(20):
        worker.send(request("INVITE", f"sip:1001@127.0.0.1:{house.inside}", worker, "one", 7), house.inside)
        try:
            invite = phone.receive()
            break
        except TimeoutError:
            continue
    worker.socket.settimeout(10)
    phone.socket.settimeout(10)
    assert invite.startswith(f"INVITE sip:1001@127.0.0.1:{phone.port};transport=tls ")
    phone.send(answer(invite, "200 OK", f"sip:1001@127.0.0.1:{phone.port};transport=tls", "phone"))
    ok = worker.answered()
    assert ok.startswith("SIP/2.0 200 ")
    phone.close()
    again = Line.dialled(tls, authority.client())
    enrol(again, 3)
    target = f"sip:1001@127.0.0.1:{phone.port};transport=tls"
    worker.send(
        request("BYE", target, worker, "bye", 8, routes(lines(ok, "Record-Route")[::-1]), "phone"), house.inside
    )
    assert again.receive().startswith("BYE ")
    again.close()


def enrol(phone: Line, number: int) -> None:
    """Register over TLS."""
    contact = f"<sip:1001@127.0.0.1:{phone.port}"
    first = alike(register(phone, number=number), "UDP", "TLS").replace(f"{contact}>", f"{contact};transport=tls>")  # type: ignore[arg-type]
    phone.send(first)
    challenge = phone.receive()
    assert challenge.startswith("SIP/2.0 401 ")
    shown = authorize(challenge, "REGISTER", "sip:12348")
    second = alike(register(phone, shown, number=number + 1), "UDP", "TLS")  # type: ignore[arg-type]
    phone.send(second.replace(f"{contact}>", f"{contact};transport=tls>"))
    assert phone.receive().startswith("SIP/2.0 200 ")
