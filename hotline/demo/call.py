"""One demonstrated call: a caller speaks, an agent answers, both are heard, a record and a ticket come of it.

Each step is seen where a person or a partner would see it; one that does not come ends the demonstration loudly.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests

from config.settings import Settings
from hotline.asking import ask
from hotline.demo.agent_page import AgentPage
from hotline.demo.hearing import heard, loudness
from hotline.demo.timeline import MissingStepError, Timeline
from ivr.speech.sound import read_wav, write_wav
from ivr.speech.voice import speak
from records import callrecords
from records.callrecords import CallRecord
from records.engine import Database
from telephony.softphone.remote import Softphone

T = TypeVar("T")
PATIENCE = 90.0  # seconds for one step
HEARD = 0.5  # correlation from which on somebody was heard; speech that was not said stays below 0.35
LOUD = 300.0  # rms of a prompt that people hear
CALLER_SAYS = "您好，我在工地干了三个月，老板一直不给工资，请问我该找谁。"
AGENT_SAYS = "您好，这里是公共法律服务热线，请您慢慢说，我来帮您记录。"
ANSWER = "可以向当地劳动监察大队投诉，也可以申请劳动仲裁，均不收费。"


@dataclass(frozen=True)
class AgentSeat:
    """An agent's phone and page. `recorded` is where the phone keeps what the agent hears."""

    phone: Softphone
    page: AgentPage
    recorded: Path


@dataclass(frozen=True)
class Scene:
    """Who plays and where. `number` is the caller's, `said` what the agents' phones say."""

    settings: Settings
    database: Database
    folder: Path
    number: str
    sentence: str
    voice: str
    rtp_port: int
    seats: Mapping[str, AgentSeat]
    said: Path


def play(scene: Scene) -> Timeline:
    """Play the call to its end. Raises MissingStepError or PhoneError at the first step that does not come."""
    timeline = Timeline()
    with Softphone(scene.number, rtp_port=scene.rtp_port) as phone:
        call, seat = talk(scene, phone, timeline)
        ticket = seat.page.open_ticket(
            call, "law.labour", f"拖欠工资 {scene.number[-4:]}", "工地拖欠三个月工资，请跟进。"
        )
        timeline.add("ticket", detail=ticket)
        if not seat.page.empty_answer_is_refused(call):
            raise MissingStepError("a record without an answer was accepted")
        phone.hang_up()
        phone.wait("recorded", PATIENCE)
        seat.phone.wait("recorded", PATIENCE)
    they_heard_each_other(scene, seat, timeline)
    seat.page.save_record(call, "law.labour", "拖欠工资", ANSWER)
    record = until(lambda: finished(scene, call), "the call record")
    for step, at in (("ringing", record.ringing_at), ("joined", record.joined_at), ("ended", record.ended_at)):
        if at is not None:
            timeline.add(step, at)
    timeline.add("record", detail=f"{record.outcome}, {record.recording_seconds:.1f} s recorded")
    channels = scene.settings.channels
    for step, url in (("delivered online", channels.online.url), ("delivered at the window", channels.window.url)):
        until(lambda url=url: received(url, ticket) == 1, f"{ticket} {step}")  # type: ignore[misc]
        timeline.add(step, detail="once")
    timeline.complete()
    return timeline


def talk(scene: Scene, phone: Softphone, timeline: Timeline) -> tuple[str, AgentSeat]:
    """From dialling until both have spoken; returns the call's id and the seat that answered."""
    sentence, greeting = scene.folder / "sentence.wav", scene.folder / "caller_says.wav"
    write_wav(sentence, speak(scene.sentence, scene.voice).samples)
    write_wav(greeting, speak(CALLER_SAYS, scene.voice).samples)
    sip = scene.settings.sip
    timeline.started = time.time()
    phone.dial(f"sip:{scene.settings.numbers[0]}@{sip.host}:{sip.port}")
    phone.wait("answered", PATIENCE)
    timeline.add("answered")
    phone.record(scene.folder / "prompts.wav")
    live = in_state(scene, "ASKING")
    time.sleep(1.0)
    phone.stop_recording()
    phone.wait("recorded", PATIENCE)
    level = loudness(scene.folder / "prompts.wav")
    if level < LOUD:
        raise MissingStepError(f"the prompt was not heard: loudest half second {level:.0f}, expected {LOUD:.0f}")
    timeline.add("prompt heard", detail=f"rms {level:.0f}")
    phone.play(sentence)
    phone.wait("played", PATIENCE)
    live = in_state(scene, "CONFIRMING", "WAITING", "TALKING")
    if live["state"] == "CONFIRMING":
        timeline.add("asked back", detail=live["transcript"])
        write_wav(scene.folder / "yes.wav", speak("是的，是的。", scene.voice).samples)
        phone.play(scene.folder / "yes.wav")
        phone.wait("played", PATIENCE)
    live = in_state(scene, "WAITING", "TALKING")
    if not live["transcript"]:
        raise MissingStepError("text: the caller spoke and nothing was recognised; is speech off?")
    timeline.add("text", detail=live["transcript"])
    timeline.add("label", detail=f"{live['label']} {live['confidence']:.2f}")
    timeline.add("queued", live["queued_at"])
    live = in_state(scene, "TALKING")
    phone.record(scene.folder / "at_caller.wav")
    seat = scene.seats[live["agent"]]
    time.sleep(0.5)
    seat.phone.play(scene.said)
    phone.play(greeting)
    phone.wait("played", PATIENCE)
    seat.phone.wait("played", PATIENCE)
    time.sleep(0.5)
    return live["call"], seat


def they_heard_each_other(scene: Scene, seat: AgentSeat, timeline: Timeline) -> None:
    """Look for what each said in what the other's phone recorded."""
    for step, said, recorded in (
        ("agent hears caller", scene.folder / "caller_says.wav", seat.recorded),
        ("caller hears agent", scene.said, scene.folder / "at_caller.wav"),
    ):
        correlation = heard(read_wav(said), read_wav(recorded))
        if correlation < HEARD:
            raise MissingStepError(f"{step}: correlation {correlation:.2f}, expected {HEARD}")
        timeline.add(step, detail=f"correlation {correlation:.2f}")


def in_state(scene: Scene, *states: str) -> dict[str, Any]:
    """This caller's call as the board shows it, once it is in one of `states`."""

    def look() -> dict[str, Any] | None:
        for call in ask(scene.settings, "board")["calls"]:
            if call["caller"] == scene.number and call["state"] in states:
                return dict(call)
        return None

    return until(look, f"a call in state {' or '.join(states)}")


def finished(scene: Scene, call: str) -> CallRecord | None:
    """The call record once it is closed, written by the agent, and has its recording."""
    record = scene.database.read(callrecords.get, call)
    if record is None or record.ended_at is None or record.completed_at is None or not record.recording_sha256:
        return None
    return record


def received(url: str, ticket: str) -> int:
    """How often the outside system at `url` has taken the ticket."""
    entries = requests.get(f"{url}/received", timeout=10).json()
    return sum(1 for entry in entries if entry.get("ticket", entry).get("number") == ticket)


def until(look: Callable[[], T | None], what: str) -> T:
    """What `look` returns, once it is something. Raises MissingStepError after PATIENCE."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise MissingStepError(f"{what} did not come within {PATIENCE:.0f} s")
