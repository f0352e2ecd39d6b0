"""A real edge process on sockets, with a worker, callers and links scripted on plain sockets."""

import os
import re
import socket
import subprocess
import sys

from tests.telephony.edge_house import PROGRAM, House, answer, authorize, lines, log_in, register, request, routes


def test_a_call_from_the_trunk_survives_a_restart_of_the_edge(house: House) -> None:
    house.start()
    caller, worker = house.peer("127.0.0.2"), house.peer()
    house.nursery.say({"workers": [{"worker": "w1", "pid": os.getpid(), "sip_port": worker.port, "state": "idle"}]})
    caller.send(request("INVITE", "sip:12348@12348", caller, "one", 1, "X-Hotline-Trunk: forged\n"), house.port)
    assert caller.receive().startswith("SIP/2.0 100 ")
    invite = worker.receive()
    assert lines(invite, "X-Hotline-Trunk") == ["carrier"]
    recorded = lines(invite, "Record-Route")
    assert [f":{house.inside};" in recorded[0], f":{house.port};" in recorded[1]] == [True, True]
    worker.send(answer(invite, "200 OK", f"sip:12348@127.0.0.1:{worker.port}", "worker"), house.inside)
    ok = caller.receive()
    assert ok.startswith("SIP/2.0 200 ") and len(lines(ok, "Via")) == 1
    back = routes(lines(ok, "Record-Route")[::-1])
    target = f"sip:12348@127.0.0.1:{worker.port}"
    caller.send(request("ACK", target, caller, "two", 1, back, "worker"), house.port)
    assert worker.receive().startswith(f"ACK {target} ")

    assert house.stop() == 0
    house.start()
    house.nursery.say({"workers": [{"worker": "w1", "pid": os.getpid(), "sip_port": worker.port, "state": "busy"}]})
    # Without Route, as simple test tools send it, the new edge finds the call in what the old one kept.
    caller.send(request("INFO", f"sip:12348@127.0.0.1:{house.port}", caller, "info", 2, "", "worker"), house.port)
    assert worker.receive().startswith(f"INFO {target} ")
    caller.send(request("BYE", target, caller, "three", 3, back, "worker"), house.port)
    bye = worker.receive()
    assert bye.startswith("BYE ") and not lines(bye, "Route")
    worker.send(answer(bye, "200 OK"), house.inside)
    assert caller.receive().startswith("SIP/2.0 200 ")


def test_a_phone_registers_and_is_called_and_hears_when_the_worker_dies(house: House) -> None:
    assert house.start() == []
    phone, worker = house.peer(), house.peer()
    log_in(house, phone)
    assert house.core.hear() == {"phone": "1001", "registered": True}
    house.nursery.say({"workers": [{"worker": "w1", "pid": 1, "sip_port": worker.port, "state": "busy"}]})
    target = f"sip:1001@127.0.0.1:{house.inside}"
    # The nursery's line and the packet race: a worker nobody has named yet is not answered, and sends again.
    worker.socket.settimeout(0.3)
    for _ in range(20):
        worker.send(request("INVITE", target, worker, "one", 7), house.inside)
        phone.socket.settimeout(0.3)
        try:
            invite = phone.receive()
            break
        except TimeoutError:
            continue
    phone.socket.settimeout(10)
    worker.socket.settimeout(10)
    assert invite.startswith(f"INVITE sip:1001@127.0.0.1:{phone.port} ")
    assert "市民" in invite
    # A phone that leaves Record-Route out: the edge puts it back.
    bare = re.sub(r"Record-Route: .*\n", "", answer(invite, "200 OK", f"sip:1001@127.0.0.1:{phone.port}", "phone"))
    phone.send(bare, house.port)
    ok = worker.answered()
    assert ok.startswith("SIP/2.0 200 ") and len(lines(ok, "Record-Route")) == 2
    way = routes(lines(ok, "Record-Route")[::-1])
    worker.send(request("ACK", f"sip:1001@127.0.0.1:{phone.port}", worker, "two", 7, way, "phone"), house.inside)
    assert phone.receive().startswith("ACK ")
    house.nursery.say({"worker": "w1", "sip_port": worker.port, "state": "gone"})
    bye = phone.receive()
    assert bye.startswith(f"BYE sip:1001@127.0.0.1:{phone.port} ")
    assert lines(bye, "CSeq") == ["8 BYE"]
    assert lines(bye, "To")[0].endswith(";tag=phone") and lines(bye, "From")[0].endswith(";tag=caller")
    phone.send(answer(bye, "200 OK"), house.port)


def test_registrations_outlive_the_edge(house: House) -> None:
    house.start()
    phone = house.peer()
    log_in(house, phone)
    assert house.stop() == 0
    assert house.start() == ["1001"]
    phone.send(register(phone, number=9), house.port)
    challenge = phone.receive()
    assert "branch=z9hG4bKreg9;" in challenge
    phone.send(register(phone, authorize(challenge, "REGISTER", "sip:12348"), 0, 10), house.port)
    answer = phone.receive()
    assert answer.startswith("SIP/2.0 200 "), (challenge, answer)
    assert house.core.hear() == {"phone": "1001", "registered": False}


def test_tcp_phone_and_garbage(house: House) -> None:
    house.start()
    with (
        socket.create_connection(("127.0.0.1", house.port), 10) as tcp,
        socket.create_connection(("127.0.0.1", house.port), 10) as broken,
    ):
        broken.sendall(b"INVITE x SIP/2.0\r\nContent-Length: 99999999\r\n\r\n")
        assert broken.recv(100) == b""
        tcp.sendall(b"\r\n\r\n")
        assert tcp.recv(10) == b"\r\n"
        phone = house.peer()
        phone.send("complete\0garbage", house.port)
        phone.send("INVITE sip:12348@12348 SIP/2.0\n\n", house.port)
        text = register(phone, transport="TCP").replace("\n", "\r\n").encode()
        for at in range(0, len(text), 50):
            tcp.sendall(text[at : at + 50])
        challenge = tcp.recv(65535).decode()
        assert challenge.startswith("SIP/2.0 401 ")
        given = authorize(challenge, "REGISTER", "sip:12348")
        tcp.sendall(register(phone, given, number=2, transport="TCP").replace("\n", "\r\n").encode())
        assert tcp.recv(65535).startswith(b"SIP/2.0 200 ")
        assert house.core.hear() == {"phone": "1001", "registered": True}
    assert house.core.hear() == {"phone": "1001", "registered": False}


def test_a_port_in_use_is_one_line_and_exit_1(house: House) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", house.port))
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, house.settings], capture_output=True, check=False, text=True, timeout=30
        )
    assert ended.returncode == 1
    assert str(house.port) in ended.stderr and "HOTLINE_SIP_PORT" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
