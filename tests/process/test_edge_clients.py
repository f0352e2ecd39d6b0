"""Phones and tools that are not ours on the edge's streams: sipsak and SIPp over TCP, baresip over TLS."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hotline.asking import ask
from telephony.softphone.remote import Softphone
from tests.process.house import samples_of, strongest, tone
from tests.process.sipp import drive
from tests.running import Hotline, free_port, until
from tests.telephony.streams import Authority

BARESIP = """
poll_method epoll
sip_listen 127.0.0.1:{port}
sip_cafile {ca}
rtp_ports {rtp}-{rtp_last}
audio_source aufile,{folder}/speaks.wav
audio_player aufile,{folder}/heard.wav
audio_alert aufile,{folder}/alert.wav
ausrc_srate 8000
auplay_srate 8000
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module_app account.so
module_app menu.so
"""


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with TemporaryDirectory(prefix="hl-ca-") as folder:
        yield Authority(Path(folder))


@pytest.fixture(scope="module")
def office(authority: Authority) -> Iterator[Hotline]:
    """A hotline with TLS; its caller from 127.0.0.2 comes over TCP."""
    certificate, key = authority.issue()
    with TemporaryDirectory(prefix="hl-") as home:
        tls = f"tls: {{port: {free_port()}, certificate: {certificate}, key: {key}}}"
        running = Hotline(Path(home), f"sip: {{digest: [MD5], {tls}}}\n")
        try:
            running.start()
            yield running
        finally:
            running.stop()


@pytest.mark.skipif(shutil.which("sipsak") is None, reason="sipsak is missing: apt-get install sipsak")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_sipsak_is_answered(office: Hotline, transport: str) -> None:
    words = ["sipsak", "-E", transport, "-s", office.number, "-vv"]
    told = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "SIP/2.0 200 OK" in told.stdout and re.search("^Allow: INVITE, ", told.stdout, re.M)


@pytest.mark.skipif(shutil.which("sipsak") is None, reason="sipsak is missing: apt-get install sipsak")
def test_sipsak_registers_and_its_random_trash_does_no_harm(office: Hotline) -> None:
    made = office.cli("user", "add", "sipsak", "--role", "agent", "--skill", "*=3")[0]
    who = f"sip:{made['sip_user']}@127.0.0.1:{office.sip_port}"
    login = ["-u", str(made["sip_user"]), "-a", str(made["sip_password"])]
    words = ["sipsak", "-U", "-x", "600", *login, "-s", who, "-vv"]
    told = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    until(lambda: any(a["name"] == "sipsak" and a["phone"] for a in office.board()["agents"]), "sipsak's phone")
    words = ["sipsak", "-R", "-t", "200", "-s", office.number]
    subprocess.run(words, capture_output=True, timeout=60, check=False)
    test_sipsak_is_answered(office, "udp")


@pytest.mark.skipif(drive.sipp() is None, reason=drive.MISSING)
def test_sipp_calls_over_one_tcp_connection(office: Hotline, tmp_path: Path) -> None:
    scenario = drive.filled("stream", tmp_path, prefix="1395550")
    words = (f"127.0.0.1:{office.sip_port}", "-s", "12348", "-t", "t1", "-m", "6", "-l", "3", "-r", "2")
    callers = drive.Sipp(scenario, tmp_path, drive.CALLERS, *words)
    try:
        callers.finish()
    finally:
        callers.stop()

    def closed() -> bool:
        mine = [each for each in office.records() if each["caller"].startswith("1395550")]
        return len(mine) == 6 and all(each["ended_by"] == "caller" for each in mine)

    until(closed, "six records that end with the caller")


@pytest.mark.skipif(shutil.which("baresip") is None, reason="baresip is missing: apt-get install baresip-core")
def test_an_agent_on_baresip_over_tls_talks_with_a_caller(
    office: Hotline, authority: Authority, tmp_path: Path
) -> None:
    made = office.cli("user", "add", "tls", "--role", "agent", "--skill", "*=3")[0]
    assert office.settings.sip.tls is not None
    where = f"127.0.0.1:{office.settings.sip.tls.port};transport=tls"
    account = f"<sip:{made['sip_user']}@{where}>;auth_pass={made['sip_password']};answermode=auto;regint=600"
    (tmp_path / "accounts").write_text(f"{account};audio_codecs=pcma\n")
    (tmp_path / "contacts").write_text("")
    tone(tmp_path / "speaks.wav", 1000, 60)
    rtp = free_port() & ~1
    values = {"port": free_port(), "ca": authority.ca, "rtp": rtp, "rtp_last": rtp + 20, "folder": tmp_path}
    (tmp_path / "config").write_text(BARESIP.format(**values))
    with (tmp_path / "baresip.log").open("wb") as log:
        phone = subprocess.Popen(["baresip", "-f", str(tmp_path)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until(
            lambda: any(a["name"] == "tls" and a["phone"] for a in office.board()["agents"]),
            f"baresip's registration: {(tmp_path / 'baresip.log').read_text(errors='replace')[-1500:]}",
            40,
        )
        ask(office.settings, "agent.ready", name="tls")
        heard = tmp_path / "caller.wav"
        with Softphone("13955506666", record=heard, rtp_port=free_port() & ~1) as caller:
            caller.dial(office.number)
            caller.wait("answered", 20)
            office.wait_state("13955506666", "ASKING")
            caller.press("0")
            office.wait_state("13955506666", "TALKING")
            so_far = heard.stat().st_size
            until(lambda: heard.stat().st_size > so_far + 3 * 16000, "three more seconds of sound", 20)
            caller.hang_up()
            caller.wait("ended", 10)
        assert strongest(samples_of(heard)[:, 0], 1000) > 1000, "baresip's tone, over plain RTP, beside TLS"
        record = until(lambda: office.record_of("13955506666"), "the record")
        assert (record["outcome"], record["agent"], record["ended_by"]) == ("answered", "tls", "caller")
    finally:
        phone.terminate()
        phone.wait(10)
