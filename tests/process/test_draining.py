"""`hotline run --drain`: told to end, it waits for the call that is up; a limit ends the wait and not the call."""

import signal
from collections.abc import Callable

from benchmarks.town import Town
from tests.running import Hotline, until


def told(hotline: Hotline) -> str:
    return (hotline.home / "run.log").read_text()


def test_the_end_waits_for_the_call_or_for_the_limit(make_hotline: Callable[..., Hotline]) -> None:
    hotline = make_hotline("workers: {warm: 1}\nmedia: {first_port: 35500}\n")
    hotline.start("--drain", "10m")
    town = Town(("127.0.0.1", hotline.sip_port))
    try:
        assert hotline.process is not None
        talk = town.call("13911119201")
        until(lambda: hotline.state_of(talk.number) == "ASKING" or None, "a caller in the tree")
        hotline.process.send_signal(signal.SIGTERM)
        until(lambda: "draining: 1 call is up" in told(hotline) or None, "the word that a call is up")
        assert hotline.process.poll() is None
        town.hang_up(talk)
        assert hotline.process.wait(60) == 0
        assert "draining: no call is up" in told(hotline)

        (hotline.home / "run.log").unlink()
        hotline.start("--drain", "10m")
        held = town.call("13911119202")
        until(lambda: hotline.state_of(held.number) == "ASKING" or None, "another caller in the tree")
        call = hotline.board()["calls"][0]["call"]
        hotline.process.send_signal(signal.SIGTERM)
        until(lambda: "draining: 1 call is up" in told(hotline) or None, "the word that a call is up")
        hotline.process.send_signal(signal.SIGTERM)
        assert hotline.process.wait(60) == 0
        assert "1 call is still up; the next start goes on with them" in told(hotline)
        (hotline.home / "run.log").unlink()
        hotline.start()
        assert held.state == "up"
        assert [each["call"] for each in hotline.board()["calls"]] == [call]
        town.hang_up(held)
        assert until(lambda: hotline.record_of(held.number), "the record")["ended_by"] == "caller"
    finally:
        town.close()
