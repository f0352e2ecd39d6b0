"""sipvicious against a real edge process: it finds no telephone, no extension and no password, and is banned.

It runs as it is, and in disguise: under a User-Agent nobody knows, so that its conduct alone gives it away.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.telephony.edge_house import House, Peer, free_port, log_in, register

pytest.importorskip("sipvicious", reason="sipvicious is missing: pip install -e '.[test]'")

DISGUISED = """
import sys
from sipvicious.libs import svhelper
made = svhelper.makeRequest
def disguised(*given, **more):
    return made(*given, **more | {"useragent": "Office Phone 4"}).replace("sipvicious", "office")
svhelper.makeRequest = disguised
from sipvicious import PROGRAM
PROGRAM.makeRequest = disguised
sys.argv[1:] = WORDS
PROGRAM.main()
"""
AS_IT_IS = "import sys\nfrom sipvicious import PROGRAM\nsys.argv[1:] = WORDS\nPROGRAM.main()\n"


@pytest.fixture
def house(house: House) -> House:
    assert house.start() == []
    return house


def scan(program: str, name: str, folder: Path, *words: str) -> str:
    """What a tool of sipvicious says; its own memory lies in `folder`. It listens at a port nobody else has."""
    text = program.replace("PROGRAM", name).replace("WORDS", repr(["-P", str(free_port()), *words]))
    environment = os.environ | {"HOME": str(folder)}
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", text],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=120,
        check=False,
    )
    return ended.stdout + ended.stderr


def ask(house: House, question: str, **arguments: Any) -> Any:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(house.home / "run" / "edge.sock"))
        for message in ({"hello": "cli"}, {"ask": question, **arguments}):
            link.sendall(json.dumps(message).encode() + b"\n")
        with link.makefile("rb") as lines:
            return json.loads(lines.readline()).get("answer")


def hotline(house: House, *words: str) -> list[dict[str, Any]]:
    environment = os.environ | {"HOTLINE_HOME": str(house.home)}
    run = subprocess.run(
        [sys.executable, "-m", "hotline", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_svmap_finds_nothing_and_is_banned_until_pardoned(house: House, tmp_path: Path) -> None:
    said = scan(AS_IT_IS, "svmap", tmp_path, "127.0.0.1", "-p", str(house.port))
    assert "found nothing" in said, said
    [ban] = hotline(house, "bans")
    assert (ban["address"], ban["reason"], ban["times"]) == ("127.0.0.1", "scanner", 1)
    phone = house.peer()
    phone.socket.settimeout(0.5)
    phone.send(register(phone), house.port)
    with pytest.raises(TimeoutError):
        phone.receive()
    assert hotline(house, "bans", "remove", "127.0.0.1")[0]["reason"] == "scanner"
    phone.socket.settimeout(10)
    log_in(house, phone)
    assert ask(house, "state")["counts"]["scanners"] == 1
    scan(AS_IT_IS, "svmap", tmp_path, "127.0.0.1", "-p", str(house.port))
    assert hotline(house, "bans") == [], "a registered phone lives at this address"


def test_bans_outlive_the_edge(house: House) -> None:
    stranger = Peer("127.0.0.9")
    house.peers.append(stranger)
    [ban] = hotline(house, "bans", "add", "127.0.0.9", "--for", "2h", "--reason", "测试")
    assert ban["reason"] == "测试"
    assert house.stop() == 0
    house.start()
    assert [each["address"] for each in hotline(house, "bans")] == ["127.0.0.9"]
    assert (house.home / "bans.json").stat().st_mode & 0o077 == 0
    stranger.socket.settimeout(0.5)
    stranger.send(register(stranger), house.port)
    with pytest.raises(TimeoutError):
        stranger.receive()


def test_svwar_sees_that_names_tell_it_nothing(house: House, tmp_path: Path) -> None:
    said = scan(DISGUISED, "svwar", tmp_path, "-e", "1000-1003", "127.0.0.1", "-p", str(house.port))
    assert "an authentication request for an unknown extension" in said and "found nothing" in said, said


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS"])
def test_svwar_in_disguise_and_by_force_finds_no_extension(house: House, tmp_path: Path, method: str) -> None:
    words = ("--force", "-e", "990-1050", "-m", method, "127.0.0.1", "-p", str(house.port))
    said = scan(DISGUISED, "svwar", tmp_path, *words)
    assert "found nothing" in said and "| 1001" not in said, said


def test_svcrack_in_disguise_is_banned_before_it_comes_to_the_password(house: House, tmp_path: Path) -> None:
    words = [f"wrong{number}" for number in range(30)]
    (tmp_path / "words").write_text("\n".join([*words, "secret", ""]))
    where = ("127.0.0.1", "-p", str(house.port))
    said = scan(DISGUISED, "svcrack", tmp_path, "-u", "1001", "-d", "words", *where)
    assert "| 1001" not in said and "secret" not in said, said
    [ban] = ask(house, "bans")
    assert ban["reason"] == "wrong passwords"


def test_the_tools_would_have_found_what_is_there(tmp_path: Path) -> None:
    """The disguise works and the tool reads answers: a registrar that tells users apart is caught."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as careless:
        careless.bind(("127.0.0.1", 0))
        careless.settimeout(0.2)
        port = careless.getsockname()[1]
        text = DISGUISED.replace("PROGRAM", "svwar")
        text = text.replace(
            "WORDS", repr(["-P", str(free_port()), "-e", "1000-1003", "-m", "REGISTER", "127.0.0.1", "-p", str(port)])
        )
        tool = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", text],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"HOME": str(tmp_path)},
        )
        while tool.poll() is None:
            try:
                data, peer = careless.recvfrom(65535)
            except TimeoutError:
                continue
            asked = data.decode()
            assert "friendly-scanner" not in asked
            head = dict(line.split(": ", 1) for line in asked.split("\r\n")[1:] if ": " in line)
            status = "401 Unauthorized" if "1001@" in head["To"] else "404 Not Found"
            extra = 'WWW-Authenticate: Digest realm="r", nonce="n"\r\n' if status.startswith("401") else ""
            kept = "".join(f"{name}: {head[name]}\r\n" for name in ("Via", "From", "To", "Call-ID", "CSeq"))
            careless.sendto(f"SIP/2.0 {status}\r\n{kept}{extra}Content-Length: 0\r\n\r\n".encode(), peer)
        assert tool.stdout is not None
        said = tool.stdout.read()
        tool.stdout.close()
    assert "1001" in said, said
