"""Recordings in the console: played from sealed files, paused by the agent, held by a supervisor, faults said."""

from pathlib import Path
from typing import Any

import pytest

from records import calllog, recordings
from records.audio.form import FRAME, PIECE, End, Piece, Seal, new_header
from records.audio.keys import load_keyring
from records.audit import trail
from tests.running import until

GOOD = {"category": "law.labour", "matter": "欠薪三个月", "answer": "可以申请劳动仲裁。"}


@pytest.fixture(scope="module")
def agent(console: Any) -> Any:
    return console.agent()


def sealed_call(console: Any, agent: Any) -> tuple[str, Path, bytes]:
    """A call with half a second of recording: its id, the file, the samples."""
    call = console.call()
    console.join(call, agent.name)
    key = load_keyring(console.settings).newest
    header = new_header(key.id)
    seal, plain = Seal(key.master, header), bytes(range(256)) * (FRAME * PIECE // 256)
    file = console.settings.recordings / f"{call}.rec"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(header.raw + seal.piece(0, Piece(plain)) + seal.end(1, End(len(plain) // FRAME)))
    console.order(fact="RecordingKept", call=call, file=file.name, seconds=0.5, sha256="cd" * 32)
    console.end(call)
    console.finish(call)
    agent.post(f"/calls/{call}/record", **GOOD)
    return call, file, plain


def test_a_sealed_recording_is_played_as_the_wav_it_stands_for(console: Any, agent: Any) -> None:
    call, file, plain = sealed_call(console, agent)
    sealed = file.read_bytes()
    whole = agent.get(f"/records/{call}/recording")
    assert (whole.status_code, whole.headers["Content-Type"]) == (200, "audio/wav")
    assert whole.content[:4] == b"RIFF" and whole.content[44:] == plain
    assert int(whole.headers["Content-Length"]) == len(whole.content) == 44 + len(plain)
    part = agent.get(f"/records/{call}/recording", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert agent.get(f"/records/{call}/recording", headers={"Range": "bytes=99999999-"}).status_code == 416
    changed = bytearray(sealed)
    changed[-3] ^= 1
    file.write_bytes(changed)
    assert agent.get(f"/records/{call}/recording").status_code == 500
    agent.post(f"/calls/{call}/record", **GOOD)


def test_a_supervisor_holds_a_recording_with_a_reason_and_releases_it(console: Any, agent: Any) -> None:
    served = sealed_call(console, agent)[0]
    assert agent.post(f"/records/{served}/hold", reason="投诉").status_code == 403
    supervisor = console.person("supervisor")
    assert supervisor.post(f"/records/{served}/hold", reason="  ").status_code == 422
    assert supervisor.post(f"/records/{served}/hold", reason="投诉复核<b>").ok
    page = supervisor.get(f"/records/{served}").text
    assert "已保全" in page and "投诉复核&lt;b&gt;" in page
    assert console.database.read(recordings.of_call, served)[0].held_by == supervisor.name
    assert supervisor.post(f"/records/{served}/release").ok
    assert supervisor.post(f"/records/{served}/release").status_code == 422
    assert not console.database.read(recordings.of_call, served)[0].held
    actions = [entry.action for entry in console.database.read(trail, object=f"call:{served}")]
    assert actions.count("recording.hold") == 1 and actions.count("recording.release") == 1


def test_what_became_of_recording_and_legs_is_on_the_page(console: Any, agent: Any) -> None:
    call = console.call()
    console.join(call, agent.name)
    console.order(fact="RecordingFailed", call=call, file=f"{call}.rec", reason="No space left on device")
    figures: dict[str, Any] = {"seconds": 9.0, "received": 440, "lost": 10, "late": 0, "jitter": 2.5}
    figures |= {"jitter_most": 9.0, "buffer": 40.0, "round_trip": 31.0, "sent": 450, "far_lost": -1, "far_jitter": -1.0}
    for leg in ("caller", "outside:1", "line:120"):
        console.order(fact="LegMeasured", call=call, leg=leg, codec="PCMA", secure=True, **figures)
    console.end(call)
    console.finish(call)
    page = agent.get(f"/records/{call}").text
    assert "No space left on device" in page and "没有录下声音" in page
    assert "SRTP" in page and "10/450" in page and "31.0" in page
    assert "<td>来电人</td>" in page and "<td>外线</td>" in page and "<td>120</td>" in page
    agent.post(f"/calls/{call}/record", **GOOD)


def test_the_agent_pauses_the_recording_and_goes_on(console: Any, agent: Any) -> None:
    call = console.call()
    console.join(call, agent.name)
    address = f"/calls/{call}/recording"
    assert console.person("agent").post(address, on="0").status_code == 403
    assert agent.post("/calls/none/recording", on="0").status_code == 404
    assert agent.post(address, on="x").status_code == 422
    assert agent.post(address, on="0").ok and agent.post(address, on="1").ok
    order = [("fact", "RecordingPaused"), ("command", "PauseRecording"), ("command", "Transcribe")]
    order += [("fact", "RecordingResumed"), ("command", "ResumeRecording"), ("command", "Transcribe")]

    def given() -> list[tuple[str, str]]:
        entries = [(entry.kind, entry.name) for entry in console.database.read(calllog.of_call, call)]
        return [entry for entry in entries if entry in order][-6:]

    until(lambda: given() == order or None, "the orders in the log")
    actions = [entry.action for entry in console.database.read(trail, object=f"call:{call}")]
    assert sorted(actions) == ["recording.pause", "recording.resume"]
    console.order(fact="RecordingFailed", call=call, file=f"{call}.rec", reason="disk full")
    assert agent.post(address, on="0").status_code == 409, "what is not recorded cannot be paused"
    console.end(call)
    console.finish(call)
    agent.post(f"/calls/{call}/record", **GOOD)
