"""What a live transcript costs: the same recorded talks with nobody, the caller, and both written down, turn by turn.

Real workers and real RTP; both ends speak all the time, sentence after sentence. Turns alternate, so that what else
the machine does falls on all three alike.
"""

import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.figures import Figure, percentile
from benchmarks.machine import load
from benchmarks.phones import Caller, Message, Socket, reply, sdp
from ivr.speech.training import texts, voices
from ivr.speech.voice import speak
from tests.process.house import House
from tests.process.sipp.media import FRAME, rtp, to_ulaw

Say = Callable[[str], None]

LEG = "agent:bench"
TURNS: dict[str, tuple[str, ...]] = {"off": (), "caller": ("caller",), "both": ("caller", LEG)}
GAP = 0.7  # seconds between two sentences
SETTLE = 0.7
FLUSH = 0.4
FRAME_SECONDS = 0.02


def transcript(say: Say, quick: bool) -> Iterator[Figure]:
    """CPU of one bridged, recorded talk by whose words are written down. Quick takes about 25 s, else 2 minutes."""
    count, rounds, window = (3, 2, 2.5) if quick else (4, 6, 5.0)
    with TemporaryDirectory(prefix="bench-") as home:
        house = House(Path(home))
        phones = Phones(house, spoken(0), spoken(1))
        try:
            calls = [phones.talk() for _ in range(count)]
            say(f"transcript: {count} talks, recorded, both ends speak all the time")
            pids = [call.pid for call in calls]
            used: dict[str, list[float]] = {turn: [] for turn in TURNS}
            told: dict[str, int] = dict.fromkeys(TURNS, 0)
            gaps: dict[str, list[float]] = {turn: [] for turn in TURNS}
            for number in range(rounds):
                for turn, legs in TURNS.items():
                    said = words(house)
                    order(house, calls, legs)
                    time.sleep(SETTLE)
                    phones.gaps.clear()
                    before, began = cpu(pids), time.monotonic()
                    time.sleep(window)
                    gaps[turn] += list(phones.gaps)
                    used[turn].append((cpu(pids) - before) / (time.monotonic() - began) / count * 100)
                    order(house, calls, ())  # what is under way is told as well
                    time.sleep(FLUSH)
                    told[turn] += words(house) - said
                say(f"transcript: round {number + 1} of {rounds}")
        finally:
            phones.close()
            house.close()
    if not (told["caller"] and told["both"]):
        raise RuntimeError("nothing was recognised; is speech on, and the model there?")
    notes = {"talks": count, "windows": rounds, "window_seconds": window, "load": load()}
    for turn, shares in used.items():
        more = {"utterances": told[turn], "spread": round(pstdev(shares), 2)}
        yield Figure(f"CPU of a recorded talk, transcript {turn}", fmean(shares), "% of a core", None, notes | more)
    for turn in TURNS:
        late = percentile(gaps[turn], 99) * 1000
        yield Figure(f"RTP to the caller, p99 between packets, {turn}", late, "ms", None, notes | {"ptime_ms": 20})
    for turn in ("caller", "both"):
        extra = fmean(used[turn]) - fmean(used["off"])
        yield Figure(f"of which the transcript of {turn}", extra, "% of a core", None, notes)


def spoken(first: int) -> list[bytes]:
    """PCMU frames of held-out sentences in held-out voices, to be repeated: every other sentence from `first` on."""
    names = voices.HELD_OUT
    parts = []
    for number, text in enumerate(texts.held_out()[first:16:2]):
        parts += [speak(text, names[number % len(names)]).samples, np.zeros(int(8000 * GAP), np.int16)]
    octets = to_ulaw(np.concatenate(parts))
    return [octets[at : at + FRAME] for at in range(0, len(octets) - FRAME + 1, FRAME)]


def cpu(pids: list[int]) -> float:
    """CPU seconds of the processes so far, to the nanosecond (clock_getcpuclockid(3): Linux's clock of a process)."""
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def order(house: House, calls: list["Talk"], legs: tuple[str, ...]) -> None:
    for call in calls:
        house.core.order(call.id, "Transcribe", legs=list(legs))


def words(house: House) -> int:
    return sum(1 for fact in list(house.core.facts) if fact["fact"] == "Said")


@dataclass(frozen=True)
class Talk:
    """The id of one talk's call and its worker's pid."""

    id: str
    pid: int


class Phones:
    """All callers and agents, on one thread: SIP is answered and both ends speak, a frame every 20 ms."""

    def __init__(self, house: House, callers_say: list[bytes], agents_say: list[bytes]) -> None:
        self._house = house
        self._said = (callers_say, agents_say)
        self._sip = Socket("127.0.0.1", house.inside)  # where the workers think the edge is
        self._rtp = Socket("127.0.0.1")
        self._callers: list[Caller] = []
        self._agents: list[tuple[str, int]] = []
        self._heard: dict[Caller, float] = {}
        self.gaps: list[float] = []  # seconds between two RTP packets at a caller
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def talk(self) -> Talk:
        """One more talk, recorded."""
        house = self._house
        worker = house.edge.idle()
        caller = Caller(("127.0.0.1", worker["sip_port"]))
        self._callers.append(caller)
        caller.dial(f"1370000{len(self._callers):04}")
        call = str(house.core.wait("Arrived")["call"])
        house.edge.until(lambda workers: workers[worker["worker"]]["state"] == "busy")
        house.core.order(call, "Answer")
        house.core.wait("Answered", call=call)
        house.core.order(call, "StartRecording", file=f"{call}.wav")
        uri = f"sip:1001@127.0.0.1:{house.inside}"
        house.core.order(call, "Dial", leg=LEG, uri=uri, caller="13700000000")
        house.core.wait("LegAnswered", call=call)
        house.core.order(call, "Join", leg=LEG)
        pid = next(hello["pid"] for hello in house.core.hellos if hello["worker"] == worker["worker"])
        return Talk(call, pid)

    def close(self) -> None:
        self._over.set()
        self._thread.join(5)
        for each in (*self._callers, self._sip, self._rtp):
            each.close()

    def _run(self) -> None:
        due = time.monotonic()
        for number in itertools.count():
            if self._over.is_set():
                return
            self._answer()
            for caller in list(self._callers):
                caller.take()
                self._listen(caller)
                for call in list(caller.calls.values()):
                    if call.answer is not None and call.code == 200:
                        caller.rtp.send(self._packet(0, number), call.answer.media)
            for media in list(self._agents):
                self._rtp.send(self._packet(1, number), media)
            due += FRAME_SECONDS
            time.sleep(max(0.0, due - time.monotonic()))

    def _listen(self, caller: Caller) -> None:
        while (came := caller.rtp.receive()) is not None:
            before = self._heard.get(caller)
            self._heard[caller] = came.at
            if before is not None:
                self.gaps.append(came.at - before)

    def _packet(self, who: int, number: int) -> bytes:
        frames = self._said[who]
        return rtp(number, number * FRAME, frames[number % len(frames)])

    def _answer(self) -> None:
        while (came := self._sip.receive()) is not None:
            request = Message(came.data)
            if request.start.startswith("INVITE "):
                contact = f"Contact: <sip:1001@127.0.0.1:{self._house.inside}>\r\nContent-Type: application/sdp\r\n"
                self._sip.send(reply(request, 200, contact, sdp(self._rtp.address)), came.source)
                self._agents.append(request.media)
            elif not request.code and not request.start.startswith("ACK "):
                self._sip.send(reply(request, 200), came.source)


def main() -> None:
    """By itself: `python -m benchmarks.transcript [--quick]`."""

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    for figure in transcript(say, "--quick" in sys.argv):
        print(f"{figure.name}: {figure.value:.2f} {figure.unit} {figure.notes}")


if __name__ == "__main__":
    main()
