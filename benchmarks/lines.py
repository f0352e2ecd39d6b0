"""Telephone lines for measuring the ear: calls on plain sockets that speak, echo what they hear, and hiss.

A line sends a packet every 20 ms, as a telephone does, on one clock for all. It must not know what is measured.
"""

import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.phones import Call, Caller, wait
from tests.process.sipp.media import FRAME, from_ulaw, rtp, to_ulaw

PACKET = 0.02
HISS = 4.0  # root mean square of int16 samples, as on any line
AUDIBLE = 400  # of 32768: a louder sample can be heard
START = 160_000
SETTLED = 10  # packets a line has sent when it begins to keep what it hears
FAR = 8000 * 8 // FRAME * FRAME  # samples of what was heard that are kept


@dataclass
class Line:
    """A call that is up. `decibels` is the level of its echo, None for none, `late` how late that is in seconds."""

    caller: Caller
    call: Call
    decibels: float | None = None
    late: float = 0.1
    hiss: float = HISS
    speech: np.ndarray = field(default_factory=lambda: np.zeros(0))
    spoke: float | None = None  # when the first packet of the speech left, UTC epoch seconds
    spoken: float | None = None  # when the last one left
    audible: float | None = None  # when the last packet came in which something could be heard
    answered: float | None = None  # when the first such packet came after the speech
    began: int | None = None  # RTP timestamp, from our first packet on, of the first such packet since `attend`
    ended: int = 0  # of the last one's end
    _at: int = 0
    _far: np.ndarray = field(default_factory=lambda: np.zeros(FAR))  # what was heard, by RTP timestamp
    _far_from: int | None = None  # the timestamp at which our first packet after it left
    _newest: int = 0
    _slipped: int = 0
    _number: int = 0
    _noise: np.random.Generator = field(default_factory=lambda: np.random.default_rng(12348))

    def say(self, speech: np.ndarray) -> None:
        """Speak these samples (int16, 8 kHz) from the next packet on."""
        self.speech, self._at = speech.astype(float), 0
        self.spoke = self.spoken = self.answered = None

    def attend(self) -> None:
        """What is heard is measured from now on."""
        self.began, self.ended = None, 0

    @property
    def sounded(self) -> float:
        """Seconds from the first to the last that could be heard since `attend`; silence within counts."""
        return 0.0 if self.began is None else (self.ended - self.began) / 8000

    def heard(self) -> np.ndarray:
        """What was heard from the first audible packet since `attend` to the last one's end, at most FAR samples."""
        begin = self.ended if self.began is None else max(self.began, self.ended - FAR)
        return np.take(self._far, np.arange(begin, self.ended), mode="wrap")

    def heard_lately(self, packets: int) -> np.ndarray:
        """The newest `packets` of what was heard."""
        return np.take(self._far, np.arange(self._newest - packets * FRAME, self._newest), mode="wrap")

    def listen(self) -> None:
        """Take the packets that have come."""
        while (came := self.caller.rtp.receive()) is not None:
            frame = from_ulaw(came.data[12 : 12 + FRAME]).astype(float)
            if frame.size != FRAME or came.data[1] & 0x7F:
                continue
            timestamp = struct.unpack(">I", came.data[4:8])[0]
            if self._far_from is None:
                if self._number < SETTLED:  # what came before the line began to run lies in the socket in one heap
                    continue
                self._far_from = timestamp - self._number * FRAME
            at = timestamp - self._far_from
            self._newest = max(self._newest, at + FRAME)
            if np.abs(frame).max() > AUDIBLE:
                self.audible = came.at
                self.began, self.ended = at if self.began is None else self.began, at + FRAME
                if self.answered is None and self.spoken is not None and came.at > self.spoken:
                    self.answered = came.at
            at %= FAR
            self._far[at : at + FRAME] = frame[: FAR - at]

    def send(self) -> None:
        """Send the next packet."""
        assert self.call.answer is not None
        frame = self._noise.standard_normal(FRAME) * self.hiss
        if self.decibels is not None:
            frame = frame + self._echo() * 10 ** (self.decibels / 20)
        said = self.speech[self._at : self._at + FRAME]
        frame[: said.size] += said
        payload = to_ulaw(np.clip(np.rint(frame), -32768, 32767).astype(np.int16))
        packet = rtp(self._number, START + self._number * FRAME, payload)
        sent = self.caller.rtp.send(packet, self.call.answer.media)
        self._number += 1
        if said.size:
            self.spoke = self.spoke or sent
            self._at += FRAME
            if self._at >= self.speech.size:
                self.spoken = sent

    def _echo(self) -> np.ndarray:
        """What was heard `late` seconds ago, to the sample; later, once what was needed had not come in time."""
        at = self._number * FRAME - round(self.late * 8000) - self._slipped
        if at + FRAME > self._newest:
            slip = at + FRAME - self._newest
            self._slipped, at = self._slipped + slip, at - slip
        return np.take(self._far, np.arange(at, at + FRAME), mode="wrap")


def dial(where: tuple[str, int], number: str = "13500000000") -> Line:
    """A call from `number`, straight to a worker or to the edge; it is not answered yet."""
    caller = Caller(where)
    return Line(caller, caller.dial(number))


def run(lines: list[Line], seconds: float, tick: Callable[[], None] = lambda: None) -> None:
    """Let the lines send and hear for `seconds`; `tick` is called before each packet."""
    due = time.time()
    end = due + seconds
    while due < end:
        wait([line.caller.rtp for line in lines], due)
        for line in lines:
            line.listen()
        if time.time() >= due:
            due += PACKET
            tick()
            for line in lines:
                line.send()
                line.caller.take()
