"""12345 and the emergency lines with real SIP and RTP: a phone on loopback stands for whoever is called there."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import PACKAGED
from ivr.speech.sound import write_wav
from ivr.speech.voice import speak
from records import audit, transfers
from records.engine import open_database
from records.transfer_entry import Transfer
from telephony.softphone.remote import Softphone
from tests.process.house import free_port, samples_of, strongest, tone
from tests.running import LINES_OUTSIDE, Hotline, Seat, until


@pytest.fixture
def line() -> Iterator[Softphone]:
    """Whoever is called outside."""
    with Softphone("outside", rtp_port=free_port() & ~1) as phone:
        yield phone


@pytest.fixture
def calling(make_hotline: Callable[..., Hotline], line: Softphone) -> Hotline:
    """A hotline whose trunk to the stand-ins leads to the phone; always open, the 12345 stand-in beside it."""
    hotline = make_hotline(LINES_OUTSIDE.format(port=line.sip_port))
    hotline.channels["12345"] = free_port()
    url = f"http://127.0.0.1:{hotline.channels['12345']}"
    settings = hotline.config.read_text(encoding="utf-8")
    hotline.config.write_text(
        settings.replace("to_12345: {url: ''}", f"to_12345: {{url: '{url}', retry_seconds: 0.2}}"), encoding="utf-8"
    )
    change(hotline, "shifts.yaml", outside={"action": "person"}, rosters=[])
    change(hotline, "to_12345.yaml", ring_seconds=8)
    change(hotline, "emergencies.yaml", ring_seconds=8)
    return hotline


def change(hotline: Hotline, name: str, **values: Any) -> None:
    kept = yaml.safe_load((PACKAGED / name).read_text(encoding="utf-8")) | values
    (hotline.home / name).write_text(yaml.safe_dump(kept, allow_unicode=True), encoding="utf-8")


def talk(hotline: Hotline, phone: Softphone, number: str) -> str:
    """The caller reaches the agent; the call's id."""
    phone.dial(hotline.number)
    phone.wait("answered", 30)
    hotline.wait_state(number, "ASKING")
    phone.press("0")
    hotline.wait_state(number, "TALKING")
    return call_of(hotline, number)


def call_of(hotline: Hotline, number: str) -> str:
    return next(str(each["call"]) for each in hotline.board()["calls"] if each["caller"] == number)


def outside_of(hotline: Hotline, call: str) -> list[dict[str, Any]]:
    return next((list(each["outside"]) for each in hotline.board()["calls"] if each["call"] == call), [])


def kept(hotline: Hotline, call: str) -> list[Transfer]:
    database = open_database(hotline.settings)
    try:
        return database.read(transfers.of_call, call)
    finally:
        database.close()


def audited(hotline: Hotline, call: str) -> list[str]:
    database = open_database(hotline.settings)
    try:
        return [entry.action for entry in reversed(database.read(audit.trail, object=f"call:{call}"))]
    finally:
        database.close()


def notes_of(hotline: Hotline, ticket: str) -> list[str]:
    [found] = hotline.cli("tickets", ticket)
    return [str(step["note"]) for step in found["history"] if step["note"]]


def check_sound(folder: Path, one: Softphone, other: Softphone) -> None:
    """Each hears what the other plays."""
    heard = [folder / "one-hears.wav", folder / "other-hears.wav"]
    for phone, file in zip((one, other), heard, strict=True):
        phone.record(file)
    one.play(tone(folder / "one.wav", 700, 2))
    other.play(tone(folder / "other.wav", 1100, 2))
    for phone in (one, other):
        phone.wait("played", 30)
        phone.stop_recording()
        phone.wait("recorded", 30)
    assert strongest(samples_of(heard[0])[:, 0], 1100) > 3000
    assert strongest(samples_of(heard[1])[:, 0], 700) > 3000


def test_to_12345_with_the_ticket_and_back_on_a_call_of_theirs(
    calling: Hotline, line: Softphone, tmp_path: Path
) -> None:
    caller = "13911116001"
    calling.start_standin("12345")
    calling.start()
    seat = Seat(calling, "t-li", tmp_path)
    try:
        with Softphone(caller, rtp_port=free_port() & ~1) as phone:
            call = talk(calling, phone, caller)
            sent = seat.page.press(f"/calls/{call}/to_12345", summary="楼下烧烤太吵没人管", category="to_12345")
            ticket = str(sent["ticket"]["number"])
            incoming = line.wait("incoming", 30)
            assert (incoming["caller"], incoming["called"]) == ("12348", "12345")
            assert incoming["reference"] == ticket
            assert seat.state() == "TALKING", "the caller stays with the agent while it rings"
            line.answer()
            line.wait("answered", 30)
            seat.phone.wait("ended", 30)
            until(lambda: seat.state() == "WRAP_UP" or None, "the agent's wrap-up")
            assert calling.state_of(caller) == "TALKING"
            check_sound(tmp_path, phone, line)
            line.hang_up()
            calling.wait_state(caller, "RATING")
            phone.press("1")
            phone.wait("ended", 60)
        record = until(lambda: calling.record_of(caller), "the record")
        assert (record["outcome"], record["agent"], record["rating"]) == ("answered", seat.name, 1)
        [transfer] = kept(calling, call)
        assert (transfer.kind, transfer.outcome, transfer.by, transfer.ticket) == (
            "12345",
            "answered",
            seat.name,
            ticket,
        )
        assert audited(calling, call)[-2:] == ["transfer.asked", "transfer.answered"]
        received = until(lambda: [each for each in calling.received("12345") if each["number"] == ticket], "it")
        assert received[0]["content"] == "楼下烧烤太吵没人管"
        assert "转接12345：已接通" in notes_of(calling, ticket)
        assert all(row.get("same", True) for row in calling.cli("replay", call))

        seat.page.save_record(call, "to_12345", "烧烤扰民", "已转12345")
        until(lambda: seat.state() == "READY" or None, "the agent, ready")
        theirs = str(received[0]["reference"])
        header = f"{theirs.encode().hex()};encoding=hex"
        with Softphone("13911116002", rtp_port=free_port() & ~1) as phone:
            phone.dial(calling.number, {"User-to-User": header})
            phone.wait("answered", 30)
            calling.wait_state("13911116002", "TALKING")  # nothing was asked, nothing was pressed
            back = call_of(calling, "13911116002")
            known = seat.page.read(f"/calls/{back}/who")
            assert (known["tickets"][0]["number"], known["tickets"][0]["referred"]) == (ticket, True)
            phone.hang_up()
            phone.wait("ended", 30)
        [came] = until(lambda: [each for each in kept(calling, back) if each.ended_at], "the record of theirs")
        assert (came.direction, came.ticket, came.outcome) == ("in", ticket, "answered")
    finally:
        seat.close()


def test_12345_is_busy_and_then_does_not_answer(calling: Hotline, line: Softphone, tmp_path: Path) -> None:
    caller = "13911116003"
    calling.start()
    seat = Seat(calling, "t-wu", tmp_path)
    try:
        with Softphone(caller, rtp_port=free_port() & ~1) as phone:
            call = talk(calling, phone, caller)
            ticket = str(seat.page.press(f"/calls/{call}/to_12345", summary="噪音")["ticket"]["number"])
            line.wait("incoming", 30)
            line.answer(486)
            until(lambda: [e for e in outside_of(calling, call) if e["outcome"] == "busy"], "busy")
            assert (calling.state_of(caller), seat.state()) == ("TALKING", "TALKING")
            check_sound(tmp_path, phone, seat.phone)

            again = seat.page.press(f"/calls/{call}/to_12345", summary="噪音")
            assert again["ticket"]["number"] == ticket, "the same ticket"
            line.wait("incoming", 30)
            seat.phone.hang_up()  # the agent does not wait for it
            calling.wait_state(caller, "CALLING_OUT")
            line.wait("ended", 30)
            calling.wait_state(caller, "WAITING")
            assert next(e for e in calling.board()["queue"] if e["call"] == call)["preferred"] == seat.name
            seat.page.save_record(call, "to_12345", "噪音", "转12345未接通")
            calling.wait_state(caller, "TALKING")
            assert next(e for e in calling.board()["calls"] if e["call"] == call)["agent"] == seat.name
            check_sound(tmp_path, phone, seat.phone)
            phone.hang_up()
            phone.wait("ended", 30)
        until(lambda: calling.record_of(caller), "the record")
        assert [each.outcome for each in kept(calling, call)] == ["busy", "no_answer"]
        assert [note for note in notes_of(calling, ticket) if "12345：" in note] == [
            "转接12345：占线，来电人已回到本热线",
            "转接12345：无人接听，来电人已回到本热线",
        ]
        assert all(row.get("same", True) for row in calling.cli("replay", call))
    finally:
        seat.close()


def test_a_cry_for_help_in_the_queue_is_bridged_at_once(calling: Hotline, line: Softphone, tmp_path: Path) -> None:
    caller = "13911116004"
    calling.start()
    with Softphone(caller, rtp_port=free_port() & ~1) as phone:
        phone.dial(calling.number)
        phone.wait("answered", 30)
        calling.wait_state(caller, "ASKING")
        phone.press("0")
        calling.wait_state(caller, "WAITING")
        call = call_of(calling, caller)
        cry = tmp_path / "cry.wav"
        write_wav(cry, speak("他正在打我快来人", "cmn+f4").samples)
        until(lambda: cried(calling, phone, cry, caller), "the cry to be heard")
        incoming = line.wait("incoming", 30)
        assert (incoming["caller"], incoming["called"]) == ("12348", "110")
        line.answer()
        line.wait("answered", 30)
        calling.wait_state(caller, "OUTSIDE")
        check_sound(tmp_path, phone, line)
        line.hang_up()
        calling.wait_state(caller, "ASKING")  # asked what else; the call is not over
        phone.hang_up()
        phone.wait("ended", 30)
    record = until(lambda: calling.record_of(caller), "the record")
    assert (record["outcome"], record["label"]) == ("transferred", "emergency.police")
    assert audited(calling, call)[-2:] == ["emergency.asked", "emergency.answered"]
    assert all(row.get("same", True) for row in calling.cli("replay", call))


def cried(hotline: Hotline, phone: Softphone, cry: Path, caller: str) -> bool:
    """Whether the hotline has heard the cry; it is repeated until then, as people do."""
    phone.play(cry)
    phone.wait("played", 30)
    return hotline.state_of(caller) in ("CALLING_OUT", "OUTSIDE")


def test_an_emergency_line_that_cannot_be_reached_leads_to_a_person(
    calling: Hotline, line: Softphone, tmp_path: Path
) -> None:
    caller = "13911116005"
    calling.start()
    seat = Seat(calling, "t-zhao", tmp_path)
    try:
        with Softphone(caller, rtp_port=free_port() & ~1) as phone:
            call = talk(calling, phone, caller)
            seat.page.press(f"/calls/{call}/emergency", number="119")
            line.wait("incoming", 30)
            line.answer()
            until(lambda: [e for e in outside_of(calling, call) if e["outcome"] == "answered"], "three on the line")
            assert seat.state() == "TALKING"
            check_sound(tmp_path, phone, line)
            check_sound(tmp_path, seat.phone, line)
            seat.page.press(f"/calls/{call}/line/drop")
            line.wait("ended", 30)
            check_sound(tmp_path, phone, seat.phone)

            line.close()  # the carrier is down
            seat.page.press(f"/calls/{call}/emergency", number="110")
            until(lambda: [e for e in outside_of(calling, call) if e["number"] == "110" and e["ended_at"]], "its end")
            assert (calling.state_of(caller), seat.state()) == ("TALKING", "TALKING")
            phone.hang_up()
            phone.wait("ended", 30)
        until(lambda: calling.record_of(caller), "the record")
        assert [each.outcome for each in kept(calling, call)] == ["answered", "no_answer"]
    finally:
        seat.close()


def test_110_rings_at_one_press_in_a_talk_of_four_while_12345_rings(
    calling: Hotline, line: Softphone, tmp_path: Path
) -> None:
    """Caller, agent, specialist and 12345 are all the calls a worker has."""
    caller = "13911116006"
    calling.start_standin("12345")
    calling.start()
    seats = [Seat(calling, "t-qian", tmp_path)]
    try:
        with Softphone(caller, rtp_port=free_port() & ~1) as phone:
            call = talk(calling, phone, caller)
            agent = seats[0]
            seats.append(Seat(calling, "t-sun", tmp_path))
            agent.page.press(f"/calls/{call}/control", request="conference", kind="agent", target="t-sun")
            until(lambda: seats[1].state() == "TALKING" or None, "the specialist in the talk")
            agent.page.press(f"/calls/{call}/to_12345", summary="噪音")
            assert line.wait("incoming", 30)["called"] == "12345"
            agent.page.press(f"/calls/{call}/emergency", number="110")
            line.wait("ended", 30)
            assert line.wait("incoming", 10)["called"] == "110"
            line.answer()
            until(lambda: [e for e in outside_of(calling, call) if e["outcome"] == "answered"], "four on the line")
            assert (agent.state(), seats[1].state()) == ("TALKING", "TALKING")
            for other in (phone, agent.phone, seats[1].phone):
                check_sound(tmp_path, other, line)
            phone.hang_up()
            phone.wait("ended", 30)
        until(lambda: calling.record_of(caller), "the record")
        assert [(each.number, each.outcome) for each in kept(calling, call)] == [
            ("12345", "cancelled"),
            ("110", "answered"),
        ]
        assert all(row.get("same", True) for row in calling.cli("replay", call))
    finally:
        for seat in seats:
            seat.close()
