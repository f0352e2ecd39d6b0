"""A talk on the air is written down: from two phones over the edge, a worker, the core, to the record and its agent."""

import sqlite3
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

from ivr.speech.sound import write_wav
from ivr.speech.voice import speak
from records import transcripts
from records.engine import open_database
from telephony.softphone.remote import Softphone
from tests.process.house import ask_for_person
from tests.running import Hotline, Seat, until

CALLER, AGENT = "老板欠我三个月工资不给怎么办", "申请法律援助要带身份证"


def test_both_are_written_down_and_kept_sealed(make_hotline: Callable[..., Hotline], tmp_path: Path) -> None:
    hotline = make_hotline("speech: {transcript: both}\n")
    hotline.start()
    seat = Seat(hotline, "zhao", tmp_path)
    number = "13911110021"
    files = []
    for name, text, voice in (("caller", CALLER, "cmn+f2"), ("agent", AGENT, "cmn+m3")):
        files.append(tmp_path / f"{name}.wav")
        write_wav(files[-1], np.concatenate([speak(text, voice).samples, np.zeros(8000, np.int16)]))
    try:
        with Softphone(number, rtp_port=41500) as phone:
            ask_for_person(hotline, phone, number)
            call = next(each["call"] for each in hotline.board()["calls"] if each["caller"] == number)
            phone.play(files[0])
            phone.wait("played", 30)
            seat.phone.play(files[1])
            seat.phone.wait("played", 30)
            phone.hang_up()
        until(lambda: hotline.record_of(number), "the record")
        until(lambda: not hotline.state_of(number) or None, "the worker to be gone")
    finally:
        seat.close()
    database = open_database(hotline.settings)
    kept = until(lambda: database.read(transcripts.of_call, call), "the transcript")
    database.close()
    assert [line.leg for line in kept] == ["caller", "agent:zhao"]
    for line, said in zip(kept, (CALLER, AGENT), strict=True):
        assert SequenceMatcher(None, line.text, said).ratio() > 0.7, line
    assert kept[1].at > kept[0].at + kept[0].seconds
    facts = hotline.cli("calls", call)
    assert [fact["fields"]["text"] for fact in facts if fact["name"] == "Said"] == [line.text for line in kept]
    assert all(row.get("same", True) for row in hotline.cli("replay", call))
    with sqlite3.connect(hotline.home / "hotline.db") as raw:
        rows = raw.execute("SELECT utterances FROM call_transcripts UNION SELECT body FROM call_log").fetchall()
    raw.close()
    assert len(rows) > 10 and kept[0].text not in str(rows)
    assert kept[0].text not in (hotline.home / "run.log").read_text()
