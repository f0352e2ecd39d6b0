"""A caller who talked with an agent yesterday reaches the same one, and never again after a complaint. Real calls."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from records import callrecords
from records.callrecords import CallRecord
from records.engine import open_database
from telephony.softphone.remote import Softphone
from tests.process.house import ask_for_person
from tests.running import Hotline, Seat, until
from tickets.writing import Draft, open_ticket

CALLER = "13911110095"


@pytest.fixture
def seats(make_hotline: Callable[..., Hotline], tmp_path: Path) -> Iterator[tuple[Hotline, Seat, Seat]]:
    """wang, ready for longer, and li."""
    hotline = make_hotline("agents: {wrap_up_seconds: 1}\n")
    hotline.start()
    wang = Seat(hotline, "wang", tmp_path)
    li = Seat(hotline, "li", tmp_path)
    yield hotline, wang, li
    for seat in (wang, li):
        seat.close()


def test_li_again_and_after_a_complaint_never(seats: tuple[Hotline, Seat, Seat]) -> None:
    hotline, wang, li = seats
    yesterday = time.time() - 86400
    database = open_database(hotline.settings)
    earlier = CallRecord(
        "earlier", CALLER, arrived_at=yesterday - 20, joined_at=yesterday, ended_at=yesterday + 60, agent=li.name
    )
    database.do(callrecords.save, earlier)
    first = reached(hotline)
    explained = hotline.cli("route", "explain", first)[-1]
    assert (explained["agent"], explained["preferred"]) == (li.name, li.name)
    refused = {each["agent"]: each["code"] for each in explained["refused"]}
    assert refused[wang.name] == "HELD"
    assert explained["why"] == ["优先转接 li：上次接听，1天前"]
    assert all(row.get("same", True) for row in hotline.cli("replay", first))

    draft = Draft("complaint", "投诉坐席li", "态度不好", "wang", calling_number=CALLER, contact_number=CALLER)
    database.do(open_ticket, draft, time.time())
    database.close()
    hotline.cli("agent", "pause", wang.name)
    with Softphone(CALLER) as phone:
        ask_for_person(hotline, phone, CALLER, state="WAITING")
        second = call_of(hotline)
        waits = hotline.cli("route", "explain", second)[-1]
        assert (waits["agent"], waits["excluded"]) == (None, [li.name])
        refused = {each["agent"]: each["code"] for each in waits["refused"]}
        assert (refused[li.name], refused[wang.name]) == ("EXCLUDED", "PAUSED")
        hotline.cli("agent", "ready", wang.name)
        hotline.wait_state(CALLER, "TALKING")
        phone.hang_up()
        phone.wait("ended", 30)
    taken = until(lambda: agent_of(hotline, second), "the record")
    assert taken == wang.name
    told = hotline.cli("calls", second)
    assert [each["fields"]["complaints"][0][:2] for each in told if each["name"] == "CallerKnown"] == [
        ["li", "complaint"]
    ]


def reached(hotline: Hotline) -> str:
    """Ask for a person, talk, hang up; the call."""
    with Softphone(CALLER) as phone:
        ask_for_person(hotline, phone, CALLER)
        call = call_of(hotline)
        phone.hang_up()
        phone.wait("ended", 30)
    until(lambda: agent_of(hotline, call), "the record")
    until(lambda: ready(hotline) >= {"li", "wang"} or None, "both agents ready")
    return call


def ready(hotline: Hotline) -> set[str]:
    return {each["name"] for each in hotline.board()["agents"] if each["state"] == "READY"}


def call_of(hotline: Hotline) -> str:
    [call] = [
        each["call"] for each in hotline.board()["calls"] if each["caller"] == CALLER and each["state"] != "ENDED"
    ]
    return str(call)


def agent_of(hotline: Hotline, call: str) -> str:
    """Who took the call, once its record is closed."""
    mine = [each for each in hotline.records() if each["call"] == call and each["outcome"] != "open"]
    return str(mine[0]["agent"]) if mine else ""
