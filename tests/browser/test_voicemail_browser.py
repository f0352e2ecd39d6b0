"""A voicemail left by a real phone outside the hours, and heard by an agent in a real browser on its ticket's page."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from playwright.sync_api import Browser, expect

from config.load import PACKAGED
from ivr.speech.sound import write_wav
from ivr.speech.voice import speak
from records import audit
from records.engine import open_database
from telephony.softphone.remote import Softphone
from tests.process.house import free_port
from tests.running import Hotline, until

CALLER = "13911116011"


@pytest.fixture
def closed() -> Iterator[Hotline]:
    """A hotline that is never open and takes messages."""
    with TemporaryDirectory(prefix="hl-") as home:
        hotline = Hotline(Path(home))
        shifts = yaml.safe_load((PACKAGED / "shifts.yaml").read_text(encoding="utf-8"))
        shifts["offices"]["hotline"]["open"] = {"every": []}
        shifts |= {"outside": {"action": "message", "then": "voicemail"}, "rosters": []}
        (hotline.home / "shifts.yaml").write_text(yaml.safe_dump(shifts, allow_unicode=True), encoding="utf-8")
        hotline.start()
        try:
            yield hotline
        finally:
            hotline.stop()


def test_a_message_is_left_and_heard(closed: Hotline, browser: Browser, tmp_path: Path) -> None:
    said = tmp_path / "message.wav"
    write_wav(said, speak("我叫王芳想问工伤怎么赔", "cmn+f4").samples)
    with Softphone(CALLER, rtp_port=free_port() & ~1) as phone:
        phone.dial(closed.number)
        phone.wait("answered", 30)
        closed.wait_state(CALLER, "MESSAGE")
        call = next(each["call"] for each in closed.board()["calls"] if each["caller"] == CALLER)
        phone.play(said)
        phone.wait("played", 60)
        phone.press("#")
        closed.wait_state(CALLER, "MESSAGE_REVIEW")
        phone.press("1")
        phone.wait("ended", 120)
    record = until(lambda: closed.record_of(CALLER), "the record")
    assert (record["outcome"], record["end_reason"]) == ("voicemail", "已留言")
    [ticket] = [each for each in closed.cli("tickets", "--unmask") if each["call"] == call]
    assert (ticket["title"], ticket["contact_number"], ticket["urgency"]) == ("语音留言", CALLER, "普通")
    assert ticket["due_at"] and ticket["recording"] and ticket["transcript"]
    assert closed.cli("callbacks") == [], "who left a message is not called back besides"
    assert all(row.get("same", True) for row in closed.cli("replay", call))

    made = closed.cli("user", "add", "vm-li", "--role", "agent", "--skill", "*=3")[0]
    context = browser.new_context(base_url=f"http://127.0.0.1:{closed.web_port}", locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto("/")
    page.fill("[name=name]", "vm-li")
    page.fill("[name=password]", str(made["password"]))
    page.click("form.card button")
    page.wait_for_selector("#state-word")
    page.goto(f"/tickets/{ticket['number']}")
    expect(page.locator("dl.facts")).to_contain_text("办理期限")
    page.evaluate("document.getElementById('message').play()")
    until(lambda: page.evaluate("document.getElementById('message').currentTime") > 0.5 or None, "the sound")
    seconds = page.evaluate("document.getElementById('message').duration")
    assert seconds > 2
    context.close()
    database = open_database(closed.settings)
    trail = database.read(audit.trail, object=f"ticket:{ticket['number']}")
    database.close()
    assert [(entry.action, entry.who) for entry in reversed(trail)] == [
        ("message.open", "自助语音"),
        ("ticket.view", "vm-li"),
        ("message.play", "vm-li"),
    ]
