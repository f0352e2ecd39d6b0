"""A supervisor takes a live call from an agent by the command line; the next agent answers, and the log explains it."""

from pathlib import Path

from records import audit
from records.engine import open_database
from telephony.softphone.remote import Softphone
from tests.process.house import ask_for_person
from tests.running import Hotline, Seat, until


def test_a_forced_agent_loses_the_call_to_the_next(hotline: Hotline, tmp_path: Path) -> None:
    caller = "13911110031"
    first = Seat(hotline, "force-a", tmp_path)
    try:
        with Softphone(caller) as phone:
            ask_for_person(hotline, phone, caller)
            call = next(each["call"] for each in hotline.board()["calls"] if each["caller"] == caller)
            assert hotline.cli("agent", "force", "force-a", "asleep", "--by", "wang", ok=False) == []
            assert hotline.cli("agent", "force", "force-a", "paused", ok=False) == []
            [forced] = hotline.cli("agent", "force", "force-a", "paused", "--by", "wang")
            assert (forced["stage"], forced["call"]) == ("PAUSED", None)
            hotline.wait_state(caller, "WAITING")
            second = Seat(hotline, "force-b", tmp_path)
            try:
                hotline.wait_state(caller, "TALKING")
                phone.hang_up()
                record = until(lambda: hotline.record_of(caller), "the record")
            finally:
                hotline.cli("agent", "pause", "force-b")
                second.close()
        assert (record["agent"], record["outcome"]) == ("force-b", "answered")
        rows = hotline.cli("route", "explain", call)
        assert [row["agent"] for row in rows] == ["force-a", None, "force-b"]
        assert {one["agent"]: one["code"] for one in rows[1]["refused"]}["force-a"] == "PAUSED"
        database = open_database(hotline.settings)
        [entry] = database.read(audit.trail, who="wang")
        database.close()
        assert (entry.action, entry.object, entry.detail["to"]) == ("agent.force", "agent:force-a", "paused")
        [loaded] = hotline.cli("agent", "load", "force-a", "0.5")
        assert loaded["load"] == 0.5
        assert hotline.cli("agent", "load", "force-a", "much", ok=False) == []
    finally:
        hotline.cli("agent", "pause", "force-a")
        first.close()
