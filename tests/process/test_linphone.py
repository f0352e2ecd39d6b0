"""Debian's linphonec at a whole hotline: an agent's telephone over UDP, TCP and TLS, and a caller's."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from hotline.asking import ask
from ivr.speech.recogniser import load_model, transcribe
from ivr.speech.store import find
from telephony.softphone.remote import Softphone
from tests.process.house import ask_for_person, samples_of, strongest, tone
from tests.process.linphone import MISSING, Linphone, linphonec
from tests.running import Hotline, free_port, until
from tests.telephony.streams import Authority

pytestmark = pytest.mark.skipif(linphonec() is None, reason=MISSING)

SECOND = 8000
AGENT, CALLER = 1000, 440  # hertz


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with TemporaryDirectory(prefix="hl-ca-") as folder:
        yield Authority(Path(folder))


@pytest.fixture(scope="module")
def office(authority: Authority) -> Iterator[Hotline]:
    """A hotline with TLS, its certificate for a name: linphonec compares names alone, no addresses."""
    certificate, key = authority.issue(hosts=("localhost",))
    with TemporaryDirectory(prefix="hl-") as home:
        tls = f"{{port: {free_port()}, certificate: {certificate}, key: {key}}}"
        running = Hotline(Path(home), f"sip: {{tls: {tls}}}\n")
        try:
            running.start()
            yield running
        finally:
            running.stop()


@pytest.mark.parametrize(("transport", "ends"), [("udp", "agent"), ("tcp", "caller"), ("tls", "agent")])
def test_an_agent_on_linphone_talks_holds_and_resumes(
    office: Hotline, authority: Authority, tmp_path: Path, transport: str, ends: str
) -> None:
    name, number = f"lin-{transport}", {"udp": "13955507801", "tcp": "13955507802", "tls": "13955507803"}[transport]
    made = office.cli("user", "add", name, "--role", "agent", "--skill", "*=3")[0]
    tls = office.settings.sip.tls
    assert tls is not None
    where = f"localhost:{tls.port}" if transport == "tls" else f"127.0.0.1:{office.sip_port}"
    phone = Linphone(tmp_path, tone(tmp_path / "agent.wav", AGENT, 90), transport, authority.ca)
    heard, spoken = tmp_path / "caller.wav", tone(tmp_path / "caller-speaks.wav", CALLER, 90)
    try:
        phone.register(str(made["sip_user"]), str(made["sip_password"]), f"{where};transport={transport}")
        until(lambda: any(a["name"] == name and a["phone"] for a in office.board()["agents"]), "linphone's phone", 40)
        phone.do("autoanswer enable", "Auto answer enabled")
        ask(office.settings, "agent.ready", name=name)
        with Softphone(number, record=heard, play=spoken) as caller:
            ask_for_person(office, caller, number)
            phone.wait("Media streams established")
            until(lambda: len(phone.samples()) > 3 * SECOND, "three seconds at linphone", 30)
            phone.do("pause", "is now paused")
            kept = len(phone.samples())
            so_far = heard.stat().st_size
            until(lambda: heard.stat().st_size > so_far + 2 * 2 * SECOND, "two seconds on hold", 30)
            assert len(phone.samples()) == kept, "nothing of the caller reaches a phone that holds"
            assert office.state_of(number) == "TALKING"
            phone.do("resume", "Media streams established")
            until(lambda: len(phone.samples()) > kept + 3 * SECOND, "three more seconds at linphone", 30)
            so_far = heard.stat().st_size
            until(lambda: heard.stat().st_size > so_far + 3 * 2 * SECOND, "three more seconds at the caller", 30)
            talked = slice(so_far // 2, heard.stat().st_size // 2)
            if ends == "agent":
                phone.do("terminate", "ended")
                office.wait_state(number, "RATING")
            caller.hang_up()
            if ends == "caller":
                phone.wait("ended")
            caller.wait("ended", 10)
        assert strongest(samples_of(heard)[talked, 0], AGENT) > 4000
        assert strongest(phone.samples()[:kept], CALLER) > 4000
        assert strongest(phone.samples()[kept + SECOND :], CALLER) > 4000, "and after the hold"
        record = until(lambda: office.record_of(number), "the record")
        assert (record["outcome"], record["agent"]) == ("answered", name)
    finally:
        phone.close()
        office.cli("agent", "pause", name)


def test_a_caller_on_linphone_hears_the_greeting_and_presses_a_key(office: Hotline, tmp_path: Path) -> None:
    number = "13955507804"
    phone = Linphone(tmp_path, tone(tmp_path / "speaks.wav", CALLER, 1), number=number)
    try:
        phone.do(f"call {office.number}", "Media streams established")
        office.wait_state(number, "ASKING")
        until(lambda: len(phone.samples()) > 6 * SECOND, "six seconds of the greeting", 30)
        phone.do("0")
        office.wait_state(number, "WAITING")
        phone.do("terminate", "ended")
    finally:
        phone.close()
    line = np.concatenate([phone.samples().astype(np.int16), np.zeros(SECOND, np.int16)])
    model = load_model(find("default", office.settings.models))
    text = "".join(final.text for final in transcribe(model, line.tobytes()))
    assert "录音" in text, text
    record = until(lambda: office.record_of(number), "the record")
    assert (record["outcome"], record["ended_by"], record["entered_by"]) == ("abandoned_queue", "caller", "key")
