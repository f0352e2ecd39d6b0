"""The hotline is closed by the command line while it runs: a real caller hears it, and so does one after a restart."""

import os
import signal
from collections.abc import Callable

from hotline.demo.hearing import loudness
from records import audit
from records.engine import open_database
from telephony.softphone.remote import Softphone
from tests.running import Hotline, until


def test_closed_by_order_through_a_restart_and_opened(make_hotline: Callable[..., Hotline]) -> None:
    hotline = make_hotline("workers: {warm: 2}\n")
    hotline.start()
    assert hotline.cli("closure", "show")[0] == {"closed": False}
    assert hotline.cli("closure", "set", "rain", "--by", "wang", ok=False) == []
    assert hotline.cli("closure", "set", "failure", ok=False) == []
    [closed] = hotline.cli("closure", "set", "failure", "--by", "wang")
    assert (closed["code"], closed["then"], closed["until"], closed["by"]) == ("failure", "to_12345", None, "wang")

    heard = hotline.home / "heard.wav"
    with Softphone("13911114091") as phone:
        phone.dial(hotline.number)
        phone.wait("answered", 30)
        hotline.wait_state("13911114091", "CLOSED")
        phone.record(heard)
        phone.wait("ended", 60)  # the message, then 12345's number and good-bye
    assert loudness(heard) > 300
    record = until(lambda: hotline.record_of("13911114091"), "the record")
    assert record["outcome"] == "abandoned_ivr"
    assert all(row.get("same", True) for row in hotline.cli("replay", record["call"]))

    dead = hotline.pid_of("core")
    os.kill(dead, signal.SIGKILL)
    until(lambda: reborn(hotline, dead) or None, "another core")
    assert hotline.board()["closure"]["code"] == "failure"
    with Softphone("13911114002") as phone:
        phone.dial(hotline.number)
        phone.wait("answered", 30)
        hotline.wait_state("13911114002", "CLOSED")
        phone.press("0")
        hotline.wait_state("13911114002", "WAITING")  # a person all the same
        phone.hang_up()
        phone.wait("ended", 30)

    assert hotline.cli("closure", "lift", "--by", "li")[0]["code"] == "failure"
    assert hotline.cli("closure", "lift", "--by", "li", ok=False) == []
    with Softphone("13911114003") as phone:
        phone.dial(hotline.number)
        phone.wait("answered", 30)
        hotline.wait_state("13911114003", "ASKING")
        phone.hang_up()
        phone.wait("ended", 30)
    database = open_database(hotline.settings)
    entries = database.read(audit.trail, object="closure:failure")
    database.close()
    assert [(entry.action, entry.who) for entry in entries] == [("closure.lift", "li"), ("closure.set", "wang")]


def reborn(hotline: Hotline, dead: int) -> bool:
    try:
        return hotline.pid_of("core") != dead and bool(hotline.board())
    except Exception:
        return False
