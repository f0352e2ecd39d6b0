"""Callers who need no person: an appointment by voice, a ticket's progress by keys. Real SIP, RTP, speech and SQL."""

import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from config.load import load_settings
from hotline.configured.parts import read_files
from hotline.demo.hearing import heard
from ivr.load_hours import ZONE
from ivr.slots.when import Verdict, day_of
from ivr.speech.sound import read_wav, write_wav
from ivr.speech.voice import speak
from telephony.softphone.remote import Softphone
from tests.process.house import arrive, ask_for_person
from tests.running import Hotline, until

VOICE = "cmn+f4"
BOOKER, STRANGER = "13911110081", "13911110082"


def test_an_appointment_is_booked_by_voice_and_its_progress_told_by_keys(hotline: Hotline, tmp_path: Path) -> None:
    words, day = a_working_day(hotline)
    with Softphone(BOOKER) as phone:
        arrive(hotline, phone, BOOKER)
        say(phone, tmp_path, f"帮我约{words}上午的律师")
        hotline.wait_state(BOOKER, "FILLING")
        say(phone, tmp_path, "市里")
        hotline.wait_state(BOOKER, "CHECKING")
        told = tmp_path / "told.wav"
        phone.record(told)
        say(phone, tmp_path, "对的")
        hotline.wait_state(BOOKER, "MORE")
        [call] = [each["call"] for each in hotline.board()["calls"] if each["caller"] == BOOKER]
        played = until(lambda: answer(hotline, call, "service.more"), "the number read out")
        phone.wait("ended", 90)  # nothing more is said: the last words, and the call is over
    record = until(lambda: hotline.record_of(BOOKER), "the record")
    assert (record["outcome"], record["end_reason"], record["label"]) == ("self_served", "自助预约", "appointment")
    [ticket] = [each for each in hotline.cli("tickets", "--unmask") if each["call"] == call]
    assert ticket["title"].startswith(f"预约律师咨询：{day.isoformat()}")
    assert ticket["title"].endswith("上午")
    for channel in ("online", "window"):
        until(lambda channel=channel: delivered(hotline, channel, ticket["number"]) or None, f"ticket at {channel}")
    files = [Path(file) for file in played["files"]]
    figures = "".join(char for char in ticket["number"] if char.isdigit())
    assert (
        sum(file.name.startswith(tuple(f"part.{said}" for said in "零幺二三四五六七八九")) for file in files) >= 2 * 14
    )
    number = tmp_path / "number.wav"
    write_wav(number, np.concatenate([read_wav(file) for file in files]))
    assert heard(read_wav(number), read_wav(told)) > 0.5
    replayed = hotline.cli("replay", call)
    assert replayed and all(row.get("same", True) for row in replayed)

    told_progress(hotline, figures)


def told_progress(hotline: Hotline, figures: str) -> None:
    """A stranger keys the number, proves it by the last four figures of the contact number, and is told."""
    with Softphone(STRANGER) as phone:
        ask_for_person(hotline, phone, STRANGER, key="6", state="FILLING")
        phone.press("2")
        [call] = [each["call"] for each in hotline.board()["calls"] if each["caller"] == STRANGER]
        until(lambda: answer(hotline, call, "service.number"), "the question for the number")
        for figure in figures:
            phone.press(figure)
            time.sleep(0.25)
        until(lambda: answer(hotline, call, "service.proof"), "the question for the proof")
        for figure in BOOKER[-4:]:
            phone.press(figure)
            time.sleep(0.25)
        hotline.wait_state(STRANGER, "MORE")
        told = until(lambda: answer(hotline, call, "service.more"), "the progress")
        phone.hang_up()
        phone.wait("ended", 30)
    names = " ".join(Path(file).name for file in told["files"])
    assert "part.预约" in names
    assert "part.受理" in names
    record = until(lambda: hotline.record_of(STRANGER), "the record")
    assert (record["outcome"], record["end_reason"]) == ("self_served", "自助查询进度")


def a_working_day(hotline: Hotline) -> tuple[str, date]:
    """Words for a day of next week that can be had."""
    diary = read_files(load_settings(hotline.config, hotline.environment)).offering.diary
    for words in ("下周三", "下周二", "下周四"):
        found = day_of(words, datetime.now(ZONE), diary)
        if found.verdict is Verdict.GOOD and found.day is not None:
            return words, found.day
    raise AssertionError("next week is no working week; run this test next week")


def say(phone: Softphone, folder: Path, text: str) -> None:
    said = folder / f"{text}.wav"
    write_wav(said, speak(text, VOICE).samples)
    phone.play(said)
    phone.wait("played", 30)


def answer(hotline: Hotline, call: str, prompt: str) -> dict[str, Any] | None:
    """The fields of the Play of `prompt`, once it was given."""
    plays = [each["fields"] for each in hotline.cli("calls", call) if each["name"] == "Play"]
    return next((each for each in plays if each["prompt"] == prompt), None)


def delivered(hotline: Hotline, channel: str, number: str) -> bool:
    return any(number in str(each) for each in hotline.received(channel))
