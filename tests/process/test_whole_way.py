"""A resident dials 12348 and is served: real SIP, RTP, recognition, SQL and HTTP, by the parts that go on the air."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from hotline.demo.hearing import heard
from ivr.speech.sound import read_wav, write_wav
from ivr.speech.voice import speak
from telephony.softphone.remote import Softphone
from tests.process.house import arrive, ask_for_person
from tests.running import Hotline, Seat, until

SENTENCE = "退租的时候房东说墙脏了要扣押金"
VOICE = "cmn+f4"


def test_spoken_call_to_ticket(hotline: Hotline, seat: Seat, tmp_path: Path) -> None:
    caller = "13911110001"
    said, answer = tmp_path / "said.wav", tmp_path / "answer.wav"
    write_wav(said, speak(SENTENCE, VOICE).samples)
    write_wav(answer, speak("您好，请慢慢说，我来记录。").samples)
    with Softphone(caller) as phone:
        arrive(hotline, phone, caller)
        phone.play(said)
        hotline.wait_state(caller, "TALKING")
        at_caller = tmp_path / "at_caller.wav"
        phone.record(at_caller)
        time.sleep(0.3)
        seat.phone.play(answer)
        phone.play(said)
        phone.wait("played", 30)
        phone.wait("played", 30)
        seat.phone.wait("played", 30)
        time.sleep(0.5)
        call = next(each["call"] for each in hotline.board()["calls"] if each["caller"] == caller)
        ticket = seat.page.open_ticket(call, "law.housing", "退押金", "房东不退押金")
        assert seat.page.empty_answer_is_refused(call)
        phone.hang_up()
        phone.wait("recorded", 30)
        seat.phone.wait("recorded", 30)
    assert heard(read_wav(said), read_wav(seat.recorded)) > 0.5
    assert heard(read_wav(answer), read_wav(at_caller)) > 0.5
    seat.page.save_record(call, "law.housing", "押金", "可先协商，协商不成可起诉。")
    record = until(lambda: hotline.record_of(caller), "the record")
    assert record["outcome"] == "answered"
    assert record["label"] == "law.housing"
    assert record["entered_by"] == "speech"
    assert record["ended_by"] == "caller"
    until(lambda: (hotline.record_of(caller) or {}).get("recording_sha256"), "the recording")
    for channel in ("online", "window"):
        until(lambda channel=channel: count(hotline, channel, ticket) or None, f"{ticket} at {channel}")
        assert count(hotline, channel, ticket) == 1
    replayed = hotline.cli("replay", call)
    assert replayed and all(row.get("same", True) for row in replayed)


def test_zero_reaches_a_person(hotline: Hotline, seat: Seat) -> None:
    caller = "13911110002"
    with Softphone(caller) as phone:
        ask_for_person(hotline, phone, caller)
        phone.hang_up()
    record = until(lambda: hotline.record_of(caller), "the record")
    assert (record["outcome"], record["label"], record["entered_by"]) == ("answered", "agent", "key")


def test_abandoned_call_leaves_one_record(hotline: Hotline) -> None:
    caller = "13911110003"
    with Softphone(caller) as phone:
        phone.dial(hotline.number)
        phone.wait("answered", 30)
        phone.hang_up()
        phone.wait("ended", 30)
    record = until(lambda: hotline.record_of(caller), "the record")
    assert (record["outcome"], record["ended_by"]) == ("abandoned_ivr", "caller")


def test_killed_worker_costs_one_call(hotline: Hotline, tmp_path: Path) -> None:
    """Two calls talk; one worker is killed; the other call goes on, and the dead one is told to both its ends."""
    seats = [Seat(hotline, f"kill-{n}", tmp_path) for n in (1, 2)]
    callers = ["13911110004", "13911110005"]
    phones = [Softphone(caller, rtp_port=41000 + 20 * n) for n, caller in enumerate(callers)]
    try:
        for phone, caller in zip(phones, callers, strict=True):
            ask_for_person(hotline, phone, caller)
        doomed = next(each for each in hotline.board()["calls"] if each["caller"] == callers[0])
        os.kill(hotline.worker_of(doomed["call"]), signal.SIGKILL)
        assert phones[0].wait("ended", 30)
        record = until(lambda: hotline.record_of(callers[0]), "the dead call's record")
        assert record["outcome"] == "answered" and record["ended_by"] == "system"
        assert record["end_reason"] == "通话进程中断"
        until(lambda: states(seats).count("WRAP_UP") == 1 or None, "the agent of the dead call in wrap-up")
        assert hotline.state_of(callers[1]) == "TALKING"
        assert "ended" not in [event["event"] for event in phones[1].events]
        phones[1].hang_up()
        assert until(lambda: hotline.record_of(callers[1]), "the other record")["ended_by"] == "caller"
        until(lambda: len(hotline.workers("idle")) >= 4 or None, "the pool to be full again")
    finally:
        for phone in phones:
            phone.close()
        for seat in seats:
            hotline.cli("agent", "pause", seat.name)
            seat.close()


def test_standins_stopped_during_calls(make_hotline: Callable[..., Hotline], tmp_path: Path) -> None:
    hotline = make_hotline()
    hotline.start()
    seat = Seat(hotline, "li", tmp_path)
    caller = "13911110006"
    try:
        with Softphone(caller) as phone:
            ask_for_person(hotline, phone, caller)
            call = hotline.board()["calls"][0]["call"]
            first = seat.page.open_ticket(call, "notary", "公证一", "材料")
            hotline.start_standin("online")
            until(lambda: count(hotline, "online", first) or None, "the first ticket online")
            hotline.kill_standin("online")
            second = seat.page.open_ticket(call, "notary", "公证二", "材料")
            phone.hang_up()
        hotline.start_standin("online")
        hotline.start_standin("window")
        for channel in ("online", "window"):
            for ticket in (first, second):
                until(lambda c=channel, t=ticket: count(hotline, c, t) or None, f"{ticket} at {channel}")
        time.sleep(2)
        counts = {(c, t): count(hotline, c, t) for c in ("online", "window") for t in (first, second)}
        assert set(counts.values()) == {1}, counts
    finally:
        seat.close()


def test_without_a_model_keys_and_people_serve(make_hotline: Callable[..., Hotline], tmp_path: Path) -> None:
    hotline = make_hotline("speech: {model: nowhere}\n")
    hotline.start()
    seat = Seat(hotline, "wu", tmp_path)
    caller = "13911110007"
    try:
        board = hotline.board()
        assert board["speech"]["on"] is False
        assert "nowhere" in board["speech"]["reason"]
        with Softphone(caller) as phone:
            ask_for_person(hotline, phone, caller, key="3")
            phone.hang_up()
        assert until(lambda: hotline.record_of(caller), "the record")["label"] == "notary"
    finally:
        seat.close()


def count(hotline: Hotline, channel: str, ticket: str) -> int:
    return sum(1 for entry in hotline.received(channel) if ticket in json.dumps(entry, ensure_ascii=False))


def states(seats: list[Seat]) -> list[str]:
    return [seat.state() for seat in seats]
