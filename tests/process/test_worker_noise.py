"""A caller who suppresses silence and sends comfort noise (RFC 3389): a sign of life, and silence to everybody."""

import time

import numpy as np

from benchmarks.phones import Caller
from tests.process.house import House, samples_of
from tests.process.sipp.media import FRAME, rtp, to_ulaw

COMFORT_NOISE = 13


def test_comfort_noise_is_counted_and_not_heard(house: House) -> None:
    worker = house.edge.idle()
    caller = Caller(("127.0.0.1", worker["sip_port"]))
    try:
        caller.dial("13900071006")
        call = str(house.core.wait("Arrived")["call"])
        house.core.order(call, "Answer")
        turns(caller, 20)
        house.core.wait("Answered", call=call)
        house.core.order(call, "StartRecording", file="noise.wav")
        tone = to_ulaw((8000 * np.sin(2 * np.pi * 500 * np.arange(8000) / 8000)).astype(np.int16))
        speech = [tone[at : at + FRAME] for at in range(0, len(tone), FRAME)]
        sent = speak(caller, speech, 0, 0)
        for number in range(8):
            packet = bytearray(rtp(sent + number, (sent + 10 * number) * FRAME, bytes([60])))
            packet[1] = COMFORT_NOISE
            send(caller, bytes(packet))
            turns(caller, 10)
        speak(caller, speech, sent + 8, 80)
        house.core.order(call, "HangUp", leg="caller")
        turns(caller, 20)
        house.core.wait("LegEnded", leg="caller")
        measured = next(fact for fact in reversed(house.core.facts) if fact["fact"] == "LegMeasured")
        house.core.order(call, "Dismiss")
        house.core.wait("RecordingKept")
    finally:
        caller.close()
    assert (measured["received"], measured["lost"]) == (2 * len(speech) + 8, 0)
    left = np.abs(samples_of(house.home / "recordings" / "noise.rec")[:, 0])
    loud = [float(left[at : at + 800].mean()) > 1000 for at in range(0, len(left) - 800, 800)]
    first, last = loud.index(True), len(loud) - 1 - loud[::-1].index(True)
    quiet = [at for at in range(first, last) if left[at * 800 : (at + 1) * 800].max() == 0]
    assert len(quiet) >= 4, "the gap is silent"
    assert loud[:first] + loud[last + 1 :] == [False] * (first + len(loud) - 1 - last)


def speak(caller: Caller, frames: list[bytes], sent: int, gaps: int) -> int:
    """Send `frames`, one each 20 ms, after `sent` packets and `gaps` frames that were none; packets sent so far."""
    for number, frame in enumerate(frames, sent):
        send(caller, rtp(number, (number + gaps) * FRAME, frame))
        turns(caller, 1)
    return sent + len(frames)


def send(caller: Caller, packet: bytes) -> None:
    for call in caller.calls.values():
        if call.answer is not None and call.code == 200:
            caller.rtp.send(packet, call.answer.media)


def turns(caller: Caller, count: int) -> None:
    for _ in range(count):
        caller.take()
        time.sleep(0.02)
